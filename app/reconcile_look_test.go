package app_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestALookThatFindsNothingWrongChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		b.said(150, "Trooper")
		before := b.standing(7)
		b.lookNow()
		time.Sleep(time.Minute)
		if after := b.standing(7); after != before {
			t.Errorf("the player changed from %+v to %+v", before, after)
		}
		b.wantDecisions()
		b.wantLooks("report same")
	})
}

func TestOneStaleReadMendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		look := roles.MembershipFunc
		var stale atomic.Bool
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			if stale.CompareAndSwap(true, false) {
				return ports.Membership{Member: true, Roles: []domain.RoleID{roleOf(t, "Trooper")}}, nil
			}
			return look(ctx, user, lane)
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper")
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(10 * time.Second)
		stale.Store(true)
		b.lookNow()
		time.Sleep(10 * time.Second)
		b.wantRank("Corporal")
		b.wantDecisions("PROMOTE applied game")
		b.wantLooks("report same")
	})
}

// What a walk saw of somebody is as old as its page, so its look believes one read no more than any other does.
func TestOneStaleReadAfterAWalkTakesNoPromotionBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		look := roles.MembershipFunc
		var stale atomic.Bool
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			if lane == ports.LaneSpare && stale.CompareAndSwap(true, false) {
				return ports.Membership{Member: true, Roles: []domain.RoleID{roleOf(t, "Trooper")}}, nil
			}
			return look(ctx, user, lane)
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper")
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(10 * time.Second)
		stale.Store(true)
		b.look(7, true)
		time.Sleep(10 * time.Second)
		if stale.Load() {
			t.Fatal("nobody looked")
		}
		b.wantRank("Corporal")
		b.wantDecisions("PROMOTE applied game")
		b.wantLooks("walk same")
	})
}

func TestALookLeavesWhatIsUnderWayAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.group.fail(unavailable(time.Minute))
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		b.lookNow()
		time.Sleep(30 * time.Second)
		b.wantLooks() // it waits for the decision
		time.Sleep(2 * time.Minute)
		b.wantHeld(7, "Corporal")
		b.wantDecisions("PROMOTE applied game")
		b.wantRank("Corporal")
	})
}

func TestTwoLooksAtOnceMendOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		see := roles.MembershipFunc
		var slow atomic.Bool
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			shown, err := see(ctx, user, lane)
			switch {
			case !slow.Load():
			case lane == ports.LaneObserve || lane == ports.LaneSpare:
				time.Sleep(3 * time.Second)
			default:
				time.Sleep(10 * time.Second) // the mend is under way for a while
			}
			return shown, err
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper")
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(2 * time.Minute)
		slow.Store(true)
		g.join(t, 7)
		b.look(7, false)
		b.lookNow()
		time.Sleep(5 * time.Minute)
		b.wantHeld(7, "Corporal")
		b.wantDecisions("PROMOTE applied game", "RESTORE applied reconcile")
	})
}
