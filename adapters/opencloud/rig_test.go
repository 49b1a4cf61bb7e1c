package opencloud_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

var (
	_ ports.GroupRoles   = (*opencloud.Client)(nil)
	_ ports.Roster       = (*opencloud.Client)(nil)
	_ ports.Restrictions = (*opencloud.Client)(nil)
	_ ports.Mirror       = (*opencloud.Client)(nil)
	_ ports.Announcer    = (*opencloud.Client)(nil)
	_ ports.DataStore    = (*opencloud.Client)(nil)
)

const (
	canary = "canary-key-4711" // no output may hold it
	group  = 7
	store  = "GRPS_Points"

	recruit = 11 // rank 10
	trooper = 12 // rank 20
	officer = 13 // rank 200
)

var (
	noon      = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	player    = mustUser(156)
	game      = mustUniverse(42)
	otherGame = mustUniverse(43)
)

// clock is a time that moves only when told.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// rig is a client that talks to the sandbox over the network.
type rig struct {
	*testing.T
	box    *sandbox.Server
	clock  *clock
	client *opencloud.Client
}

func newRig(t *testing.T, change ...func(*opencloud.Options, *sandbox.Config)) *rig {
	t.Helper()
	r := &rig{T: t, clock: &clock{at: noon}}
	config := sandbox.Config{
		GroupID: group, Universes: []int64{42, 43}, APIKey: canary, Now: r.clock.Now,
		Roles: []sandbox.Role{
			{ID: recruit, Name: "Recruit", Rank: 10},
			{ID: trooper, Name: "Trooper", Rank: 20},
			{ID: officer, Name: "Officer", Rank: 200},
		},
	}
	options := opencloud.Options{
		APIKey: canary, GroupID: group, Universes: []domain.UniverseID{game, otherGame}, Clock: r.clock,
		DataStore: opencloud.DataStore{Prefix: "player:"},
	}
	for _, c := range change {
		c(&options, &config)
	}
	box, err := sandbox.New(config)
	if err != nil {
		t.Fatalf("sandbox.New: %v", err)
	}
	options.BaseURL = serve(t, checked(t, box))
	r.box = box
	r.client = dial(t, "", func(o *opencloud.Options) { *o = options })
	return r
}

// dial returns a client for the address.
func dial(t *testing.T, base string, change ...func(*opencloud.Options)) *opencloud.Client {
	t.Helper()
	o := opencloud.Options{
		BaseURL: base, APIKey: canary, GroupID: group, Universes: []domain.UniverseID{game}, Clock: &clock{at: noon},
		DataStore: opencloud.DataStore{Prefix: "player:"}, Patience: time.Millisecond,
	}
	for _, c := range change {
		c(&o)
	}
	client, err := opencloud.New(o)
	if err != nil {
		t.Fatalf("New: got %v, want a client", err)
	}
	return client
}

// serve serves handler until the test ends and returns where.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// answering returns a client whose every call is answered by handle, and how often that was.
func answering(t *testing.T, handle http.HandlerFunc, change ...func(*opencloud.Options)) (*opencloud.Client, func() int) {
	t.Helper()
	var (
		mu    sync.Mutex
		calls int
	)
	base := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		calls++
		mu.Unlock()
		_, _ = io.Copy(io.Discard, r.Body)
		handle(w, r)
	}))
	return dial(t, base, change...), func() int {
		mu.Lock()
		defer mu.Unlock()
		return calls
	}
}

// says answers with a status, a body and headers as "Name: value".
func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// callsOf returns what the sandbox was asked for one operation.
func (r *rig) callsOf(op sandbox.Operation) []sandbox.Call {
	var calls []sandbox.Call
	for _, c := range r.box.Calls() {
		if c.Operation == op {
			calls = append(calls, c)
		}
	}
	return calls
}

func wantNoError(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: got %v, want no error", what, err)
	}
}

// wantKind fails the test unless err is a domain error of the kind and code that does not hold the key.
func wantKind(t *testing.T, err error, kind domain.Kind, code string) *domain.Error {
	t.Helper()
	e, ok := errors.AsType[*domain.Error](err)
	if !ok {
		t.Fatalf("error: got %v, want a domain error", err)
	}
	if e.Kind != kind || e.Code != code {
		t.Fatalf("error: got %s %q (%v), want %s %q", e.Kind, e.Code, err, kind, code)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, v := range []any{err, e, e.Cause} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, canary) {
				t.Fatalf("error printed with %s: got the key in %s", verb, text)
			}
		}
	}
	return e
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(sameUser), cmp.Comparer(sameRole), cmp.Comparer(sameUniverse), cmp.Comparer(sameCount)); diff != "" {
		t.Fatalf("%s: (-want +got)\n%s", what, diff)
	}
}

func sameUser(a, b domain.UserID) bool         { return a == b }
func sameRole(a, b domain.RoleID) bool         { return a == b }
func sameUniverse(a, b domain.UniverseID) bool { return a == b }
func sameCount(a, b domain.Count) bool         { return a == b }

func fields(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatalf("JSON: got %q: %v, want an object", text, err)
	}
	return m
}

func mustUser(n int64) domain.UserID {
	id, err := domain.NewUserID(n)
	if err != nil {
		panic(err)
	}
	return id
}

func mustRole(n int64) domain.RoleID {
	id, err := domain.NewRoleID(n)
	if err != nil {
		panic(err)
	}
	return id
}

func mustUniverse(n int64) domain.UniverseID {
	id, err := domain.NewUniverseID(n)
	if err != nil {
		panic(err)
	}
	return id
}
