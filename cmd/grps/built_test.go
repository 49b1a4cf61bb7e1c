package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// program is grps as users build it, which the tests of a process share: building it costs seconds, and there is no other place to keep
// it. What it weighs and how fast it is is not what that is of the test's own binary, least of all under the race detector.
var program struct {
	once  sync.Once
	path  string
	fault error
}

// built returns the path of that program: the one that TEST_GRPS_BINARY names, else one that is built.
func built(t *testing.T) string {
	t.Helper()
	program.once.Do(func() {
		if program.path = os.Getenv(binaryVariable); program.path != "" {
			return
		}
		folder, err := os.MkdirTemp("", "grps-built") //nolint:usetesting // it outlives the test that is the first to need it
		if err != nil {
			program.fault = err
			return
		}
		program.path = filepath.Join(folder, "grps")
		if out, err := exec.Command("go", "build", "-o", program.path, ".").CombinedOutput(); err != nil {
			program.fault = errors.Join(fmt.Errorf("go build: %w\n%s", err, out), os.RemoveAll(folder))
		}
	})
	if program.fault != nil {
		t.Fatal(program.fault)
	}
	return program.path
}

// tests removes the program when all have run.
type tests struct{ *testing.M }

// Run implements testscript.TestingM.
func (m tests) Run() int {
	code := m.M.Run()
	if program.path != "" && os.Getenv(binaryVariable) == "" {
		_ = os.RemoveAll(filepath.Dir(program.path)) // the system cleans temporary folders up too
	}
	return code
}
