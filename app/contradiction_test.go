package app_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestTheRecordNeverShowsWhatRobloxRefused(t *testing.T) {
	for name, test := range map[string]struct {
		report domain.Report
		held   string
	}{
		"a promotion":  {domain.Report{Rank: "Trooper", Points: 250}, "Trooper"},
		"a demotion":   {domain.Report{Rank: "Corporal", Points: 150}, "Corporal"},
		"a suspension": {domain.Report{Rank: "Trooper", Points: 150, Warnings: domain.CountOf(4)}, "Trooper"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := withGroup(t)
				b.group.join(t, 7, test.held)
				b.group.fail(nil, denied(), nil, denied()) // looking is allowed, changing is not
				b.run()
				test.report.UserID, test.report.Username = userID(t, 7), "Player7"
				got := b.apply(test.report).Decision
				time.Sleep(time.Minute)
				if closed := b.decision(got.ID); closed.Status != domain.StatusFailed || !strings.Contains(closed.Detail, "permission_denied") {
					t.Errorf("the decision is %s (%s), want failed because of permission_denied", closed.Status, closed.Detail)
				}
				b.wantRank(test.held)
				if s := b.standing(7); s.Punishment.InForce() || s.Served != 0 || s.Left != (domain.Trail{}) {
					t.Errorf("the record still shows the decision: %+v", s)
				}
				again := b.apply(test.report)
				if again.Decision.Decision.Action != got.Decision.Action {
					t.Errorf("the next report is decided as %s, want %s again", again.Decision.Decision.Action, got.Decision.Action)
				}
			})
		})
	}
}

func TestWhatWasRefusedHalfWayIsNotLeftHalfDone(t *testing.T) {
	for name, test := range map[string]struct {
		faults, after []error
		byHand        string // what somebody gives the member between
		status        domain.Status
		want          string
	}{
		"the second step is refused":   {[]error{nil, nil, denied(), nil, denied()}, nil, "", domain.StatusFailed, "Trooper"},
		"the way back is troubled too": {[]error{nil, nil, denied(), nil, denied(), nil, unavailable(0)}, nil, "", domain.StatusFailed, "Trooper"},
		"looking is refused after it":  {[]error{nil, nil, unavailable(0), denied(), denied()}, nil, "", domain.StatusFailed, "Trooper"},
		"somebody does it by hand":     {[]error{nil, denied(), nil, denied(), unavailable(time.Minute)}, nil, "Corporal", domain.StatusFailed, "Corporal"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := withGroup(t)
				b.group.join(t, 7, "Trooper")
				b.group.fail(test.faults...)
				b.run()
				got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
				time.Sleep(10 * time.Second)
				if test.byHand != "" {
					b.group.join(t, 7, test.byHand)
				}
				time.Sleep(2 * time.Minute)
				wantStatus(t, b.decision(got.ID), domain.ActionPromote, test.status)
				b.wantHeld(7, test.want)
				b.wantRank(test.want)
				if depth, err := b.store.Depth(t.Context()); err != nil || depth.Waiting+depth.Dead != 0 {
					t.Errorf("%d effects wait and %d were given up (%v), want none", depth.Waiting, depth.Dead, err)
				}
			})
		})
	}
}

func TestAStaleReadLeavesNothingHalfDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		look := roles.MembershipFunc
		var looks atomic.Int64
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			if looks.Add(1) == 3 { // after the two that come before each try
				return ports.Membership{Member: true, Roles: []domain.RoleID{roleOf(t, "Trooper")}}, nil
			}
			return look(ctx, user, lane)
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper")
		g.fail(nil, nil, denied(), nil, denied()) // the second step is refused, for good
		b.run()
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(10 * time.Second)
		wantStatus(t, b.decision(got.ID), domain.ActionPromote, domain.StatusFailed)
		b.wantHeld(7, "Trooper")
		b.wantRank("Trooper")
	})
}

