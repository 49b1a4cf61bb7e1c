package app_test

import (
	"errors"
	"testing"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// batch sends the reports, applying, and returns the answers.
func (b *bench) batch(requests ...ports.IngestRequest) []ports.IngestAnswer {
	b.t.Helper()
	answers, err := b.service.IngestBatch(b.t.Context(), requests)
	if err != nil || len(answers) != len(requests) {
		b.t.Fatalf("got %d answers and error %v, want %d and none", len(answers), err, len(requests))
	}
	return answers
}

func TestEverySnapshotOfABatchIsFoldedInItsOrderAndKept(t *testing.T) {
	b := newBench(t, app.Remote{})
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	of := func(user, points int64, after time.Duration) ports.IngestRequest {
		return ports.IngestRequest{Report: b.report(user, points, rank("Trooper"), observed(at.Add(after))), Evaluate: true}
	}
	bad := of(9, 1, 0)
	bad.Report.Points = -1
	answers := b.batch(of(7, 110, 0), of(8, 120, 0), bad, of(7, 130, time.Minute), of(7, 90, -time.Minute), of(7, 250, time.Hour))
	for i, want := range []struct {
		points  int64
		outcome domain.FoldOutcome
	}{{110, domain.FoldFirst}, {120, domain.FoldFirst}, {0, 0}, {130, domain.FoldUpdated}, {130, domain.FoldStale}, {250, domain.FoldUpdated}} {
		got := answers[i]
		if i == 2 {
			if domain.KindOf(got.Err) != domain.KindInvalid {
				t.Errorf("the bad one: got error %v, want an invalid one", got.Err)
			}
			continue
		}
		if got.Err != nil || got.Result.Player.Standing.Points != want.points || got.Result.Outcome != want.outcome {
			t.Errorf("%d: got %d points, %s, error %v, want %d, %s, none",
				i, got.Result.Player.Standing.Points, got.Result.Outcome, got.Err, want.points, want.outcome)
		}
	}
	if d := answers[5].Result.Decision; d == nil || d.Decision.Action != domain.ActionPromote {
		t.Errorf("the last decision: got %v, want a promotion", d)
	}
	kept, err := b.store.Snapshots(t.Context(), userID(t, 7), 0, 10)
	if err != nil || len(kept) != 4 {
		t.Errorf("history: got %d snapshots and error %v, want 4", len(kept), err)
	}
	if got := b.standing(7).Points; got != 250 {
		t.Errorf("points: got %d, want 250", got)
	}
}

func TestABatchPromotesOncePerPlayerAndAnswersEachWithItsDecision(t *testing.T) {
	b := newBench(t, app.Remote{})
	apply := func(user int64) ports.IngestRequest {
		return ports.IngestRequest{Report: b.report(user, 250, rank("Trooper")), Apply: true}
	}
	answers := b.batch(apply(7), apply(8), apply(7))
	wantStatus(t, *answers[0].Result.Decision, domain.ActionPromote, domain.StatusApplied)
	wantStatus(t, *answers[1].Result.Decision, domain.ActionPromote, domain.StatusApplied)
	wantStatus(t, *answers[2].Result.Decision, domain.ActionNone, domain.StatusNone)
	for i, user := range []int64{7, 8} {
		decision := b.decision(answers[i].Result.Decision.ID)
		history, err := b.store.Snapshots(t.Context(), userID(t, user), 0, 10)
		if err != nil || decision.UserID.Int64() != user || decision.SnapshotID != history[len(history)-1].ID {
			t.Errorf("decision %d: got %+v and error %v, want the one of user %d's first snapshot", i, decision, err, user)
		}
	}
}

func TestAKeyCountsOnceWithinABatchAndAfterIt(t *testing.T) {
	b := newBench(t, app.Remote{})
	of := func(key string, points int64) ports.IngestRequest {
		return ports.IngestRequest{
			Caller: ports.Caller{Principal: "game"}, Report: b.report(7, points, rank("Trooper")), Key: key,
		}
	}
	answers := b.batch(of("a", 110), of("a", 110), of("a", 111), of("b", 120))
	again := b.batch(of("b", 120), of("a", 110), of("b", 121))
	for name, c := range map[string]struct {
		answer   ports.IngestAnswer
		points   int64
		replayed bool
	}{
		"first":                   {answers[0], 110, false},
		"the same in the batch":   {answers[1], 110, true},
		"another key":             {answers[3], 120, false},
		"the same later":          {again[0], 120, true},
		"the same later, earlier": {again[1], 110, true},
	} {
		if c.answer.Err != nil || c.answer.Result.Player.Standing.Points != c.points || c.answer.Result.Replayed != c.replayed {
			t.Errorf("%s: got %d points, replayed %t, error %v, want %d, %t, none", name,
				c.answer.Result.Player.Standing.Points, c.answer.Result.Replayed, c.answer.Err, c.points, c.replayed)
		}
	}
	for _, mismatch := range []ports.IngestAnswer{answers[2], again[2]} {
		if e, ok := errors.AsType[*domain.Error](mismatch.Err); !ok || e.Code != "idempotency_mismatch" {
			t.Errorf("other content under the key: got %v, want idempotency_mismatch", mismatch.Err)
		}
	}
	if kept, err := b.store.Snapshots(t.Context(), userID(t, 7), 0, 10); err != nil || len(kept) != 2 {
		t.Errorf("history: got %d snapshots and error %v, want 2", len(kept), err)
	}
}

func TestABatchWithoutAStoreIsRefusedAsAWhole(t *testing.T) {
	b := newBench(t, app.Remote{})
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	request := ports.IngestRequest{Report: b.report(7, 1)}
	if _, err := b.service.IngestBatch(t.Context(), []ports.IngestRequest{request, request}); domain.KindOf(err) != domain.KindUnavailable {
		t.Errorf("error: got %v, want one of kind unavailable", err)
	}
	bad := request
	bad.Report.Points = -1
	answers := b.batch(bad)
	if domain.KindOf(answers[0].Err) != domain.KindInvalid {
		t.Errorf("a bad report needs no store: got %v, want an invalid one", answers[0].Err)
	}
}
