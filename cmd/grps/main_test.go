package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// runAsGrps makes the test binary behave as the command, for tests that start it as a process.
const runAsGrps = "TEST_RUN_AS_GRPS"

func TestMain(m *testing.M) {
	if os.Getenv(runAsGrps) != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"grps": main})
}

func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
