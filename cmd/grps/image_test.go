package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// builtByDockerfile builds the program as the Dockerfile does.
func builtByDockerfile(t *testing.T) string {
	t.Helper()
	if os.Getenv("CI") != "true" {
		t.Skip("building without the cache of other builds takes minutes; set CI=true to run this")
	}
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .* -o) /out/grps (\S+)$`).FindStringSubmatch(string(text))
	if command == nil {
		t.Fatal("the Dockerfile builds no /out/grps without cgo")
	}
	program := filepath.Join(t.TempDir(), "grps")
	build := exec.Command("sh", "-c", command[1]+" "+program+" "+command[2])
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command[0], err, out)
	}
	return program
}

func TestTheImageHoldsAProgramThatNeedsNothingElse(t *testing.T) {
	program := builtByDockerfile(t)
	if runtime.GOOS != "linux" {
		t.Skip("only Linux runs what an image holds")
	}
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	libraries, err := file.ImportedLibraries()
	if err != nil || len(libraries) > 0 {
		t.Errorf("the program needs %q (%v), want no library", libraries, err)
	}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Error("the program needs a loader")
		}
	}
	runsAlone(t, program)
}

// TestTheImageRunsAsNobodyInParticular reads what the Dockerfile says of the last stage.
func TestTheImageRunsAsNobodyInParticular(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, last, found := strings.Cut(string(text), "\nFROM scratch\n")
	if !found {
		t.Fatal("the last stage does not begin with nothing")
	}
	for _, want := range []string{
		"USER 65532:65532\n", "WORKDIR /data\n", "STOPSIGNAL SIGTERM\n", `CMD ["/usr/local/bin/grps", "health"]`,
		`ENTRYPOINT ["/usr/local/bin/grps"]`, "/etc/ssl/certs/ca-certificates.crt",
	} {
		if !strings.Contains(last, want) {
			t.Errorf("the last stage does not say %q", want)
		}
	}
}
