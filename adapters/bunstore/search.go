package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// SearchPlayers looks for players; see ports.PlayerSearcher.
func (s *Store) SearchPlayers(
	ctx context.Context, filter ports.PlayerFilter, after domain.UserID, limit int,
) ([]domain.Standing, error) {
	var standings []domain.Standing
	err := s.query(ctx, "search players", func() error {
		if limit <= 0 {
			return nil
		}
		var rows []playerRow
		query := withStatus(s.read.NewSelect().Model(&rows).Where(s.dialect.isUser, int64(domain.MaxID)), filter.Status)
		if filter.Rank != "" {
			query = query.Where("rank = ?", filter.Rank)
		}
		if err := s.from(query, filter.Name, after).Limit(int64(limit)).Scan(ctx); err != nil {
			return err
		}
		var err error
		standings, err = each(rows, standingFromRow)
		return err
	})
	return standings, err
}

// from puts players into order and begins behind one of them.
func (s *Store) from(query *bun.SelectQuery, name string, after domain.UserID) *bun.SelectQuery {
	if name == "" {
		if !after.IsZero() {
			query = query.Where("user_id > (SELECT user_id FROM players WHERE user_id = ?)", after.Int64())
		}
		return query.OrderExpr("user_id")
	}
	lower := s.dialect.lowerName
	query = query.Where("? >= ?", lower("username"), lower("?", name)).
		Where("? < ?", lower("username"), lower("? || ?", name, string('\U0010ffff')))
	if !after.IsZero() {
		query = query.Where("(?, user_id) > (SELECT ?, user_id FROM players WHERE user_id = ?)",
			lower("username"), lower("username"), after.Int64())
	}
	return query.OrderExpr("?, user_id", lower("username"))
}

// withStatus narrows players down, in the words of the indexes that hold the few.
func withStatus(query *bun.SelectQuery, status ports.PlayerStatus) *bun.SelectQuery {
	switch status {
	case ports.PlayerClear:
		return query.Where("lower(punishment_status) IS NULL OR lower(punishment_status) NOT IN ('trial_punishment', 'punishment_severe')").
			Where("NOT on_hold")
	case ports.PlayerSuspended:
		return query.Where("lower(punishment_status) = 'trial_punishment'")
	case ports.PlayerBanned:
		return query.Where("lower(punishment_status) = 'punishment_severe'")
	case ports.PlayerOnHold:
		return query.Where("on_hold")
	case ports.PlayerAny:
	}
	return query
}
