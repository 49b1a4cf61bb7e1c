package app_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

func TestDriftThatIsAdoptedIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		g := newGroup()
		b := newBench(t, app.Remote{
			Roles:  g.mock(),
			Mirror: &portsmock.MirrorMock{PutStandingFunc: func(context.Context, ports.PlacedStanding) error { return nil }},
			Announcer: &portsmock.AnnouncerMock{AnnounceFunc: func(_ context.Context, d ports.DecisionRecord) error {
				told = append(told, d.Decision.Action.String()+" "+string(d.Status))
				return nil
			}},
		})
		b.group = g
		g.join(t, 7, "Trooper")
		b.run()
		b.said(150, "Trooper")
		g.join(t, 7, "Sergeant")
		b.said(150, "Sergeant")
		time.Sleep(5 * time.Second)
		b.wantRank("Sergeant")
		b.wantDecisions("PROMOTE applied roblox")
		got := b.newest()
		if got.Origin != domain.OriginDrift || got.Decision.Reason != domain.ReasonDriftAdopted || got.Decision.From != "Trooper" ||
			got.Decision.To != "Sergeant" || got.Input.Rank != "Trooper" || got.Detail != "" {
			t.Errorf("recorded as %+v", got)
		}
		if want := []string{"PROMOTE applied"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		if wrote := g.written(); wrote != nil {
			t.Errorf("wrote %q at Roblox", wrote)
		}
		b.wantLooks("report adopt")
	})
}

func TestDriftIsRecordedForTheCallerWhereRobloxCannotBeAsked(t *testing.T) {
	b := newBench(t, app.Remote{})
	b.said(150, "Trooper")
	b.said(150, "Recruit")
	b.wantRank("Recruit")
	b.wantDecisions("DEMOTE applied game")
	got := b.newest()
	history, err := b.store.Snapshots(t.Context(), userID(t, 7), 0, 1)
	if err != nil || got.Origin != domain.OriginDrift || got.Decision.Reason != domain.ReasonDriftAdopted || got.SnapshotID != history[0].ID {
		t.Errorf("recorded as %s %s of snapshot %d (%v), want drift that was adopted, of %d", got.Origin, got.Decision.Reason, got.SnapshotID, err, history[0].ID)
	}
}

func TestDriftIsTakenBackWhereThePolicySaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		given, want string // by hand; and what the decision is then
	}{
		"a promotion":          {"Sergeant", "DEMOTE applied reconcile"},
		"a demotion":           {"Recruit", "PROMOTE applied reconcile"},
		"a suspension by hand": {"Suspended", "RESTORE applied reconcile"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := withGroupUnder(t, restoringPolicy(t))
				b.group.join(t, 7, "Trooper")
				b.run()
				b.said(150, "Trooper")
				time.Sleep(time.Second)
				before := b.standing(7)
				b.group.join(t, 7, test.given)
				b.lookNow()
				time.Sleep(5 * time.Second)
				b.wantHeld(7, "Trooper")
				b.wantDecisions(test.want)
				got := b.newest()
				if got.Origin != domain.OriginDrift || got.Decision.Reason != domain.ReasonDriftRestored || got.Decision.From != test.given {
					t.Errorf("recorded as %s %s from %q", got.Origin, got.Decision.Reason, got.Decision.From)
				}
				if after := b.standing(7); after != before {
					t.Errorf("the record changed from %+v to %+v", before, after)
				}
				time.Sleep(2 * time.Minute)
				b.wantLooks("report same", "report restore", "recheck same")
			})
		})
	}
}

func TestAfterAStartDriftIsAdoptedUntilRobloxConfirmedTheRecordOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g := memstore.New(), newGroup()
		defer store.Close()
		g.join(t, 7, "Trooper")
		before := newBenchUnder(t, store, app.Remote{Roles: g.mock()}, restoringPolicy(t))
		before.group = g
		stop := before.run()
		before.said(150, "Trooper")
		time.Sleep(time.Second)
		stop()
		time.Sleep(time.Hour) // the store may have been set back meanwhile
		g.join(t, 7, "Corporal")
		after := newBenchUnder(t, store, app.Remote{Roles: g.mock()}, restoringPolicy(t))
		after.group = g
		after.run()
		after.lookNow()
		time.Sleep(5 * time.Second)
		after.wantHeld(7, "Corporal")
		after.wantRank("Corporal")
		g.join(t, 7, "Trooper")
		after.lookNow()
		time.Sleep(5 * time.Second)
		after.wantHeld(7, "Corporal")
		after.wantLooks("report adopt", "report restore")
	})
}

func TestAPrivilegedRankThatSomebodyGaveIsNeverTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroupUnder(t, restoringPolicy(t))
		b.group.join(t, 7, "Trooper")
		b.run()
		b.said(150, "Trooper")
		time.Sleep(time.Second)
		b.group.join(t, 7, "Trooper", "General")
		b.said(150, "General")
		time.Sleep(5 * time.Minute)
		b.wantHeld(7, "Trooper", "General")
		b.wantRank("General")
		b.wantDecisions("PROMOTE applied roblox")
		b.group.join(t, 7) // and never given: somebody took it
		b.look(7, true)
		time.Sleep(5 * time.Minute)
		b.wantHeld(7)
		b.wantRank("General")
	})
}

func TestAPrivilegedRankOfASuspendedMemberIsAPersonsWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		b.apply(b.report(7, 150, rank("Trooper"), warnings(4)))
		b.group.join(t, 7, "Suspended", "General")
		b.said(150, "General", warnings(4))
		time.Sleep(5 * time.Minute)
		b.wantHeld(7, "General", "Suspended")
		b.wantDecisions("SUSPEND applied game")
	})
}

func TestADecisionThatMeetsDriftGivesWayToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroupUnder(t, restoringPolicy(t))
		b.group.join(t, 7, "Trooper")
		b.run()
		b.said(150, "Trooper")
		time.Sleep(time.Second)
		b.group.join(t, 7, "Recruit") // and no game noticed
		b.apply(b.report(7, 250))
		time.Sleep(10 * time.Second)
		b.wantDecisions("PROMOTE superseded game", "PROMOTE applied reconcile")
		b.wantHeld(7, "Trooper")
		b.wantRank("Trooper")
		wantStatus(t, *b.apply(b.report(7, 250)).Decision, domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "Corporal")
	})
}

func TestWhatChangedNothingInTheRecordCannotBeUndoneAndStandsInNobodysWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		promoted := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		b.group.join(t, 7)
		b.look(7, false)
		time.Sleep(time.Minute)
		mended := b.newest()
		_, err := b.service.Undo(t.Context(), ports.UndoRequest{ID: mended.ID})
		if code := fmt.Sprint(err); domain.KindOf(err) != domain.KindBlocked {
			t.Errorf("undoing a mend: got %v (%s), want blocked", err, code)
		}
		if _, err := b.service.Undo(t.Context(), ports.UndoRequest{ID: promoted.ID}); err != nil {
			t.Errorf("undoing the promotion behind a mend: %v", err)
		}
		time.Sleep(time.Minute)
		b.wantHeld(7, "Trooper")
	})
}
