package bunstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// rollbackTime is how long a connection may take to roll back before it is given up.
const rollbackTime = 5 * time.Second

// pgTransaction is a transaction of PostgreSQL that begins together with its first statement, and may be committed together with its last:
// each saves a way to the server and back.
type pgTransaction struct {
	store *Store
	unit  *unit
	conn  bun.Conn
	begun bool
	ended bool                    // it was committed with its last statement
	held  map[domain.UserID]int64 // the versions of the players that it locked
}

// openPg returns a unit on a connection of its own, whose transaction begins with its first statement.
func (s *Store) openPg(ctx context.Context) (*unit, error) {
	u := &unit{dialect: s.dialect}
	u.pg = &pgTransaction{store: s, unit: u, held: make(map[domain.UserID]int64)}
	u.transaction = u.pg
	return u, s.anew(func() error { return u.pg.connect(ctx) })
}

func (t *pgTransaction) connect(ctx context.Context) error {
	conn, err := t.store.write.Conn(ctx)
	if err == nil {
		t.conn, t.unit.tx = conn, conn
	}
	return err
}

func (t *pgTransaction) begin(ctx context.Context) error {
	if t.begun {
		return nil
	}
	return t.send(ctx)
}

// send runs statements in one go. While the transaction has not begun, it does so on another connection if this one turns out to be lost:
// nothing can have happened yet.
func (t *pgTransaction) send(ctx context.Context, calls ...*pgCall) error {
	err := t.try(ctx, calls)
	for range t.store.tries {
		if t.begun || !lost(err) {
			break
		}
		t.conn.Close()
		if err = t.connect(ctx); err == nil {
			err = t.try(ctx, calls)
		}
	}
	return err
}

func (t *pgTransaction) try(ctx context.Context, calls []*pgCall) error {
	return t.store.onSession(t.conn, func(s pgSession) error {
		if !t.begun {
			calls = slices.Concat([]*pgCall{{statement: pgBegin}}, calls)
		}
		err := s.run(ctx, calls...)
		t.begun = t.begun || s.TxStatus() != idle
		return err
	})
}

// idle is the status of a connection outside a transaction.
const idle = 'I'

func (t *pgTransaction) commit(ctx context.Context) error {
	if !t.begun || t.ended {
		return nil
	}
	return t.end(ctx)
}

// end runs the last statements of a transaction that has begun, and commits it unless one of them fails: then the server does not come to
// the commit.
func (t *pgTransaction) end(ctx context.Context, calls ...*pgCall) error {
	calls = append(calls, &pgCall{statement: pgCommit, tag: pgCommit.text}) // a transaction that failed is rolled back instead, and it says so
	err := t.store.onSession(t.conn, func(s pgSession) error { return s.run(ctx, calls...) })
	t.ended = err == nil
	return err
}

// hold remembers players that were locked.
func (t *pgTransaction) hold(standings []domain.Standing) {
	for _, s := range standings {
		t.held[s.UserID] = s.Version
	}
}

// holds reports whether each of the players is new or locked, and saved as it was found: then what saves them cannot miss one, but for new
// ones that are not, which is an error of the statement.
func (t *pgTransaction) holds(standings []ports.PlacedStanding) bool {
	for _, s := range standings {
		if version, held := t.held[s.Standing.UserID]; s.Standing.Version != 0 && (!held || version != s.Standing.Version) {
			return false
		}
	}
	return t.begun
}

// rollback gives the connection back, outside any transaction.
func (t *pgTransaction) rollback() {
	defer t.conn.Close()
	t.store.onSession(t.conn, func(s pgSession) error { //nolint:errcheck // a connection that fails is closed, which rolls back too
		if s.IsClosed() || s.TxStatus() == idle {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
		defer cancel()
		if _, err := s.Exec(ctx, "ROLLBACK").ReadAll(); err != nil {
			return s.Close(ctx)
		}
		return nil
	})
}

// onSession runs fn on the session of a connection.
func (s *Store) onSession(conn bun.Conn, fn func(s pgSession) error) error {
	return conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("a connection to PostgreSQL is a %T, want pgx's", driver)
		}
		return fn(pgSession{c.Conn().PgConn(), &s.unprepared})
	})
}

// ask runs a statement that only reads, outside a unit.
func (s *Store) ask(ctx context.Context, doing string, call func() *pgCall) error {
	return s.query(ctx, doing, func() error {
		conn, err := s.read.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		return s.onSession(conn, func(session pgSession) error { return session.run(ctx, call()) })
	})
}
