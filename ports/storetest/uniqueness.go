package storetest

import (
	"context"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// conflicts runs fn in a unit in which it is to meet a conflict and swallows it, and fails the test unless the unit is poisoned by it.
func conflicts(t *testing.T, s ports.Store, what string, fn func(ctx context.Context, w ports.Writer) error) {
	t.Helper()
	err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
		is(t, what, fn(ctx, w), domain.ErrConflict)
		return nil
	})
	is(t, "Write of a unit that met a conflict and returned nil", err, domain.ErrConflict)
}

func uniqueness(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a player cannot be inserted twice", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		again := player(1)
		again.Points = 999
		conflicts(t, s, "SaveStandings of a version 0 that exists", func(ctx context.Context, w ports.Writer) error {
			return w.SaveStandings(ctx, placed(again))
		})
		if got := standing(t, s, 1); got.Points != 100 || got.Version != 1 {
			t.Errorf("the player: got points %d of version %d, want those of the first insert", got.Points, got.Version)
		}
	})

	t.Run("a player cannot be inserted twice in one unit", func(t *testing.T) {
		s := h.open(t)
		conflicts(t, s, "the second SaveStandings of version 0", func(ctx context.Context, w ports.Writer) error {
			if err := w.SaveStandings(ctx, placed(player(1))); err != nil {
				t.Errorf("SaveStandings of a new player: got error %v, want none", err)
			}
			return w.SaveStandings(ctx, placed(player(1)))
		})
		unknown(t, s, 1)
	})

	t.Run("a user who stands in the list twice is an error", func(t *testing.T) {
		s := h.open(t)
		stored := save(t, s, player(1))[0]
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			if err := w.SaveStandings(ctx, placed(stored, stored)); err == nil {
				t.Error("SaveStandings of one user twice: got no error, want one")
			}
			return nil
		})
		if err == nil {
			t.Error("Write: got no error, want one")
		}
		same(t, "the player", standing(t, s, 1), stored)
	})

	t.Run("an id of a decision cannot be used twice", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		first := decisionOf(1, 1, domain.StatusApplied)
		decide(t, s, first)
		conflicts(t, s, "AddDecisions with an id that exists", lockFirst(2, func(ctx context.Context, w ports.Writer) error {
			return w.AddDecisions(ctx, []ports.DecisionRecord{
				decisionOf(2, 2, domain.StatusApplied), decisionOf(2, 1, domain.StatusApplied),
			})
		}))
		same(t, "the decision", decision(t, s, first.ID), first)
		_, err := s.Decision(t.Context(), decisionOf(2, 2, domain.StatusApplied).ID)
		is(t, "Decision that stood before the conflict in the list", err, domain.ErrNotFound)
	})

	t.Run("two decisions of one list cannot share an id", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		r := decisionOf(1, 1, domain.StatusApplied)
		conflicts(t, s, "AddDecisions with one id twice", lockFirst(1, func(ctx context.Context, w ports.Writer) error {
			return w.AddDecisions(ctx, []ports.DecisionRecord{r, r})
		}))
		_, err := s.Decision(t.Context(), r.ID)
		is(t, "Decision", err, domain.ErrNotFound)
	})

	t.Run("a player has at most one open decision", func(t *testing.T) {
		s := h.open(t)
		open := []domain.Status{domain.StatusPending, domain.StatusAwaitingApproval}
		for i, status := range open {
			n := int64(i + 1)
			known(t, s, n)
			first := decisionOf(n, n, status)
			decide(t, s, first)
			for j, second := range open {
				conflicts(t, s, "AddDecisions of a second open one", lockFirst(n,
					func(ctx context.Context, w ports.Writer) error {
						return w.AddDecisions(ctx, []ports.DecisionRecord{decisionOf(n, int64(10+j), second)})
					}))
			}
			same(t, "OpenDecisions", openOf(t, s, user(n)), []ports.DecisionRecord{first})
		}
	})

	t.Run("two open decisions of a player cannot come in one list", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		conflicts(t, s, "AddDecisions of two open ones", lockFirst(1, func(ctx context.Context, w ports.Writer) error {
			return w.AddDecisions(ctx, []ports.DecisionRecord{
				decisionOf(1, 1, domain.StatusPending), decisionOf(1, 2, domain.StatusAwaitingApproval),
			})
		}))
		if got := openOf(t, s, user(1)); len(got) != 0 {
			t.Errorf("OpenDecisions: got %v, want none", got)
		}
	})
}
