package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// notApplied is, word for word, the condition of the index of decisions by status.
const notApplied = "status <> 'applied'"

// isAwaiting is, word for word, the condition of the index of decisions by their wait.
const isAwaiting = "status = 'awaiting_approval'"

// Decisions returns a page of the ledger; see ports.DecisionReader.
func (s *Store) Decisions(
	ctx context.Context, filter ports.DecisionFilter, before string, limit int,
) ([]ports.DecisionRecord, error) {
	var rows []decisionRow
	err := s.query(ctx, "list decisions", func() error {
		if limit <= 0 {
			return nil
		}
		query := chosen(s.read.NewSelect().Model(&rows), filter)
		if before != "" {
			query = query.Where("id < ?", before)
		}
		return query.OrderExpr("id DESC").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	return decisionsFromRows(ctx, rows)
}

func decisionsFromRows(ctx context.Context, rows []decisionRow) ([]ports.DecisionRecord, error) {
	records, err := each(rows, decisionFromRow)
	return records, translate(ctx, "list decisions", err)
}

// DueApprovals returns decisions that nobody approved in time; see ports.DecisionReader.
func (s *Store) DueApprovals(ctx context.Context, age time.Duration, after ports.Due, limit int) ([]ports.Due, error) {
	var rows []dueRow
	err := s.query(ctx, "look for approvals that are due", func() error {
		if limit <= 0 {
			return nil
		}
		query := s.read.NewSelect().TableExpr("decisions AS d").Column("user_id", "id").ColumnExpr("CAST(created_at AS TEXT) AS place").
			Where(isAwaiting).Where("created_at <= ?", s.dialect.ago(age))
		if after.Place != "" {
			query = query.Where("(created_at, id) > (?, ?)", after.Place, after.Decision)
		}
		return query.OrderExpr("created_at, id").Limit(int64(limit)).Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	return dueFromRows(rows), nil
}

// CountDecisions returns how many records the filter chooses; see ports.DecisionReader.
func (s *Store) CountDecisions(ctx context.Context, filter ports.DecisionFilter) (int64, error) {
	var n int64
	err := s.query(ctx, "count decisions", func() error {
		return chosen(s.read.NewSelect().Model((*decisionRow)(nil)).ColumnExpr("count(*)"), filter).Scan(ctx, &n)
	})
	return n, err
}

// chosen returns the query with a condition for everything that the filter sets.
func chosen(query *bun.SelectQuery, f ports.DecisionFilter) *bun.SelectQuery {
	if !f.User.IsZero() {
		query = query.Where("user_id = ?", f.User.Int64())
	}
	if !f.Actor.IsZero() {
		query = query.Where("actor_user_id = ?", f.Actor.Int64())
	}
	if f.Action != domain.ActionNone {
		query = query.Where("action = ?", f.Action.String())
	}
	if f.Status != "" {
		query = query.Where("status = ?", string(f.Status))
		if f.Status != domain.StatusApplied {
			query = query.Where(notApplied)
		}
	}
	if f.Policy != "" {
		query = query.Where("policy_revision = ?", f.Policy)
	}
	if f.Review != "" {
		query = query.Where("review_id = ?", f.Review)
	}
	if !f.Since.IsZero() {
		query = query.Where("created_at >= ?", stamp{f.Since})
	}
	if !f.Until.IsZero() {
		query = query.Where("created_at < ?", stamp{f.Until})
	}
	return query
}
