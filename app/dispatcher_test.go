package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

func TestAMemberWithoutALadderRoleGetsTheRecordedOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7)
		b.run()
		wantStatus(t, *b.apply(b.report(7, 250, rank("Trooper"))).Decision, domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "Corporal")
	})
}

func TestWhoeverIsNotAMemberCannotBeRanked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.run()
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		wantStatus(t, *got, domain.ActionPromote, domain.StatusFailed)
		if !strings.Contains(got.Detail, "not_member") {
			t.Errorf("the detail %q does not say why", got.Detail)
		}
		b.wantRank("Trooper")
	})
}

func TestAPunishmentOfWhoeverIsNotAMemberHoldsInTheRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		stop := b.run()
		got := b.apply(b.report(7, 150, rank("Trooper"), warnings(4))).Decision
		wantStatus(t, *got, domain.ActionSuspend, domain.StatusApplied)
		if !strings.Contains(got.Detail, "not_member") {
			t.Errorf("the detail %q does not say why no role was changed", got.Detail)
		}
		if s := b.standing(7); s.Punishment.Status != domain.PunishmentTrial {
			t.Errorf("the record shows %v, want the suspension", s.Punishment)
		}
		stop() // nothing has to run meanwhile
		time.Sleep(trial)
		b.run()
		b.release()
		time.Sleep(time.Minute)
		b.wantRank("Trooper")
		b.wantDecisions("SUSPEND applied game", "RESTORE applied "+app.SchedulePrincipal)
	})
}

func TestAMoveThatWasDoneAlreadyWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Corporal")
		b.run()
		wantStatus(t, *b.apply(b.report(7, 250, rank("Trooper"))).Decision, domain.ActionPromote, domain.StatusApplied)
		if wrote := b.group.written(); wrote != nil {
			t.Errorf("wrote %q", wrote)
		}
	})
}

func TestADecisionIsSupersededWhenRobloxShowsAnotherRank(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Sergeant")
		b.run()
		got := b.apply(b.report(7, 250, rank("Trooper")))
		wantStatus(t, *got.Decision, domain.ActionPromote, domain.StatusSuperseded)
		if got.Player.Standing.Rank != "Sergeant" {
			t.Errorf("the answer shows %q, want what Roblox shows", got.Player.Standing.Rank)
		}
		b.wantRank("Sergeant")
		b.wantHeld(7, "Sergeant")
	})
}

func TestAWrongDatabaseDemotesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "General")
		b.run()
		b.apply(b.report(7, 10, rank("Trooper"))) // a restored record that knows too little would demote
		b.wantHeld(7, "General")
		b.wantRank("General")
	})
}

func TestASupersededSuspensionIsDecidedAgainFromTheRealRank(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Corporal")
		b.run()
		first := b.apply(b.report(7, 150, rank("Trooper"), warnings(4)))
		time.Sleep(time.Second)
		wantStatus(t, b.decision(first.Decision.ID), domain.ActionSuspend, domain.StatusSuperseded)
		b.wantHeld(7, "Suspended")
		if s := b.standing(7); s.FormerRank != "Corporal" || s.Punishment.Status != domain.PunishmentTrial {
			t.Errorf("the record shows former rank %q and %v, want Corporal and a suspension", s.FormerRank, s.Punishment)
		}
	})
}

func TestASuspensionThatStopsHalfWayGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		b := newBenchOn(t, memstore.New(), app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper", "Corporal")
		g.failAfterWriting(nil, context.DeadlineExceeded)
		b.run()
		got := b.apply(b.report(7, 250, rank("Corporal"), warnings(4))).Decision
		time.Sleep(10 * time.Second)
		wantStatus(t, b.decision(got.ID), domain.ActionSuspend, domain.StatusApplied)
		b.wantHeld(7, "Suspended")
	})
}

