package logtest

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
)

// Transport returns what sends requests by way of next, and notes each with its body. It keeps the problem documents and the pages of
// series that are answered. It is next itself when nothing is kept.
func Transport(next http.RoundTripper) http.RoundTripper {
	if os.Getenv(Folder) == "" {
		return next
	}
	return transport{next}
}

type transport struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		Request(r, nil)
	} else {
		r = r.Clone(r.Context())
		r.Body = &overheard{ReadCloser: r.Body, ended: func(text []byte) { Request(r, text) }}
	}
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if to, kept := streamOf(r, response.Header.Get("Content-Type")); kept {
		response.Body = &overheard{ReadCloser: response.Body, ended: func(text []byte) { Answer(to, text) }}
	}
	return response, nil
}

// CloseIdleConnections is what http.Client.CloseIdleConnections looks for.
func (t transport) CloseIdleConnections() {
	if next, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

// Answered keeps what was answered to a request, if it is of a kind that is searched.
func Answered(r *http.Request, contentType string, text []byte) {
	if to, kept := streamOf(r, contentType); kept {
		Answer(to, text)
	}
}

// Answer appends one answer to a stream.
func Answer(to Stream, text []byte) {
	_, _ = Writer(to).Write(append(bytes.TrimRight(text, "\n"), '\n')) // it panics instead
}

func streamOf(r *http.Request, contentType string) (Stream, bool) {
	switch {
	case strings.HasPrefix(contentType, "application/problem+json"):
		return Problem, true
	case r.URL.Path == "/metrics":
		return Metrics, true
	default:
		return "", false
	}
}

// overheard tells once what was read of a body, when it is closed. That may happen while it is still being read.
type overheard struct {
	io.ReadCloser
	ended func([]byte)

	mu   sync.Mutex
	text bytes.Buffer
	told bool
}

// Read implements io.Reader.
func (o *overheard) Read(p []byte) (int, error) {
	n, err := o.ReadCloser.Read(p)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p[:n])
	return n, err
}

// Close implements io.Closer.
func (o *overheard) Close() error {
	o.mu.Lock()
	if !o.told {
		o.ended(o.text.Bytes())
	}
	o.told = true
	o.mu.Unlock()
	return o.ReadCloser.Close()
}
