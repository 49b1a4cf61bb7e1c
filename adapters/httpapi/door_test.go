package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/ports"
)

// guarded runs the API behind a listener that holds at most so many connections, and returns its address.
func guarded(t *testing.T, a *api, most int) string {
	t.Helper()
	s := httpapi.NewHTTPServer("", a)
	plain, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := httpapi.LimitConnections(s, plain, most)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(listener) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: got %v, want http.ErrServerClosed", err)
		}
	})
	return listener.Addr().String()
}

// line is a connection of a client.
type line struct {
	net.Conn
	read *bufio.Reader
}

func dial(t *testing.T, address string) *line {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &line{connection, bufio.NewReader(connection)}
}

// ask sends a request and returns the status; 0 when the connection is gone.
func (l *line) ask(path string) int {
	if _, err := io.WriteString(l, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return 0
	}
	response, err := http.ReadResponse(l.read, nil)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0
	}
	return response.StatusCode
}

// gone reports whether the server closed the connection, and waits for a moment for that.
func (l *line) gone() bool {
	_ = l.SetReadDeadline(time.Now().Add(time.Second))
	_, err := l.read.ReadByte()
	timeout, slow := errors.AsType[net.Error](err)
	return err != nil && !(slow && timeout.Timeout())
}

func TestBeyondTheirLimitTheConnectionIsClosedThatWasIdleLongest(t *testing.T) {
	address := guarded(t, newAPI(t, func(a *api) { a.options.Clock = steady{} }), 3)
	lines := []*line{dial(t, address), dial(t, address), dial(t, address)}
	for i, l := range lines {
		if got := l.ask("/health/live"); got != 200 {
			t.Fatalf("connection %d: got %d, want 200", i, got)
		}
	}
	if got := lines[0].ask("/health/live"); got != 200 { // so the second was idle longest
		t.Fatalf("the first again: got %d, want 200", got)
	}
	if got := dial(t, address).ask("/health/live"); got != 200 {
		t.Errorf("one more: got %d, want 200", got)
	}
	if !lines[1].gone() {
		t.Error("the one that was idle longest is open")
	}
	for _, i := range []int{0, 2} {
		if got := lines[i].ask("/health/live"); got != 200 {
			t.Errorf("connection %d: got %d, want 200", i, got)
		}
	}
}

func TestWhoNeverEndsToAskKeepsNobodyOut(t *testing.T) {
	address := guarded(t, newAPI(t, func(a *api) { a.options.Clock = steady{} }), 10)
	for i := range 200 {
		if _, err := io.WriteString(dial(t, address), "GET /health/live HTTP/1.1\r\nX-Slow"); err != nil {
			t.Fatal(err)
		}
		if i%20 != 0 {
			continue
		}
		began := time.Now()
		if got, took := dial(t, address).ask("/health/live"), time.Since(began); got != 200 || took > 2*time.Second {
			t.Errorf("live behind %d slow connections: got %d after %s, want 200 at once", i+1, got, took)
		}
	}
}

func TestWhatIsBeingAnsweredIsNotCutOff(t *testing.T) {
	begun, gone := make(chan struct{}, 10), make(chan struct{})
	a := newAPI(t, func(a *api) {
		a.options.Clock = steady{}
		a.boards.TopFunc = func(context.Context, string, int) (ports.Leaderboard, error) {
			begun <- struct{}{}
			<-gone
			return ports.Leaderboard{}, nil
		}
	})
	address := guarded(t, a, 3)
	codes := make(chan int, 2)
	for range 2 {
		l := dial(t, address)
		go func() { codes <- l.ask(pathTop) }()
		<-begun
	}
	for i := range 20 {
		if got := dial(t, address).ask("/health/live"); got != 200 {
			t.Errorf("connection %d beside those: got %d, want 200", i, got)
		}
	}
	close(gone)
	for range 2 {
		if code := <-codes; code != 200 {
			t.Errorf("what was being answered: got %d, want 200", code)
		}
	}
}

func TestConnectionsThatEndMakeRoom(t *testing.T) {
	address := guarded(t, newAPI(t, func(a *api) { a.options.Clock = steady{} }), 2)
	kept := dial(t, address)
	for i := range 50 {
		if got := kept.ask("/health/live"); got != 200 {
			t.Fatalf("after %d connections that came and went: got %d, want 200", i, got)
		}
		l := dial(t, address)
		if got := l.ask("/health/live"); got != 200 {
			t.Fatalf("connection %d: got %d, want 200", i, got)
		}
		_ = l.Close()
	}
}

func TestFiveHundredSlowClientsAreGoneAfterTwelveSeconds(t *testing.T) {
	t.Parallel()
	address := guarded(t, newAPI(t, func(a *api) { a.options.Clock = steady{} }), 1000)
	starts := []string{ // nothing, half a header, half a body: plain, gzip, in chunks; and then a byte now and then
		"", "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow",
		"POST " + pathIngest + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{",
		"POST " + pathIngest + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 500\r\n\r\n\x1f\x8b",
		"POST " + pathDecide + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"use",
	}
	clients := make([]*line, 500)
	for i := range clients {
		clients[i] = dial(t, address)
		if _, err := io.WriteString(clients[i], starts[i%len(starts)]); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	for time.Since(began) < 11*time.Second {
		time.Sleep(time.Second)
		for i, c := range clients {
			if i%len(starts) != 0 {
				_, _ = io.WriteString(c, "x") // it fails once the server has enough
			}
		}
	}
	time.Sleep(12*time.Second - time.Since(began))
	held := map[string]int{}
	for i, c := range clients {
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := io.ReadAll(c.read)
		if timeout, slow := errors.AsType[net.Error](err); slow && timeout.Timeout() {
			held[fmt.Sprintf("%.30q", starts[i%len(starts)])]++
		}
	}
	if len(held) > 0 {
		t.Errorf("held after 12 s: got %v, want none", held)
	}
}

func TestABombOverTheWireIsRefused(t *testing.T) {
	address := guarded(t, newAPI(t, func(a *api) { a.options.Clock = steady{} }), 10)
	for name, c := range map[string]struct {
		body   []byte
		status string
	}{
		"60 MB of zeros": {zipped(t, &zeros{60 << 20}), " 413 "},
		"no gzip at all": {bytes.Repeat([]byte("garbage "), 100), " 400 "},
	} {
		request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"+
			"Content-Length: %d\r\n\r\n%s", pathIngest, len(c.body), c.body)
		if got := exchange(t, address, request); !strings.Contains(got, c.status) {
			t.Errorf("%s: got %.200q, want %s", name, got, c.status)
		}
	}
}
