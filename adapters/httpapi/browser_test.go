package httpapi_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// browser is a Chromium without a window that shows one page. It is spoken to through pipes, in its debugging protocol.
type browser struct {
	t       *testing.T
	to      io.Writer
	session string
	last    int

	mu      sync.Mutex
	answers map[int]chan message
	events  []message
}

type message struct {
	ID        int             `json:"id,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     json.RawMessage `json:"error,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
}

// patience is how long a browser may take for one thing. It is generous for machines under load.
const patience = 60 * time.Second

// startBrowser starts a browser with an empty page, or skips the test where no browser is installed.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless_shell"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed: the page was not looked at in a browser")
	}
	in, to := pipe(t)
	from, out := pipe(t)
	command := exec.CommandContext(t.Context(), path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-extensions", "--mute-audio", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(),
		"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "about:blank")
	command.ExtraFiles = []*os.File{in, out}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) } // with its children
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	t.Cleanup(func() {
		_ = command.Cancel()
		_ = command.Wait()
	})
	b := &browser{t: t, to: to, answers: map[int]chan message{}}
	go b.listen(from)
	var targets struct {
		TargetInfos []struct{ TargetID, Type string }
	}
	b.call("Target.getTargets", nil, &targets)
	for _, target := range targets.TargetInfos {
		if target.Type == "page" {
			var attached struct{ SessionID string }
			b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
			b.session = attached.SessionID
			break
		}
	}
	if b.session == "" {
		t.Fatalf("the browser has no page: %+v", targets)
	}
	for _, domain := range []string{"Page", "Network", "Log", "Runtime"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

func pipe(t *testing.T) (read, write *os.File) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		read.Close()
		write.Close()
	})
	return read, write
}

// listen takes in what the browser says: messages that end in a zero byte.
func (b *browser) listen(from io.Reader) {
	for r := bufio.NewReader(from); ; {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(text[:len(text)-1], &m) != nil {
			continue
		}
		b.mu.Lock()
		if answer := b.answers[m.ID]; m.ID != 0 && answer != nil {
			answer <- m
		} else {
			b.events = append(b.events, m)
		}
		b.mu.Unlock()
	}
}

// call asks the browser for something; into takes the result, unless it is nil.
func (b *browser) call(method string, params any, into any) {
	b.t.Helper()
	if params == nil {
		params = struct{}{}
	}
	given, err := json.Marshal(params)
	if err != nil {
		b.t.Fatal(err)
	}
	answer := make(chan message, 1)
	b.mu.Lock()
	b.last++
	m := message{ID: b.last, Method: method, Params: given, SessionID: b.session}
	b.answers[m.ID] = answer
	b.mu.Unlock()
	text, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	select {
	case got := <-answer:
		if got.Error != nil {
			b.t.Fatalf("%s: %s", method, got.Error)
		}
		if into != nil {
			if err := json.Unmarshal(got.Result, into); err != nil {
				b.t.Fatalf("%s: %v in %s", method, err, got.Result)
			}
		}
	case <-time.After(patience):
		b.t.Fatalf("%s: no answer after %s", method, patience)
	}
}

// run returns what an expression of the page's script comes to, in words; a promise is waited for.
func (b *browser) run(expression string) string {
	b.t.Helper()
	var got struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &got)
	if got.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, got.ExceptionDetails)
	}
	return fmt.Sprint(got.Result.Value)
}

// until waits until an expression is true.
func (b *browser) until(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if b.run(expression) == "true" {
			return
		}
	}
	b.t.Fatalf("%s: still not so after %s", expression, patience)
}

// open shows a page and waits until it is there, in a window of that size.
func (b *browser) open(address string, width, height int) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.call("Page.navigate", map[string]any{"url": address}, nil)
	b.until("location.href === " + fmt.Sprintf("%q", address) + " && document.readyState === 'complete'")
}

// press presses a key, as a person does.
func (b *browser) press(key, text string) {
	b.t.Helper()
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": key, "text": text}, nil)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key}, nil)
}

// faults returns what went wrong in the page so far: what its policy forbade, errors of its script, and requests to anywhere but home.
func (b *browser) faults(home string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var faults []string
	for _, m := range b.events {
		var p struct {
			Entry            struct{ Source, Level, Text string }
			Request          struct{ URL string }
			ExceptionDetails struct {
				Text      string
				Exception struct{ Description string }
			}
		}
		_ = json.Unmarshal(m.Params, &p)
		switch {
		case m.Method == "Log.entryAdded" && (p.Entry.Level == "error" || p.Entry.Source == "security"):
			faults = append(faults, p.Entry.Text)
		case m.Method == "Runtime.exceptionThrown":
			faults = append(faults, p.ExceptionDetails.Text+" "+p.ExceptionDetails.Exception.Description)
		case m.Method == "Network.requestWillBeSent" && !strings.HasPrefix(p.Request.URL, home):
			faults = append(faults, "a request to "+p.Request.URL)
		}
	}
	return faults
}
