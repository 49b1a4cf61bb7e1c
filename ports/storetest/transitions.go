package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// transitionsOf returns what the decision came to.
func transitionsOf(t *testing.T, s ports.Store, id string) []ports.Transition {
	t.Helper()
	got, err := s.Transitions(soon(t), id)
	if err != nil {
		t.Fatalf("Transitions(%s): got error %v, want none", id, err)
	}
	return append([]ports.Transition{}, got...)
}

// firstOf returns the transition that a new record begins with.
func firstOf(r ports.DecisionRecord) ports.Transition {
	return ports.Transition{Status: r.Status, Detail: r.Detail, At: r.UpdatedAt}
}

func transitions(t *testing.T, h Harness) {
	t.Helper()

	t.Run("the status of each new decision is its first transition, with every field", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		advisory, pending := decisionOf(1, 1, domain.StatusAdvisory), decisionOf(1, 2, domain.StatusPending)
		advisory.Detail, advisory.UpdatedAt = awkward, abroad(h.instant(1))
		pending.UpdatedAt = h.instant(2)
		decide(t, s, advisory, pending)
		want := firstOf(advisory)
		want.At = h.instant(1)
		same(t, "Transitions of the first", transitionsOf(t, s, advisory.ID), []ports.Transition{want})
		same(t, "Transitions of the second", transitionsOf(t, s, pending.ID), []ports.Transition{firstOf(pending)})
	})

	t.Run("a decision that is approved and applied came to three statuses, in that order whatever the instants say", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		r, other := decisionOf(1, 1, domain.StatusAwaitingApproval), decisionOf(2, 2, domain.StatusPending)
		r.UpdatedAt = h.instant(5)
		decide(t, s, r)
		decide(t, s, other)
		closeAs(t, s, r, domain.StatusPending, abroad(h.instant(3)))
		closeAs(t, s, other, domain.StatusFailed, h.instant(8))
		closeAs(t, s, r, domain.StatusApplied, h.instant(4))
		same(t, "Transitions", transitionsOf(t, s, r.ID), []ports.Transition{
			{Status: domain.StatusAwaitingApproval, At: h.instant(5)},
			{Status: domain.StatusPending, Detail: "detail of pending", At: h.instant(3)},
			{Status: domain.StatusApplied, Detail: "detail of applied", At: h.instant(4)},
		})
		same(t, "Transitions of the other", transitionsOf(t, s, other.ID), []ports.Transition{
			firstOf(other), {Status: domain.StatusFailed, Detail: "detail of failed", At: h.instant(8)},
		})
	})

	t.Run("who brought a decision to a status comes back", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		r := decisionOf(1, 1, domain.StatusAwaitingApproval)
		decide(t, s, r)
		next := ports.Transition{
			Status: domain.StatusPending, Detail: awkward, At: h.instant(1), Principal: "principal " + awkward, Actor: user(domain.MaxID),
		}
		full(t, next)
		locked(t, s, 1, func(ctx context.Context, w ports.Writer) error {
			_, err := w.MoveDecision(ctx, r.ID, next)
			return err
		})
		same(t, "Transitions", transitionsOf(t, s, r.ID), []ports.Transition{firstOf(r), next})
	})

	t.Run("a decision that is added and closed in one unit has both transitions", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		r := decisionOf(1, 1, domain.StatusPending)
		locked(t, s, 1, func(ctx context.Context, w ports.Writer) error {
			if err := w.AddDecisions(ctx, []ports.DecisionRecord{r}); err != nil {
				return err
			}
			_, err := w.MoveDecision(ctx, r.ID, ports.Transition{Status: domain.StatusSuperseded, At: h.instant(1)})
			return err
		})
		same(t, "Transitions", transitionsOf(t, s, r.ID), []ports.Transition{
			firstOf(r), {Status: domain.StatusSuperseded, At: h.instant(1)},
		})
	})

	t.Run("closing that says false adds no transition", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		closed, pending := decisionOf(1, 1, domain.StatusApplied), decisionOf(1, 2, domain.StatusPending)
		decide(t, s, closed, pending)
		for _, c := range []struct {
			record ports.DecisionRecord
			to     domain.Status
		}{
			{closed, domain.StatusFailed},
			{pending, domain.StatusPending},
			{pending, domain.StatusAwaitingApproval},
			{decisionOf(1, 3, domain.StatusPending), domain.StatusApplied},
		} {
			if closeAs(t, s, c.record, c.to, h.instant(1)) {
				t.Errorf("MoveDecision from %s to %s: got true, want false", c.record.Status, c.to)
			}
		}
		same(t, "Transitions of a closed one", transitionsOf(t, s, closed.ID), []ports.Transition{firstOf(closed)})
		same(t, "Transitions of a pending one", transitionsOf(t, s, pending.ID), []ports.Transition{firstOf(pending)})
		same(t, "Transitions of an unknown one", transitionsOf(t, s, decisionOf(1, 3, domain.StatusNone).ID), []ports.Transition{})
	})

	t.Run("of twenty who close one decision exactly one adds a transition", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		r := decisionOf(1, 1, domain.StatusPending)
		decide(t, s, r)
		ctx := soon(t)
		for i, err := range race(20, func(int) error {
			return s.Write(ctx, lockFirst(1, func(ctx context.Context, w ports.Writer) error {
				_, err := w.MoveDecision(ctx, r.ID, ports.Transition{Status: domain.StatusApplied, At: noon()})
				return err
			}))
		}) {
			if err != nil {
				t.Errorf("caller %d: got error %v, want none", i, err)
			}
		}
		same(t, "Transitions", transitionsOf(t, s, r.ID), []ports.Transition{firstOf(r), {Status: domain.StatusApplied, At: noon()}})
	})

	t.Run("a unit that is not kept keeps no transition of decisions that were there before", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		r := decisionOf(1, 1, domain.StatusPending)
		decide(t, s, r)
		closing := func(after func(ctx context.Context, w ports.Writer) error) error {
			return s.Write(soon(t), lockFirst(1, func(ctx context.Context, w ports.Writer) error {
				if closed, err := w.MoveDecision(ctx, r.ID, ports.Transition{Status: domain.StatusApplied, At: noon()}); err != nil || !closed {
					t.Errorf("MoveDecision: got %t and error %v, want true and none", closed, err)
				}
				return after(ctx, w)
			}))
		}
		refusal := errors.New("the case refuses")
		is(t, "Write", closing(func(context.Context, ports.Writer) error { return refusal }), refusal)
		same(t, "Transitions after a refusal", transitionsOf(t, s, r.ID), []ports.Transition{firstOf(r)})
		is(t, "Write", closing(func(ctx context.Context, w ports.Writer) error {
			_ = w.AddDecisions(ctx, []ports.DecisionRecord{r})
			return nil
		}), domain.ErrConflict)
		same(t, "Transitions after a conflict", transitionsOf(t, s, r.ID), []ports.Transition{firstOf(r)})
		if !closeAs(t, s, r, domain.StatusApplied, noon()) {
			t.Error("MoveDecision afterwards: got false, want true")
		}
	})

	t.Run("what is no id has no transitions", func(t *testing.T) {
		s := h.open(t)
		write(t, s, tracesOf(1).leave)
		for _, id := range []string{"", "1", awkward, "\x00", tracesOf(2).decision.ID} {
			same(t, "Transitions of no id", transitionsOf(t, s, id), []ports.Transition{})
		}
	})
}
