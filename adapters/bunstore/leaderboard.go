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

// TopPlayers returns the best players behind a mark; see ports.LeaderboardReader.
func (s *Store) TopPlayers(ctx context.Context, after ports.Mark, limit int) ([]ports.LeaderboardEntry, error) {
	return s.leaders(ctx, limit, behind(after), "rank_points DESC, kos DESC, user_id")
}

// PlayersBefore returns the players before a mark, the nearest first; see ports.LeaderboardReader.
func (s *Store) PlayersBefore(ctx context.Context, mark ports.Mark, limit int) ([]ports.LeaderboardEntry, error) {
	return s.leaders(ctx, limit, before(mark), "rank_points, kos, user_id DESC")
}

// CountBetween counts the players between two marks; see ports.LeaderboardReader.
func (s *Store) CountBetween(ctx context.Context, after, upTo ports.Mark) (int64, error) {
	var n int64
	err := s.query(ctx, "count players", func() error {
		query := s.read.NewSelect().Model((*leaderRow)(nil)).ColumnExpr("count(*)").
			Where(notBanned).Where(s.dialect.isUser, int64(domain.MaxID))
		return before(upTo)(behind(after)(query)).Scan(ctx, &n)
	})
	return n, err
}

// EveryNth returns the marks of every n-th player; see ports.LeaderboardReader.
func (s *Store) EveryNth(ctx context.Context, n int) ([]ports.Mark, error) {
	var rows []leaderRow
	err := s.query(ctx, "read every n-th place", func() error {
		places := s.read.NewSelect().Model((*leaderRow)(nil)).Column("user_id", "rank_points", "kos").
			ColumnExpr("row_number() OVER (ORDER BY rank_points DESC, kos DESC, user_id) AS place").
			Where(notBanned).Where(s.dialect.isUser, int64(domain.MaxID))
		return s.read.NewSelect().TableExpr("(?) AS places", places).Column("user_id", "rank_points", "kos").
			Where("place % ? = 0", max(n, 1)).OrderExpr("place").Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	marks := make([]ports.Mark, len(rows))
	for i, r := range rows {
		marks[i] = leaderFromRow(r).Mark()
	}
	return marks, nil
}

// behind returns the condition for players behind a mark. Its first part is what an index can be entered at.
func behind(m ports.Mark) condition {
	return func(query *bun.SelectQuery) *bun.SelectQuery {
		if m == (ports.Mark{}) {
			return query
		}
		return query.Where("rank_points <= ?", m.Points).
			Where("rank_points < ? OR kos < ? OR (kos = ? AND user_id > ?)", m.Points, m.Kos, m.Kos, m.User.Int64())
	}
}

// before returns the condition for players before a mark.
func before(m ports.Mark) condition {
	return func(query *bun.SelectQuery) *bun.SelectQuery {
		return query.Where("rank_points >= ?", m.Points).
			Where("rank_points > ? OR kos > ? OR (kos = ? AND user_id < ?)", m.Points, m.Kos, m.Kos, m.User.Int64())
	}
}

// condition narrows a query down.
type condition func(*bun.SelectQuery) *bun.SelectQuery

// TopKos returns the players with the most kos; see ports.LeaderboardReader.
func (s *Store) TopKos(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error) {
	return s.leaders(ctx, limit, having("kos > 0"), "kos DESC, user_id")
}

// TopWos returns the players with the most wos; see ports.LeaderboardReader.
func (s *Store) TopWos(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error) {
	return s.leaders(ctx, limit, having("wos > 0"), "wos DESC, user_id")
}

func having(text string) condition {
	return func(query *bun.SelectQuery) *bun.SelectQuery { return query.Where(text) }
}

// leaders returns players in an order that one of the indexes has. Rows of numbers that are no user ids, which other programs may
// write, are left out.
func (s *Store) leaders(ctx context.Context, limit int, narrow condition, order string) ([]ports.LeaderboardEntry, error) {
	if limit <= 0 {
		return nil, s.query(ctx, "rank players", func() error { return nil })
	}
	var rows []leaderRow
	err := s.query(ctx, "rank players", func() error {
		query := s.read.NewSelect().Model(&rows).Where(notBanned).Where(s.dialect.isUser, int64(domain.MaxID))
		return narrow(query).OrderExpr(order).Limit(int64(limit)).Scan(ctx)
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
