package memstore

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func (u *unit) AddErasure(ctx context.Context, e ports.Erasure) (ports.Erasure, bool, error) {
	added := false
	err := u.call(ctx, "add an erasure", func() error {
		if _, ok := u.erasures.get(e.ID); ok {
			return fmt.Errorf("erasure %q exists: %w", e.ID, domain.ErrConflict)
		}
		for other := range u.erasures.values() {
			if e.Notification != "" && other.Notification == e.Notification {
				e = other
				return nil
			}
		}
		e.AskedAt, e.EndedAt = domain.Instant(e.AskedAt), domain.Instant(e.EndedAt)
		u.erasures.put(e.ID, e)
		added = true
		return nil
	})
	if err != nil {
		return ports.Erasure{}, false, err
	}
	return e, added, nil
}

func (u *unit) SaveErasure(ctx context.Context, e ports.Erasure) (bool, error) {
	saved := false
	err := u.call(ctx, "save an erasure", func() error {
		var stored ports.Erasure
		if stored, saved = u.erasures.get(e.ID); saved {
			stored.User, stored.State, stored.EndedAt = e.User, e.State, domain.Instant(e.EndedAt)
			stored.Banned = stored.Banned || e.Banned
			u.erasures.put(e.ID, stored)
		}
		return nil
	})
	return saved, err
}

func (u *unit) ErasuresOf(ctx context.Context, marks []string) ([]ports.Erasure, error) {
	var found []ports.Erasure
	err := u.call(ctx, "look for erasures", func() error {
		for e := range u.erasures.values() {
			if e.State != ports.ErasureLifted && slices.Contains(marks, e.Mark) {
				found = append(found, e)
			}
		}
		slices.SortFunc(found, compareErasures)
		return nil
	})
	return found, err
}

func compareErasures(a, b ports.Erasure) int { return cmp.Compare(a.ID, b.ID) }

// Erasure returns the erasure; domain.ErrNotFound when there is none of that id.
func (s *Store) Erasure(ctx context.Context, id string) (ports.Erasure, error) {
	return read(ctx, s, "read the erasure", func(kept *tables) (ports.Erasure, error) {
		e, ok := kept.erasures[id]
		if !ok {
			return ports.Erasure{}, fmt.Errorf("read the erasure %q: %w", id, domain.ErrNotFound)
		}
		return e, nil
	})
}

// Erasures returns a page of erasures; see ports.Erasures.
func (s *Store) Erasures(ctx context.Context, before string, limit int) ([]ports.Erasure, error) {
	return read(ctx, s, "list erasures", func(kept *tables) ([]ports.Erasure, error) {
		page := slices.SortedFunc(maps.Values(kept.erasures), func(a, b ports.Erasure) int { return compareErasures(b, a) })
		page = slices.DeleteFunc(page, func(e ports.Erasure) bool { return before != "" && e.ID >= before })
		return page[:min(max(limit, 0), len(page))], nil
	})
}

// QueuedErasures returns a page of erasures that are queued; see ports.Erasures.
func (s *Store) QueuedErasures(ctx context.Context, after string, limit int) ([]ports.Erasure, error) {
	return read(ctx, s, "look for erasures to be done", func(kept *tables) ([]ports.Erasure, error) {
		page := slices.SortedFunc(maps.Values(kept.erasures), compareErasures)
		page = slices.DeleteFunc(page, func(e ports.Erasure) bool { return e.State != ports.ErasureQueued || e.ID <= after })
		return page[:min(max(limit, 0), len(page))], nil
	})
}

// ErasureKeys returns which keys marks were made with; see ports.Erasures.
func (s *Store) ErasureKeys(ctx context.Context) ([]string, error) {
	return read(ctx, s, "look for the keys of erasures", func(kept *tables) ([]string, error) {
		var keys []string
		for _, e := range kept.erasures {
			if e.State != ports.ErasureLifted {
				keys = append(keys, e.KeyID)
			}
		}
		slices.Sort(keys)
		return slices.Compact(keys), nil
	})
}

// KeepErasureKey returns the key that is kept for marks; see ports.Erasures.
func (s *Store) KeepErasureKey(ctx context.Context, offered string) (string, error) {
	if err := s.takeTurn(ctx); err != nil {
		return "", fmt.Errorf("keep the key of erasures: %w", err)
	}
	defer s.endTurn()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept.erasureKey == "" { // also when "" is offered, which changes nothing
		s.kept.erasureKey = offered
	}
	return s.kept.erasureKey, nil
}
