package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

const (
	group    = 7
	universe = 42
	keyOwner = 999
	key      = "the-key"

	recruit = 11 // rank 10
	trooper = 12 // rank 20
	officer = 13 // rank 200
)

// clock is a time that moves only when told.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

// rig is a sandbox under test. What it exchanges is held against the published OpenAPI document.
type rig struct {
	*testing.T
	s     *sandbox.Server
	clock *clock
}

func config() sandbox.Config {
	return sandbox.Config{
		GroupID:   group,
		Universes: []int64{universe, 43},
		APIKey:    key,
		KeyOwner:  keyOwner,
		Roles: []sandbox.Role{
			{ID: officer, Name: "Officer", Rank: 200},
			{ID: recruit, Name: "Recruit", Rank: 10},
			{ID: trooper, Name: "Trooper", Rank: 20},
		},
		Limits: sandbox.Limits{Off: true},
	}
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigOf(t, config())
}

func newRigOf(t *testing.T, c sandbox.Config) *rig {
	t.Helper()
	clk := &clock{at: time.Date(2026, 11, 22, 12, 0, 0, 123_456_789, time.UTC)}
	c.Now = clk.now
	s, err := sandbox.New(c)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return &rig{T: t, s: s, clock: clk}
}

// answer is a response in memory.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (r *rig) request(method, target, body string) *http.Request {
	r.Helper()
	req := httptest.NewRequestWithContext(r.Context(), method, "https://apis.roblox.com"+target, strings.NewReader(body))
	req.Header.Set("X-Api-Key", key)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

func (r *rig) do(method, target, body string) answer {
	r.Helper()
	return r.send(r.request(method, target, body), body)
}

func (r *rig) send(req *http.Request, body string) answer {
	r.Helper()
	w := httptest.NewRecorder()
	r.s.ServeHTTP(w, req)
	a := answer{t: r.T, status: w.Code, header: w.Header(), body: w.Body.String()}
	if !strings.HasPrefix(req.URL.Path, "/_sandbox/") {
		checkContract(r.T, req, body, a)
	}
	return a
}

func (r *rig) get(target string) answer { r.Helper(); return r.do(http.MethodGet, target, "") }

func (r *rig) post(target, body string) answer {
	r.Helper()
	return r.do(http.MethodPost, target, body)
}

func (r *rig) patch(target, body string) answer {
	r.Helper()
	return r.do(http.MethodPatch, target, body)
}

// want fails the test unless the answer has the status.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status: got %d, want %d; body: %s", a.status, status, a.body)
	}
	return a
}

// wantError fails the test unless the answer is an error in the v2 shape with the status and code.
func (a answer) wantError(status int, code string) {
	a.t.Helper()
	a.want(status)
	var got struct{ Code, Message string }
	a.into(&got)
	if got.Code != code || got.Message == "" {
		a.t.Fatalf("error: got code %q, message %q, want code %q and a message", got.Code, got.Message, code)
	}
}

func (a answer) wantEmpty() {
	a.t.Helper()
	a.want(http.StatusOK)
	if a.body != "" {
		a.t.Fatalf("body: got %q, want none", a.body)
	}
}

func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		a.t.Fatalf("the answer is not the JSON expected: %v: %s", err, a.body)
	}
}

// fields returns the answer as loose JSON.
func (a answer) fields() map[string]any {
	a.t.Helper()
	m := map[string]any{}
	a.into(&m)
	return m
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s: (-want +got)\n%s", what, diff)
	}
}

// lastCall returns what the sandbox logged last.
func (r *rig) lastCall() sandbox.Call {
	r.Helper()
	calls := r.s.Calls()
	if len(calls) == 0 {
		r.Fatal("calls: got none, want one")
	}
	return calls[len(calls)-1]
}
