package app_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestResumingTakesUpWhatWasHeldWithinTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 2}, 1, 2, 3, 4, 5, 6)
		b.run()
		b.resumer()
		other := b.alongside(limitedPolicy(t, domain.Limits{MovesPerHour: 2}))
		other.run()
		other.resumer()
		var ids []string
		for player := range int64(6) {
			ids = append(ids, b.jump(player+1).ID)
		}
		time.Sleep(time.Minute)
		b.wantRanks("Trooper", 3, 4, 5, 6)
		status := b.turn(b.service.ResumeAutomation, "they are right")
		if status.State != domain.AutomationRunning || status.Reason != "they are right" || status.Principal != "admin" ||
			status.Actor != userID(t, 99) || status.Moved.All != 0 {
			t.Errorf("got %+v, want it resumed and counting from nothing", status)
		}
		time.Sleep(time.Minute)
		b.wantRanks("Corporal", 1, 2, 3, 4)
		b.wantRanks("Trooper", 5, 6)
		for i, want := range []domain.Status{
			domain.StatusApplied, domain.StatusApplied, domain.StatusApplied, domain.StatusApplied, domain.StatusHeld, domain.StatusHeld,
		} {
			wantStatus(t, b.decision(ids[i]), domain.ActionPromote, want)
		}
		b.turn(b.service.ResumeAutomation, "")
		time.Sleep(time.Minute)
		b.wantRanks("Corporal", 5, 6)
		if status := b.status(); status.State != domain.AutomationRunning || status.Held != 0 || status.Moved.All != 2 {
			t.Errorf("got %+v, want it running with two moves and nothing held", status)
		}
		told := append(b.switches(), other.switches()...)
		slices.Sort(told)
		want := []string{"paused: " + beyondTwo, "paused: " + beyondTwo, "running: ", "running: they are right"}
		if !slices.Equal(told, want) {
			t.Errorf("both told of the switch %q, want %q", told, want)
		}
		came, err := b.store.Transitions(t.Context(), ids[2])
		if err != nil || len(came) != 3 || came[0].Status != domain.StatusHeld || came[1].Status != domain.StatusPending ||
			came[2].Status != domain.StatusApplied {
			t.Errorf("the third came to %+v (%v), want held, pending, applied", came, err)
		}
	})
}

func TestWhatIsHeldIsSupersededWhenTheRulesDoNotAskForItAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 2}, 1, 2, 3, 4, 5)
		b.run()
		for _, player := range []int64{1, 2} {
			b.jump(player)
		}
		corrected, changed, unseen := b.jump(3), b.jump(4), b.jump(5)
		b.apply(b.report(3, 150)) // the points were wrong
		next := *b.apply(b.report(4, 50)).Decision
		b.ingest(ports.IngestRequest{Report: b.report(5, 150)}) // nobody asks for a decision
		wantStatus(t, b.decision(corrected.ID), domain.ActionPromote, domain.StatusSuperseded)
		wantStatus(t, b.decision(changed.ID), domain.ActionPromote, domain.StatusSuperseded)
		wantStatus(t, next, domain.ActionDemote, domain.StatusHeld)
		wantStatus(t, b.decision(unseen.ID), domain.ActionPromote, domain.StatusHeld)
		b.resumer()
		b.turn(b.service.ResumeAutomation, "")
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(unseen.ID), domain.ActionPromote, domain.StatusSuperseded)
		wantStatus(t, b.decision(next.ID), domain.ActionDemote, domain.StatusApplied)
		b.wantRanks("Trooper", 3, 5)
		b.wantRanks("Recruit", 4)
	})
}

func TestASuspensionThatWasHeldIsMadeAnewInFullLength(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 1}, 1, 2)
		stop := b.run()
		b.jump(1)
		held := *b.apply(b.report(2, 150, rank("Trooper"), warnings(4))).Decision
		wantStatus(t, held, domain.ActionSuspend, domain.StatusHeld)
		stop()
		time.Sleep(48 * time.Hour)
		b.run()
		b.resumer()
		b.turn(b.service.ResumeAutomation, "")
		began := domain.Instant(time.Now())
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(held.ID), domain.ActionSuspend, domain.StatusSuperseded)
		b.wantRanks("Suspended", 2)
		if got := b.standing(2).Punishment.Until.Sub(began); got < trial || got > trial+time.Minute {
			t.Errorf("suspended for %s, want %s", got, trial)
		}
		records, err := b.store.Decisions(t.Context(), ports.DecisionFilter{User: userID(t, 2)}, "", 10)
		if err != nil || len(records) != 2 || records[0].Principal != "game" || records[0].SnapshotID != records[1].SnapshotID ||
			records[0].SnapshotID == 0 {
			t.Errorf("got %+v (%v), want two decisions by the game about one report", records, err)
		}
	})
}

