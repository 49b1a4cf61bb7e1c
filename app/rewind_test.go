package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The servers of these tests.
const (
	honest = "honest"
	forger = "forger"
)

func server(name string) func(*domain.Report) {
	return func(r *domain.Report) { r.Experience.Server = name }
}

// tell ingests a report of a server, with apply, a minute after what was before.
func (b *bench) tell(name string, user, points int64, change ...func(*domain.Report)) ports.IngestResult {
	b.t.Helper()
	time.Sleep(time.Minute)
	return b.apply(b.report(user, points, append(change, server(name))...))
}

// rewindOf takes the reports of a server out of account, from an hour ago on, and returns the rewind at its end.
func (b *bench) rewindOf(name string, apply bool, change ...func(*ports.RewindRequest)) ports.RewindProgress {
	b.t.Helper()
	time.Sleep(time.Minute)
	return b.rewound(b.startRewind(name, apply, change...).ID)
}

func (b *bench) startRewind(name string, apply bool, change ...func(*ports.RewindRequest)) ports.RewindProgress {
	b.t.Helper()
	r := ports.RewindRequest{
		Caller: ports.Caller{Principal: "admin", RequestID: "asked"}, Apply: apply,
		Scope: ports.SnapshotScope{Server: name, Since: time.Now().Add(-time.Hour)},
	}
	for _, c := range change {
		c(&r)
	}
	started, err := b.service.StartRewind(b.t.Context(), r)
	if err != nil {
		b.t.Fatalf("start: %v", err)
	}
	return started
}

// rewound returns the rewind once it is not under way any more.
func (b *bench) rewound(id string) ports.RewindProgress {
	b.t.Helper()
	for range 600 {
		p, err := b.service.Rewind(b.t.Context(), id)
		if err != nil {
			b.t.Fatalf("rewind: %v", err)
		}
		if !p.State.UnderWay() {
			return p
		}
		time.Sleep(time.Second)
	}
	b.t.Fatal("the rewind is still under way after ten minutes")
	return ports.RewindProgress{}
}

// comesTo returns what a rewind comes to for those who change, a line for each, or for everybody.
func (b *bench) comesTo(id string, everybody bool) []string {
	b.t.Helper()
	lines := []string{}
	for cursor := ""; ; {
		page, err := b.service.RewoundPlayers(b.t.Context(), id, everybody, cursor, 2)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, p := range page.Players {
			line := fmt.Sprintf("%s %s: %s %d -> %s %d", p.User, p.Outcome, p.Before.Rank, p.Before.Points, p.After.Rank, p.After.Points)
			for _, d := range p.Decisions {
				line += fmt.Sprintf(", %s %s %s", d.Action, d.Reason, d.Status)
				if d.Left != "" {
					line += " (left)"
				}
			}
			lines = append(lines, line)
		}
		if cursor = page.Next; cursor == "" {
			return lines
		}
	}
}

func (b *bench) wantRewind(got ports.RewindProgress, state ports.SweepState, want ...string) {
	b.t.Helper()
	if got.State != state {
		b.t.Errorf("the rewind is %s (%s), want %s", got.State, got.Detail, state)
	}
	if diff := cmp.Diff(append([]string{}, want...), b.comesTo(got.ID, false)); diff != "" {
		b.t.Errorf("who changes (-want +got):\n%s", diff)
	}
}

