package main

import (
	"errors"
	"flag"
	"net/http"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

// runAsGrps makes the test binary behave as the command, for tests that start it as a process.
const runAsGrps = "TEST_RUN_AS_GRPS"

func TestMain(m *testing.M) {
	if os.Getenv(runAsGrps) != "" {
		mainKept()
		return
	}
	http.DefaultTransport = logtest.Transport(http.DefaultTransport)
	if err := errors.Join(flag.Set("test.parallel", parallelTests), os.Setenv(raceVariable, raceSettings())); err != nil {
		panic(err)
	}
	testscript.Main(tests{m}, map[string]func(){"grps": mainKept})
}

// raceVariable steers the race detector of a process that has one.
const raceVariable = "GORACE"

// raceSettings are what it says and that processes end at once: by default each waits a second for races that come after its end, and the
// tests start hundreds.
func raceSettings() string { return "atexit_sleep_ms=10 " + os.Getenv(raceVariable) }

func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: func(env *testscript.Env) error {
		env.Setenv(logtest.Folder, os.Getenv(logtest.Folder))
		env.Setenv(raceVariable, os.Getenv(raceVariable))
		return nil
	}})
}