func TestWhatIsHeldDoesNotKeepASuspensionFromEndingWhileAutomationIsPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 1}, 1, 2)
		stop := b.run()
		b.apply(b.report(1, 150, rank("Trooper"), warnings(4)))
		wantStatus(t, b.jump(2), domain.ActionPromote, domain.StatusHeld)
		held := *b.apply(b.report(1, 150, warnings(9))).Decision
		wantStatus(t, held, domain.ActionBan, domain.StatusHeld)
		b.ingest(ports.IngestRequest{Report: b.report(1, 150, warnings(0))}) // they were a mistake; nobody asks for a decision
		stop()
		time.Sleep(trial - time.Hour)
		b.run()
		b.release()
		time.Sleep(30 * time.Minute)
		b.wantRanks("Suspended", 1)
		time.Sleep(time.Hour)
		b.wantRanks("Trooper", 1)
		wantStatus(t, b.decision(held.ID), domain.ActionBan, domain.StatusSuperseded)
		if state := b.status().State; state != domain.AutomationPaused {
			t.Errorf("automation is %s, want paused still", state)
		}
	})
}

func TestWhatCannotBeHeldForADecisionUnderWayIsAskedOnceAutomationGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{}, 7)
		for range 4 {
			b.group.fail(unavailable(time.Minute))
		}
		stop := b.run()
		promoted := b.jump(7)
		wantStatus(t, promoted, domain.ActionPromote, domain.StatusPending)
		b.turn(b.service.StopAutomation, "drill")
		if got := *b.apply(b.report(7, 250, warnings(9))).Decision; got.ID != promoted.ID {
			t.Fatalf("got %s %s, want the promotion that is under way", got.Decision.Action, got.Status)
		}
		time.Sleep(time.Hour)
		b.wantDecisions("PROMOTE pending game")
		stop() // what is wished for outlives the process
		b = b.alongside(limitedPolicy(t, domain.Limits{}))
		b.run()
		b.turn(b.service.ResumeAutomation, "")
		time.Sleep(30 * time.Minute)
		b.wantDecisions("PROMOTE applied game", "BAN applied "+app.SchedulePrincipal)
		if got := b.standing(7).Punishment.Status; got != domain.PunishmentSevere {
			t.Errorf("the record shows the punishment %s, want the ban", got)
		}
	})
}

func TestWhatIsUnderWayComesBeforeWhatIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 1}, 1)
		under := b.jump(1) // nothing delivers it yet
		ban := *b.apply(b.report(1, 250, warnings(7))).Decision
		if ban.ID != under.ID {
			t.Errorf("got %s %s, want the decision that is under way", ban.Decision.Action, ban.Status)
		}
		b.wantSwitches("paused: more than 1 move in an hour (maxMovesPerHour)")
		b.run()
		time.Sleep(time.Minute)
		wantStatus(t, *b.apply(b.report(1, 250, warnings(7))).Decision, domain.ActionBan, domain.StatusHeld)
	})
}

func TestWhatIsHeldAboutNobodyIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{})
		lost := ports.DecisionRecord{
			ID: "00000000-0000-7000-8000-000000009999", UserID: userID(t, 5), Status: domain.StatusHeld, CreatedAt: time.Now(), UpdatedAt: time.Now(),
			Decision: domain.Decision{Action: domain.ActionPromote, From: "Trooper", To: "Corporal"}, Apply: true,
		}
		err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
			return w.AddDecisions(ctx, []ports.DecisionRecord{lost})
		})
		if err != nil {
			t.Fatal(err)
		}
		b.resumer()
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(lost.ID), domain.ActionPromote, domain.StatusSuperseded)
	})
}