// disregarded returns how many of player 7's reports do not count, and how many do.
func (b *bench) disregarded() (lost, count int) {
	b.t.Helper()
	records, err := b.store.Snapshots(b.t.Context(), userID(b.t, 7), 0, 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range records {
		if r.Disregarded != "" {
			lost++
		} else {
			count++
		}
	}
	return lost, count
}

func TestARewindTakesBackWhatAForgedReportLedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.run()
		b.sweep()
		for _, user := range []int64{7, 8, 9} {
			b.group.join(t, user, "Recruit")
			b.tell(honest, user, 50, rank("Recruit"), warnings(1))
		}
		promoted := b.tell(forger, 7, 150, warnings(1)).Decision
		wantStatus(t, *promoted, domain.ActionPromote, domain.StatusApplied)
		b.tell(forger, 7, 5000, observed(time.Now().Add(5*time.Minute)))
		b.wantHeld(7, "Corporal")
		b.tell(forger, 8, 60)
		b.tell(honest, 9, 110)
		before := b.standing(7)

		looked := b.rewindOf(forger, false)
		want := []string{
			"7 changed: Corporal 5000 -> Recruit 50, DEMOTE UNDO %s, DEMOTE UNDO %s",
			"8 changed: Recruit 60 -> Recruit 50",
		}
		b.wantRewind(looked, ports.SweepDone, fmt.Sprintf(want[0], "pending", "pending"), want[1])
		if b.standing(7) != before || b.decision(promoted.ID).Status != domain.StatusApplied {
			t.Errorf("a rewind that only looks changed the player: %+v", b.standing(7))
		}
		if lost, _ := b.disregarded(); lost != 0 || !strings.Contains(looked.Detail, "nothing was applied") {
			t.Errorf("%d reports do not count after a rewind that only looks: %s", lost, looked.Detail)
		}

		done := b.rewindOf(forger, true)
		time.Sleep(5 * time.Second)
		b.wantRewind(done, ports.SweepDone, fmt.Sprintf(want[0], "pending", "pending"), want[1])
		b.wantHeld(7, "Recruit")
		b.wantHeld(9, "Trooper")
		s := b.standing(7)
		if s.Rank != "Recruit" || s.Points != 50 || s.Warnings != 1 || s.Experience.Server != honest || s.Hold || s.Moves != (domain.Moves{}) || !s.ObservedAt.Before(before.ObservedAt) {
			t.Errorf("the record shows %+v, want what the honest server said", s)
		}
		if lost, count := b.disregarded(); lost != 2 || count != 1 {
			t.Errorf("%d reports do not count and %d do, want 2 and 1", lost, count)
		}
		wantStatus(t, b.decision(promoted.ID), domain.ActionPromote, domain.StatusUndone)
		if done.Decided[ports.TallyUndone] != 2 || done.Decided[ports.TallyPlayers] != 2 || done.Found[ports.TallySnapshots] != 3 {
			t.Errorf("found %v, decided %v", done.Found, done.Decided)
		}
		undos, err := b.store.Decisions(t.Context(), ports.DecisionFilter{Review: done.ID}, "", 9)
		if err != nil || len(undos) != 2 || undos[0].Principal != "admin" || undos[0].Origin != domain.OriginUndo || undos[0].RequestID != "asked" {
			t.Errorf("the ledger shows %+v (%v), want two undos for who asked", undos, err)
		}
		for _, undo := range undos {
			if proof := app.Verify(testPolicy(t), undo, b.decision(undo.Undoes)); proof.Verdict != app.VerdictSame {
				t.Errorf("made again: %+v", proof)
			}
		}

		again := b.rewindOf(forger, true)
		b.wantRewind(again, ports.SweepDone)
		if again.Found[ports.TallySnapshots] != 0 || !strings.Contains(again.Detail, "no report that counts") {
			t.Errorf("once more: %v, %s; want nothing", again.Found, again.Detail)
		}
		if got := b.tell(honest, 7, 110); got.Outcome != domain.FoldUpdated || got.Decision.Decision.Action != domain.ActionPromote {
			t.Errorf("the next honest report: %+v, want it to count", got)
		}
	})
}

func TestWhatAnHonestReportSaidLaterStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		b.tell(honest, 7, 50)
		b.tell(forger, 7, 5000)
		b.tell(honest, 7, 250) // fair promotions, from the rank that the forger led to
		b.wantRank("Corporal")
		fair := b.standing(7)
		got := b.rewindOf(forger, true)
		// The first promotion rests on the forged report; the second on an honest one, and stands on it.
		b.wantRewind(got, ports.SweepDone, "7 changed: Corporal 250 -> Corporal 250, PROMOTE ELIGIBLE applied (left)")
		s := b.standing(7)
		fair.Version = s.Version
		if s != fair {
			t.Errorf("(-want +got):\n%s", cmp.Diff(fair, s, cmp.AllowUnexported(domain.Trail{}, domain.Moves{})))
		}
		if got.Decided[ports.TallyLeft] != 1 || !strings.Contains(got.Detail, "decisions that could not be taken back: 1") {
			t.Errorf("decided %v: %s", got.Decided, got.Detail)
		}
	})
}

func TestWhoIsTheSameWithoutThemIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Recruit"))}) // eligible, and nobody asked
		time.Sleep(time.Minute)
		b.ingest(ports.IngestRequest{Report: b.report(7, 5000, server(forger))})
		time.Sleep(time.Minute)
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, server(honest))})
		got := b.rewindOf(forger, true)
		b.wantRewind(got, ports.SweepDone)
		if lines := b.comesTo(got.ID, true); !slices.Equal(lines, []string{"7 same: Recruit 150 -> Recruit 150"}) {
			t.Errorf("got %q", lines)
		}
		if lost, _ := b.disregarded(); lost != 1 {
			t.Errorf("%d reports do not count, want the forged one", lost)
		}
	})
}

func TestWhatTheRulesAskForThenIsDecided(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		b.tell(honest, 7, 250, rank("Corporal"))
		b.tell(honest, 8, 450, rank("Sergeant"), warnings(5)) // a suspension: of warnings that count
		b.ingest(ports.IngestRequest{Report: b.report(7, 50, server(honest))})
		time.Sleep(time.Minute)
		b.ingest(ports.IngestRequest{Report: b.report(7, 250, server(forger))})
		got := b.rewindOf(forger, true)
		b.wantRewind(got, ports.SweepDone, "7 changed: Corporal 250 -> Trooper 50, DEMOTE POINTS_BELOW_RANK applied")
		made, err := b.store.Decisions(t.Context(), ports.DecisionFilter{Review: got.ID}, "", 9)
		if err != nil || len(made) != 1 || made[0].Origin != domain.OriginRules || made[0].Principal != "admin" {
			t.Errorf("the ledger shows %+v (%v)", made, err)
		}
		if b.standing(8).Punishment.Status != domain.PunishmentTrial {
			t.Error("a suspension that has nothing to do with it was lifted")
		}
	})
}

func TestAPunishmentForWhatOnlyAForgerToldIsLifted(t *testing.T) {
	reported := func(status domain.PunishmentStatus) func(*domain.Report) {
		return func(r *domain.Report) { r.Punishment = status }
	}
	for name, c := range map[string]struct {
		happens func(b *bench)
		want    string
		served  int64
		status  domain.PunishmentStatus
	}{
		"a ban for warnings": {func(b *bench) {
			b.tell(honest, 7, 150, rank("Trooper"), warnings(2))
			b.tell(forger, 7, 150, warnings(9))
		}, "7 changed: Suspended 150 -> Trooper 150, RESTORE UNDO applied", 0, domain.PunishmentNone},
		"a ban that was decided on a report that left the warnings out": {func(b *bench) {
			b.tell(honest, 7, 150, rank("Trooper"), warnings(2))
			b.ingest(ports.IngestRequest{Report: b.report(7, 150, server(forger), warnings(9))})
			b.tell(honest, 7, 160)
		}, "7 changed: Suspended 160 -> Trooper 160, RESTORE UNDO applied", 0, domain.PunishmentNone},
		"a ban that was reported": {func(b *bench) {
			b.tell(honest, 7, 150, rank("Trooper"))
			b.tell(forger, 7, 150, reported(domain.PunishmentSevere))
		}, "7 changed: Suspended 150 -> Trooper 150, RESTORE UNDO applied", 0, domain.PunishmentNone},
		"a ban, of somebody whose warnings suffice for a suspension": {func(b *bench) {
			b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"), warnings(5))})
			b.tell(forger, 7, 150, warnings(9))
		}, "7 changed: Suspended 150 -> Suspended 150, RESTORE UNDO applied, SUSPEND WARNINGS_TRIAL applied", 5, domain.PunishmentTrial},
		"a ban, of somebody whom an honest game reported as suspended": {func(b *bench) {
			b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"), reported(domain.PunishmentTrial))})
			b.tell(forger, 7, 150, reported(domain.PunishmentSevere))
		}, "7 changed: Suspended 150 -> Suspended 150, RESTORE UNDO applied, SUSPEND PUNISHMENT_REPORTED applied", 0, domain.PunishmentTrial},
		"a suspension on other grounds stays": {func(b *bench) {
			b.tell(honest, 7, 150, rank("Trooper"), warnings(4))
			b.tell(forger, 7, 90)
		}, "7 changed: Suspended 90 -> Suspended 150", 4, domain.PunishmentTrial},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, app.Remote{})
				b.sweep()
				c.happens(b)
				b.wantRewind(b.rewindOf(forger, true), ports.SweepDone, c.want)
				s := b.standing(7)
				if s.Served != c.served || s.Punishment.Status != c.status {
					t.Errorf("%d warnings are served and %q is in force, want %d and %q", s.Served, s.Punishment.Status, c.served, c.status)
				}
				time.Sleep(time.Minute)
				after := b.apply(b.report(7, 160, server(honest)))
				if after.Decision.Decision.Action.Punishes() {
					t.Errorf("the next honest report punishes: %+v", after.Decision.Decision)
				}
			})
		})
	}
}

