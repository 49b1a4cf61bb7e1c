package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore/pgtest"
)

const pathReady = "/health/ready"

func TestAServiceSaysThatItIsReadyAndWhatItRestsOn(t *testing.T) {
	t.Parallel()
	onEach(t, readyIsTold)
}

func readyIsTold(t *testing.T, env, args []string) {
	t.Helper()
	p := startServe(t, t.TempDir(), env, append(args, "--sandbox")...)
	status, body := p.call(http.MethodGet, pathReady, "")
	if status != http.StatusOK || body["status"] != "ok" || at(body, "parts", "policy", "newest") != true {
		t.Errorf("got %d %v, want everything well", status, body)
	}
	if revision, _ := at(body, "parts", "policy", "revision").(string); len(revision) != 64 {
		t.Errorf("the revision is %q, want the whole of it", revision)
	}
	within(t, 10*time.Second, func() string {
		_, body := p.call(http.MethodGet, pathReady, "")
		if reason := at(body, "parts", "openCloud", "reason"); reason != "Roblox accepts the key" {
			return fmt.Sprintf("of the key it is said that %v", reason)
		}
		return ""
	})
}

func TestABrokenPolicyLeavesTheServiceReadyAndIsTold(t *testing.T) {
	folder := t.TempDir()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "policy.ranks.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"ranks":[{"name":"Low","minPoints":0}]}`)
	p := startServe(t, t.TempDir(), nil, "--config-dir", folder)
	write(`{"ranks":[{"name":"Low","minPoints":-1}]}`)
	within(t, 20*time.Second, func() string {
		status, body := p.call(http.MethodGet, pathReady, "")
		reason, _ := at(body, "parts", "policy", "reason").(string)
		if status != 200 || body["status"] != "warn" || at(body, "parts", "policy", "newest") != false || !strings.Contains(reason, "policy.ranks.json") {
			return fmt.Sprintf("got %d %v, want a warning that names the document", status, body)
		}
		return ""
	})
	write(`{"ranks":[{"name":"Low","minPoints":0},{"name":"High","minPoints":5}]}`)
	within(t, 20*time.Second, func() string {
		if _, body := p.call(http.MethodGet, pathReady, ""); body["status"] != "ok" {
			return fmt.Sprintf("got %v, want everything well", body)
		}
		return ""
	})
}

func TestAServiceThatStopsSaysSoBeforeItStopsAccepting(t *testing.T) {
	t.Parallel()
	p := startServe(t, t.TempDir(), []string{"DRAIN_DELAY=5s"})
	if status, _ := p.call(http.MethodGet, pathReady, ""); status != http.StatusOK {
		t.Fatalf("got %d, want 200", status)
	}
	p.signal()
	signalled := time.Now()
	within(t, time.Second, func() string {
		if status, body := p.call(http.MethodGet, pathReady, ""); status != http.StatusServiceUnavailable {
			return fmt.Sprintf("after the signal: got %d %v, want 503", status, body)
		}
		return ""
	})
	if status, _ := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 0)); status != http.StatusOK {
		t.Errorf("a report meanwhile: got %d, want 200", status)
	}
	select {
	case <-p.exited:
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit code %d, want 0\n%s", code, p.stderr)
		}
	case <-time.After(slowness * 15 * time.Second):
		t.Fatal("it still runs long after SIGTERM")
	}
	if took := time.Since(signalled); took < 5*time.Second {
		t.Errorf("it stopped after %s, want it to wait for those who watch", took)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.base, "http://"))
	if err == nil {
		_ = conn.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("afterwards: got %v, want no connection", err)
	}
}

func TestWithoutItsDatabaseAServiceIsNotReadyUntilThatIsBack(t *testing.T) {
	server := pgtest.Own(t)
	p := startServe(t, t.TempDir(), []string{"DATABASE_URL=" + server.Empty()}, "--migrate")
	ready := func(want int) func() string {
		return func() string {
			began := time.Now()
			status, body := p.call(http.MethodGet, pathReady, "")
			if took := time.Since(began); took > slowness*time.Second {
				t.Errorf("the answer took %s, want a second at most", took)
			}
			if status != want {
				return fmt.Sprintf("got %d %v, want %d", status, body, want)
			}
			return ""
		}
	}
	within(t, time.Second, ready(http.StatusOK))
	server.Stop(pgtest.Immediate)
	within(t, 2*time.Second, ready(http.StatusServiceUnavailable))
	if status, _ := p.call(http.MethodGet, "/health/live", ""); status != http.StatusOK {
		t.Errorf("live: got %d, want 200", status)
	}
	server.Start()
	within(t, 5*time.Second, ready(http.StatusOK))
}

func TestHealthAsksTheServiceAndExitsAccordingly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := startServe(t, folder, []string{"DRAIN_DELAY=5s", "ADMIN_API_KEYS=canary-canary-canary"}, "--host", "127.0.0.1")
	port := p.base[strings.LastIndex(p.base, ":")+1:]
	health := func(env ...string) (string, int) {
		t.Helper()
		cmd := exec.Command(binary(), "health")
		cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), append(env, runAsGrps+"=1", "PORT="+port)...)
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := health(); code != exitOK || strings.TrimSpace(out) != "status  ok" {
		t.Errorf("without a key: got %d %q, want 0 and the bare status", code, out)
	}
	out, code := health("ADMIN_API_KEYS=canary-canary-canary")
	if code != exitOK || !strings.Contains(out, "store      ok  answered in") {
		t.Errorf("with a key: got %d %q, want 0 and the parts", code, out)
	}
	p.signal()
	within(t, 2*time.Second, func() string {
		if out, code := health(); code != exitFault || !strings.Contains(out, "the service is not ready") {
			return fmt.Sprintf("while it stops: got %d %q, want 1 and that it is not ready", code, out)
		}
		return ""
	})
	<-p.exited
	if out, code := health(); code != exitFault || !strings.Contains(out, "does not answer") {
		t.Errorf("afterwards: got %d %q, want 1 and that it does not answer", code, out)
	}
}
