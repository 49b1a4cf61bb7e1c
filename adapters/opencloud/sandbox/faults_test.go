package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

func TestAFaultAnswersInsteadOfTheService(t *testing.T) {
	cases := []struct {
		name       string
		fault      sandbox.Fault
		status     int
		body       string
		retryAfter string
		done       bool
	}{
		{
			name: "429 with Retry-After", fault: sandbox.Fault{Kind: sandbox.FaultTooMany, RetryAfter: 2500 * time.Millisecond},
			status: 429, body: "RESOURCE_EXHAUSTED", retryAfter: "3",
		},
		{
			name: "429 without Retry-After", fault: sandbox.Fault{Kind: sandbox.FaultTooMany},
			status: 429, body: "RESOURCE_EXHAUSTED",
		},
		{name: "500", fault: sandbox.Fault{Kind: sandbox.FaultInternal}, status: 500, body: "INTERNAL"},
		{
			name: "500 after the write", fault: sandbox.Fault{Kind: sandbox.FaultInternal, AfterWrite: true},
			status: 500, body: "INTERNAL", done: true,
		},
		{
			name: "503", fault: sandbox.Fault{Kind: sandbox.FaultUnavailable, RetryAfter: time.Second},
			status: 503, body: "UNAVAILABLE", retryAfter: "1",
		},
		{name: "401", fault: sandbox.Fault{Kind: sandbox.FaultUnauthorized}, status: 401, body: "Invalid API Key"},
		{name: "403", fault: sandbox.Fault{Kind: sandbox.FaultRefused}, status: 403, body: "PERMISSION_DENIED"},
		{name: "an HTML page", fault: sandbox.Fault{Kind: sandbox.FaultHTML}, status: 502, body: "<html>"},
		{
			name: "an HTML page as success", fault: sandbox.Fault{Kind: sandbox.FaultHTML, Status: 200},
			status: 200, body: "<html>", done: true,
		},
		{name: "an empty body", fault: sandbox.Fault{Kind: sandbox.FaultEmpty}, status: 200, done: true},
		{name: "an empty error", fault: sandbox.Fault{Kind: sandbox.FaultEmpty, Status: 503}, status: 503},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.s.Join(5)
			r.s.Inject(c.fault)
			w := httptest.NewRecorder()
			r.s.ServeHTTP(w, r.request("POST", "/cloud/v2/groups/7/memberships/5:assignRole", `{"role":"groups/7/roles/11"}`))
			equal(t, "status", w.Code, c.status)
			equal(t, "Retry-After", w.Header().Get("Retry-After"), c.retryAfter)
			if body := w.Body.String(); !strings.Contains(body, c.body) || (c.body == "") != (body == "") {
				t.Fatalf("body: got %q, want %q in it", body, c.body)
			}
			want := []int64{}
			if c.done {
				want = []int64{recruit}
			}
			equal(t, "roles", r.roles(5), want)
			call := r.lastCall()
			equal(t, "logged fault", call.Fault, c.fault.Kind)
			equal(t, "logged change", call.Changed, c.done)
		})
	}
}

func TestAFaultHitsWhatItFits(t *testing.T) {
	r := newRig(t)
	r.s.Join(5)
	r.s.Join(6)
	r.s.Inject(sandbox.Fault{Kind: sandbox.FaultInternal, Operation: sandbox.OpAssignRole, UserID: 5, Times: 2})
	r.get("/cloud/v2/groups/7").want(200)
	r.unassign("5", recruit).want(200)
	r.assign("6", recruit).want(200)
	r.assign("5", recruit).want(500)
	r.assign("NQ", recruit).want(500)
	r.assign("5", recruit).want(200)
}

func TestAFaultWithoutTimesStaysUntilCleared(t *testing.T) {
	r := newRig(t)
	r.s.Inject(sandbox.Fault{Kind: sandbox.FaultUnavailable})
	for range 5 {
		r.get("/cloud/v2/groups/7").want(503)
	}
	r.s.ClearFaults()
	r.get("/cloud/v2/groups/7").want(200)
}

func TestFaultsArePlayedInTheOrderTheyWereInjected(t *testing.T) {
	r := newRig(t)
	r.s.Inject(sandbox.Fault{Kind: sandbox.FaultTooMany, Times: 1})
	r.s.Inject(sandbox.Fault{Kind: sandbox.FaultInternal, Times: 1})
	for _, want := range []int{429, 500, 200} {
		r.get("/cloud/v2/groups/7").want(want)
	}
}

