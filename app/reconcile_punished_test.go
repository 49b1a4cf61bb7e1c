package app_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
)

func TestWhoLeftBeforeTheReleaseGetsTheirRankWhenTheyAreSeenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		stop := b.run()
		b.apply(b.report(7, 150, rank("Trooper"), warnings(4)))
		stop()
		b.group.leave(t)
		time.Sleep(trial)
		b.run()
		b.release()
		time.Sleep(time.Minute)
		b.wantDecisions("SUSPEND applied game", "RESTORE applied schedule")
		left := b.standing(7)
		if left.Rank != "Trooper" || left.Punishment.InForce() || left.AbsentSince.IsZero() {
			t.Errorf("the record shows %q, %v and absent since %v, want Trooper, released and absent", left.Rank, left.Punishment, left.AbsentSince)
		}
		b.said(150, "", warnings(4))
		time.Sleep(time.Minute)
		if again := b.standing(7); again.AbsentSince != left.AbsentSince {
			t.Errorf("absent since %v, want since %v still", again.AbsentSince, left.AbsentSince)
		}
		b.group.join(t, 7)
		time.Sleep(10 * time.Minute)
		b.said(160, "", warnings(4))
		time.Sleep(time.Minute)
		b.wantHeld(7, "Trooper")
		b.wantDecisions("SUSPEND applied game", "RESTORE applied schedule", "RESTORE applied reconcile")
		if s := b.standing(7); s.Rank != "Trooper" || !s.AbsentSince.IsZero() {
			t.Errorf("the record shows %q, absent since %v", s.Rank, s.AbsentSince)
		}
	})
}

func TestWhoIsPunishedAndComesBackIsPunishedAgain(t *testing.T) {
	for name, test := range map[string]struct {
		warnings int64
		comes    []string // the ladder roles of whoever is back
		want     []string
	}{
		"suspended, without a role":   {4, nil, []string{"SUSPEND applied game", "SUSPEND applied reconcile"}},
		"suspended, with another":     {4, []string{"Corporal"}, []string{"SUSPEND applied game", "SUSPEND applied reconcile"}},
		"banned, without a role":      {7, nil, []string{"BAN applied game", "BAN applied reconcile"}},
		"banned, with another beside": {7, []string{"Trooper", "Suspended"}, []string{"BAN applied game", "BAN applied reconcile"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, wall := newGroup(), newWall()
				b := newBench(t, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42)})
				b.group = g
				g.join(t, 7, "Trooper")
				b.run()
				b.apply(b.report(7, 150, rank("Trooper"), warnings(test.warnings)))
				until := b.standing(7).Punishment.Until
				g.leave(t)
				time.Sleep(time.Hour)
				g.join(t, 7, test.comes...)
				b.said(150, "", warnings(test.warnings))
				time.Sleep(time.Minute)
				b.wantHeld(7, "Suspended")
				b.wantDecisions(test.want...)
				s := b.standing(7)
				if s.Rank != "Suspended" || s.FormerRank != "Trooper" || s.Punishment.Until != until {
					t.Errorf("the record shows %q after %q until %v, want it as it was, until %v", s.Rank, s.FormerRank, s.Punishment.Until, until)
				}
			})
		})
	}
}

func TestABanThatSomebodyLiftedInAUniverseIsSetAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, wall := newGroup(), newWall()
		b := newBench(t, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42, 43)})
		b.group = g
		g.join(t, 7, "Trooper")
		b.run()
		b.apply(b.report(7, 150, rank("Trooper"), warnings(7)))
		wall.open(t, 43)
		b.said(150, "", warnings(7))
		time.Sleep(5 * time.Second)
		if !wall.shut(t, 42) || !wall.shut(t, 43) {
			t.Errorf("restricted in 42 %t and 43 %t, want both", wall.shut(t, 42), wall.shut(t, 43))
		}
		b.wantDecisions("BAN applied game", "BAN applied reconcile")
		if n := len(wall.pairs(42)); n != 1 {
			t.Errorf("the universe that was shut all the time got %d wishes, want the first one alone", n)
		}

		g.leave(t)
		wall.open(t, 42)
		time.Sleep(time.Minute)
		b.said(150, "", warnings(7)) // not in the group, and in a game all the same
		time.Sleep(5 * time.Second)
		if !wall.shut(t, 42) {
			t.Error("whoever left the group may join")
		}
		b.wantDecisions("BAN applied game", "BAN applied reconcile", "BAN applied reconcile")
		if wrote := g.written(); len(wrote) != 2 {
			t.Errorf("wrote %q, want the first exchange alone", wrote)
		}
	})
}

func TestWhoseFormerRankIsGoneIsReleasedToWhatThePolicySaysNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g := memstore.New(), newGroup()
		defer store.Close()
		g.join(t, 7, "Corporal")
		before := newBenchOn(t, store, app.Remote{Roles: g.mock()})
		stop := before.run()
		before.apply(before.report(7, 250, rank("Corporal"), warnings(4)))
		stop()
		ladder, err := domain.NewLadder([]domain.Rank{
			{Name: "Recruit", Role: roleOf(t, "Recruit")},
			{Name: "Trooper", MinPoints: 100, Role: roleOf(t, "Trooper")},
			{Name: "Sergeant", MinPoints: 300, Role: roleOf(t, "Sergeant")},
			{Name: "Suspended", Punishment: true, Role: roleOf(t, "Suspended")},
		})
		if err != nil {
			t.Fatal(err)
		}
		policy, err := domain.NewPolicy(domain.PolicyParts{Ladder: ladder, Punishments: domain.DefaultPunishments(), Revision: "without corporals"})
		if err != nil {
			t.Fatal(err)
		}
		after := newBenchUnder(t, store, app.Remote{Roles: g.mock()}, policy)
		after.group = g
		time.Sleep(trial)
		after.run()
		after.release()
		time.Sleep(time.Minute)
		after.wantDecisions("SUSPEND applied game", "RESTORE applied schedule")
		after.wantRank("Trooper")
		after.wantHeld(7, "Trooper")
	})
}
