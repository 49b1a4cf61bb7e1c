package memstore

import (
	"context"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Standings returns a page of players in the order of users; see ports.StandingReader.
func (s *Store) Standings(
	ctx context.Context, filter ports.StandingFilter, after domain.UserID, limit int,
) ([]domain.Standing, error) {
	filter.SeenSince = domain.Instant(filter.SeenSince)
	return read(ctx, s, "read the standings", func(kept *tables) ([]domain.Standing, error) {
		var standings []domain.Standing
		for user, standing := range kept.players {
			if user.Int64() > after.Int64() && includes(filter, standing) {
				standings = append(standings, forRules(standing))
			}
		}
		slices.SortFunc(standings, func(a, b domain.Standing) int { return compareUsers(a.UserID, b.UserID) })
		return standings[:min(max(limit, 0), len(standings))], nil
	})
}

// CountStandings counts players; see ports.StandingReader.
func (s *Store) CountStandings(ctx context.Context, filter ports.StandingFilter) (int64, error) {
	filter.SeenSince = domain.Instant(filter.SeenSince)
	return read(ctx, s, "count the players", func(kept *tables) (int64, error) {
		n := int64(0)
		for _, standing := range kept.players {
			if includes(filter, standing) {
				n++
			}
		}
		return n, nil
	})
}

// includes reports whether everything that the filter sets holds for the player.
func includes(f ports.StandingFilter, s domain.Standing) bool {
	return (len(f.Ranks) == 0 || slices.Contains(f.Ranks, s.Rank)) &&
		s.Points >= f.MinPoints.Or(s.Points) &&
		!s.LastSyncedAt.Before(f.SeenSince)
}

// forRules returns the standing without what the rules do not look at.
func forRules(s domain.Standing) domain.Standing {
	return domain.Standing{
		UserID: s.UserID, Version: s.Version, Rank: s.Rank, FormerRank: s.FormerRank, RankSince: s.RankSince, Points: s.Points,
		Warnings: s.Warnings, Served: s.Served, Punishment: s.Punishment, Owed: s.Owed, Hold: s.Hold, DecidedAt: s.DecidedAt,
		Rejected: s.Rejected, Moves: s.Moves, Growth: s.Growth, AbsentSince: s.AbsentSince, LastSyncedAt: s.LastSyncedAt,
	}
}