func TestAProbableFaultFollowsItsSeed(t *testing.T) {
	play := func(seed uint64) (statuses []int, hits int) {
		r := newRig(t)
		r.s.Inject(sandbox.Fault{Kind: sandbox.FaultInternal, Probability: 0.3, Seed: seed})
		for range 200 {
			status := r.get("/cloud/v2/groups/7").status
			statuses = append(statuses, status)
			if status == 500 {
				hits++
			}
		}
		return statuses, hits
	}
	first, hits := play(1)
	again, _ := play(1)
	other, _ := play(2)
	equal(t, "the same seed", again, first)
	if hits < 30 || hits > 90 {
		t.Fatalf("hits: got %d of 200, want about 60", hits)
	}
	same := true
	for i := range first {
		same = same && first[i] == other[i]
	}
	if same {
		t.Fatal("another seed: got the same calls hit, want others")
	}
}

func TestAStaleReadAnswersTheStateBeforeTheLastWrite(t *testing.T) {
	r := newRig(t)
	stale := sandbox.Fault{Kind: sandbox.FaultStale, Times: 1}
	role := func() string {
		got := r.members("7", "user == 'users/5'")
		if len(got.GroupMemberships) == 0 {
			return "none"
		}
		return got.GroupMemberships[0].Role
	}
	r.s.Join(5, recruit)
	r.s.Inject(stale)
	equal(t, "nothing written yet", role(), "groups/7/roles/11")
	r.s.Inject(stale)
	r.assign("5", trooper).want(200)
	equal(t, "stale", role(), "groups/7/roles/11")
	equal(t, "fresh", role(), "groups/7/roles/12")
	r.s.Leave(5)
	r.s.Inject(stale)
	equal(t, "stale after leaving", role(), "groups/7/roles/12")
	equal(t, "fresh after leaving", role(), "none")
	r.s.Leave(5)
	r.s.Inject(stale)
	equal(t, "leaving twice is leaving once", role(), "groups/7/roles/12")

	r.patch(restrictionOf5, `{"gameJoinRestriction":{"active":true}}`).want(200)
	r.s.Inject(stale)
	restricted := func() any {
		return r.get(restrictionOf5).want(200).fields()["gameJoinRestriction"].(map[string]any)["active"]
	}
	equal[any](t, "restricted before the first update", restricted(), false)
	equal[any](t, "restricted", restricted(), true)
	r.patch(restrictionOf5, `{"gameJoinRestriction":{"active":false}}`).want(200)
	r.s.Inject(stale)
	equal[any](t, "restricted before the second update", restricted(), true)

	r.s.PutEntry(universe, "GRPS_Points", "a", json.RawMessage(`1`))
	r.patch(entries+"/a", `{"value":2}`).want(200)
	r.s.Inject(stale)
	equal(t, "stale value", string(r.entry(entries+"/a").Value), "1")
	equal(t, "fresh value", string(r.entry(entries+"/a").Value), "2")
	r.post(entries+"?id=b", `{"value":1}`).want(200)
	r.s.Inject(stale)
	r.get(entries+"/b").wantError(404, "NOT_FOUND")
	r.s.Inject(stale)
	equal(t, "stale list", r.list(""), []string{"a"})
	equal(t, "fresh list", r.list(""), []string{"a", "b"})
}

func TestALostMemberLeavesBeforeTheCallIsHandled(t *testing.T) {
	c := config()
	c.AutoJoin = true
	r := newRigOf(t, c)
	r.s.Join(5, recruit)
	r.s.Inject(sandbox.Fault{Kind: sandbox.FaultLostMember, UserID: 5, Times: 1})
	r.assign("6", recruit).want(200)
	r.assign("5", trooper).wantError(404, "NOT_FOUND")
	equal(t, "memberships", usersOf(r.members("7", "user == 'users/5'")), []string{})
	equal(t, "roles", r.roles(5), nil)
}

func TestALostMemberIsTheOneNamed(t *testing.T) {
	for name, c := range map[string]struct {
		user int64
		want []string
	}{
		"the user of the fault":     {5, []string{"users/6"}},
		"everybody the call is for": {0, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.s.Join(5)
			r.s.Join(6)
			r.s.Inject(sandbox.Fault{Kind: sandbox.FaultLostMember, UserID: c.user})
			equal(t, "memberships", usersOf(r.members("-", "user in ['users/5', 'users/6']")), c.want)
		})
	}
}

// serve puts the sandbox behind a real connection.
func serve(t *testing.T, s *sandbox.Server) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return srv
}

func post(ctx context.Context, t *testing.T, target, body string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	return nil
}

