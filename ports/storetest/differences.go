package storetest

import (
	"context"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// differenceOf returns a difference about the player that can be told from others by the recorded rank.
func differenceOf(n int64, recorded string) ports.Difference {
	return ports.Difference{User: user(n), Recorded: recorded, Held: []string{"Low"}, Outcome: domain.ReconcileAdopt}
}

// keepDifferences keeps what a sweep found in a unit of its own.
func keepDifferences(t *testing.T, s ports.Store, sweep string, differences ...ports.Difference) {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) error { return w.KeepDifferences(ctx, sweep, differences) })
}

// differing returns a page of what a sweep found.
func differing(t *testing.T, s ports.Store, sweep string, after int64, limit int) []ports.Difference {
	t.Helper()
	from := domain.UserID{}
	if after > 0 {
		from = user(after)
	}
	page, err := s.Differences(soon(t), sweep, from, limit)
	if err != nil {
		t.Fatalf("Differences(%s): got error %v, want none", sweep, err)
	}
	return page
}

// recordedOf returns the recorded rank of each.
func recordedOf(differences []ports.Difference) []string {
	ranks := make([]string, len(differences))
	for i, d := range differences {
		ranks[i] = d.Recorded
	}
	return ranks
}

func differences(t *testing.T, h Harness) {
	t.Helper()

	t.Run("every field of a difference comes back, of a sweep that is not stored too", func(t *testing.T) {
		s := h.open(t)
		want := ports.Difference{
			User: user(domain.MaxID), Recorded: awkward, Held: []string{"Low", awkward, "High"}, Outcome: domain.ReconcilePunish,
		}
		full(t, want)
		keepDifferences(t, s, awkward, want, ports.Difference{User: user(1)})
		same(t, "Differences", differing(t, s, awkward, 0, 5), []ports.Difference{{User: user(1)}, want})
	})

	t.Run("differences come by user, page by page, and what is found meanwhile shifts nothing", func(t *testing.T) {
		s := h.open(t)
		keepDifferences(t, s, "walk", differenceOf(30, "c"), differenceOf(4, "a"), differenceOf(5, "b"))
		keepDifferences(t, s, "other", differenceOf(6, "of another"))
		same(t, "the first page", recordedOf(differing(t, s, "walk", 0, 2)), []string{"a", "b"})
		keepDifferences(t, s, "walk", differenceOf(3, "before"), differenceOf(100, "d"))
		same(t, "the second page", recordedOf(differing(t, s, "walk", 5, 2)), []string{"c", "d"})
		same(t, "behind the end", len(differing(t, s, "walk", 100, 2)), 0)
		same(t, "a page of nothing", len(differing(t, s, "walk", 0, 0)), 0)
	})

	t.Run("of a player who is found twice the last finding counts", func(t *testing.T) {
		s := h.open(t)
		keepDifferences(t, s, "walk", differenceOf(1, "first"), differenceOf(2, "two"), differenceOf(1, "second"))
		same(t, "Differences", recordedOf(differing(t, s, "walk", 0, 5)), []string{"second", "two"})
		keepDifferences(t, s, "walk", ports.Difference{User: user(1), Recorded: "third", Outcome: domain.ReconcileLeave})
		same(t, "Differences", differing(t, s, "walk", 0, 1), []ports.Difference{
			{User: user(1), Recorded: "third", Outcome: domain.ReconcileLeave},
		})
	})

	t.Run("what older sweeps found can be forgotten, again and again", func(t *testing.T) {
		s := h.open(t)
		for number := range int64(4) {
			keepDifferences(t, s, sweepOf(number+1).ID, differenceOf(1, "x"), differenceOf(2, "y"))
		}
		for range 2 {
			write(t, s, func(ctx context.Context, w ports.Writer) error { return w.DropDifferences(ctx, sweepOf(3).ID) })
		}
		var left []int
		for number := range int64(4) {
			left = append(left, len(differing(t, s, sweepOf(number+1).ID, 0, 5)))
		}
		same(t, "differences left of each", left, []int{0, 0, 2, 2})
	})

	t.Run("what was kept or forgotten inside a unit that fails was not", func(t *testing.T) {
		s := h.open(t)
		keepDifferences(t, s, "b", differenceOf(1, "kept"))
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			if err := w.KeepDifferences(ctx, "b", []ports.Difference{differenceOf(1, "lost"), differenceOf(2, "lost")}); err != nil {
				return err
			}
			if err := w.DropDifferences(ctx, "c"); err != nil {
				return err
			}
			return domain.ErrConflict
		})
		is(t, "Write", err, domain.ErrConflict)
		same(t, "Differences", recordedOf(differing(t, s, "b", 0, 5)), []string{"kept"})
	})

	t.Run("changing what was handed in or out does not change what is stored", func(t *testing.T) {
		s := h.open(t)
		given := differenceOf(1, "x")
		keepDifferences(t, s, "walk", given)
		given.Held[0] = "changed"
		differing(t, s, "walk", 0, 1)[0].Held[0] = "changed"
		same(t, "Differences", differing(t, s, "walk", 0, 1), []ports.Difference{differenceOf(1, "x")})
	})
}
