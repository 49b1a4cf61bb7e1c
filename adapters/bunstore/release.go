package bunstore

import (
	"context"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// isSuspended is, word for word, the condition of the index of players by release.
const isSuspended = "lower(punishment_status) = 'trial_punishment'"

// DueReleases returns players whose suspension is over; see ports.StandingReader. Rows of numbers that are no user ids, which other
// programs may write, are left out.
func (s *Store) DueReleases(ctx context.Context, after ports.Due, limit int) ([]ports.Due, error) {
	var rows []dueRow
	err := s.query(ctx, "look for suspensions that are over", func() error {
		if limit <= 0 {
			return nil
		}
		query := s.read.NewSelect().TableExpr("players AS p").Column("user_id").ColumnExpr("CAST(punishment_expires_at AS TEXT) AS place").
			Where(isSuspended).Where(s.dialect.isOver).Where(s.dialect.isUser, int64(domain.MaxID)).
			Where("NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.user_id = p.user_id AND "+isOpen+" AND d.status = ?)", string(domain.StatusPending))
		if after.Place != "" {
			query = query.Where("(punishment_expires_at, user_id) > (?, ?)", after.Place, after.User.Int64())
		}
		return query.OrderExpr("punishment_expires_at, user_id").Limit(int64(limit)).Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	return dueFromRows(rows), nil
}