func TestNoAnswerComesAfterTheWriteHappened(t *testing.T) {
	const target = "/cloud/v2/groups/7/memberships/5:assignRole"
	const body = `{"role":"groups/7/roles/11"}`
	cases := []struct {
		name string
		kind sandbox.FaultKind
		want []int64
	}{
		{"a timeout hides a write that happened", sandbox.FaultTimeout, []int64{recruit}},
		{"silence means that nothing happened", sandbox.FaultSilence, []int64{}},
	}
	for _, c := range cases {
		t.Run(c.name+", until the client goes away", func(t *testing.T) {
			r := newRig(t)
			r.s.Join(5)
			r.s.Inject(sandbox.Fault{Kind: c.kind, Times: 1})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second) // so long that the call has arrived, also on a busy machine
			defer cancel()
			err := post(ctx, t, serve(t, r.s).URL+target, body)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("error: got %v, want %v", err, context.DeadlineExceeded)
			}
			equal(t, "roles", r.roles(5), c.want)
			equal(t, "logged status", r.lastCall().Status, 0)
		})
		t.Run(c.name+", until the connection is cut", func(t *testing.T) {
			r := newRig(t)
			r.s.Join(5)
			r.s.Inject(sandbox.Fault{Kind: c.kind, Times: 1, Hang: time.Millisecond})
			err := post(t.Context(), t, serve(t, r.s).URL+target, body)
			if !errors.Is(err, io.EOF) {
				t.Fatalf("error: got %v, want %v", err, io.EOF)
			}
			equal(t, "roles", r.roles(5), c.want)
		})
	}
}

func TestASlowCallIsCarriedOutAtOnceAndAnsweredLater(t *testing.T) {
	const target = "/cloud/v2/groups/7/memberships/5:assignRole"
	r := newRig(t)
	r.s.Join(5)
	r.s.Inject(sandbox.Fault{Kind: sandbox.FaultSlow, Hang: 50 * time.Millisecond, Times: 2})
	began := time.Now()
	r.post(target, `{"role":"groups/7/roles/11"}`).want(200)
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("answered after %s, want 50 ms or more", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := post(ctx, t, serve(t, r.s).URL+target, `{"role":"groups/7/roles/12"}`); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error: got %v, want %v", err, context.DeadlineExceeded)
	}
	equal(t, "roles", r.roles(5), []int64{recruit, trooper})
	equal(t, "logged status", r.lastCall().Status, 200)
}

func TestAPairSettlesAnUpdateThatTimedOut(t *testing.T) {
	const pair = "?idempotencyKey.key=k&idempotencyKey.firstSent=2026-11-22T12:00:00Z"
	r := newRig(t)
	r.s.Inject(sandbox.Fault{Kind: sandbox.FaultInternal, AfterWrite: true, Times: 1})
	r.patch(restrictionOf5+pair, `{"gameJoinRestriction":{"active":true}}`).want(500)
	equal(t, "changed at first", r.lastCall().Changed, true)
	r.patch(restrictionOf5+pair, `{"gameJoinRestriction":{"active":true}}`).want(200)
	equal(t, "changed again", r.lastCall().Changed, false)
}

func TestAFaultThatCannotBePlayedIsAMistake(t *testing.T) {
	for name, f := range map[string]sandbox.Fault{
		"no kind":                 {},
		"an unknown operation":    {Kind: sandbox.FaultInternal, Operation: "Kick"},
		"a negative count":        {Kind: sandbox.FaultInternal, Times: -1},
		"a chance above 1":        {Kind: sandbox.FaultInternal, Probability: 1.5},
		"a status that is none":   {Kind: sandbox.FaultHTML, Status: 99},
		"a hang of half a day":    {Kind: sandbox.FaultTimeout, Hang: 12 * time.Hour},
		"slow, but not how much":  {Kind: sandbox.FaultSlow},
		"a negative Retry-After":  {Kind: sandbox.FaultTooMany, RetryAfter: -1},
		"a negative user":         {Kind: sandbox.FaultInternal, UserID: -1},
		"a probability below 0":   {Kind: sandbox.FaultInternal, Probability: -0.1},
		"a status above the last": {Kind: sandbox.FaultEmpty, Status: 600},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("Inject: got no panic, want one")
				}
			}()
			newRig(t).s.Inject(f)
		})
	}
}

func TestOfTooManyFaultsTheOldestGoes(t *testing.T) {
	r := newRig(t)
	r.s.Inject(sandbox.Fault{Kind: sandbox.FaultTooMany})
	for range 1_000 {
		r.s.Inject(sandbox.Fault{Kind: sandbox.FaultInternal})
	}
	r.get("/cloud/v2/groups/7").want(500)
}
