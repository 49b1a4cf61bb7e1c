package logtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Folder is the variable that names where to keep what is logged and used. It must be an absolute path. Unset: nothing is kept.
const Folder = "TEST_GRPS_LOGS"

// Stream is a kind of output. Each has files of its own.
type Stream string

// What a run puts out.
const (
	Log     Stream = "log"     // log lines, and whatever else a process complains about
	Traces  Stream = "traces"  // what a collector was sent
	Metrics Stream = "metrics" // pages of series
	Printed Stream = "printed" // what a command prints for whoever asked for it: there may be bodies in it, such as an export
	Problem Stream = "problem" // problem documents, which may name what was wrong with a body
)

// What a run uses, as files of JSON texts, one a line.
const (
	secrets Stream = "secrets"
	bodies  Stream = "bodies"
)

// longest is how much of a body is kept.
const longest = 64 << 10

// Writer returns a writer that appends to a stream of this process. It writes nowhere when nothing is kept.
func Writer(to Stream) io.Writer {
	folder := os.Getenv(Folder)
	if folder == "" {
		return io.Discard
	}
	return stream{folder, to}
}

// Both returns a writer that writes to w, and appends to a stream of this process.
func Both(w io.Writer, to Stream) io.Writer {
	folder := os.Getenv(Folder)
	if folder == "" {
		return w
	}
	return io.MultiWriter(stream{folder, to}, w)
}

// Secret notes texts that nothing may show.
func Secret(texts ...string) {
	for _, text := range texts {
		note(secrets, text)
	}
}

// Body notes what was sent to a service, or by one, and that no log may show, not even in part.
func Body(text []byte) {
	if len(text) > 0 {
		note(bodies, string(text[:min(len(text), longest)]))
	}
}

// Request notes the body of a request, and what of its headers is secret.
func Request(r *http.Request, body []byte) {
	Body(body)
	for _, name := range [...]string{
		"X-Grps-Api-Key", "X-Grps-Signature", "X-Grps-Nonce", "X-Api-Key", "Authorization", "Cookie", "Idempotency-Key",
		"Webhook-Signature", "Roblox-Signature",
	} {
		for _, value := range r.Header.Values(name) {
			Secret(value)
			if name != "X-Grps-Api-Key" && name != "Idempotency-Key" {
				Secret(strings.FieldsFunc(value, func(c rune) bool { return c == ' ' || c == ',' || c == ';' })...)
			}
		}
	}
}

// stream appends each write to a file at once, so that it stays whatever becomes of the process.
type stream struct {
	folder string
	name   Stream
}

// Write implements io.Writer. It panics when the folder cannot be written to: the run would be searched in vain.
func (s stream) Write(text []byte) (int, error) {
	name := fmt.Sprintf("%s-%d.%s", filepath.Base(os.Args[0]), os.Getpid(), s.name)
	file, err := os.OpenFile(filepath.Join(s.folder, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if _, err := file.Write(text); err != nil {
		panic(err)
	}
	return len(text), nil
}

func note(to Stream, text string) {
	folder := os.Getenv(Folder)
	if folder == "" || text == "" {
		return
	}
	line, err := json.Marshal([]byte(text)) // as bytes: it may be no UTF-8
	if err != nil {
		panic(err) // bytes always have a form in JSON
	}
	_, _ = stream{folder, to}.Write(append(line, '\n')) // it panics instead
}
