package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
)

// Share changes what processes agree on; see ports.Budget. The row is locked while change is called.
func (s *Store) Share(ctx context.Context, name string, change func(kept string, now time.Time) (string, error)) error {
	if !s.gate.enter() {
		return domain.ErrClosed
	}
	defer s.gate.leave()
	if err := s.writing.take(ctx); err != nil {
		return translate(ctx, "wait to share a budget", err)
	}
	defer s.writing.done()
	tx, err := s.begin(ctx)
	if err != nil {
		return translate(ctx, "begin to share a budget", err)
	}
	defer tx.Rollback() // after a commit it does nothing
	kept, now, err := s.lockBudget(ctx, tx, name)
	if err != nil {
		return translate(ctx, "read a budget", err)
	}
	next, err := change(kept, now)
	if err != nil {
		return err
	}
	_, err = tx.NewRaw("UPDATE budgets SET state = ?, changed_at = ? WHERE name = ?", next, s.dialect.now, name).Exec(ctx)
	if err != nil {
		return translate(ctx, "write a budget", err)
	}
	return translate(ctx, "share a budget", tx.Commit())
}

// lockBudget returns what is kept under the name and the time, and locks the row, which is there from then on.
func (s *Store) lockBudget(ctx context.Context, tx bun.Tx, name string) (string, time.Time, error) {
	kept, now, err := s.budget(ctx, tx, name)
	if !errors.Is(err, sql.ErrNoRows) {
		return kept, now, err
	}
	if _, err = tx.NewRaw("INSERT INTO budgets (name) VALUES (?) ON CONFLICT (name) DO NOTHING", name).Exec(ctx); err != nil {
		return "", time.Time{}, err
	}
	return s.budget(ctx, tx, name)
}

func (s *Store) budget(ctx context.Context, tx bun.Tx, name string) (string, time.Time, error) {
	var row struct {
		State string  `bun:"state"`
		Now   instant `bun:"now"`
	}
	query := tx.NewSelect().Table("budgets").Column("state").ColumnExpr("? AS now", s.dialect.now).Where("name = ?", name)
	if s.dialect.rowLocks {
		query = query.For("UPDATE")
	}
	err := query.Scan(ctx, &row)
	return row.State, row.Now.at, err
}
