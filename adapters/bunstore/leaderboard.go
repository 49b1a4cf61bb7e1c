package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// notBanned is, word for word, the condition of the leaderboards' indexes. A database uses such an index only for the same words.
const notBanned = "(lower(punishment_status) = 'punishment_severe') IS NOT TRUE"

// leaderRow is what leaderboards show of a row of players.
type leaderRow struct {
	bun.BaseModel `bun:"table:players,alias:p"`

	UserID       int64  `bun:"user_id"`
	Username     string `bun:"username"`
	Rank         string `bun:"rank"`
	Points       int64  `bun:"rank_points"`
	Kos          int64  `bun:"kos"`
	Wos          int64  `bun:"wos"`
	LastSyncedAt stamp  `bun:"last_synced_at"`
}

// TopPlayers returns the best players by points; see ports.LeaderboardReader.
func (s *Store) TopPlayers(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error) {
	return s.leaders(ctx, limit, "", "rank_points DESC, kos DESC, user_id")
}

// TopKos returns the players with the most kos; see ports.LeaderboardReader.
func (s *Store) TopKos(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error) {
	return s.leaders(ctx, limit, "kos > 0", "kos DESC, user_id")
}

// TopWos returns the players with the most wos; see ports.LeaderboardReader.
func (s *Store) TopWos(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error) {
	return s.leaders(ctx, limit, "wos > 0", "wos DESC, user_id")
}

// leaders returns players in an order that one of the indexes has. Rows of numbers that are no user ids, which other programs may
// write, are left out.
func (s *Store) leaders(ctx context.Context, limit int, condition, order string) ([]ports.LeaderboardEntry, error) {
	if limit <= 0 {
		return nil, s.query(ctx, "rank players", func() error { return nil })
	}
	var rows []leaderRow
	err := s.query(ctx, "rank players", func() error {
		query := s.read.NewSelect().Model(&rows).Where(notBanned).Where(s.dialect.isUser, int64(domain.MaxID))
		if condition != "" {
			query = query.Where(condition)
		}
		return query.OrderExpr(order).Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	entries := make([]ports.LeaderboardEntry, len(rows))
	for i, r := range rows {
		entries[i] = leaderFromRow(r)
	}
	return entries, nil
}

func leaderFromRow(r leaderRow) ports.LeaderboardEntry {
	return ports.LeaderboardEntry{
		UserID: userFromNumber(r.UserID), Username: r.Username, Rank: r.Rank,
		Points: r.Points, Kos: r.Kos, Wos: r.Wos, LastSyncedAt: r.LastSyncedAt.at,
	}
}
