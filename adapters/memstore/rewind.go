package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// rewound is what a rewind comes to for a player, with the rewind. Its list is never changed.
type rewound struct {
	ports.Rewound

	sweep string
}

// SnapshotSpan returns the ids between which later records stand; see ports.SnapshotReader.
func (s *Store) SnapshotSpan(ctx context.Context, since time.Time) (first, last int64, err error) {
	span, err := read(ctx, s, "look for a span of the history", func(kept *tables) (span [2]int64, _ error) {
		for _, history := range kept.history {
			for _, r := range history {
				if !r.Snapshot.Received().Before(since) && (span[0] == 0 || r.ID < span[0]) {
					span[0] = r.ID
				}
				span[1] = max(span[1], r.ID)
			}
		}
		if span[0] == 0 {
			span[0] = span[1]
		}
		return span, nil
	})
	return span[0], span[1], err
}

// ScopedSnapshots returns the records of a stretch that a scope chooses; see ports.SnapshotReader.
func (s *Store) ScopedSnapshots(ctx context.Context, scope ports.SnapshotScope, first, last int64) ([]ports.Rewound, error) {
	return read(ctx, s, "look for snapshots", func(kept *tables) ([]ports.Rewound, error) {
		var found []ports.Rewound
		for user, history := range kept.history {
			player := ports.Rewound{User: user, Outcome: ports.RewoundFound}
			for _, r := range history {
				if r.ID < first || r.ID > last || kept.disregarded[r.ID] != "" || !scope.Covers(r) {
					continue
				}
				if player.Snapshots++; player.First == 0 {
					player.First = r.ID
				}
			}
			if player.Snapshots > 0 {
				found = append(found, player)
			}
		}
		slices.SortFunc(found, byUser)
		return found, nil
	})
}

// DeliveredBy reports whether a key delivered a record of a stretch; see ports.SnapshotReader.
func (s *Store) DeliveredBy(ctx context.Context, principal string, first, last int64) (bool, error) {
	return read(ctx, s, "look for reports of a key", func(kept *tables) (bool, error) {
		for _, history := range kept.history {
			for _, r := range history {
				if r.ID >= first && r.ID <= last && r.Request.Principal == principal {
					return true, nil
				}
			}
		}
		return false, nil
	})
}

// FirstDisregarded returns the first record of a player that does not count; see ports.SnapshotReader.
func (s *Store) FirstDisregarded(ctx context.Context, user domain.UserID) (int64, error) {
	return read(ctx, s, "look for what does not count", func(kept *tables) (int64, error) {
		for _, r := range kept.history[user] {
			if kept.disregarded[r.ID] != "" {
				return r.ID, nil
			}
		}
		return 0, nil
	})
}

// Rewound returns a page of what a rewind comes to; see ports.RewoundReader.
func (s *Store) Rewound(
	ctx context.Context, sweep string, outcomes []ports.RewoundOutcome, after domain.UserID, limit int,
) ([]ports.Rewound, error) {
	return read(ctx, s, "read what a rewind comes to", func(kept *tables) ([]ports.Rewound, error) {
		var page []ports.Rewound
		for _, r := range kept.rewound {
			wanted := len(outcomes) == 0 || slices.Contains(outcomes, r.Outcome)
			if r.sweep == sweep && wanted && r.User.Int64() > after.Int64() {
				page = append(page, copyOfRewound(r.Rewound))
			}
		}
		slices.SortFunc(page, byUser)
		return page[:min(max(limit, 0), len(page))], nil
	})
}

// CountRewound returns how many players a rewind keeps; see ports.RewoundReader.
func (s *Store) CountRewound(ctx context.Context, sweep string) (int64, error) {
	return read(ctx, s, "count whom a rewind found", func(kept *tables) (n int64, _ error) {
		for _, r := range kept.rewound {
			if r.sweep == sweep {
				n++
			}
		}
		return n, nil
	})
}

func byUser(a, b ports.Rewound) int { return int(a.User.Int64() - b.User.Int64()) }

func (u *unit) SnapshotsFrom(
	ctx context.Context, user domain.UserID, after int64, limit int,
) (page []ports.SnapshotRecord, err error) {
	err = u.call(ctx, "read on in the history", func() error {
		take := func(r ports.SnapshotRecord) {
			if r.Snapshot.UserID() == user && r.ID > after && len(page) < limit {
				r.Disregarded, _ = u.disregarded.get(r.ID)
				page = append(page, r)
			}
		}
		for _, r := range u.kept.history[user] {
			take(r)
		}
		for _, r := range u.appended {
			take(r)
		}
		return nil
	})
	return page, err
}

func (u *unit) LatestBound(ctx context.Context, user domain.UserID) (bound string, err error) {
	err = u.call(ctx, "look for the bound of the newest report", func() error {
		for _, r := range slices.Concat(u.kept.history[user], u.appended) {
			by, _ := u.disregarded.get(r.ID)
			if r.Snapshot.UserID() == user && by == "" && r.Outcome != domain.FoldStale {
				bound = r.MaxRank
			}
		}
		return nil
	})
	return bound, err
}

func (u *unit) DisregardSnapshots(ctx context.Context, ids []int64, rewind string) error {
	return u.call(ctx, "take snapshots out of account", func() error {
		known := make(map[int64]bool)
		for _, history := range u.kept.history {
			for _, r := range history {
				known[r.ID] = true
			}
		}
		for _, r := range u.appended {
			known[r.ID] = true
		}
		for _, id := range ids {
			if by, _ := u.disregarded.get(id); by == "" && known[id] {
				u.disregarded.put(id, rewind)
			}
		}
		return nil
	})
}

func (u *unit) AddRewound(ctx context.Context, sweep string, players []ports.Rewound) error {
	return u.call(ctx, "keep whom a rewind found", func() error {
		for _, p := range players {
			key, added := finding{sweep, p.User}, copyOfRewound(p)
			if kept, ok := u.rewound.get(key); ok {
				added = kept.Rewound
				added.Snapshots += p.Snapshots
			}
			u.rewound.put(key, rewound{added, sweep})
		}
		return nil
	})
}

func (u *unit) KeepRewound(ctx context.Context, sweep string, players []ports.Rewound) error {
	return u.call(ctx, "keep what a rewind comes to", func() error {
		for _, p := range players {
			u.rewound.put(finding{sweep, p.User}, rewound{copyOfRewound(p), sweep})
		}
		return nil
	})
}

// copyOfRewound returns it as it is kept: nothing in it is shared, and its instants are in the form of the domain.
func copyOfRewound(r ports.Rewound) ports.Rewound {
	r.Decisions = append([]ports.RewoundDecision(nil), r.Decisions...)
	r.Before.Punishment.Until = domain.Instant(r.Before.Punishment.Until)
	r.After.Punishment.Until = domain.Instant(r.After.Punishment.Until)
	return r
}
