package app_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestAReportWithoutEvaluationOnlyFolds(t *testing.T) {
	b := newBench(t, app.Remote{})
	got := b.ingest(ports.IngestRequest{Report: b.report(7, 500, rank("Trooper"))})
	if got.Decision != nil || got.Outcome != domain.FoldFirst {
		t.Errorf("got decision %v and outcome %v, want none and first", got.Decision, got.Outcome)
	}
	b.wantRank("Trooper")
}

func TestEvaluationWithoutApplyIsAdvisory(t *testing.T) {
	b := newBench(t, app.Remote{})
	got := b.ingest(ports.IngestRequest{Report: b.report(7, 250, rank("Trooper")), Evaluate: true})
	wantStatus(t, *got.Decision, domain.ActionPromote, domain.StatusAdvisory)
	b.wantRank("Trooper")
	if _, err := b.store.Decision(t.Context(), got.Decision.ID); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("an advisory decision is in the ledger: %v", err)
	}
}

func TestWithoutOpenCloudADecisionAppliesToTheRecordAndSaysSo(t *testing.T) {
	b := newBench(t, app.Remote{})
	got := b.apply(b.report(7, 250, rank("Trooper")))
	wantStatus(t, *got.Decision, domain.ActionPromote, domain.StatusApplied)
	if got.Decision.Detail == "" {
		t.Error("the decision does not say that only the record changed")
	}
	if got.Player.Standing.Rank != "Corporal" || got.Player.Position.Next != "Sergeant" {
		t.Errorf("the answer shows %q below %q, want Corporal below Sergeant", got.Player.Standing.Rank, got.Player.Position.Next)
	}
	stored := b.decision(got.Decision.ID)
	if stored.SnapshotID == 0 || stored.Input.Rank != "Trooper" || stored.Principal != "game" {
		t.Errorf("the ledger misses where the decision came from: %+v", stored)
	}
}

func TestADecisionIsAppliedOnceRobloxShowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		began := time.Now()
		got := b.apply(b.report(7, 250, rank("Trooper")))
		wantStatus(t, *got.Decision, domain.ActionPromote, domain.StatusApplied)
		if waited := time.Since(began); waited >= applyWait {
			t.Errorf("waited %s although Roblox answered at once", waited)
		}
		b.wantHeld(7, "Corporal")
		b.wantRank("Corporal")
	})
}

func TestAnAnswerIsPendingWhenRobloxIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.group.fail(unavailable(10 * time.Second))
		b.run()
		began := time.Now()
		got := b.apply(b.report(7, 250, rank("Trooper")))
		wantStatus(t, *got.Decision, domain.ActionPromote, domain.StatusPending)
		if waited := time.Since(began); waited != applyWait {
			t.Errorf("waited %s, want %s", waited, applyWait)
		}
		time.Sleep(15 * time.Second)
		wantStatus(t, b.decision(got.Decision.ID), domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "Corporal")
	})
}

func TestNothingToDoIsNotRecorded(t *testing.T) {
	b := newBench(t, app.Remote{})
	got := b.apply(b.report(7, 150, rank("Trooper")))
	wantStatus(t, *got.Decision, domain.ActionNone, domain.StatusNone)
	if check, _ := got.Decision.Decision.Checks.Find(domain.CriterionPoints); check.Missing() != 50 {
		t.Errorf("the decision says that %d points are missing, want 50", check.Missing())
	}
	if _, err := b.store.Decision(t.Context(), got.Decision.ID); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a decision to do nothing is in the ledger: %v", err)
	}
}

func TestAStaleReportIsKeptAndChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
		before := b.standing(7)
		got := b.ingest(ports.IngestRequest{Report: b.report(7, 999, observed(time.Now().Add(-time.Hour)))})
		if got.Outcome != domain.FoldStale || b.standing(7) != before {
			t.Errorf("outcome %v, standing %+v, want stale and %+v", got.Outcome, b.standing(7), before)
		}
		history, err := b.store.Snapshots(t.Context(), userID(t, 7), 0, 10)
		if err != nil || len(history) != 2 || history[0].Outcome != domain.FoldStale {
			t.Errorf("history %+v (%v), want two records, the newest stale", history, err)
		}
	})
}

func TestAReportThatCannotBeAcceptedChangesNothing(t *testing.T) {
	b := newBench(t, app.Remote{})
	_, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(7, -1)})
	if domain.KindOf(err) != domain.KindInvalid {
		t.Fatalf("got %v, want invalid", err)
	}
	if _, err := b.service.Player(t.Context(), userID(t, 7)); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("the player is known afterwards: %v", err)
	}
}

func TestDriftIsAdoptedFromTheReportWhereRobloxCannotBeAsked(t *testing.T) {
	b := newBench(t, app.Remote{})
	b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
	b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Sergeant"))})
	b.wantRank("Sergeant")
}

func TestAnEchoOfALeftRankIsIgnored(t *testing.T) {
	b := newBench(t, app.Remote{})
	b.apply(b.report(7, 250, rank("Trooper")))
	b.ingest(ports.IngestRequest{Report: b.report(7, 250, rank("Trooper"))})
	b.wantRank("Corporal")
}