func TestAServedSuspensionIsNotImposedAgainBecauseAForgerLetItBeForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		trial := func(r *domain.Report) { r.Punishment = domain.PunishmentTrial }
		b.tell(honest, 7, 150, rank("Trooper"), trial)
		time.Sleep(15 * 24 * time.Hour)
		b.tell(honest, 7, 150, trial) // it is over, and the game does not know yet
		b.tell(honest, 7, 150, trial)
		b.ingest(ports.IngestRequest{Report: b.report(7, 5000, server(forger))})
		b.rewindOf(forger, true)
		time.Sleep(time.Minute)
		if d := b.tell(honest, 7, 150, trial).Decision; d.Decision.Action != domain.ActionNone || b.standing(7).Punishment.InForce() {
			t.Errorf("the same report decides %s, want nothing", d.Decision.Action)
		}
	})
}

func TestWhoeverOnlyAForgerSawIsOnHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.run()
		b.sweep()
		b.group.join(t, 7, "Recruit")
		b.tell(forger, 7, 5000, rank("Recruit"), observed(time.Now().Add(5*time.Minute)))
		b.wantHeld(7, "Trooper")
		got := b.rewindOf(forger, true)
		b.wantRewind(got, ports.SweepDone, "7 unseen: Trooper 5000 -> Recruit 0, DEMOTE UNDO pending, NONE MANUAL applied")
		time.Sleep(5 * time.Second)
		b.wantHeld(7, "Recruit")
		s := b.standing(7)
		if s.Points != 0 || !s.Hold || !s.ObservedAt.IsZero() || s.Username != "Player7" {
			t.Errorf("the record shows %+v, want no points and a hold", s)
		}
		if !strings.Contains(got.Detail, "players on hold, of whom no other report is known: 1") {
			t.Errorf("the detail is %q", got.Detail)
		}
		after := b.tell(honest, 7, 300, observed(time.Now()))
		if after.Outcome != domain.FoldUpdated || after.Player.Standing.Points != 300 || after.Decision.Decision.Reason != domain.ReasonHold {
			t.Errorf("the next honest report: %+v, want it to count, and nothing decided", after)
		}
		b.wantRewind(b.rewindOf(forger, true), ports.SweepDone)
	})
}

func TestAQuestionThatAForgedReportAskedIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		b.tell(honest, 7, 310, rank("Sergeant"))
		asked := b.tell(forger, 7, 5000).Decision
		wantStatus(t, *asked, domain.ActionPromote, domain.StatusAwaitingApproval)
		b.wantRewind(b.rewindOf(forger, true), ports.SweepDone, "7 changed: Sergeant 5000 -> Sergeant 310")
		wantStatus(t, b.decision(asked.ID), domain.ActionPromote, domain.StatusSuperseded)
	})
}

func TestADecisionOfAReviewOnForgedPointsIsTakenBackToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		b.tell(honest, 7, 50)
		b.tell(forger, 7, 5000)
		time.Sleep(time.Minute)
		b.review(b.startReview(everybody()).ID)
		b.wantRank("Corporal")
		b.wantRewind(b.rewindOf(forger, true), ports.SweepDone, "7 changed: Corporal 5000 -> Recruit 50, DEMOTE UNDO applied, DEMOTE UNDO applied")
	})
}

func TestWhatAPersonOrderedStaysAndSoDoesWhatItStandsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		b.tell(honest, 7, 50)
		b.tell(forger, 7, 5000)
		_, err := b.service.Decide(t.Context(), ports.DecideRequest{
			Caller: ports.Caller{Principal: "staff"}, User: userID(t, 7), Apply: true,
			Order: domain.Order{Action: domain.ActionPromote, To: "Corporal", Hold: domain.HoldOn},
		})
		if err != nil {
			t.Fatal(err)
		}
		b.wantRewind(b.rewindOf(forger, true), ports.SweepDone, "7 changed: Corporal 5000 -> Corporal 50, PROMOTE ELIGIBLE applied (left)")
	})
}

