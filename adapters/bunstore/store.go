package bunstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Store is a database. It is made by [OpenPostgres] or [OpenSQLite], keeps the promises of ports.Store and may be used from any
// goroutine.
type Store struct {
	write    *bun.DB // for units and leases
	read     *bun.DB // for everything else; the same as write on PostgreSQL
	writing  turns   // at a connection of write
	reading  turns   // likewise of read; the same as writing on PostgreSQL
	dialect  dialect
	migrator migrator
	gate     gate
	// unprepared is set once PostgreSQL's prepared statements turn out to be lost on the way; see pgSession.
	unprepared atomic.Bool

	tries int // how often work that changes nothing is begun anew when its connection turns out to be gone
}

var _ ports.Store = (*Store)(nil)

// newStore returns a store on pools of so many connections, which may be one pool.
func newStore(write, read *bun.DB, writers, readers int, d dialect, m migrator) *Store {
	s := &Store{write: write, read: read, dialect: d, migrator: m, writing: make(turns, writers)}
	s.reading = s.writing
	if read != write {
		s.reading = make(turns, readers)
	}
	return s
}

// Ping returns nil when the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.query(ctx, "ping the database", func() error {
		_, err := s.read.NewRaw(s.dialect.ping).Exec(ctx)
		return err
	})
}

// Close ends the store. Units and calls under way are waited for; every call after it returns domain.ErrClosed. It may be called
// twice.
func (s *Store) Close() error {
	if !s.gate.close() {
		return nil
	}
	var faults []error
	if s.read != s.write {
		faults = append(faults, s.read.Close())
	}
	faults = append(faults, s.write.Close()) // the last to close a SQLite file tidies it up, so it must be the one that may write
	if err := errors.Join(faults...); err != nil {
		return internal(fmt.Errorf("close the database: %w", err))
	}
	return nil
}

// query runs one statement on read and translates its error. The statement must be safe to repeat: when its connection turns out to be lost
// it is run again on another.
func (s *Store) query(ctx context.Context, doing string, statement func() error) error {
	return s.inTurn(ctx, s.reading, doing, statement)
}

// change does the same on write.
func (s *Store) change(ctx context.Context, doing string, statement func() error) error {
	return s.inTurn(ctx, s.writing, doing, statement)
}

func (s *Store) inTurn(ctx context.Context, turn turns, doing string, statement func() error) error {
	if !s.gate.enter() {
		return domain.ErrClosed
	}
	defer s.gate.leave()
	if err := turn.take(ctx); err != nil {
		return translate(ctx, doing, err)
	}
	defer turn.done()
	return translate(ctx, doing, s.anew(statement))
}

// anew runs fn, and again while the connection it was given turns out to be lost: after a restart of the database every connection
// of the pool is, and none of them knows.
func (s *Store) anew(fn func() error) error {
	err := fn()
	for range s.tries {
		if !lost(err) {
			return err
		}
		err = fn()
	}
	return err
}

// gate counts who is inside and lets nobody in once it is closed.
type gate struct {
	mutex  sync.Mutex
	inside sync.WaitGroup
	closed bool
}

// enter returns false when the gate is closed. Otherwise leave must follow.
func (g *gate) enter() bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.closed {
		return false
	}
	g.inside.Add(1)
	return true
}

func (g *gate) leave() { g.inside.Done() }

// close shuts the gate, waits until nobody is inside and returns whether it was open.
func (g *gate) close() bool {
	g.mutex.Lock()
	wasOpen := !g.closed
	g.closed = true
	g.mutex.Unlock()
	g.inside.Wait()
	return wasOpen
}
