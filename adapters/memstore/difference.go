package memstore

import (
	"context"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// finding names a difference: which sweep found it, about whom.
type finding struct {
	sweep string
	user  domain.UserID
}

// found is a difference with its sweep. Its list is never changed.
type found struct {
	ports.Difference

	sweep string
}

// Differences returns a page of what a sweep found; see ports.DifferenceReader.
func (s *Store) Differences(ctx context.Context, sweep string, after domain.UserID, limit int) ([]ports.Difference, error) {
	return read(ctx, s, "read what a sweep found", func(kept *tables) ([]ports.Difference, error) {
		var page []ports.Difference
		for _, f := range kept.differences {
			if f.sweep == sweep && f.User.Int64() > after.Int64() {
				f.Held = slices.Clone(f.Held)
				page = append(page, f.Difference)
			}
		}
		slices.SortFunc(page, func(a, b ports.Difference) int { return int(a.User.Int64() - b.User.Int64()) })
		return page[:min(max(limit, 0), len(page))], nil
	})
}

func (u *unit) KeepDifferences(ctx context.Context, sweep string, differences []ports.Difference) error {
	return u.call(ctx, "keep what a sweep found", func() error {
		for _, d := range differences {
			d.Held = slices.Clone(d.Held)
			u.differences.put(finding{sweep, d.User}, found{d, sweep})
		}
		return nil
	})
}

func (u *unit) DropDifferences(ctx context.Context, before string) error {
	return u.call(ctx, "forget what sweeps found", func() error {
		for f := range u.differences.values() {
			if f.sweep < before {
				u.differences.remove(finding{f.sweep, f.User})
			}
		}
		return nil
	})
}