func TestTheActorWhoIsNamedMayDoNoMoreThanTheirRankAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		b.tell(honest, 7, 50)
		b.tell(honest, 99, 50)
		b.tell(forger, 7, 5000)
		got := b.rewindOf(forger, true, func(r *ports.RewindRequest) { r.Actor = userID(t, 99) })
		b.wantRewind(got, ports.SweepDone,
			"7 changed: Trooper 5000 -> Recruit 50, PROMOTE ELIGIBLE applied (left), DEMOTE POINTS_BELOW_RANK applied")
	})
}

func TestAKeyAndAnExperienceAreRewoundLikeAServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		universe, err := domain.NewUniverseID(77)
		if err != nil {
			t.Fatal(err)
		}
		send := func(principal string, user, points int64, e domain.Experience) {
			t.Helper()
			time.Sleep(time.Minute)
			r := b.report(user, points)
			r.Experience = e
			if _, err := b.service.Ingest(t.Context(), ports.IngestRequest{Caller: ports.Caller{Principal: principal}, Report: r}); err != nil {
				t.Fatal(err)
			}
		}
		arena := domain.Experience{Key: "arena", Universe: universe}
		for user := range int64(4) {
			send("game", user+1, 10, domain.Experience{})
		}
		send("leaked", 1, 20, domain.Experience{})
		send("game", 2, 20, arena)
		since := time.Now()
		send("leaked", 3, 20, domain.Experience{})
		send("leaked", 4, 20, arena)
		for name, c := range map[string]struct {
			scope ports.SnapshotScope
			want  []int64
		}{
			"a key":            {ports.SnapshotScope{Principal: "leaked"}, []int64{1, 3, 4}},
			"an experience":    {ports.SnapshotScope{Experience: "arena"}, []int64{2, 4}},
			"a universe":       {ports.SnapshotScope{Experience: "77"}, []int64{2, 4}},
			"from an instant":  {ports.SnapshotScope{Principal: "leaked", Since: since}, []int64{3, 4}},
			"until an instant": {ports.SnapshotScope{Principal: "leaked", Until: since}, []int64{1}},
			"both":             {ports.SnapshotScope{Principal: "leaked", Experience: "arena"}, []int64{4}},
		} {
			if c.scope.Since.IsZero() {
				c.scope.Since = since.Add(-time.Hour)
			}
			got := b.rewindOf("", false, func(r *ports.RewindRequest) { r.Scope = c.scope })
			page, err := b.service.RewoundPlayers(t.Context(), got.ID, false, "", 9)
			var users []int64
			for _, p := range page.Players {
				users = append(users, p.User.Int64())
			}
			if err != nil || !slices.Equal(users, c.want) {
				t.Errorf("%s: got %v (%v), want %v", name, users, err, c.want)
			}
		}
	})
}

func TestARewindOfAKeyThatNobodyKnowsIsRefusedAndOneThatWasTakenAwayIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &longHistory{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		start := func(key string, unknown bool) error {
			rewind, err := b.service.StartRewind(t.Context(), ports.RewindRequest{
				Scope: ports.SnapshotScope{Principal: key, Since: time.Now().Add(-time.Minute)}, KeyUnknown: unknown, Apply: true,
			})
			if err == nil {
				b.sweep()
				if rewind = b.rewound(rewind.ID); rewind.State != ports.SweepDone {
					t.Errorf("%s: got %+v, want it done", key, rewind)
				}
			}
			return err
		}
		wantUnknown := func(key string) {
			t.Helper()
			e, ok := errors.AsType[*domain.Error](start(key, true))
			if !ok || e.Kind != domain.KindInvalid || len(e.Fields) != 1 || e.Fields[0].Field != "key" || !strings.Contains(e.Fields[0].Message, "no report has it") {
				t.Errorf("%s: got %v, want it refused at the key", key, e)
			}
		}
		wantUnknown("game") // nothing was reported yet
		b.tell(honest, 7, 10)
		for range 3 { // the second time its report does not count any more, and later it is older than what is meant
			if err := start("game", true); err != nil {
				t.Errorf("a key that was taken away: got %v, want its reports rewound", err)
			}
			time.Sleep(time.Hour)
		}
		wantUnknown("gmae")
		wantUnknown("GAME")
		if err := start("gmae", false); err != nil {
			t.Errorf("a key in force that reported nothing yet: got %v, want a rewind that finds nothing", err)
		}

		store.last = 35_000 // as if that many had been written
		store.looked = nil
		wantUnknown("gmae")
		if want := []string{"25001-35000", "15001-25000", "5001-15000", "1-5000"}; !slices.Equal(store.looked, want) {
			t.Errorf("looked through %q, want %q", store.looked, want)
		}
		store.takes, store.looked = 1500*time.Millisecond, nil
		if err := start("gmae", true); err != nil || len(store.looked) != 2 {
			t.Errorf("a history that takes too long: got %v after %q, want that the rewind finds out", err, store.looked)
		}
	})
}

