package memstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// TopPlayers ranks by points, then kos, then user; see ports.LeaderboardReader.
func (s *Store) TopPlayers(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error) {
	everybody := func(domain.Standing) bool { return true }
	return s.top(ctx, "rank players by points", limit, everybody, func(a, b ports.LeaderboardEntry) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(b.Kos, a.Kos))
	})
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