func TestADecisionGoesAheadOfTheWayBackFromARefusedOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.group.fail(nil, nil, denied(), nil, denied(), unavailable(time.Minute)) // half way, and the way back has to wait
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(10 * time.Second)
		b.apply(b.report(7, 150, warnings(4)))
		time.Sleep(2 * time.Minute)
		b.wantDecisions("PROMOTE failed game", "SUSPEND superseded game", "PROMOTE applied roblox", "SUSPEND applied game") // the member showed Corporal
		b.wantHeld(7, "Suspended")
		b.wantRank("Suspended")
	})
}

func TestARefusedPartOfABanLeavesTheRestInForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, wall := newGroup(), newWall()
		b := newBench(t, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42)})
		b.group = g
		g.join(t, 7, "Trooper")
		g.fail(nil, denied(), nil, denied())
		b.run()
		got := b.apply(b.report(7, 150, rank("Trooper"), warnings(7))).Decision
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(got.ID), domain.ActionBan, domain.StatusFailed)
		if s := b.standing(7); s.Punishment.Status != domain.PunishmentSevere || !wall.active(t, 42) {
			t.Errorf("the ban was given up: %v, restricted %t", s.Punishment, wall.active(t, 42))
		}
	})
}

func TestAQuestionEndsWhenTheRulesDoNotAskItAnyMore(t *testing.T) {
	b := newBench(t, app.Remote{})
	asked := b.apply(b.report(7, 450, rank("Sergeant"))).Decision
	wantStatus(t, *b.apply(b.report(7, 350)).Decision, domain.ActionNone, domain.StatusNone)
	wantStatus(t, b.decision(asked.ID), domain.ActionPromote, domain.StatusSuperseded)
}

func TestAQuestionEndsWhenSomebodyAnswersItByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Sergeant")
		asked := b.apply(b.report(7, 450, rank("Sergeant"))).Decision
		b.group.join(t, 7, "General")
		b.run()
		b.ingest(ports.IngestRequest{Report: b.report(7, 450, rank("General"))})
		time.Sleep(time.Second)
		b.wantRank("General")
		wantStatus(t, b.decision(asked.ID), domain.ActionPromote, domain.StatusSuperseded)
	})
}

func TestAQuestionWaitsForTheMoveThatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Corporal")
		moved := b.apply(b.report(7, 450, rank("Corporal"))).Decision
		wantStatus(t, *moved, domain.ActionPromote, domain.StatusPending)
		if again := b.apply(b.report(7, 450)).Decision; again.ID != moved.ID {
			t.Errorf("got %s %s, want the move under way", again.Decision.Action, again.Status)
		}
		b.run()
		time.Sleep(time.Second)
		wantStatus(t, b.decision(moved.ID), domain.ActionPromote, domain.StatusApplied)
		wantStatus(t, *b.apply(b.report(7, 450)).Decision, domain.ActionPromote, domain.StatusAwaitingApproval)
	})
}

func TestWhatOvertookAnUnconfirmedDecisionTakesThatBackToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "General") // the record is wrong from the start
		b.apply(b.report(7, 150, rank("Trooper"), warnings(4)))
		banned := b.apply(b.report(7, 150, warnings(7))).Decision
		wantStatus(t, *banned, domain.ActionBan, domain.StatusPending)
		b.run()
		time.Sleep(5 * time.Second)
		wantStatus(t, b.decision(banned.ID), domain.ActionBan, domain.StatusSuperseded)
		if s := b.standing(7); s.Rank != "General" || s.Punishment.InForce() || s.Served != 0 {
			t.Errorf("the record shows %q, %v and %d served warnings, want General and nothing", s.Rank, s.Punishment, s.Served)
		}
		b.wantHeld(7, "General")
	})
}

