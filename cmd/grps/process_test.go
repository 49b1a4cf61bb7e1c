package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

// process is a `grps serve` or `grps sandbox` of its own.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string // where it listens
	stdout *lines
	stderr *lines
	exited chan error
}

// lines collects what a process prints.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// readyTime is how long a process may take until it listens. It is generous for machines under load; the test of the promise itself
// measures what the process says.
const readyTime = 30 * time.Second

var readyLine = regexp.MustCompile(`is ready at (http://\S+) \((\d+) ms\)`)

// startServe starts `grps serve` with more arguments in the folder and waits until it listens.
func startServe(t *testing.T, folder string, env []string, args ...string) *process {
	t.Helper()
	return startProcess(t, folder, env, append([]string{"serve", "--port", "0"}, args...)...)
}

// startSandbox starts `grps sandbox` with more arguments and waits until it listens.
func startSandbox(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return startProcess(t, t.TempDir(), env, append([]string{"sandbox", "--port", "0"}, args...)...)
}

func startProcess(t *testing.T, folder string, env []string, args ...string) *process {
	t.Helper()
	return startProgram(t, binary(), folder, env, args...)
}

func startProgram(t *testing.T, program, folder string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, stdout: &lines{}, stderr: &lines{}, exited: make(chan error, 1)}
	p.cmd = exec.Command(program, args...)
	p.cmd.Dir = folder
	p.cmd.Env = os.Environ()
	if slowness > 1 {
		p.cmd.Env = append(p.cmd.Env, "APPLY_WAIT=8s") // as long as may be, unless the test says how long
	}
	p.cmd.Env = append(p.cmd.Env, append(env, runAsGrps+"=1")...)
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	if program != os.Args[0] { // which keeps its streams itself
		p.cmd.Stdout, p.cmd.Stderr = logtest.Both(p.stdout, logtest.Printed), logtest.Both(p.stderr, logtest.Log)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.exited <- p.cmd.Wait() }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	for deadline := time.Now().Add(readyTime); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if found := readyLine.FindStringSubmatch(p.stdout.String()); found != nil {
			p.base = found[1]
			return p
		}
		select {
		case err := <-p.exited:
			t.Fatalf("%s ended before it was ready: %v\n%s%s", args[0], err, p.stdout, p.stderr)
		default:
		}
	}
	t.Fatalf("%s is not ready after %s\n%s%s", args[0], readyTime, p.stdout, p.stderr)
	return nil
}

// binaryVariable names a program that the tests start as grps.
const binaryVariable = "TEST_GRPS_BINARY"

// binary returns what is started as grps: the program that binaryVariable names, or this test binary, which can behave as one.
func binary() string {
	if path := os.Getenv(binaryVariable); path != "" {
		return path
	}
	return os.Args[0]
}

// stop asks the process to end and returns its exit code.
func (p *process) stop() int {
	p.t.Helper()
	p.signal()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(15 * time.Second):
		p.t.Fatalf("it still runs 15 s after SIGTERM\n%s", p.stderr)
		return -1
	}
}

// signal asks the process to end.
func (p *process) signal() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
}

// kill ends the process without any warning.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	<-p.exited
}

// call makes a request and returns the status and the decoded body. As callers are told to, it repeats what was refused because too many
// others are waiting, which happens on a machine under load.
func (p *process) call(method, path, body string, headers ...string) (int, map[string]any) {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		status, decoded := p.callOnce(method, path, body, headers...)
		if decoded["code"] != "overloaded" || time.Now().After(deadline) {
			return status, decoded
		}
	}
}

func (p *process) callOnce(method, path, body string, headers ...string) (int, map[string]any) {
	p.t.Helper()
	request := p.request(method, path, body, headers...)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.hold(request, body, response, text)
	var decoded map[string]any
	if err := json.Unmarshal(text, &decoded); err != nil {
		p.t.Fatalf("%s %s: %d %q is no JSON object: %v", method, path, response.StatusCode, text, err)
	}
	return response.StatusCode, decoded
}

// request returns a request to the process; headers are names and values in turn.
func (p *process) request(method, path, body string, headers ...string) *http.Request {
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(body))
	if err != nil {
		panic(err) // the test wrote a method or a path that cannot be
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return request
}

// at returns the value under the keys of nested objects.
func at(object map[string]any, keys ...string) any {
	var value any = object
	for _, key := range keys {
		inner, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = inner[key]
	}
	return value
}
