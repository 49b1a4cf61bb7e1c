package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/adapters/httpapi/contract"
	"github.com/grps/grps/adapters/telemetry/logtest"
	"github.com/grps/grps/domain"
	shipped "github.com/grps/grps/policy"
)

// FuzzHandler sends any request to the whole service: the real handler and use cases over a store in memory, with the shipped policy. Each
// input has a service of its own in a bubble of its own, so what it does depends on nothing but the input. Every request is made twice.
func FuzzHandler(f *testing.F) {
	policy := shippedPolicy(f)
	for _, s := range append(handlerSeeds(), handlerMisses()...) {
		f.Add(s.key, s.options, s.method, s.target, s.headers, []byte(s.body))
	}
	f.Fuzz(func(t *testing.T, key, options byte, method, target, headers string, body []byte) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, policy, options)
			first := w.ask(key, method, target, headers, body)
			if first == nil {
				return // net/http answers that by itself
			}
			again := w.ask(key, method, target, headers, body)
			w.compare(first, again)
			synctest.Wait()
		})
	})
}

func shippedPolicy(tb testing.TB) domain.Policy {
	tb.Helper()
	policy, err := filepolicy.Load(shipped.Documents())
	if err != nil {
		tb.Fatal(err)
	}
	return policy
}

// exchange is a request that was answered.
type exchange struct {
	request *http.Request
	sent    []byte
	answer  *httptest.ResponseRecorder
	key     byte
	units   int64 // of work, that the request began
}

// ask makes a request and checks what is true of every answer. It returns nil for what net/http takes for no request.
func (w *world) ask(key byte, method, target, headers string, body []byte) *exchange {
	w.tb.Helper()
	r, sent := w.request(key%keysInAll, method, target, headers, body)
	if r == nil {
		return nil
	}
	e := &exchange{request: r, sent: sent, answer: httptest.NewRecorder(), key: key % keysInAll}
	before := w.store.units.Load()
	w.log.Reset()
	w.api.ServeHTTP(e.answer, r)
	logtest.Request(r, sent)
	logtest.Answered(r, e.answer.Header().Get("Content-Type"), e.answer.Body.Bytes())
	e.units = w.store.units.Load() - before
	w.check(e)
	return e
}

// request reads a request as net/http does, and makes it one of the key's.
func (w *world) request(key byte, method, target, headers string, body []byte) (*http.Request, []byte) {
	w.tb.Helper()
	words := strings.NewReplacer(w.words...)
	body = []byte(words.Replace(string(body)))
	if w.options&zipBody != 0 {
		body = zipped(body)
		headers = "content-encoding: gzip\n" + headers
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: grps.example\r\n", method, words.Replace(target))
	for line := range strings.SplitSeq(words.Replace(headers), "\n") {
		if line != "" {
			fmt.Fprintf(&text, "%s\r\n", line)
		}
	}
	if lower := strings.ToLower(headers); !strings.Contains(lower, "content-length") && !strings.Contains(lower, "transfer-encoding") {
		fmt.Fprintf(&text, "Content-Length: %d\r\n", len(body))
	}
	text.WriteString("\r\n")
	text.Write(body)
	r, err := http.ReadRequest(bufio.NewReader(&text))
	if err != nil || !servable(r) {
		return nil, nil
	}
	r = r.WithContext(w.tb.Context())
	r.RemoteAddr = "192.0.2.7:4711"
	if w.options&otherOrigin != 0 {
		r.Header.Set("Origin", "https://staff.example")
	}
	switch name := keyNames()[key]; key {
	case keyNone:
	case keySigner:
		w.signWhole(r, body, name)
	default:
		r.Header.Set("X-Grps-Api-Key", secretOf(name))
	}
	if w.options&signBody != 0 {
		w.signAsRoblox(r, body)
		if key != keySigner {
			r.Header.Set("X-Grps-Signature", signed(secretOf("sync"), string(body)))
		}
	}
	return r, body
}

// servable reports whether net/http's server hands a request on that could be read: one for a host, with nothing hidden in its headers.
func servable(r *http.Request) bool {
	for _, values := range r.Header {
		for _, value := range values {
			if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
				return false
			}
		}
	}
	return r.Host == "grps.example" && (r.Method != http.MethodOptions || r.RequestURI != "*")
}

func zipped(text []byte) []byte {
	var small bytes.Buffer
	w := gzip.NewWriter(&small)
	_, _ = w.Write(text) // into memory
	_ = w.Close()
	return small.Bytes()
}

