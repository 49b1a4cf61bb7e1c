package app_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// boundBy is a caller whose key grants ranks up to one.
func boundBy(most string) ports.Caller { return ports.Caller{Principal: "lobby", MaxRank: most} }

// reportBound takes a report about player 7 in, with a key that grants ranks up to one.
func (b *bench) reportBound(points int64, most string, change ...func(*domain.Report)) ports.DecisionRecord {
	b.t.Helper()
	b.requests++
	result := b.ingest(ports.IngestRequest{Caller: boundBy(most), Report: b.report(7, points, change...), Evaluate: true, Apply: true})
	return *result.Decision
}

func TestAReportWithABoundKeyAsksWhereTheRankIsBeyondIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		within := b.reportBound(100, "Trooper", rank("Recruit"))
		if within.Status != domain.StatusApplied || within.Decision.To != "Trooper" {
			t.Fatalf("within the bound: got %s to %s, want it applied", within.Status, within.Decision.To)
		}
		time.Sleep(time.Minute)
		asked := b.reportBound(200, "Trooper")
		if asked.Status != domain.StatusAwaitingApproval || asked.Decision.To != "Corporal" || asked.Decision.NeedsApproval ||
			!strings.Contains(asked.Detail, "the key game grants ranks up to Trooper only") {
			t.Fatalf("beyond the bound: got %s (%s) to %s, want a question that says why", asked.Status, asked.Detail, asked.Decision.To)
		}
		b.wantRank("Trooper")
		time.Sleep(time.Minute)
		if again := b.reportBound(210, "Trooper"); again.ID != asked.ID {
			t.Errorf("the next report: got the decision %s, want the same question", again.ID)
		}
		_, err := b.service.Approve(t.Context(), ports.ApprovalRequest{Caller: boundBy("Trooper"), ID: asked.ID})
		wantCode(t, err, domain.KindDenied, "rank_above_key")
		b.wantRank("Trooper")
		if got := b.approve(asked.ID).Decision; got.Status != domain.StatusApplied || got.ID != asked.ID {
			t.Errorf("approved: got %s, want it applied", got.Status)
		}
		b.wantRank("Corporal")
		if proof := app.Verify(testPolicy(t), b.decision(asked.ID), ports.DecisionRecord{}); proof.Verdict != app.VerdictSame {
			t.Errorf("made again: got %s, want the same: the bound is of the key, and the rules say what they said\n%s\n%s", proof.Verdict, proof.Stored, proof.Again)
		}
	})
}

func TestAKeyWithoutABoundCarriesOutWhatABoundOneAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		asked := b.reportBound(100, "Recruit", rank("Recruit"))
		if asked.Status != domain.StatusAwaitingApproval {
			t.Fatalf("got %s, want a question", asked.Status)
		}
		time.Sleep(time.Minute)
		if done := b.reportBound(100, ""); done.Status != domain.StatusApplied || b.decision(asked.ID).Status != domain.StatusSuperseded {
			t.Errorf("got %s, and the question is %s; want it applied in the question's place", done.Status, b.decision(asked.ID).Status)
		}
		b.wantRank("Trooper")
	})
}

func TestWhatWasRefusedToABoundKeyIsNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		asked := b.reportBound(100, "Recruit", rank("Recruit"))
		if _, err := b.service.Reject(t.Context(), ports.ApprovalRequest{Caller: boundBy("Recruit"), ID: asked.ID}); err != nil {
			t.Fatalf("refusing with a bound key, which grants nothing: %v", err)
		}
		time.Sleep(time.Hour)
		if got := b.reportBound(110, "Recruit"); got.Status != domain.StatusAdvisory || got.Detail == "" {
			t.Errorf("an hour later: got %s (%s), want advice that says why", got.Status, got.Detail)
		}
		time.Sleep(app.DefaultApprovalTTL)
		if got := b.reportBound(110, "Recruit"); got.Status != domain.StatusAwaitingApproval {
			t.Errorf("once the refusal is over: got %s, want a question", got.Status)
		}
	})
}

func TestABoundKeyTakesRanksAwayAndGivesBackWhatTheRulesGiveBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.apply(b.report(7, 200, rank("Corporal")))
		time.Sleep(time.Minute)
		if got := b.reportBound(150, "Recruit"); got.Decision.Action != domain.ActionDemote || got.Status != domain.StatusApplied {
			t.Errorf("got %s %s, want a demotion that is carried out", got.Decision.Action, got.Status)
		}
		b.wantRank("Trooper")
	})
}

func TestABoundKeyOrdersNothingBeyondItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.apply(b.report(7, 0, rank("Recruit")))
		bound := func(r *ports.DecideRequest) { r.Caller = boundBy("Trooper") }
		advice := func(r *ports.DecideRequest) { r.Caller, r.Apply = boundBy("Trooper"), false }
		for _, change := range []func(*ports.DecideRequest){bound, advice} {
			_, err := b.ask(domain.Order{Action: domain.ActionPromote, To: "Corporal"}, change)
			wantCode(t, err, domain.KindDenied, "rank_above_key")
		}
		b.wantRank("Recruit")
		b.order(domain.Order{Action: domain.ActionPromote}, bound)
		b.wantRank("Trooper")
		b.order(domain.Order{Action: domain.ActionPromote, To: "Corporal"})
		down := b.order(domain.Order{Action: domain.ActionDemote, To: "Recruit"}, bound)
		b.wantRank("Recruit")
		_, err := b.service.Undo(t.Context(), ports.UndoRequest{Caller: boundBy("Trooper"), ID: down.Decision.ID})
		wantCode(t, err, domain.KindDenied, "rank_above_key")
		b.wantRank("Recruit")
	})
}

func TestABoundKeyAppliesNoReviewAndNoRewind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		_, err := b.service.StartReview(t.Context(), ports.ReviewRequest{Caller: boundBy("Sergeant"), Apply: true})
		wantCode(t, err, domain.KindDenied, "rank_above_key")
		if _, err := b.service.StartReview(t.Context(), ports.ReviewRequest{Caller: boundBy("Sergeant")}); err != nil {
			t.Errorf("a review that only looks: %v", err)
		}
		_, err = b.service.StartRewind(t.Context(), ports.RewindRequest{Caller: boundBy("Sergeant"), Apply: true, Scope: ports.SnapshotScope{Principal: "x"}})
		wantCode(t, err, domain.KindDenied, "rank_above_key")
		_, err = b.service.ResumeRewind(t.Context(), boundBy("Sergeant"), "any")
		wantCode(t, err, domain.KindDenied, "rank_above_key")
		_, err = b.service.ResumeReview(t.Context(), ports.ResumeRequest{Caller: boundBy("Sergeant"), ID: "any"})
		wantCode(t, err, domain.KindDenied, "rank_above_key")
	})
}

func TestNoncesAreForgottenOnceTheirTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		if _, err := b.store.SpendNonce(t.Context(), "one", time.Now().Add(10*time.Minute)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for range 2 { // two replicas
			running.Go(func() { b.service.NoncePruner().Run(ctx) })
		}
		spent := func() bool {
			fresh, err := b.store.SpendNonce(t.Context(), "one", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return !fresh
		}
		time.Sleep(9 * time.Minute)
		if !spent() {
			t.Error("before its time is over: got it forgotten")
		}
		time.Sleep(3 * time.Minute)
		if spent() {
			t.Error("after its time is over: got it kept")
		}
		cancel()
		running.Wait()
	})
}
