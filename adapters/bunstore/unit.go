package bunstore

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Write runs fn in one transaction; see ports.UnitOfWork.
func (s *Store) Write(ctx context.Context, fn func(ctx context.Context, w ports.Writer) error) error {
	if !s.gate.enter() {
		return domain.ErrClosed
	}
	defer s.gate.leave()
	tx, err := s.begin(ctx)
	if err != nil {
		return translate(ctx, "begin a unit", err)
	}
	defer tx.Rollback() // also when fn panics; after a commit it does nothing
	u := &unit{tx: tx, dialect: s.dialect}
	if err := fn(ctx, u); err != nil {
		return err
	}
	if u.poison != nil {
		return u.poison
	}
	if err := ctx.Err(); err != nil {
		return translate(ctx, "commit a unit", err)
	}
	return translate(ctx, "commit a unit", tx.Commit())
}

func (s *Store) begin(ctx context.Context) (tx bun.Tx, err error) {
	err = s.anew(func() error {
		tx, err = s.write.BeginTx(ctx, &sql.TxOptions{})
		return err
	})
	return tx, err
}

// unit is the Writer of one transaction.
type unit struct {
	tx      bun.Tx
	dialect dialect
	poison  error // the first error of a call; nothing can be committed after it

	automationLocked bool
}

var _ ports.Writer = (*unit)(nil)

// do runs one call of the unit, unless an earlier one failed. An error poisons the unit.
func (u *unit) do(ctx context.Context, doing string, call func() error) error {
	if u.poison == nil {
		u.poison = translate(ctx, doing, call())
	}
	return u.poison
}
