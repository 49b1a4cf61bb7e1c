package memstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Store is a ports.Store in memory. Its methods may be called from any goroutine.
type Store struct {
	turn      chan struct{} // holds one token while a writer is at work; a channel, so that waiting for it counts as idle in a bubble
	closed    chan struct{} // closed by the first Close
	closeOnce sync.Once

	mu   sync.RWMutex // guards kept, for moments only: never while a function of the caller runs
	kept tables
}

var _ ports.Store = (*Store)(nil)

// tables is what was committed.
type tables struct {
	players     map[domain.UserID]domain.Standing
	history     map[domain.UserID][]ports.SnapshotRecord // in the order of writing, without hash and answer
	answers     map[ports.RequestKey]ports.StoredAnswer
	decisions   map[string]ports.DecisionRecord
	transitions map[string][]ports.Transition // of each decision, first to last; a list is replaced, never changed
	policies    map[string]string             // documents by revision
	open        map[domain.UserID]string      // the id of the player's open decision
	budgets     map[string]string
	nonces      map[string]time.Time      // until when each is kept
	places      map[domain.UserID][]place // of each player; a list is replaced, never changed
	sweeps      map[string]sweep
	differences map[finding]found
	disregarded map[int64]string // the rewind that took a record of the history out of account
	rewound     map[finding]rewound
	findings    map[string]ports.FindingRecord
	automation  domain.Automation
	erasures    map[string]ports.Erasure
	erasureKey  string
	last        counters
}

// counters are the numbers that were given out last.
type counters struct {
	snapshot int64
	place    int64
	wish     int64
}

// New returns an empty store. What is written to it lives as long as the value.
func New() *Store {
	return &Store{
		turn:   make(chan struct{}, 1),
		closed: make(chan struct{}),
		kept: tables{
			players:     make(map[domain.UserID]domain.Standing),
			history:     make(map[domain.UserID][]ports.SnapshotRecord),
			answers:     make(map[ports.RequestKey]ports.StoredAnswer),
			decisions:   make(map[string]ports.DecisionRecord),
			transitions: make(map[string][]ports.Transition),
			policies:    make(map[string]string),
			open:        make(map[domain.UserID]string),
			budgets:     make(map[string]string),
			nonces:      make(map[string]time.Time),
			places:      make(map[domain.UserID][]place),
			sweeps:      make(map[string]sweep),
			differences: make(map[finding]found),
			findings:    make(map[string]ports.FindingRecord),
			disregarded: make(map[int64]string),
			rewound:     make(map[finding]rewound),
			erasures:    make(map[string]ports.Erasure),
		},
	}
}

// Write runs fn in one unit; see ports.UnitOfWork.
func (s *Store) Write(ctx context.Context, fn func(ctx context.Context, w ports.Writer) error) error {
	if err := s.takeTurn(ctx); err != nil {
		return fmt.Errorf("begin a unit: %w", err)
	}
	defer s.endTurn()
	u := begin(&s.kept)
	defer u.end()
	if err := fn(ctx, u); err != nil {
		return err
	}
	return s.commit(ctx, u)
}

// AwaitUnits waits for the unit under way; see ports.UnitOfWork.
func (s *Store) AwaitUnits(ctx context.Context) error {
	if err := s.takeTurn(ctx); err != nil {
		return fmt.Errorf("wait for units: %w", err)
	}
	s.endTurn()
	return nil
}

func (s *Store) commit(ctx context.Context, u *unit) error {
	if u.poison != nil {
		return u.poison
	}
	if err := ended(ctx); err != nil {
		return fmt.Errorf("commit a unit: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u.commit()
	return nil
}

// Ping returns nil as long as the store is open.
func (s *Store) Ping(ctx context.Context) error {
	_, err := read(ctx, s, "ping", func(*tables) (struct{}, error) { return struct{}{}, nil })
	return err
}

// Close waits for the unit under way and ends the store. It may be called twice, but not inside a unit.
func (s *Store) Close() error {
	s.closeOnce.Do(func() { close(s.closed) })
	s.turn <- struct{}{}
	s.endTurn()
	return nil
}

// takeTurn waits until no other writer is at work. Whoever waits when the store is closed is turned away.
func (s *Store) takeTurn(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
	case <-s.closed:
		return domain.ErrClosed
	case <-ctx.Done():
		return ended(ctx)
	}
	if err := s.ready(ctx); err != nil {
		s.endTurn()
		return err
	}
	return nil
}

func (s *Store) endTurn() { <-s.turn }

// ready returns nil when the store is open and ctx has not ended.
func (s *Store) ready(ctx context.Context) error {
	select {
	case <-s.closed:
		return domain.ErrClosed
	default:
		return ended(ctx)
	}
}

// read runs fn on what was committed.
func read[T any](ctx context.Context, s *Store, doing string, fn func(kept *tables) (T, error)) (T, error) {
	if err := s.ready(ctx); err != nil {
		var none T
		return none, fmt.Errorf("%s: %w", doing, err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return fn(&s.kept)
}

// ended returns nil, or an error of kind unavailable when ctx has ended.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &domain.Error{
			Kind: domain.KindUnavailable, Code: domain.ErrUnavailable.Code,
			Message: "the request ended before its work was done; repeat it", Cause: err,
		}
	}
	return nil
}

// now is the store's clock.
func now() time.Time { return domain.Instant(time.Now()) }
