package app_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

// restoringPolicy returns the rules with drift taken back.
func restoringPolicy(t *testing.T) domain.Policy {
	t.Helper()
	ladder := testPolicy(t).Ladder()
	policy, err := domain.NewPolicy(domain.PolicyParts{
		Ladder: ladder, Punishments: domain.DefaultPunishments(), Drift: domain.DriftRestore, Revision: "restoring",
	})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// withGroupUnder returns a service that ranks members of a group under other rules.
func withGroupUnder(t *testing.T, policy domain.Policy) *bench {
	t.Helper()
	g := newGroup()
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	b := newBenchUnder(t, store, app.Remote{Roles: g.mock()}, policy)
	b.group = g
	return b
}

// leave takes player 7 out of the group.
func (g *group) leave(t *testing.T) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.members, userID(t, 7))
}

// looks returns what looks at members came to, as "cause outcome".
func (b *bench) looks() []string {
	b.t.Helper()
	var lines []string
	for _, event := range b.events.all() {
		if e, ok := event.(ports.LookEvent); ok {
			lines = append(lines, e.Cause+" "+e.Outcome.String())
		}
	}
	return lines
}

func (b *bench) wantLooks(want ...string) {
	b.t.Helper()
	if got := b.looks(); !slices.Equal(got, want) {
		b.t.Errorf("looked and found %q, want %q", got, want)
	}
}

// said lets a game report that player 7 has so many points and that rank, without asking for a decision.
func (b *bench) said(points int64, rankSeen string, change ...func(*domain.Report)) {
	b.t.Helper()
	b.ingest(ports.IngestRequest{Report: b.report(7, points, append(change, rank(rankSeen))...)})
}

// newest returns the decision about player 7 that was made last.
func (b *bench) newest() ports.DecisionRecord {
	b.t.Helper()
	return b.decisionsAbout(7)[0]
}

// decisionsAbout returns what was decided about a player, newest first, and ends the test when nothing was.
func (b *bench) decisionsAbout(user int64) []ports.DecisionRecord {
	b.t.Helper()
	records, err := b.store.Decisions(b.t.Context(), ports.DecisionFilter{User: userID(b.t, user)}, "", 100)
	if err != nil || len(records) == 0 {
		b.t.Fatalf("%d decisions about %d (%v), want any", len(records), user, err)
	}
	return records
}

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

// lookNow wishes for a look at player 7, as a report that something is wrong does.
func (b *bench) lookNow() { b.lookIn(ports.LaneObserve) }

func (b *bench) lookIn(lane ports.Lane) {
	b.t.Helper()
	b.wish(ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectObserve, User: userID(b.t, 7)}, Lane: lane})
}

// look wishes for a look as a walk does. It is ordered where a person asked for the walk.
func (b *bench) look(user int64, ordered bool) {
	b.t.Helper()
	b.wish(ports.OutboxEntry{
		Effect: domain.Effect{Kind: domain.EffectObserve, User: userID(b.t, user), Active: ordered}, Target: "walk", Lane: ports.LaneSpare,
	})
}

func (b *bench) wish(entry ports.OutboxEntry) {
	b.t.Helper()
	if err := b.store.Write(b.t.Context(), func(ctx context.Context, w ports.Writer) error {
		if _, err := w.LockStandings(ctx, []domain.UserID{entry.Effect.User}); err != nil {
			return err
		}
		return w.Enqueue(ctx, []ports.OutboxEntry{entry})
	}); err != nil {
		b.t.Fatal(err)
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

func TestAFloodOfReportsIsNoFloodOfLooks(t *testing.T) {
	for name, test := range map[string]struct {
		warnings int64
		absent   bool
		most     int // looks in an hour of reports every second
	}{
		"about the banned":    {7, false, 61},
		"about the suspended": {4, false, 13},
		"about the absent":    {0, true, 7},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, wall := newGroup(), newWall()
				b := newBench(t, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42)})
				b.group = g
				g.join(t, 7, "Trooper")
				b.run()
				b.apply(b.report(7, 150, rank("Trooper"), warnings(test.warnings)))
				if test.absent {
					g.leave(t)
					b.lookNow()
				}
				time.Sleep(5 * time.Minute)
				before := len(b.looks())
				for range 3600 {
					b.said(150, "", warnings(test.warnings))
					time.Sleep(time.Second)
				}
				if looks := len(b.looks()) - before; looks < test.most-1 || looks > test.most {
					t.Errorf("%d looks in an hour, want about %d", looks, test.most)
				}
			})
		})
	}
}

func TestAWriteThatLandsLateIsHealedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		wantStatus(t, *b.apply(b.report(7, 250, rank("Trooper"))).Decision, domain.ActionPromote, domain.StatusApplied)
		time.Sleep(20 * time.Second)
		b.group.join(t, 7, "Corporal", "Trooper") // the answer of an older call had got lost, and the call had not
		time.Sleep(30 * time.Second)
		b.wantHeld(7, "Trooper", "Corporal")
		time.Sleep(15 * time.Second)
		b.wantHeld(7, "Corporal")
		b.wantDecisions("PROMOTE applied game", "RESTORE applied reconcile")
		if got := b.newest().Decision.Reason; got != domain.ReasonRolesMended {
			t.Errorf("recorded as %s", got)
		}
		time.Sleep(5 * time.Minute)
		b.wantLooks("recheck mend", "recheck same")
		if depth, err := b.store.Depth(t.Context()); err != nil || depth.Waiting+depth.Dead != 0 {
			t.Errorf("%d effects wait and %d are dead (%v)", depth.Waiting, depth.Dead, err)
		}
	})
}

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

func TestOnlyAPersonChangesRolesOfWhomGRPSNeverDecidedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Recruit", "Trooper")
		b.group.join(t, 8)
		b.run()
		b.said(150, "Trooper")
		b.ingest(ports.IngestRequest{Report: b.report(8, 150, rank("Trooper"))})
		b.look(7, false)
		b.look(8, false)
		time.Sleep(time.Minute)
		b.wantHeld(7, "Recruit", "Trooper")
		b.wantHeld(8)
		b.wantDecisions()
		b.look(7, true)
		b.look(8, true)
		time.Sleep(time.Minute)
		b.wantHeld(7, "Trooper")
		b.wantHeld(8, "Trooper")
		b.wantDecisions("RESTORE applied reconcile", "RESTORE applied reconcile")
	})
}

func TestAMemberWhoLostTheirRoleGetsItBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		b.group.join(t, 7)
		b.look(7, false)
		time.Sleep(10 * time.Second)
		b.wantHeld(7, "Corporal")
		got := b.newest()
		if got.Decision.From != "" || got.Decision.To != "Corporal" || got.Decision.Reason != domain.ReasonRolesMended {
			t.Errorf("recorded as %q to %q because of %s", got.Decision.From, got.Decision.To, got.Decision.Reason)
		}
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

func TestAMendThatRobloxRefusesIsRecordedAndGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(2 * time.Minute)
		before := b.standing(7)
		b.group.join(t, 7)
		b.group.fail(nil, nil, denied(), nil, denied())
		b.look(7, false)
		time.Sleep(time.Hour)
		b.wantDecisions("PROMOTE applied game", "RESTORE failed reconcile")
		if after := b.standing(7); after != before {
			t.Errorf("the player changed from %+v to %+v", before, after)
		}
		if got := len(b.group.written()); got != 2 {
			t.Errorf("%d writes, want those of the promotion", got)
		}
	})
}

func TestAMendThatSomebodyOvertookIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(2 * time.Minute)
		b.group.join(t, 7)
		b.group.fail(nil, nil, unavailable(30*time.Second)) // two looks, and then Roblox is away
		b.look(7, false)
		time.Sleep(5 * time.Second)
		b.group.join(t, 7, "Sergeant")
		time.Sleep(time.Minute)
		b.wantHeld(7, "Sergeant")
		b.wantRank("Sergeant")
		b.wantDecisions("PROMOTE applied game", "RESTORE superseded reconcile", "PROMOTE applied roblox")
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

func TestAQuestionIsAskedAgainOnceTheMemberIsMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Corporal")
		stop := b.run()
		b.apply(b.report(7, 350, rank("Corporal")))
		stop()
		time.Sleep(8 * 24 * time.Hour)
		b.run()
		b.wantHeld(7, "Sergeant")
		asked := *b.apply(b.report(7, 450)).Decision
		wantStatus(t, asked, domain.ActionPromote, domain.StatusAwaitingApproval)
		b.group.join(t, 7)
		b.look(7, false)
		time.Sleep(time.Minute)
		b.wantHeld(7, "Sergeant")
		b.wantDecisions("PROMOTE applied game", "PROMOTE superseded game", "RESTORE applied reconcile", "PROMOTE awaiting_approval game")
		again := b.newest()
		if again.SnapshotID == 0 || again.SnapshotID != b.decision(asked.ID).SnapshotID {
			t.Errorf("it is asked again on snapshot %d, want that of the first question, %d", again.SnapshotID, b.decision(asked.ID).SnapshotID)
		}
		_, err := b.service.Approve(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: asked.ID})
		wantRefused(t, err, "not_awaiting", "gave way to decision "+b.decisionsAbout(7)[1].ID)
		wantRefused(t, err, "not_awaiting", "asked again after that")
		if got := *b.apply(b.report(7, 450)).Decision; got.ID != again.ID {
			t.Errorf("a report asked %s once more, want the question that waits", got.ID)
		}
		wantStatus(t, b.approve(again.ID).Decision, domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "General")
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
