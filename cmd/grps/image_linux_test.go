package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

// nobody is whom the Dockerfile runs the program as.
const nobody = 65532

// runsAlone starts the program as the image does: as nobody, in a root that holds nothing else and cannot be written to but for /data.
func runsAlone(t *testing.T, program string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can give a process a root of its own")
	}
	root := t.TempDir()
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []error{
		os.WriteFile(filepath.Join(root, "grps"), text, 0o555), os.Mkdir(filepath.Join(root, "data"), 0o700),
		os.Chown(filepath.Join(root, "data"), nobody, nobody), os.Chmod(root, 0o555),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	inside := func(env []string, args ...string) *exec.Cmd {
		cmd := exec.Command("/grps", args...)
		cmd.Dir, cmd.Env = "/data", env
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		return cmd
	}
	p := &process{t: t, stdout: &lines{}, stderr: &lines{}, exited: make(chan error, 1)}
	logtest.Secret("canary-canary-canary")
	p.cmd = inside([]string{"INBOUND_API_KEYS=canary-canary-canary"}, "serve", "--port", "0", "--host", "127.0.0.1")
	p.cmd.Stdout, p.cmd.Stderr = logtest.Both(p.stdout, logtest.Printed), logtest.Both(p.stderr, logtest.Log)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.exited <- p.cmd.Wait() }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	within(t, readyTime, func() string {
		if found := readyLine.FindStringSubmatch(p.stdout.String()); found != nil {
			p.base = found[1]
			return ""
		}
		return "it is not ready: " + p.stderr.String()
	})
	status, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 0), "x-grps-api-key", "canary-canary-canary")
	if status != http.StatusOK {
		t.Errorf("a report: got %d %v, want 200", status, body)
	}
	if out, err := inside([]string{"PORT=" + p.base[strings.LastIndex(p.base, ":")+1:]}, "health").CombinedOutput(); err != nil {
		t.Errorf("the health check: %v\n%s", err, out)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, p.stderr)
	}
}
