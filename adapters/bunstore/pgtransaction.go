package bunstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
)

// rollbackTime is how long a connection may take to roll back before it is given up.
const rollbackTime = 5 * time.Second

// pgTransaction is a transaction of PostgreSQL that begins together with its first statement, which saves a way to the server and back.
type pgTransaction struct {
	store *Store
	unit  *unit
	conn  bun.Conn
	begun bool
}

// openPg returns a unit that has a connection and nothing more.
func (s *Store) openPg(ctx context.Context) (*unit, error) {
	u := &unit{dialect: s.dialect}
	u.pg = &pgTransaction{store: s, unit: u}
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
		err := s.run(ctx, !t.begun, calls...)
		t.begun = t.begun || s.TxStatus() != idle
		return err
	})
}

// idle is the status of a connection outside a transaction.
const idle = 'I'

func (t *pgTransaction) commit(ctx context.Context) error {
	if !t.begun {
		return nil
	}
	return t.store.onSession(t.conn, func(s pgSession) error {
		results, err := s.Exec(ctx, "COMMIT").ReadAll()
		if err == nil && (len(results) != 1 || results[0].CommandTag.String() != "COMMIT") {
			return errors.New("the server rolled the transaction back")
		}
		return err
	})
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
		return s.onSession(conn, func(session pgSession) error { return session.run(ctx, false, call()) })
	})
}
