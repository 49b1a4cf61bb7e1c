package opencloud_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestNothingIsSentWithinRetryAfter(t *testing.T) {
	r := newRig(t)
	r.box.Join(156, recruit)
	r.box.Inject(sandbox.Fault{Kind: sandbox.FaultTooMany, Operation: sandbox.OpAssignRole, Times: 1, RetryAfter: 30 * time.Second})
	assign := func() error {
		_, err := r.client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
		return err
	}
	wantKind(t, assign(), domain.KindExhausted, "resource_exhausted")
	for _, left := range []time.Duration{30 * time.Second, 20 * time.Second, 10 * time.Second} {
		e := wantKind(t, assign(), domain.KindExhausted, "resource_exhausted")
		equal(t, "RetryAfter", e.RetryAfter, left)
		r.clock.advance(10 * time.Second)
	}
	equal(t, "calls", len(r.callsOf(sandbox.OpAssignRole)), 1)
	_, err := r.client.UnassignRole(t.Context(), player, mustRole(recruit), ports.LanePromote)
	wantNoError(t, "another endpoint", err)
	wantNoError(t, "after RetryAfter", assign())
}

func TestARefusedKeyIsNotSentAgainForAMinute(t *testing.T) {
	client, calls := answering(t, says(401, `{"errors":[{"code":0,"message":"Invalid API Key"}]}`))
	for range 5 {
		_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
		e := wantKind(t, err, domain.KindUnavailable, "open_cloud_key_refused")
		equal(t, "RetryAfter", e.RetryAfter, time.Minute)
	}
	equal(t, "calls", calls(), 1)
}

func TestTheLastCallOfAStretchClosesTheEndpoint(t *testing.T) {
	clk := &clock{at: noon}
	client, calls := answering(t, says(200, membership, "X-Ratelimit-Limit: 300, 300;w=60", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 20"),
		func(o *options) { o.Clock = clk })
	assign := func() error {
		_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
		return err
	}
	wantNoError(t, "the last call", assign())
	e := wantKind(t, assign(), domain.KindExhausted, "open_cloud_budget")
	equal(t, "RetryAfter", e.RetryAfter, 20*time.Second)
	equal(t, "calls", calls(), 1)
	clk.advance(20 * time.Second)
	wantNoError(t, "after the reset", assign())
}

func TestAnsweredCallsThatLeaveSomeDoNotClose(t *testing.T) {
	for _, headers := range [][]string{
		{"X-Ratelimit-Remaining: 1", "X-Ratelimit-Reset: 20"},
		{"X-Ratelimit-Remaining: 0"},
		{"X-Ratelimit-Remaining: ", "X-Ratelimit-Reset: 20"},
		{"X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: -5"},
	} {
		client, _ := answering(t, says(200, membership, headers...))
		for range 3 {
			_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
			wantNoError(t, "AssignRole", err)
		}
	}
}

func TestASteadyStreamOfCallsNeverMeetsRobloxsLimit(t *testing.T) {
	r := newRig(t, func(o *options, _ *sandbox.Config) { o.Patience = time.Millisecond })
	r.box.Join(156, recruit)
	done := 0
	for range 3 * 60 * 10 { // three minutes in tenths of a second
		if _, err := r.client.Membership(t.Context(), player, ports.LanePromote); err == nil {
			done++
		}
		r.clock.advance(100 * time.Millisecond)
	}
	for _, c := range r.callsOf(sandbox.OpListMemberships) {
		if c.Status != http.StatusOK {
			t.Fatalf("a call: got status %d, want none refused by Roblox", c.Status)
		}
	}
	if done < 3*240 {
		t.Errorf("calls in three minutes: got %d, want most of the 900 that Roblox allows", done)
	}
}

func TestTheMirrorAndTheSyncShareWhatRobloxAsksOfReads(t *testing.T) {
	r := newRig(t)
	r.box.PutEntry(42, store, entryID, []byte(`{"username":"ada"}`))
	r.box.Inject(sandbox.Fault{Kind: sandbox.FaultTooMany, Operation: sandbox.OpGetEntry, Times: 1, RetryAfter: 30 * time.Second})
	wantKind(t, r.client.PutStanding(t.Context(), standing()), domain.KindExhausted, "resource_exhausted")
	_, err := r.client.Entries(t.Context(), "", 10)
	wantKind(t, err, domain.KindExhausted, "resource_exhausted")
	equal(t, "reads", len(r.callsOf(sandbox.OpGetEntry)), 1)
}

// told implements ports.Recorder.
type told struct {
	mu    sync.Mutex
	calls []ports.CallEvent
}

func (r *told) Record(_ context.Context, event ports.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if call, ok := event.(ports.CallEvent); ok {
		r.calls = append(r.calls, call)
	}
}

func TestEveryCallThatWasSentIsRecordedWithWhatIsLeft(t *testing.T) {
	recorder := &told{}
	r := newRig(t, func(o *options, _ *sandbox.Config) { o.Recorder = recorder })
	r.box.Join(156, recruit)
	r.box.Inject(sandbox.Fault{Kind: sandbox.FaultTooMany, Operation: sandbox.OpAssignRole, Times: 1, RetryAfter: 30 * time.Second})
	_, err := r.client.Membership(t.Context(), player, ports.LanePromote)
	wantNoError(t, "Membership", err)
	for range 3 { // the second and the third are not sent
		_, err = r.client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
		wantKind(t, err, domain.KindExhausted, "resource_exhausted")
	}
	var got []string
	for _, c := range recorder.calls {
		outcome := "done"
		if c.Err != nil {
			outcome = domain.KindOf(c.Err).String()
		}
		got = append(got, fmt.Sprintf("%s: %s, %d left", c.Call, outcome, c.Left))
	}
	equal(t, "calls recorded", got, []string{"read memberships: done, 299 left", "assign roles: exhausted, 299 left"})
}
