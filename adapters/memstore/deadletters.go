package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/grps/grps/ports"
)

// DeadEntries returns dead entries, the youngest place first; see ports.DeadLetters.
func (s *Store) DeadEntries(ctx context.Context, filter ports.DeadFilter, before int64, limit int) ([]ports.DeadEntry, error) {
	return read(ctx, s, "list dead effects", func(kept *tables) ([]ports.DeadEntry, error) {
		var entries []ports.DeadEntry
		for _, places := range kept.places {
			for i := range places {
				if p := &places[i]; p.isDead(filter) && (before == 0 || p.id < before) {
					entries = append(entries, ports.DeadEntry{
						ID: p.id, Entry: p.entry, Attempts: max(1, p.attempts-p.returned), Reason: p.reason, EnqueuedAt: p.enqueuedAt, DeadAt: p.diedAt,
					})
				}
			}
		}
		slices.SortFunc(entries, func(a, b ports.DeadEntry) int { return cmp.Compare(b.ID, a.ID) })
		return entries[:min(max(limit, 0), len(entries))], nil
	})
}

// isDead reports whether the wish was given up and the filter chooses it.
func (p *place) isDead(f ports.DeadFilter) bool {
	return p.dead &&
		(f.Kind == 0 || f.Kind == p.entry.Effect.Kind) &&
		(f.Target == "" || f.Target == p.entry.Target) &&
		(len(f.IDs) == 0 || slices.Contains(f.IDs, p.id))
}

// ReviveEntries makes dead entries due again; see ports.DeadLetters.
func (s *Store) ReviveEntries(ctx context.Context, filter ports.DeadFilter) (ports.Revival, error) {
	if err := s.takeTurn(ctx); err != nil {
		return ports.Revival{}, fmt.Errorf("revive effects: %w", err)
	}
	defer s.endTurn()
	u, at := begin(&s.kept), now()
	var done ports.Revival
	for _, places := range s.kept.places {
		for i := range places {
			p := &places[i]
			switch {
			case !p.isDead(filter):
			case p.entry.Effect.Kind.Settles():
				done.Settled++
			default:
				done.Revived++
				u.putPlace(place{id: p.id, generation: p.generation + 1, wish: p.wish, entry: p.entry, enqueuedAt: at, due: at})
			}
		}
	}
	if err := s.commit(ctx, u); err != nil {
		return ports.Revival{}, err
	}
	return done, nil
}
