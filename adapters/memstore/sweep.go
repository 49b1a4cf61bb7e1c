package memstore

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// sweep is a sweep with the end of its lease. Its lists and maps are never changed.
type sweep struct {
	ports.Sweep

	until time.Time
}

// free reports whether the sweep can be leased.
func (s sweep) free(now time.Time) bool {
	return s.State == ports.SweepQueued || s.State == ports.SweepRunning && !now.Before(s.until)
}

// ClaimSweep leases a sweep; see ports.Sweeps.
func (s *Store) ClaimSweep(ctx context.Context, kind ports.SweepKind, lease time.Duration) (ports.Sweep, bool, error) {
	if err := s.takeTurn(ctx); err != nil {
		return ports.Sweep{}, false, fmt.Errorf("claim a sweep: %w", err)
	}
	defer s.endTurn()
	u, at := begin(&s.kept), now()
	for free := range u.sweeps.values() {
		if free.Kind != kind || !free.free(at) {
			continue
		}
		free.State, free.Term, free.until = ports.SweepRunning, free.Term+1, at.Add(lease)
		if free.StartedAt.IsZero() {
			free.StartedAt = at
		}
		u.sweeps.put(free.ID, free)
		if err := s.commit(ctx, u); err != nil {
			return ports.Sweep{}, false, err
		}
		return copyOfSweep(free.Sweep), true, nil
	}
	return ports.Sweep{}, false, nil
}

// RenewSweep moves the end of a lease; see ports.Sweeps.
func (s *Store) RenewSweep(ctx context.Context, id string, term int64, lease time.Duration) (bool, error) {
	if err := s.takeTurn(ctx); err != nil {
		return false, fmt.Errorf("renew the lease of a sweep: %w", err)
	}
	defer s.endTurn()
	u := begin(&s.kept)
	kept, _ := u.sweeps.get(id)
	if kept.State != ports.SweepRunning || kept.Term != term {
		return false, nil
	}
	kept.until = now().Add(lease)
	u.sweeps.put(id, kept)
	err := s.commit(ctx, u)
	return err == nil, err
}

// SweepUnderWay returns the sweep of that kind that is under way, and false when none is.
func (s *Store) SweepUnderWay(ctx context.Context, kind ports.SweepKind) (ports.Sweep, bool, error) {
	found, err := read(ctx, s, "look for a sweep under way", func(kept *tables) (ports.Sweep, error) {
		for _, found := range kept.sweeps {
			if found.Kind == kind && found.State.UnderWay() {
				return copyOfSweep(found.Sweep), nil
			}
		}
		return ports.Sweep{}, nil
	})
	return found, found.ID != "", err
}

// Sweep returns the sweep; domain.ErrNotFound when there is none of that id.
func (s *Store) Sweep(ctx context.Context, id string) (ports.Sweep, error) {
	return read(ctx, s, "read the sweep", func(kept *tables) (ports.Sweep, error) {
		found, ok := kept.sweeps[id]
		if !ok {
			return ports.Sweep{}, fmt.Errorf("read the sweep %q: %w", id, domain.ErrNotFound)
		}
		return copyOfSweep(found.Sweep), nil
	})
}

// Sweeps returns a page of sweeps, newest first; see ports.Sweeps.
func (s *Store) Sweeps(ctx context.Context, kind ports.SweepKind, before string, limit int) ([]ports.Sweep, error) {
	return read(ctx, s, "list sweeps", func(kept *tables) ([]ports.Sweep, error) {
		var sweeps []ports.Sweep
		for id, found := range kept.sweeps {
			if found.Kind == kind && (before == "" || id < before) {
				sweeps = append(sweeps, copyOfSweep(found.Sweep))
			}
		}
		slices.SortFunc(sweeps, func(a, b ports.Sweep) int { return cmp.Compare(b.ID, a.ID) })
		return sweeps[:min(max(limit, 0), len(sweeps))], nil
	})
}

func (u *unit) AddSweep(ctx context.Context, added ports.Sweep) (ports.Sweep, bool, error) {
	var inTheWay ports.Sweep
	err := u.call(ctx, "add the sweep", func() error {
		if _, ok := u.sweeps.get(added.ID); ok {
			return fmt.Errorf("the sweep %q exists: %w", added.ID, domain.ErrConflict)
		}
		added = copyOfSweep(added)
		for kept := range u.sweeps.values() {
			twin := added.Schedule != "" && kept.Schedule == added.Schedule
			if kept.Kind == added.Kind && (twin || kept.State.UnderWay() && inTheWay.ID == "") {
				inTheWay = copyOfSweep(kept.Sweep)
				if twin {
					return nil
				}
			}
		}
		if inTheWay.ID == "" {
			u.sweeps.put(added.ID, sweep{Sweep: added})
		}
		return nil
	})
	switch {
	case err != nil:
		return ports.Sweep{}, false, err
	case inTheWay.ID != "":
		return inTheWay, false, nil
	}
	return copyOfSweep(added), true, nil
}

func (u *unit) LockSweep(ctx context.Context, id string) (ports.Sweep, bool, error) {
	var kept sweep
	found := false
	err := u.call(ctx, "lock the sweep", func() error {
		kept, found = u.sweeps.get(id)
		return nil
	})
	return copyOfSweep(kept.Sweep), found, err
}

func (u *unit) SaveSweep(ctx context.Context, changed ports.Sweep) (bool, error) {
	saved := false
	err := u.call(ctx, "save the sweep", func() error {
		kept, ok := u.sweeps.get(changed.ID)
		if !ok || kept.Term != changed.Term {
			return nil
		}
		for other := range u.sweeps.values() {
			if other.ID != kept.ID && other.Kind == kept.Kind && other.State.UnderWay() && changed.State.UnderWay() {
				return fmt.Errorf("the sweep %q is under way: %w", other.ID, domain.ErrConflict)
			}
		}
		next := copyOfSweep(changed)
		next.Kind, next.Filter, next.Scope, next.Apply, next.Schedule = kept.Kind, kept.Filter, kept.Scope, kept.Apply, kept.Schedule
		next.CreatedAt, next.StartedAt = kept.CreatedAt, kept.StartedAt
		kept.Sweep = next
		if next.State != ports.SweepRunning {
			kept.Term, kept.until = kept.Term+1, time.Time{}
		}
		u.sweeps.put(kept.ID, kept)
		saved = true
		return nil
	})
	return saved, err
}

// copyOfSweep returns the sweep as it is kept: nothing in it is shared, what is empty is nil, and its instants are in the form of the
// domain.
func copyOfSweep(s ports.Sweep) ports.Sweep {
	s.Filter.Ranks = append([]string(nil), s.Filter.Ranks...)
	for _, t := range []*ports.Tally{&s.Found, &s.Reasons, &s.Decided} {
		*t = maps.Clone(*t)
		if len(*t) == 0 {
			*t = nil
		}
	}
	for _, at := range []*time.Time{
		&s.Filter.SeenSince, &s.Scope.Since, &s.Scope.Until, &s.CreatedAt, &s.StartedAt, &s.UpdatedAt, &s.EndedAt,
	} {
		*at = domain.Instant(*at)
	}
	return s
}