// longHistory is a store whose history may look longer than it is, and be slow.
type longHistory struct {
	ports.Store

	last   int64         // the last id; 0 for what it is
	takes  time.Duration // how long it takes to look for a key
	looked []string      // where a key was looked for
}

func (s *longHistory) SnapshotSpan(ctx context.Context, since time.Time) (first, last int64, err error) {
	first, last, err = s.Store.SnapshotSpan(ctx, since)
	return first, max(last, s.last), err
}

func (s *longHistory) DeliveredBy(ctx context.Context, principal string, first, last int64) (bool, error) {
	s.looked = append(s.looked, fmt.Sprintf("%d-%d", first, last))
	time.Sleep(s.takes)
	return s.Store.DeliveredBy(ctx, principal, first, last)
}

func TestARewindIsAskedForRightly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		now := time.Now()
		for name, c := range map[string]struct {
			scope ports.SnapshotScope
			want  []string
		}{
			"nothing":             {ports.SnapshotScope{}, []string{"key", "since"}},
			"nobody":              {ports.SnapshotScope{Since: now.Add(-time.Hour)}, []string{"key"}},
			"the future":          {ports.SnapshotScope{Server: "s", Since: now.Add(time.Hour)}, []string{"since"}},
			"an end at the start": {ports.SnapshotScope{Server: "s", Since: now.Add(-time.Hour), Until: now.Add(-time.Hour)}, []string{"until"}},
		} {
			_, err := b.service.StartRewind(t.Context(), ports.RewindRequest{Scope: c.scope})
			e, ok := errors.AsType[*domain.Error](err)
			if !ok || e.Kind != domain.KindInvalid {
				t.Errorf("%s: got %v, want it refused", name, err)
				continue
			}
			var fields []string
			for _, f := range e.Fields {
				fields = append(fields, f.Field)
			}
			if !slices.Equal(fields, c.want) {
				t.Errorf("%s: got faults in %q, want %q", name, fields, c.want)
			}
		}
		first := b.startRewind(forger, true)
		if again := b.startRewind(forger, true); again.ID != first.ID {
			t.Errorf("asked for the same again: got %s, want %s, which is under way", again.ID, first.ID)
		}
		_, err := b.service.StartRewind(t.Context(), ports.RewindRequest{Scope: ports.SnapshotScope{Server: "another", Since: now.Add(-time.Hour)}})
		if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "rewind_running" || !strings.Contains(e.Message, first.ID) {
			t.Errorf("another: got %v, want rewind_running with the id", err)
		}
		cancelled, err := b.service.CancelRewind(t.Context(), ports.Caller{Principal: "staff"}, first.ID)
		if err != nil || cancelled.State != ports.SweepCancelled || cancelled.Detail != "cancelled by staff" {
			t.Errorf("got %+v (%v), want it cancelled", cancelled, err)
		}
		if _, err := b.service.ResumeRewind(t.Context(), ports.Caller{Principal: "second"}, first.ID); err != nil {
			t.Error(err)
		}
		b.sweep()
		if done := b.rewound(first.ID); done.State != ports.SweepDone || done.Principal != "second" {
			t.Errorf("resumed: %+v, want it done for who resumed it", done)
		}
		for what, do := range map[string]func() error{
			"rewind_over":        func() error { _, err := b.service.CancelRewind(t.Context(), ports.Caller{}, first.ID); return err },
			"rewind_not_stopped": func() error { _, err := b.service.ResumeRewind(t.Context(), ports.Caller{}, first.ID); return err },
			"not_found": func() error {
				_, err := b.service.Rewind(t.Context(), b.startReview(everybody()).ID)
				return err
			},
			"cursor_invalid": func() error {
				_, err := b.service.RewoundPlayers(t.Context(), first.ID, false, "x", 5)
				return err
			},
		} {
			if e, ok := errors.AsType[*domain.Error](do()); !ok || e.Code != what {
				t.Errorf("got %v, want %s", e, what)
			}
		}
		page, err := b.service.Rewinds(t.Context(), "", 1)
		if err != nil || len(page.Rewinds) != 1 || page.Rewinds[0].ID != first.ID || page.Next != "" {
			t.Errorf("listed: %+v (%v)", page, err)
		}
	})
}