// check fails the test when an answer breaks what holds for all of them.
func (w *world) check(e *exchange) {
	w.tb.Helper()
	status, header, answer := e.answer.Code, e.answer.Header(), e.answer.Body.Bytes()
	complain := func(format string, arguments ...any) {
		w.tb.Helper()
		w.tb.Errorf("%s\n%s %q with %v and %q\nwas answered %d %v %.2000s\nlog: %s", fmt.Sprintf(format, arguments...),
			e.request.Method, e.request.RequestURI, e.request.Header, e.sent, status, header, answer, w.log.String())
	}
	if status >= http.StatusInternalServerError {
		complain("the service was at fault")
	}
	if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") == "" || header.Get("X-Request-Id") == "" {
		complain("a header is missing that every answer has")
	}
	if strings.HasPrefix(header.Get("Content-Type"), "text/html") && status == http.StatusOK && header.Get("Content-Security-Policy") == "" {
		complain("a page may load anything")
	}
	if origin := header.Get("Access-Control-Allow-Origin"); origin != "" && origin != "https://staff.example" {
		complain("another page may read the answer")
	}
	if status >= http.StatusBadRequest {
		w.checkProblem(e, complain)
	}
	document, err := promised()
	if err != nil {
		w.tb.Fatal(err)
	}
	for _, breach := range document.Check(contract.Exchange{
		Request: e.request, Sent: e.sent, Status: status, Header: header, Answer: answer, Odd: true,
	}) {
		complain("breaks the OpenAPI document: %s", breach)
	}
	reads := e.request.Method == http.MethodGet || e.request.Method == http.MethodHead || e.request.Method == http.MethodOptions
	if (reads || status == http.StatusUnauthorized || status == http.StatusNotFound && header.Get("Allow") != "") && e.units > 0 {
		complain("began %d units of work, want none for what only reads or is refused at the door", e.units)
	}
	w.checkSecrets(e, complain)
	lines := 0
	for line := range strings.Lines(w.log.String()) {
		if lines++; !json.Valid([]byte(line)) {
			complain("the line %q of the log is no JSON", line)
		}
	}
	if lines != 1 {
		complain("wrote %d lines to the log, want one", lines)
	}
}

func (w *world) checkProblem(e *exchange, complain func(string, ...any)) {
	w.tb.Helper()
	var p struct {
		Type, Title, Detail, Code, RequestID string
		Status                               int
	}
	err := json.Unmarshal(e.answer.Body.Bytes(), &p)
	header := e.answer.Header()
	switch {
	case err != nil || header.Get("Content-Type") != "application/problem+json":
		complain("is no problem document: %v", err)
	case p.Status != e.answer.Code, p.Type != "urn:grps:problem:"+p.Code, p.Title == "", p.Detail == "", p.Code == "",
		p.RequestID != header.Get("X-Request-Id"):
		complain("the problem lacks something, or says something else than the answer")
	case e.answer.Code == http.StatusUnauthorized && header.Get("WWW-Authenticate") == "":
		complain("the challenge is missing")
	}
}

// checkSecrets looks for secrets in what was answered and logged, unless they were sent.
func (w *world) checkSecrets(e *exchange, complain func(string, ...any)) {
	w.tb.Helper()
	sent := e.request.RequestURI + fmt.Sprint(e.request.Header["X-Request-Id"]) + string(e.sent)
	told := e.answer.Body.String() + fmt.Sprint(e.answer.Header()) + w.log.String()
	names := keyNames()
	for _, name := range append(names[:], "sync", "roblox", "roblox before") {
		if secret := secretOf(name); strings.Contains(told, secret) && !strings.Contains(sent, secret) {
			complain("shows the secret of %s", name)
		}
	}
}

// compare holds the second answer to a request against the first: a report with an idempotency key is answered alike, except that one in a
// batch is called a duplicate then, and a signature is taken once.
func (w *world) compare(first, again *exchange) {
	w.tb.Helper()
	a, b := first.answer, again.answer
	if first.key == keySigner {
		if w.options&openDoors == 0 && first.units > 0 && b.Code != http.StatusUnauthorized {
			w.tb.Errorf("%s %s was signed once and taken twice: %d, then %d %s", first.request.Method, first.request.RequestURI, a.Code, b.Code, b.Body)
		}
		return
	}
	told := strings.ReplaceAll(b.Body.String(), `"status":"duplicate"`, `"status":"accepted"`)
	report := strings.HasPrefix(first.request.URL.Path, "/roblox/events/player-activity") && !first.request.URL.Query().Has("compact")
	keyed := report && first.request.Header.Get("Idempotency-Key") != "" && a.Code < http.StatusBadRequest
	if keyed && (b.Code != a.Code || told != a.Body.String()) {
		w.tb.Errorf("one report was answered %d %s\nand then %d %s", a.Code, a.Body, b.Code, b.Body)
	}
}
