package memstore

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// TopPlayers ranks by points, then kos, then user, behind a mark; see ports.LeaderboardReader.
func (s *Store) TopPlayers(ctx context.Context, after ports.Mark, limit int) ([]ports.LeaderboardEntry, error) {
	behind := func(standing domain.Standing) bool {
		return after == (ports.Mark{}) || ahead(after, entryOf(standing).Mark())
	}
	return s.top(ctx, "rank players by points", limit, behind, byPoints)
}

// PlayersBefore returns the players before a mark, the nearest first; see ports.LeaderboardReader.
func (s *Store) PlayersBefore(ctx context.Context, mark ports.Mark, limit int) ([]ports.LeaderboardEntry, error) {
	before := func(standing domain.Standing) bool { return ahead(entryOf(standing).Mark(), mark) }
	entries, err := s.top(ctx, "rank players by points", math.MaxInt, before, byPoints)
	slices.Reverse(entries)
	return entries[:min(max(limit, 0), len(entries))], err
}

// CountBetween counts the players between two marks; see ports.LeaderboardReader.
func (s *Store) CountBetween(ctx context.Context, after, before ports.Mark) (int64, error) {
	entries, err := s.TopPlayers(ctx, after, math.MaxInt)
	n := int64(0)
	for _, e := range entries {
		if ahead(e.Mark(), before) {
			n++
		}
	}
	return n, err
}

// EveryNth returns the marks of every n-th player; see ports.LeaderboardReader.
func (s *Store) EveryNth(ctx context.Context, n int) ([]ports.Mark, error) {
	entries, err := s.TopPlayers(ctx, ports.Mark{}, math.MaxInt)
	var marks []ports.Mark
	for i, e := range entries {
		if (i+1)%max(n, 1) == 0 {
			marks = append(marks, e.Mark())
		}
	}
	return marks, err
}

func byPoints(a, b ports.LeaderboardEntry) int {
	return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(b.Kos, a.Kos))
}

// ahead reports whether a stands before b.
func ahead(a, b ports.Mark) bool {
	return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(b.Kos, a.Kos), compareUsers(a.User, b.User)) < 0
}

// TopKos ranks by kos, then user; see ports.LeaderboardReader.
func (s *Store) TopKos(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error) {
	withKos := func(standing domain.Standing) bool { return standing.Kos > 0 }
	return s.top(ctx, "rank players by kos", limit, withKos, func(a, b ports.LeaderboardEntry) int {
		return cmp.Compare(b.Kos, a.Kos)
	})
}

// TopWos ranks by wos, then user; see ports.LeaderboardReader.
func (s *Store) TopWos(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error) {
	withWos := func(standing domain.Standing) bool { return standing.Wos > 0 }
	return s.top(ctx, "rank players by wos", limit, withWos, func(a, b ports.LeaderboardEntry) int {
		return cmp.Compare(b.Wos, a.Wos)
	})
}

// top returns up to limit of the players who are not banned and pass the filter, in the order of better, then of user.
func (s *Store) top(
	ctx context.Context, doing string, limit int,
	filter func(domain.Standing) bool, better func(a, b ports.LeaderboardEntry) int,
) ([]ports.LeaderboardEntry, error) {
	return read(ctx, s, doing, func(kept *tables) ([]ports.LeaderboardEntry, error) {
		var entries []ports.LeaderboardEntry
		for _, standing := range kept.players {
			if standing.Punishment.Status != domain.PunishmentSevere && filter(standing) {
				entries = append(entries, entryOf(standing))
			}
		}
		slices.SortFunc(entries, func(a, b ports.LeaderboardEntry) int {
			return cmp.Or(better(a, b), compareUsers(a.UserID, b.UserID))
		})
		return entries[:min(max(limit, 0), len(entries))], nil
	})
}

func entryOf(s domain.Standing) ports.LeaderboardEntry {
	return ports.LeaderboardEntry{
		UserID: s.UserID, Username: s.Username, Rank: s.Rank,
		Points: s.Points, Kos: s.Kos, Wos: s.Wos, LastSyncedAt: s.LastSyncedAt,
	}
}
