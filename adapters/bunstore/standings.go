package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// ruleColumns are the columns of players that the rules look at. Everybody's are read in one walk, so the others are left where they are.
const ruleColumns = "user_id, version, rank, former_rank, rank_since, rank_points, warnings, served_warnings, punishment_status, " +
	"punishment_expires_at, owed_status, owed_until, owed_imposed, on_hold, rejected, decided_at, moves, growth, absent_since, last_synced_at"

// Standings returns a page of players; see ports.StandingReader. Rows of numbers that are no user ids, which other programs may write,
// are left out.
func (s *Store) Standings(
	ctx context.Context, filter ports.StandingFilter, after domain.UserID, limit int,
) ([]domain.Standing, error) {
	var rows []playerRow
	err := s.query(ctx, "read players in order", func() error {
		if limit <= 0 {
			return ctx.Err()
		}
		return s.standing(s.read.NewSelect().Model(&rows).ColumnExpr(ruleColumns), filter).
			Where("user_id > ?", after.Int64()).OrderExpr("user_id").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	standings, err := each(rows, standingFromRow)
	return standings, translate(ctx, "read players in order", err)
}

// CountStandings counts players; see ports.StandingReader.
func (s *Store) CountStandings(ctx context.Context, filter ports.StandingFilter) (int64, error) {
	var n int64
	err := s.query(ctx, "count players", func() error {
		return s.standing(s.read.NewSelect().TableExpr("players AS p").ColumnExpr("count(*)"), filter).Scan(ctx, &n)
	})
	return n, err
}

// standing returns the query with a condition for everything that the filter sets.
func (s *Store) standing(query *bun.SelectQuery, f ports.StandingFilter) *bun.SelectQuery {
	query = query.Where("user_id BETWEEN 1 AND ?", int64(domain.MaxID))
	if len(f.Ranks) > 0 {
		query = query.Where("rank IN (?)", bun.List(f.Ranks))
	}
	if points, given := f.MinPoints.Get(); given {
		query = query.Where("rank_points >= ?", points)
	}
	if !f.SeenSince.IsZero() {
		query = query.Where(s.dialect.isSeenSince, formatInstant(f.SeenSince))
	}
	return query
}
