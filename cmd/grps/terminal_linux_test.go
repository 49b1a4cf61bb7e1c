package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// onTerminal runs grps as a process whose input is a terminal at which somebody types, and returns its exit code and what it prints.
func onTerminal(t *testing.T, folder string, env []string, types string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	var locked, number int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		if _, _, fault := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), request, uintptr(unsafe.Pointer(value))); fault != 0 {
			t.Fatal(fault)
		}
	}
	input, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	if _, err := io.WriteString(person, types); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary(), args...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), append(env, runAsGrps+"=1")...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = input, &out, &errs
	err = cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestAnErasureIsAskedForAtATerminalAndOnlyYesForgets(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := startServe(t, folder, nil, "--sandbox")
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 760, 1))
	server := []string{"GRPS_SERVER=" + p.base}
	const shown, question = "ArcTrooper (12345678) is Volt Specialist II with 760 points, known since 20", "Forget 12345678 for good? [y/N] "
	for _, c := range []struct {
		types, line string
		code        int
		says        []string
	}{
		{"n\n", "erase 12345678", exitFault, []string{shown, question, "grps: nobody was forgotten"}},
		{"\n", "erase 12345678", exitFault, []string{shown, question, "grps: nobody was forgotten"}},
		{"\x04", "erase 12345678", exitUsage, []string{question, "nobody can be asked here: say --yes"}},
		{"y\n", "erase 12345678 --json", exitUsage, []string{"nobody can be asked here: say --yes"}},
		{"n\n", "erase 4711", exitFault, []string{"Nobody of the user id 4711 is known now.", "Forget 4711 for good? [y/N] "}},
	} {
		code, out, errs := onTerminal(t, folder, server, c.types, strings.Fields(c.line)...)
		if code != c.code || out != "" {
			t.Errorf("%s, typed %q: exit code %d and %q, want %d and nothing\n%s", c.line, c.types, code, out, c.code, errs)
		}
		for _, want := range c.says {
			if !strings.Contains(errs, want) {
				t.Errorf("%s, typed %q: got\n%s\nwant %q in it", c.line, c.types, errs, want)
			}
		}
	}
	if states := p.erasuresIn(); len(states) > 0 {
		t.Fatalf("nobody said yes: got the erasures %v, want none", states)
	}
	if code, out, errs := onTerminal(t, folder, server, "y\n", "erase", "12345678"); code != exitOK || !strings.HasSuffix(out, ": done; nothing is left\n") || !strings.Contains(errs, question) {
		t.Errorf("typed y: exit code %d\n%s%s", code, out, errs)
	}
	if code, out, errs := onTerminal(t, folder, server, "", "erase", "12345678", "-y"); code != exitOK || errs != "" {
		t.Errorf("with --yes nobody is asked: exit code %d\n%s%s", code, out, errs)
	}
	if status, _ := p.call(http.MethodGet, "/players/12345678", ""); status != http.StatusNotFound {
		t.Errorf("the player: got %d, want 404", status)
	}
}