func TestDriftIsAdoptedFromRobloxWhereItCanBeAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "General")
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Sergeant"))})
		b.wantRank("Trooper")
		b.run()
		time.Sleep(time.Second)
		b.wantRank("General")
		if wrote := b.group.written(); wrote != nil {
			t.Errorf("adopting wrote %q to Roblox", wrote)
		}
	})
}

func TestARepeatedKeyGivesTheFirstAnswerAgain(t *testing.T) {
	b := newBench(t, app.Remote{})
	request := ports.IngestRequest{Report: b.report(7, 250, rank("Trooper")), Apply: true, Key: "k"}
	first := b.ingest(request)
	b.ingest(ports.IngestRequest{Report: b.report(7, 260)})
	again := b.ingest(request)
	if !again.Replayed || again.Player.Standing.Points != 250 || again.Decision.ID != first.Decision.ID {
		t.Errorf("got %+v, want the answer of %s again", again, first.Decision.ID)
	}
	wantStatus(t, *again.Decision, domain.ActionPromote, domain.StatusApplied)
	if got := b.standing(7).Points; got != 260 {
		t.Errorf("the replay changed the points to %d", got)
	}
}

func TestAKeyThatWasUsedForSomethingElseIsRefused(t *testing.T) {
	b := newBench(t, app.Remote{})
	b.ingest(ports.IngestRequest{Report: b.report(7, 250), Key: "k"})
	for name, other := range map[string]ports.IngestRequest{
		"other points": {Report: b.report(7, 251), Key: "k"},
		"other player": {Report: b.report(8, 250, func(r *domain.Report) { r.Username = "Player7" }), Key: "k"},
		"other flags":  {Report: b.report(7, 250), Key: "k", Evaluate: true},
	} {
		other.Principal = "game"
		_, err := b.service.Ingest(t.Context(), other)
		if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "idempotency_mismatch" {
			t.Errorf("%s: got %v, want idempotency_mismatch", name, err)
		}
	}
	if _, err := b.service.Player(t.Context(), userID(t, 8)); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("the refused player is known: %v", err)
	}
}

func TestTwoPrincipalsMayUseTheSameKey(t *testing.T) {
	b := newBench(t, app.Remote{})
	for i, principal := range []string{"one", "two"} {
		got, err := b.service.Ingest(t.Context(), ports.IngestRequest{
			Caller: ports.Caller{Principal: principal}, Report: b.report(7, int64(i)), Key: "k",
		})
		if err != nil || got.Replayed {
			t.Errorf("%s: replayed %t, error %v", principal, got.Replayed, err)
		}
	}
}

func TestAReplayShowsHowTheDecisionEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.group.fail(unavailable(5 * time.Second))
		b.run()
		request := ports.IngestRequest{Report: b.report(7, 250, rank("Trooper")), Apply: true, Key: "k"}
		wantStatus(t, *b.ingest(request).Decision, domain.ActionPromote, domain.StatusPending)
		time.Sleep(10 * time.Second)
		wantStatus(t, *b.ingest(request).Decision, domain.ActionPromote, domain.StatusApplied)
	})
}

func TestManyReportsAtOnceMoveAPlayerOnce(t *testing.T) {
	b := newBench(t, app.Remote{})
	var wait sync.WaitGroup
	results := make([]ports.IngestResult, 50)
	for i := range results {
		wait.Go(func() {
			result, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(7, 250, rank("Trooper")), Apply: true})
			if err != nil {
				t.Errorf("report %d: %v", i, err)
			}
			results[i] = result
		})
	}
	wait.Wait()
	promotions := 0
	for _, r := range results {
		if r.Decision != nil && r.Decision.Decision.Action == domain.ActionPromote {
			promotions++
		}
	}
	if promotions != 1 {
		t.Errorf("%d promotions, want 1", promotions)
	}
	b.wantRank("Corporal")
}

func TestWhatNeedsApprovalWaitsAndIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		first := b.apply(b.report(7, 450, rank("Sergeant")))
		wantStatus(t, *first.Decision, domain.ActionPromote, domain.StatusAwaitingApproval)
		b.wantRank("Sergeant")
		again := b.apply(b.report(7, 460, rank("Sergeant")))
		if again.Decision.ID != first.Decision.ID {
			t.Errorf("asked again as %s, want %s", again.Decision.ID, first.Decision.ID)
		}
		depth, err := b.store.Depth(t.Context())
		if err != nil || depth.Waiting != 0 {
			t.Errorf("%d effects wait (%v) although nothing is approved", depth.Waiting, err)
		}
	})
}

func TestANewerDecisionEndsAnOpenOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		asked := b.apply(b.report(7, 450, rank("Sergeant")))
		fallen := b.apply(b.report(7, 250))
		wantStatus(t, *fallen.Decision, domain.ActionDemote, domain.StatusPending)
		wantStatus(t, b.decision(asked.Decision.ID), domain.ActionPromote, domain.StatusSuperseded)
	})
}
