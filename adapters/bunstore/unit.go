package bunstore

import (
	"context"
	"database/sql"
	"errors"

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
	if err := s.writing.take(ctx); err != nil {
		return translate(ctx, "wait for a unit", err)
	}
	defer s.writing.done()
	u, err := s.open(ctx)
	if err != nil {
		return translate(ctx, "begin a unit", err)
	}
	defer u.transaction.rollback() // also when fn panics; after a commit it does nothing
	if err := fn(ctx, u); err != nil {
		return err
	}
	if u.poison != nil {
		return u.poison
	}
	if err := ctx.Err(); err != nil && !u.committed() {
		return translate(ctx, "commit a unit", err)
	}
	return translate(ctx, "commit a unit", u.transaction.commit(ctx))
}

// open returns a unit whose transaction has begun, or begins with the first statement.
func (s *Store) open(ctx context.Context) (*unit, error) {
	if s.dialect.reports != nil {
		return s.openPg(ctx)
	}
	tx, err := s.begin(ctx)
	return &unit{tx: tx, transaction: bunTransaction{tx}, dialect: s.dialect}, err
}

func (s *Store) begin(ctx context.Context) (tx bun.Tx, err error) {
	err = s.anew(func() error {
		tx, err = s.write.BeginTx(ctx, &sql.TxOptions{})
		return err
	})
	return tx, err
}

// transaction is the transaction that a unit runs in.
type transaction interface {
	// begin sees to it that it has begun.
	begin(ctx context.Context) error
	commit(ctx context.Context) error
	// rollback ends it unless it has ended.
	rollback()
}

// bunTransaction has begun.
type bunTransaction struct{ tx bun.Tx }

func (t bunTransaction) begin(context.Context) error  { return nil }
func (t bunTransaction) commit(context.Context) error { return t.tx.Commit() }
func (t bunTransaction) rollback()                    { t.tx.Rollback() }

// unit is the Writer of one transaction.
type unit struct {
	transaction transaction
	pg          *pgTransaction // the same where statements are written by hand
	tx          bun.IDB        // runs the others in it
	dialect     dialect
	poison      error // the first error of a call; nothing can be committed after it
	over        bool  // the last call was made

	automationLocked bool
}

var _ ports.Writer = (*unit)(nil)

// do runs one call of the unit, unless an earlier one failed. An error poisons the unit.
func (u *unit) do(ctx context.Context, doing string, call func() error) error {
	return u.once(func() error {
		err := u.transaction.begin(ctx)
		if err == nil {
			err = call()
		}
		return translate(ctx, doing, err)
	})
}

// committed reports whether the last call committed the unit already.
func (u *unit) committed() bool { return u.pg != nil && u.pg.ended }

// send runs statements that are written by hand, in one go, as [unit.do] runs a call.
func (u *unit) send(ctx context.Context, doing string, calls ...*pgCall) error {
	return u.once(func() error { return translate(ctx, doing, u.pg.send(ctx, calls...)) })
}

// end does the same with the last statements, and commits.
func (u *unit) end(ctx context.Context, doing string, calls ...*pgCall) error {
	err := u.once(func() error { return translate(ctx, doing, u.pg.end(ctx, calls...)) })
	u.over = true
	return err
}

// once runs a call unless an earlier one failed, or was to be the last. An error poisons the unit.
func (u *unit) once(call func() error) error {
	if u.over && u.poison == nil {
		u.poison = internal(errors.New("a unit was used after its last call"))
	}
	if u.poison == nil {
		u.poison = call()
	}
	return u.poison
}