func TestARewindThatMayNotActStopsAndGoesOnWhenItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		b.tell(honest, 7, 50)
		b.tell(forger, 7, 5000)
		if _, err := b.service.StopAutomation(t.Context(), ports.SwitchRequest{Reason: "something is wrong"}); err != nil {
			t.Fatal(err)
		}
		got := b.rewindOf(forger, true)
		b.wantRewind(got, ports.SweepStopped, "7 changed: Trooper 5000 -> Recruit 50, DEMOTE UNDO applied")
		if lost, _ := b.disregarded(); lost != 0 || !strings.Contains(got.Detail, "something is wrong") || b.standing(7).Points != 5000 {
			t.Errorf("%d reports do not count (%s), want nothing done", lost, got.Detail)
		}
		if _, err := b.service.ResumeAutomation(t.Context(), ports.SwitchRequest{}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.service.ResumeRewind(t.Context(), ports.Caller{Principal: "admin"}, got.ID); err != nil {
			t.Fatal(err)
		}
		b.wantRewind(b.rewound(got.ID), ports.SweepDone, "7 changed: Trooper 5000 -> Recruit 50, DEMOTE UNDO applied")
		b.wantRank("Recruit")
	})
}

func TestARewindThatIsNotToApplyIsFinishedWhileAutomationIsStopped(t *testing.T) {
	for _, how := range []string{"by an administrator", "by its setting"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, app.Remote{})
				b.tell(honest, 7, 50)
				b.tell(forger, 7, 5000)
				if how == "by its setting" {
					b = b.alongside(testPolicy(t), func(p *app.Parts) { p.Remote, p.Stopped = app.Remote{}, true })
				} else if _, err := b.service.StopAutomation(t.Context(), ports.SwitchRequest{Reason: "a fault"}); err != nil {
					t.Fatal(err)
				}
				b.sweep()
				b.wantRewind(b.rewindOf(forger, false), ports.SweepDone, "7 changed: Trooper 5000 -> Recruit 50, DEMOTE UNDO applied")
				if lost, _ := b.disregarded(); lost != 0 || b.standing(7).Points != 5000 {
					t.Errorf("%d reports do not count, want nothing done", lost)
				}
			})
		})
	}
}

func TestOfSomebodyWhoIsNotKnownAnyMoreNothingIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.tell(forger, 7, 50)
		gone, err := domain.NewSnapshot(b.report(8, 50, server(forger)), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
			_, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{{Snapshot: gone, Source: ports.SourceGame}})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		b.sweep()
		got := b.rewindOf(forger, true)
		if lines := b.comesTo(got.ID, true); len(lines) != 1 || !strings.HasPrefix(lines[0], "7 unseen") || got.State != ports.SweepDone {
			t.Errorf("the rewind is %s and comes to %q, want it done and nothing about 8", got.State, lines)
		}
	})
}

// dyingStore fails every unit after so many, as one does whose process is killed.
type dyingStore struct {
	ports.Store
	left int
}

func (s *dyingStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	if s.left--; s.left < 0 {
		return &domain.Error{Kind: domain.KindUnavailable, Code: "killed", Message: "the process was killed"}
	}
	return s.Store.Write(ctx, fn)
}

func TestARewindThatDiesAnywhereIsFinishedByTheNextProcess(t *testing.T) {
	for units := 1; units < 12; units++ {
		t.Run(fmt.Sprintf("after %d units", units), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := memstore.New()
				t.Cleanup(func() { _ = store.Close() })
				b := newBenchOn(t, store, app.Remote{})
				for user := range int64(120) {
					b.ingest(ports.IngestRequest{Report: b.report(user+1, 50, server(honest))})
				}
				time.Sleep(time.Minute)
				for user := range int64(120) {
					b.apply(b.report(user+1, 150, server(forger)))
				}
				time.Sleep(time.Second)
				id := b.startRewind(forger, true, func(r *ports.RewindRequest) { r.Scope.Since = time.Now().Add(-2 * time.Second) }).ID
				dying := b.beside(&dyingStore{store, units})
				stop := dying.sweep()
				time.Sleep(5 * time.Second)
				stop()
				time.Sleep(time.Minute)
				b.sweep()
				got := b.rewound(id)
				if got.State != ports.SweepDone || got.Decided[ports.TallyUndone] != 120 || got.Decided[ports.TallyPlayers] != 120 ||
					got.Found[string(ports.RewoundChanged)] != 120 || got.Found[ports.TallySnapshots] != 120 {
					t.Errorf("the rewind is %s (%s), found %v, decided %v; want 120 of each", got.State, got.Detail, got.Found, got.Decided)
				}
				undos, err := b.store.CountDecisions(t.Context(), ports.DecisionFilter{Review: id})
				if err != nil || undos != 120 {
					t.Errorf("%d undos (%v), want one for each", undos, err)
				}
				for user := range int64(120) {
					if s := b.standing(user + 1); s.Rank != "Recruit" || s.Points != 50 {
						t.Fatalf("player %d is %s with %d points", user+1, s.Rank, s.Points)
					}
				}
			})
		})
	}
}