func TestAPrivilegedMemberIsNeverHalfBannedWithoutApproval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, wall := newGroup(), newWall()
		b := newBench(t, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42, 43)})
		b.group = g
		g.join(t, 7, "General")
		g.fail(unavailable(2*time.Minute), unavailable(0))
		wall.fail(43, denied(), denied())
		b.run()
		banned := b.apply(b.report(7, 150, rank("Trooper"), warnings(7))).Decision
		time.Sleep(10 * time.Minute)
		if status := b.decision(banned.ID).Status; status.Open() {
			t.Errorf("the ban is still %s", status)
		}
		if s := b.standing(7); s.Rank != "General" || s.Punishment.InForce() || wall.active(t, 42) {
			t.Errorf("the record shows %q and %v, restricted %t; want General and nothing", s.Rank, s.Punishment, wall.active(t, 42))
		}
	})
}

func TestAnOrdinaryMoveTakesNoPrivilegedRoleAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Corporal", "General")
		b.run()
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		wantStatus(t, *got, domain.ActionPromote, domain.StatusSuperseded)
		b.wantHeld(7, "Corporal", "General")
		b.wantRank("General")
	})
}

func TestALookThatADecisionOvertookIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		look := roles.MembershipFunc
		var looks atomic.Int64
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			shown, err := look(ctx, user, lane)
			if looks.Add(1) == 1 {
				time.Sleep(5 * time.Second) // the answer is old when it arrives
			}
			return shown, err
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper")
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
		b.run()
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Sergeant"))}) // somebody says that the rank changed
		time.Sleep(2 * time.Second)
		wantStatus(t, *b.apply(b.report(7, 250, rank("Trooper"))).Decision, domain.ActionPromote, domain.StatusApplied)
		time.Sleep(10 * time.Second)
		b.wantRank("Corporal")
		b.wantHeld(7, "Corporal")
	})
}

func TestAStaleReadContradictsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		look := roles.MembershipFunc
		var looks atomic.Int64
		roles.MembershipFunc = func(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
			if looks.Add(1) == 1 {
				return ports.Membership{Member: true, Roles: []domain.RoleID{roleOf(t, "Recruit")}}, nil
			}
			return look(ctx, user, lane)
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper")
		b.run()
		wantStatus(t, *b.apply(b.report(7, 250, rank("Trooper"))).Decision, domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "Corporal")
	})
}

func TestAMoveIsDoneOnlyWhenRobloxShowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		take := roles.UnassignRoleFunc
		var tries atomic.Int64
		roles.UnassignRoleFunc = func(ctx context.Context, user domain.UserID, role domain.RoleID, lane ports.Lane) (ports.Membership, error) {
			if tries.Add(1) == 1 { // it says yes and does nothing
				return ports.Membership{Member: true, Roles: []domain.RoleID{roleOf(t, "Trooper"), roleOf(t, "Corporal")}}, nil
			}
			return take(ctx, user, role, lane)
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper")
		b.run()
		wantStatus(t, *b.apply(b.report(7, 250, rank("Trooper"))).Decision, domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "Corporal")
	})
}

func TestADecisionOfOldRulesIsCheckedAgainBeforeItIsCarriedOut(t *testing.T) {
	for name, test := range map[string]struct {
		privileged domain.PrivilegedMode
		minPoints  int64
		want       domain.Status
		held       string
	}{
		"it still holds":     {domain.PrivilegedAutomatic, 200, domain.StatusApplied, "Corporal"},
		"it does not hold":   {domain.PrivilegedApproval, 270, domain.StatusSuperseded, "Trooper"},
		"exactly enough now": {domain.PrivilegedApproval, 250, domain.StatusApplied, "Corporal"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, g := memstore.New(), newGroup()
				defer store.Close()
				g.join(t, 7, "Trooper")
				before := newBenchOn(t, store, app.Remote{Roles: g.mock()})
				got := before.apply(before.report(7, 250, rank("Trooper"))).Decision
				after := newBenchUnder(t, store, app.Remote{Roles: g.mock()}, changedPolicy(t, test.privileged, test.minPoints))
				after.group = g
				after.run()
				time.Sleep(5 * time.Second)
				wantStatus(t, after.decision(got.ID), domain.ActionPromote, test.want)
				after.wantHeld(7, test.held)
				after.wantRank(test.held)
			})
		})
	}
}

func TestWhatOldRulesLeftHalfDoneIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g := memstore.New(), newGroup()
		defer store.Close()
		g.join(t, 7, "Trooper")
		before := newBenchOn(t, store, app.Remote{Roles: g.mock()})
		g.fail(nil, nil, unavailable(time.Minute)) // Corporal is assigned, Trooper is not taken away
		stop := before.run()
		got := before.apply(before.report(7, 250, rank("Trooper"))).Decision
		stop()
		after := newBenchUnder(t, store, app.Remote{Roles: g.mock()}, changedPolicy(t, domain.PrivilegedApproval, 270))
		after.group = g
		after.run()
		time.Sleep(5 * time.Minute)
		wantStatus(t, after.decision(got.ID), domain.ActionPromote, domain.StatusSuperseded)
		after.wantHeld(7, "Trooper")
		after.wantRank("Trooper")
	})
}

func TestOneRefusalAfterAnOutageIsNotFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.group.fail(unavailable(0), denied(), unavailable(0), denied())
		b.run()
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(got.ID), domain.ActionPromote, domain.StatusApplied)
	})
}

func TestAStaleReportIsAdviceOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.ingest(ports.IngestRequest{Report: b.report(7, 250, rank("Trooper"))})
		got := b.apply(b.report(7, 250, observed(time.Now().Add(-time.Hour))))
		wantStatus(t, *got.Decision, domain.ActionPromote, domain.StatusAdvisory)
		b.wantRank("Trooper")
	})
}

func TestAnEffectOfAPlayerWhoIsGoneEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &forgetfulStore{Store: memstore.New()}
		defer store.Close()
		g := newGroup()
		b := newBenchOn(t, store, app.Remote{Roles: g.mock()})
		b.group = g
		g.join(t, 7, "Sergeant")
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		store.forgotten = true
		b.run()
		time.Sleep(time.Minute)
		if status := b.decision(got.ID).Status; status.Open() {
			t.Errorf("the decision is still %s", status)
		}
		if depth, err := b.store.Depth(t.Context()); err != nil || depth.Waiting != 0 {
			t.Errorf("%d effects still wait (%v)", depth.Waiting, err)
		}
	})
}

func TestWhoWaitsForAnOvertakenDecisionIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		answered := make(chan ports.IngestResult)
		go func() { answered <- b.apply(b.report(7, 250, rank("Trooper"))) }()
		time.Sleep(time.Second)
		if _, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(7, 250, warnings(4)), Apply: true}); err != nil {
			t.Fatal(err)
		}
		first := <-answered
		wantStatus(t, *first.Decision, domain.ActionPromote, domain.StatusSuperseded)
		if first.Player.Standing.Rank != "Suspended" {
			t.Errorf("the answer shows %q, want what overtook it", first.Player.Standing.Rank)
		}
	})
}

func TestEveryDecisionIsReportedWhenItBeginsAndWhenItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Corporal")
		b.run()
		b.apply(b.report(7, 150, rank("Trooper"), warnings(4)))
		time.Sleep(5 * time.Second)
		var got []string
		for _, event := range b.events.all() {
			if e, ok := event.(ports.DecisionEvent); ok {
				got = append(got, e.Decision.Decision.From+" "+string(e.Decision.Status))
			}
		}
		want := []string{"Corporal applied", "Corporal pending", "Trooper applied", "Trooper pending", "Trooper superseded"}
		slices.Sort(got) // two workers may report at once
		if !slices.Equal(got, want) {
			t.Errorf("reported %q, want %q", got, want)
		}
	})
}

// forgetfulStore is a store from which another program deleted the players.
type forgetfulStore struct {
	ports.Store
	forgotten bool
}

func (s *forgetfulStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return s.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error {
		if s.forgotten {
			w = forgetfulWriter{w}
		}
		return fn(ctx, w)
	})
}

type forgetfulWriter struct{ ports.Writer }

func (forgetfulWriter) LockStandings(context.Context, []domain.UserID) ([]domain.Standing, error) {
	return nil, nil
}
