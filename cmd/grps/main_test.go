package main

import (
	"flag"
	"net/http"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

// runAsGrps makes the test binary behave as the command, for tests that start it as a process.
const runAsGrps = "TEST_RUN_AS_GRPS"

// parallelTests is how many tests run at once. Those that may spend nearly all their time waiting for leases of killed processes to run
// out, so they are more than there are processors.
const parallelTests = "16"

func TestMain(m *testing.M) {
	if os.Getenv(runAsGrps) != "" {
		mainKept()
		return
	}
	http.DefaultTransport = logtest.Transport(http.DefaultTransport)
	if err := flag.Set("test.parallel", parallelTests); err != nil {
		panic(err)
	}
	testscript.Main(tests{m}, map[string]func(){"grps": mainKept})
}

func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: func(env *testscript.Env) error {
		env.Setenv(logtest.Folder, os.Getenv(logtest.Folder))
		return nil
	}})
}