// reportingStore lets games report right before a unit begins.
type reportingStore struct {
	ports.Store
	report func()
}

func (s *reportingStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	if report := s.report; report != nil {
		s.report = nil
		report()
	}
	return s.Store.Write(ctx, fn)
}

func TestWhatIsReportedWhileARewindWorksCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		t.Cleanup(func() { _ = store.Close() })
		b := newBenchOn(t, store, app.Remote{})
		b.tell(honest, 7, 50)
		b.tell(forger, 7, 5000)
		time.Sleep(time.Second)
		id := b.startRewind(forger, true).ID
		reporting := &reportingStore{Store: store}
		other := b.beside(&watchedStore{Store: reporting, left: 2, before: func() { // after it has seen who changes, and then after it has heard the history, before it locks the player
			reporting.report = func() {
				time.Sleep(time.Second)
				b.ingest(ports.IngestRequest{Report: b.report(7, 60, server(honest))})
				b.ingest(ports.IngestRequest{Report: b.report(7, 9000, server(forger))}) // later than the rewind: not meant
				b.ingest(ports.IngestRequest{Report: b.report(7, 70, server(honest))})
			}
		}})
		other.sweep()
		b.wantRewind(other.rewound(id), ports.SweepDone, "7 changed: Trooper 70 -> Recruit 70, DEMOTE UNDO applied")
		if s := b.standing(7); s.Points != 70 || s.Rank != "Recruit" {
			t.Errorf("the record shows %+v, want what was reported meanwhile", s)
		}
		if lost, count := b.disregarded(); lost != 1 || count != 4 {
			t.Errorf("%d reports do not count and %d do, want 1 and 4", lost, count)
		}
	})
}

// watchedStore calls before when the decisions about a player are read outside a unit for the so manieth time, which is the last thing
// before a unit of a rewind.
type watchedStore struct {
	ports.Store
	left   int
	before func()
}

func (s *watchedStore) Decisions(
	ctx context.Context, filter ports.DecisionFilter, before string, limit int,
) ([]ports.DecisionRecord, error) {
	if s.left--; s.left == 0 {
		s.before()
	}
	return s.Store.Decisions(ctx, filter, before, limit)
}

// endlessStore is a store in which something goes on writing for ever, and that first does not answer.
type endlessStore struct {
	ports.Store
	asked int
}

func (s *endlessStore) AwaitUnits(ctx context.Context) error {
	if s.asked++; s.asked == 1 {
		return errFaulty
	}
	<-ctx.Done()
	return errFaulty
}

func TestARewindWaitsForUnitsUnderWayAsLongAsAnyLastsAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &endlessStore{Store: memstore.New()}
		defer store.Close()
		b := newBenchOn(t, store, app.Remote{})
		b.tell(honest, 7, 50)
		b.tell(forger, 7, 60)
		time.Sleep(time.Second)
		b.sweep()
		id := b.startRewind(forger, true).ID
		time.Sleep(30 * time.Second)
		if p, err := b.service.Rewind(t.Context(), id); err != nil || p.State != ports.SweepRunning || p.Phase != ports.PhaseCollect {
			t.Errorf("after half a minute: got %+v and error %v, want it to wait", p, err)
		}
		time.Sleep(5 * time.Second)
		b.wantRewind(b.rewound(id), ports.SweepDone, "7 changed: Recruit 60 -> Recruit 50")
		if store.asked != 2 {
			t.Errorf("asked the store %d times, want once more after it failed", store.asked)
		}
	})
}
