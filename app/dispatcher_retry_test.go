package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

func TestAnUnknownOutcomeIsSettledByLooking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.group.failAfterWriting(context.DeadlineExceeded, unavailable(0))
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(time.Minute)
		b.wantHeld(7, "Corporal")
		if want, got := []string{"+Corporal", "-Trooper"}, b.group.written(); !slices.Equal(got, want) {
			t.Errorf("wrote %q, want each change once: %q", got, want)
		}
	})
}

func TestRetriesWaitLongerEachTimeAndObeyRoblox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.group.fail(unavailable(0), unavailable(0), unavailable(30*time.Second), unavailable(0))
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(2 * time.Minute)
		var waits []time.Duration
		for _, event := range b.events.all() {
			if e, ok := event.(ports.EffectEvent); ok && e.Result == ports.SettleRetry {
				waits = append(waits, e.After)
			}
		}
		want := []time.Duration{500 * time.Millisecond, time.Second, 30 * time.Second, 4 * time.Second}
		if !slices.Equal(waits, want) {
			t.Errorf("waited %v, want %v", waits, want)
		}
		b.wantHeld(7, "Corporal")
	})
}

func TestARefusalIsFinalOnceItWasRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.group.fail(denied(), denied(), denied())
		b.run()
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(time.Minute)
		closed := b.decision(got.ID)
		wantStatus(t, closed, domain.ActionPromote, domain.StatusFailed)
		if !strings.Contains(closed.Detail, "permission_denied") {
			t.Errorf("the detail %q does not say why", closed.Detail)
		}
		// The third try looks whether anything is left of it. It may be told before the second, which wished for it.
		want := []string{"group_role dead 2", "group_role delivered 2", "group_role retry 1", "group_role retry 1"}
		if got := slices.Sorted(slices.Values(b.events.effects())); !slices.Equal(got, want) {
			t.Errorf("tried %q, want %q", got, want)
		}
	})
}

func TestAnEffectIsGivenUpAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		for range 1000 {
			b.group.fail(unavailable(0))
		}
		b.run()
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(25 * time.Hour)
		closed := b.decision(got.ID)
		wantStatus(t, closed, domain.ActionPromote, domain.StatusFailed)
		if !strings.Contains(closed.Detail, "deadline") {
			t.Errorf("the detail %q does not speak of the deadline", closed.Detail)
		}
	})
}

func TestTheDeadlineOfAnEffectCountsFromItsFirstTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(30 * time.Hour) // nothing delivers it
		b.group.fail(unavailable(0))
		b.run()
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(got.ID), domain.ActionPromote, domain.StatusApplied)
	})
}

func TestWhatCannotBeTriedOutlastsTheDeadline(t *testing.T) {
	busy := &domain.Error{Kind: domain.KindExhausted, Code: "busy", Message: "it is not its turn", RetryAfter: 10 * time.Minute}
	for name, roles := range map[string]*portsmock.GroupRolesMock{
		"as it is not its turn": {MembershipFunc: func(context.Context, domain.UserID, ports.Lane) (ports.Membership, error) {
			return ports.Membership{}, busy
		}},
		"as Roblox is not configured": nil,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := memstore.New()
				defer store.Close()
				g := newGroup()
				with := newBenchOn(t, store, app.Remote{Roles: g.mock()})
				got := with.apply(with.report(7, 250, rank("Trooper"))).Decision
				remote := app.Remote{}
				if roles != nil {
					remote.Roles = roles
				}
				other := newBenchOn(t, store, remote)
				other.service, other.dispatcher = app.New(app.Parts{
					Store: store, Policies: fixedPolicy{testPolicy(t)}, Clock: bubbleClock{}, IDs: other.ids, Recorder: other.events, Remote: remote,
				}, app.DispatcherOptions{Deadline: time.Hour, Jitter: func() float64 { return 1 }})
				other.run()
				time.Sleep(6 * time.Hour)
				wantStatus(t, with.decision(got.ID), domain.ActionPromote, domain.StatusPending)
				time.Sleep(90 * time.Minute) // seven deadlines are over
				wantStatus(t, with.decision(got.ID), domain.ActionPromote, domain.StatusFailed)
			})
		})
	}
}
