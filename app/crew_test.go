package app_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

// exhausted is a call that was not made because it was not its turn.
func exhausted(after time.Duration) error {
	return &domain.Error{Kind: domain.KindExhausted, Code: "open_cloud_budget", Message: "not yet", RetryAfter: after}
}

// promoteAll decides at once that the users, who are troopers, become corporals.
func (b *bench) promoteAll(users int64) {
	b.t.Helper()
	var all sync.WaitGroup
	for user := int64(1001); user <= 1000+users; user++ {
		b.group.join(b.t, user, "Trooper")
		r := b.report(user, 250, rank("Trooper"))
		all.Go(func() {
			if _, err := b.service.Ingest(b.t.Context(), ports.IngestRequest{Report: r, Apply: true}); err != nil {
				b.t.Errorf("ingest: %v", err)
			}
		})
	}
	all.Wait()
}

// promoted returns how many of them hold the new role.
func (b *bench) promoted(users int64) int {
	b.t.Helper()
	n := 0
	for user := int64(1001); user <= 1000+users; user++ {
		if slices.Equal(b.group.holds(b.t, user), []string{"Corporal"}) {
			n++
		}
	}
	return n
}

func TestABanIsCarriedOutWhilePromotionsWaitForTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, wall := newGroup(), newWall()
		roles := g.mock()
		look := roles.MembershipFunc
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			if !lane.Urgent() {
				time.Sleep(10 * time.Second)
			}
			return look(ctx, user, lane)
		}
		b := newBench(t, app.Remote{Roles: roles, Restrictions: wall.mock(), Universes: universes(t, 42)})
		b.group = g
		b.promoteAll(40)
		g.join(t, 7, "Trooper")
		b.run()
		time.Sleep(time.Second)
		began := time.Now()
		got := b.apply(b.report(7, 150, rank("Trooper"), warnings(7))).Decision
		wantStatus(t, *got, domain.ActionBan, domain.StatusApplied)
		if took := time.Since(began); took > 500*time.Millisecond {
			t.Errorf("the ban took %s, want it done at once", took)
		}
		for _, call := range roles.MembershipCalls() {
			if want := map[bool]ports.Lane{true: ports.LaneBan, false: ports.LanePromote}[call.User == userID(t, 7)]; call.Lane != want {
				t.Errorf("looked at %s in lane %d, want %d", call.User, call.Lane, want)
			}
		}
	})
}

func TestAQueueThatIsRefusedForTheRateRestsAndKeepsItsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		look, assign := roles.MembershipFunc, roles.AssignRoleFunc
		start := time.Now()
		var (
			mu    sync.Mutex
			order []domain.UserID
		)
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			if left := 5*time.Minute - time.Since(start); left > 0 {
				return ports.Membership{}, exhausted(min(left, time.Minute))
			}
			time.Sleep(10 * time.Millisecond)
			return look(ctx, user, lane)
		}
		roles.AssignRoleFunc = func(ctx context.Context, user domain.UserID, role domain.RoleID, lane ports.Lane) (ports.Membership, error) {
			mu.Lock()
			order = append(order, user)
			mu.Unlock()
			return assign(ctx, user, role, lane)
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		for user := int64(1); user <= 30; user++ {
			g.join(t, user, "Trooper")
			b.apply(b.report(user, 250, rank("Trooper")))
		}
		b.run()
		time.Sleep(5*time.Minute - time.Since(start))
		if tries := len(roles.MembershipCalls()); tries > 6*8 {
			t.Errorf("tried %d times in five refused minutes, want no more than one round of eight each minute", tries)
		}
		time.Sleep(2 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		if len(order) != 30 {
			t.Fatalf("%d were moved two seconds after the refusals ended, want all 30", len(order))
		}
		for i, user := range order {
			if first := int64(i/8*8 + 1); user.Int64() < first || user.Int64() >= first+8 {
				t.Errorf("%s was moved as no. %d, want the oldest eight first", user, i+1)
			}
		}
	})
}

func TestABanThatIsRefusedForTheRateIsTriedAgainAsSoonAsRobloxSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		for range 6 {
			b.group.fail(exhausted(time.Second))
		}
		b.run()
		got := b.apply(b.report(7, 150, rank("Trooper"), warnings(7))).Decision
		time.Sleep(8 * time.Second)
		wantStatus(t, b.decision(got.ID), domain.ActionBan, domain.StatusApplied)
	})
}

func TestMirrorAndMessagesHoldUpNoMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(ctx context.Context) error {
			select {
			case <-time.After(8 * time.Second):
			case <-ctx.Done():
			}
			return exhausted(time.Minute)
		}
		g := newGroup()
		b := newBench(t, app.Remote{
			Roles:     g.mock(),
			Mirror:    &portsmock.MirrorMock{PutStandingFunc: func(ctx context.Context, _ ports.PlacedStanding) error { return slow(ctx) }},
			Announcer: &portsmock.AnnouncerMock{AnnounceFunc: func(ctx context.Context, _ ports.DecisionRecord) error { return slow(ctx) }},
		})
		b.group = g
		b.run()
		b.promoteAll(40)
		time.Sleep(time.Second)
		for user := int64(1); user <= 3; user++ {
			g.join(t, user, "Trooper")
			began := time.Now()
			wantStatus(t, *b.apply(b.report(user, 250, rank("Trooper"))).Decision, domain.ActionPromote, domain.StatusApplied)
			if took := time.Since(began); took > 100*time.Millisecond {
				t.Errorf("a promotion took %s beside a full mirror, want it done at once", took)
			}
		}
	})
}

func TestAnOutageIsWaitedForAndTheQueueGoesOnAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		look := roles.MembershipFunc
		var down atomic.Bool
		down.Store(true)
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			if down.Load() {
				return ports.Membership{}, unavailable(0)
			}
			return look(ctx, user, lane)
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		b.promoteAll(400)
		b.run()
		time.Sleep(5 * time.Minute)
		if tries := len(roles.MembershipCalls()); tries > 1000 {
			t.Errorf("tried %d times in five minutes, want the dispatcher to leave Roblox alone", tries)
		}
		down.Store(false)
		time.Sleep(10 * time.Second)
		if got := b.promoted(400); got != 400 {
			t.Errorf("%d of 400 were promoted ten seconds after the outage, want all", got)
		}
	})
}

func TestWhatCanWaitIsLookedAtOnceNoChangeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const users = 80
		g := newGroup()
		roles := g.mock()
		look := roles.MembershipFunc
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			time.Sleep(time.Second)
			return look(ctx, user, lane)
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		b.promoteAll(users)
		g.join(t, 7, "Trooper")
		b.said(150, "Trooper")
		b.lookIn(ports.LaneSpare)
		b.run()
		spare := func() bool {
			return slices.ContainsFunc(roles.MembershipCalls(), func(c struct {
				Ctx  context.Context
				User domain.UserID
				Lane ports.Lane
			},
			) bool {
				return c.Lane == ports.LaneSpare
			})
		}
		for b.promoted(users) < users-8 { // the last ones are under way, and nothing waits
			if spare() {
				t.Fatalf("looked at what could wait when %d of %d were promoted", b.promoted(users), users)
			}
			time.Sleep(500 * time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		if !spare() {
			t.Error("what could wait was never looked at")
		}
	})
}
