package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestAPlaceThatRobloxDoesNotTakeAnyMoreBeginsTheWalkAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := 0
		b := withRoster(t, func(cursor string) error {
			if strings.HasPrefix(cursor, "after 3") && refused < 2 {
				refused++
				return &domain.Error{Kind: domain.KindInvalid, Code: "invalid_argument", Message: "no such token"}
			}
			return nil
		})
		b.drifted()
		b.sweep()
		got := b.walk(false)
		b.wantFound(got, ports.Tally{"mend": 20, "punish": 10, "adopt": 10, "leave": 10, "same": 290, "absent": 20, "unknown": 10}, nil)
		if refused != 2 || len(b.differences(got.ID)) != 50 {
			t.Errorf("refused %d times, found %d differences; want 2 and 50", refused, len(b.differences(got.ID)))
		}
	})
}

func TestAWalkThatRobloxNeverLetsComeToItsEndIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, func(cursor string) error {
			if cursor != "" {
				return &domain.Error{Kind: domain.KindInvalid, Code: "invalid_argument", Message: "no such token"}
			}
			return nil
		})
		b.drifted()
		b.sweep()
		if got := b.walk(false); got.State != ports.SweepFailed || !strings.Contains(got.Detail, "invalid_argument") {
			t.Errorf("the walk is %s: %s", got.State, got.Detail)
		}
	})
}

func TestAWalkWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, waited := 0, 0
		b := withRoster(t, func(string) error {
			if calls++; calls%2 == 1 {
				waited++
				return exhausted(20 * time.Second)
			}
			return nil
		})
		b.drifted()
		b.sweep()
		began := time.Now()
		if got := b.walk(false); got.State != ports.SweepDone || waited != 4 || time.Since(began) < 80*time.Second {
			t.Errorf("the walk is %s after %s and %d refusals (%s)", got.State, time.Since(began), waited, got.Detail)
		}
	})
}

func TestAWalkThatWasCancelledAsksForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, func(cursor string) error {
			if cursor != "" {
				return exhausted(time.Minute)
			}
			return nil
		})
		b.drifted()
		b.sweep()
		id := b.startWalk(true)
		time.Sleep(10 * time.Second)
		before, err := b.service.CancelReconciliation(t.Context(), ports.Caller{Principal: "admin"}, id)
		if err != nil || before.State != ports.SweepCancelled || before.Scanned != 100 {
			t.Fatalf("cancel: %s after %d members (%v)", before.State, before.Scanned, err)
		}
		time.Sleep(time.Hour)
		after, err := b.service.Reconciliation(t.Context(), id)
		if err != nil || after.Scanned != before.Scanned || after.State != ports.SweepCancelled {
			t.Errorf("an hour later it is %s after %d members (%v)", after.State, after.Scanned, err)
		}
		again, err := b.service.CancelReconciliation(t.Context(), ports.Caller{}, id)
		if err != nil || !again.EndedAt.Equal(before.EndedAt) || again.Detail != before.Detail {
			t.Errorf("cancelled again: ended at %s, %q (%v), want %s, %q", again.EndedAt, again.Detail, err, before.EndedAt, before.Detail)
		}
	})
}

func TestOneWalkGoesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		id := b.startWalk(false)
		_, err := b.service.StartReconciliation(t.Context(), ports.ReconciliationRequest{})
		if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "reconciliation_running" || !strings.Contains(e.Message, id) {
			t.Errorf("got %v, want one that names the walk under way", err)
		}
		b.sweep()
		done := b.walked(id)
		_, err = b.service.CancelReconciliation(t.Context(), ports.Caller{}, done.ID)
		if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "reconciliation_over" {
			t.Errorf("cancel of what is done: %v", err)
		}
	})
}

func TestWithoutAGroupThereIsNothingToWalkOver(t *testing.T) {
	b := newBench(t, app.Remote{})
	_, err := b.service.StartReconciliation(t.Context(), ports.ReconciliationRequest{})
	if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "group_not_configured" {
		t.Errorf("got %v, want group_not_configured", err)
	}
}

func TestReviewsAndWalksAreNotTakenForEachOther(t *testing.T) {
	b := withRoster(t, nil)
	review, walk := b.startReview(everybody()).ID, b.startWalk(false)
	if _, err := b.service.Reconciliation(t.Context(), review); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a review as a walk: %v", err)
	}
	if _, err := b.service.Differences(t.Context(), review, "", 5); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("differences of a review: %v", err)
	}
	if _, err := b.service.CancelReconciliation(t.Context(), ports.Caller{}, review); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("cancel of a review as a walk: %v", err)
	}
	if _, err := b.service.Review(t.Context(), walk); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a walk as a review: %v", err)
	}
	_, err := b.service.Differences(t.Context(), walk, "x", 5)
	if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "cursor_invalid" {
		t.Errorf("a cursor that is none: %v", err)
	}
}

func TestAWalkStopsWhileAutomationIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		b.drifted()
		b.sweep()
		if _, err := b.service.StopAutomation(t.Context(), ports.SwitchRequest{Reason: "a fault"}); err != nil {
			t.Fatal(err)
		}
		for _, apply := range []bool{true, false} {
			if got := b.walk(apply); got.State != ports.SweepStopped || !strings.Contains(got.Detail, "a fault") {
				t.Errorf("the walk is %s: %s", got.State, got.Detail)
			}
		}
		if _, err := b.service.ResumeAutomation(t.Context(), ports.SwitchRequest{}); err != nil {
			t.Fatal(err)
		}
		if got := b.walk(false); got.State != ports.SweepDone {
			t.Errorf("afterwards a walk is %s: %s", got.State, got.Detail)
		}
	})
}

// A pause holds back what the rules decide. What people did is adopted all the same, and punishments are mended.
func TestAWalkAppliesWhileAutomationIsPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		b.drifted()
		b.sweep()
		b.run()
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
			automation, _, err := w.LockAutomation(ctx)
			if err != nil {
				return err
			}
			automation.State, automation.Reason, automation.Since = domain.AutomationPaused, beyondTwo, time.Now()
			return w.SaveAutomation(ctx, automation)
		}); err != nil {
			t.Fatal(err)
		}
		if got := b.walk(true); got.State != ports.SweepDone {
			t.Errorf("the walk is %s: %s", got.State, got.Detail)
		}
		time.Sleep(10 * time.Minute)
		b.wantHeld(21, "Suspended")
		if s := b.standing(35); s.Rank != "Corporal" {
			t.Errorf("the record shows %q for whom somebody promoted", s.Rank)
		}
		b.wantHeld(1) // mending moves players, and waits for a later walk
	})
}