func TestASupersededBanOfAPrivilegedMemberLiftsItsRestrictionAndAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, wall := newGroup(), newWall()
		b := newBench(t, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42)})
		b.group = g
		g.join(t, 7, "General")
		b.run()
		first := b.apply(b.report(7, 150, rank("Trooper"), warnings(7)))
		time.Sleep(2 * time.Minute)
		wantStatus(t, b.decision(first.Decision.ID), domain.ActionBan, domain.StatusSuperseded)
		b.wantHeld(7, "General")
		if s := b.standing(7); s.Punishment.InForce() || s.Served != 0 {
			t.Errorf("the record still shows the ban that was taken back: %+v", s)
		}
		if wall.active(t, 42) {
			t.Error("the restriction of the ban that was taken back is in force")
		}
		asked := b.apply(b.report(7, 150, warnings(7)))
		wantStatus(t, *asked.Decision, domain.ActionBan, domain.StatusAwaitingApproval)
	})
}

func TestAWishThatReplacesAnUndeliveredOneStartsFromWhereverThatLeftTheMember(t *testing.T) {
	for name, held := range map[string]string{"before it": "Trooper", "after it": "Corporal"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := withGroup(t)
				b.group.join(t, 7, held)
				promoted := b.apply(b.report(7, 250, rank("Trooper"))).Decision
				wantStatus(t, *promoted, domain.ActionPromote, domain.StatusPending)
				suspended := b.apply(b.report(7, 250, warnings(4))).Decision
				b.run()
				time.Sleep(time.Second)
				wantStatus(t, b.decision(promoted.ID), domain.ActionPromote, domain.StatusSuperseded)
				wantStatus(t, b.decision(suspended.ID), domain.ActionSuspend, domain.StatusApplied)
				b.wantHeld(7, "Suspended")
			})
		})
	}
}

func TestABanIsAppliedOnlyWhenEveryPartIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, wall := newGroup(), newWall()
		b := newBench(t, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42, 43)})
		b.group = g
		g.join(t, 7, "Trooper")
		wall.fail(43, unavailable(0), unavailable(0))
		b.run()
		got := b.apply(b.report(7, 150, rank("Trooper"), warnings(7))).Decision
		wantStatus(t, *got, domain.ActionBan, domain.StatusPending)
		b.wantHeld(7, "Suspended")
		time.Sleep(45 * time.Second)
		wantStatus(t, b.decision(got.ID), domain.ActionBan, domain.StatusPending)
		time.Sleep(45 * time.Second)
		wantStatus(t, b.decision(got.ID), domain.ActionBan, domain.StatusApplied)
		if !wall.active(t, 42) || !wall.active(t, 43) {
			t.Error("the player may still join a universe")
		}
		if pairs := wall.pairs(43); len(pairs) != 1 {
			t.Errorf("tries for one wish used the idempotency pairs %q, want one", pairs)
		}
	})
}

