package httpapi_test

import (
	"bufio"
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
)

func TestTheServersLimits(t *testing.T) {
	s := httpapi.NewHTTPServer("127.0.0.1:0", http.NotFoundHandler())
	for name, c := range map[string]struct{ got, want time.Duration }{
		"ReadHeaderTimeout": {s.ReadHeaderTimeout, 5 * time.Second},
		"ReadTimeout":       {s.ReadTimeout, 10 * time.Second},
		"WriteTimeout":      {s.WriteTimeout, 30 * time.Second},
		"IdleTimeout":       {s.IdleTimeout, 60 * time.Second},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", name, c.got, c.want)
		}
	}
	if s.MaxHeaderBytes != 16384 || s.Addr != "127.0.0.1:0" {
		t.Errorf("server: got %d header bytes at %s, want 16384 at 127.0.0.1:0", s.MaxHeaderBytes, s.Addr)
	}
}

// serve runs the API behind a real listener and returns its address.
func serve(t *testing.T, a *api, change func(*http.Server)) string {
	t.Helper()
	s := httpapi.NewHTTPServer("127.0.0.1:0", a)
	if change != nil {
		change(s)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(listener) }()
	t.Cleanup(func() {
		if err := s.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: got %v, want http.ErrServerClosed", err)
		}
	})
	return listener.Addr().String()
}

// exchange writes a request as it is and returns all that comes back until the server closes.
func exchange(t *testing.T, address, request string) string {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(connection, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(bufio.NewReader(connection))
	if errors.Is(err, context.DeadlineExceeded) || err != nil && strings.Contains(err.Error(), "timeout") {
		t.Fatalf("the server held the connection: %v", err)
	}
	return string(answer)
}

func TestASlowClientIsLetGo(t *testing.T) {
	address := serve(t, newAPI(t), func(s *http.Server) { s.ReadHeaderTimeout, s.ReadTimeout = 50*time.Millisecond, 100*time.Millisecond })
	if got := exchange(t, address, "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow"); strings.Contains(got, "200 OK") {
		t.Errorf("half a header: got %q, want no answer or a refusal", got)
	}
	got := exchange(t, address, "POST "+pathIngest+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
	if !strings.Contains(got, " 400 ") || !strings.Contains(got, "body_malformed") {
		t.Errorf("half a body: got %q, want a 400 problem", got)
	}
}

func TestOversizeHeadersAreRefused(t *testing.T) {
	address := serve(t, newAPI(t), nil)
	got := exchange(t, address, fmt.Sprintf("GET /health/live HTTP/1.1\r\nHost: x\r\nX-Big: %s\r\n\r\n", strings.Repeat("x", 32<<10)))
	if !strings.Contains(got, " 431 ") {
		t.Errorf("32 KiB of headers: got %.200q, want 431", got)
	}
}

func TestATooLongBodyClosesTheConnection(t *testing.T) {
	address := serve(t, newAPI(t), nil)
	chunk := "ffff\r\n" + strings.Repeat("x", 0xffff) + "\r\n"
	for name, request := range map[string]string{
		"with its length": "Content-Length: 1048576\r\n\r\n{",
		"in chunks":       "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := exchange(t, address, "POST "+pathIngest+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+request)
			if !strings.Contains(got, " 413 ") || !strings.Contains(got, "Connection: close") || !strings.Contains(got, "body_too_large") {
				t.Errorf("answer: got %.400q, want a 413 problem and the connection closed", got)
			}
		})
	}
}

func TestHEADIsAnsweredLikeGETWithoutABody(t *testing.T) {
	address := serve(t, newAPI(t), nil)
	for path, status := range map[string]string{"/health/live": " 200 ", "/players/5": " 200 ", "/players/x": " 400 ", pathTop: " 200 "} {
		got := exchange(t, address, "HEAD "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		head, body, _ := strings.Cut(got, "\r\n\r\n")
		if !strings.Contains(head, status) || body != "" || !strings.Contains(head, "X-Request-Id: "+madeID) {
			t.Errorf("HEAD %s: got %q, want %s, a request id and no body", path, got, status)
		}
	}
}
