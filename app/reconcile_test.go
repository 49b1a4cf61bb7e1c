package app_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
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