func TestTellingOthersWaitsForTheDecisionAndNeverDelaysIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []string
		tell := func(line string) error {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, line)
			if len(told) == 1 {
				return unavailable(time.Minute)
			}
			return nil
		}
		g := newGroup()
		b := newBench(t, app.Remote{
			Roles: g.mock(),
			Mirror: &portsmock.MirrorMock{PutStandingFunc: func(_ context.Context, s ports.PlacedStanding) error {
				return tell("mirror " + s.Standing.Rank + " below " + s.Position.Next)
			}},
			Announcer: &portsmock.AnnouncerMock{AnnounceFunc: func(_ context.Context, d ports.DecisionRecord) error {
				return tell(fmt.Sprintf("announce %s %s", d.Decision.Action, d.Status))
			}},
		})
		b.group = g
		g.join(t, 7, "Trooper")
		g.fail(unavailable(5 * time.Second))
		b.run()
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		mu.Lock()
		if told != nil {
			t.Errorf("told %q before Roblox confirmed", told)
		}
		mu.Unlock()
		time.Sleep(10 * time.Second)
		wantStatus(t, b.decision(got.ID), domain.ActionPromote, domain.StatusApplied)
		time.Sleep(2 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		slices.Sort(told)
		told = slices.Compact(told)
		if want := []string{"announce PROMOTE applied", "mirror Corporal below Sergeant"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}

func TestTwoDispatchersDeliverEachEffectOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		defer store.Close()
		g := newGroup()
		one := newBenchOn(t, store, app.Remote{Roles: g.mock()})
		two := newBenchOn(t, store, app.Remote{Roles: g.mock()})
		one.group, two.group = g, g
		for user := int64(1); user <= 40; user++ {
			g.join(t, user, "Trooper")
			r := one.report(user, 250, rank("Trooper"))
			if _, err := one.service.Ingest(t.Context(), ports.IngestRequest{Report: r, Apply: true}); err != nil {
				t.Fatal(err)
			}
		}
		one.run()
		two.run()
		time.Sleep(5 * time.Second)
		if wrote := len(g.written()); wrote != 80 {
			t.Errorf("%d changes at Roblox, want 80", wrote)
		}
		for user := int64(1); user <= 40; user++ {
			one.wantHeld(user, "Corporal")
		}
	})
}

func TestALeaseThatRanOutIsTakenOverAndTheMoveIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		claims, err := b.store.Claim(t.Context(), ports.AnyLane(1), time.Minute) // by a process that moves the member and dies
		if err != nil || len(claims) != 1 {
			t.Fatalf("claimed %d (%v), want 1", len(claims), err)
		}
		b.group.join(t, 7, "Corporal")
		b.run()
		time.Sleep(30 * time.Second)
		wantStatus(t, b.decision(got.ID), domain.ActionPromote, domain.StatusPending)
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(got.ID), domain.ActionPromote, domain.StatusApplied)
		if wrote := b.group.written(); wrote != nil {
			t.Errorf("the move was repeated: %q", wrote)
		}
	})
}

func TestStoppingFinishesWhatWasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		look := roles.MembershipFunc
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			time.Sleep(3 * time.Second)
			return look(ctx, user, lane)
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper")
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			b.dispatcher.Run(ctx)
		}()
		time.Sleep(time.Second)
		cancel()
		<-stopped
		wantStatus(t, b.decision(got.ID), domain.ActionPromote, domain.StatusApplied)
	})
}

func TestAStoreThatFailsIsOutlasted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		defer inner.Close()
		flaky := &flakyStore{Store: inner}
		g := newGroup()
		b := newBenchOn(t, flaky, app.Remote{Roles: g.mock()})
		b.group = g
		g.join(t, 7, "Trooper")
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		flaky.down.Store(true)
		b.run()
		time.Sleep(10 * time.Second)
		flaky.down.Store(false)
		time.Sleep(2 * time.Minute)
		wantStatus(t, b.decision(got.ID), domain.ActionPromote, domain.StatusApplied)
		if !slices.ContainsFunc(b.events.all(), func(e ports.Event) bool { _, ok := e.(ports.DispatchEvent); return ok }) {
			t.Error("nobody was told that the store failed")
		}
	})
}

func TestAnEffectOfAPartThatIsNotConfiguredAnyMoreWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		defer store.Close()
		g := newGroup()
		with := newBenchOn(t, store, app.Remote{Roles: g.mock()})
		with.group = g
		g.join(t, 7, "Trooper")
		got := with.apply(with.report(7, 250, rank("Trooper"))).Decision
		without := newBenchOn(t, store, app.Remote{})
		without.run()
		time.Sleep(10 * time.Minute)
		wantStatus(t, with.decision(got.ID), domain.ActionPromote, domain.StatusPending)
		if want := "group_role retry 1"; !slices.Contains(without.events.effects(), want) {
			t.Errorf("tried %q, want %q", without.events.effects(), want)
		}
	})
}

var errDown = &domain.Error{Kind: domain.KindUnavailable, Code: "down", Message: "the store is down"}
