package app_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

var errFaulty = &domain.Error{Kind: domain.KindUnavailable, Code: "faulty", Message: "the store lost its disk"}

// faultyStore is a store of which the n-th call inside units fails, once.
type faultyStore struct {
	ports.Store
	failAt int // counts down with each call; 0 and below never fail
}

func (s *faultyStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return s.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error { return fn(ctx, &faultyWriter{w, s}) })
}

func (s *faultyStore) next() error {
	s.failAt--
	if s.failAt == 0 {
		return errFaulty
	}
	return nil
}

// faultyWriter passes every call on, unless it is the one that fails.
type faultyWriter struct {
	ports.Writer
	store *faultyStore
}

func (w *faultyWriter) LockStandings(ctx context.Context, users []domain.UserID) ([]domain.Standing, error) {
	if err := w.store.next(); err != nil {
		return nil, err
	}
	return w.Writer.LockStandings(ctx, users)
}

func (w *faultyWriter) SaveStandings(ctx context.Context, standings []ports.PlacedStanding) error {
	if err := w.store.next(); err != nil {
		return err
	}
	return w.Writer.SaveStandings(ctx, standings)
}

func (w *faultyWriter) AppendSnapshots(ctx context.Context, records []ports.SnapshotRecord) ([]int64, error) {
	if err := w.store.next(); err != nil {
		return nil, err
	}
	return w.Writer.AppendSnapshots(ctx, records)
}

func (w *faultyWriter) Answers(ctx context.Context, keys []ports.RequestKey) (map[ports.RequestKey]ports.StoredAnswer, error) {
	if err := w.store.next(); err != nil {
		return nil, err
	}
	return w.Writer.Answers(ctx, keys)
}

func (w *faultyWriter) OpenDecisions(ctx context.Context, users []domain.UserID) ([]ports.DecisionRecord, error) {
	if err := w.store.next(); err != nil {
		return nil, err
	}
	return w.Writer.OpenDecisions(ctx, users)
}

func (w *faultyWriter) DecisionsFrom(
	ctx context.Context, user domain.UserID, from string, limit int,
) ([]ports.DecisionRecord, error) {
	if err := w.store.next(); err != nil {
		return nil, err
	}
	return w.Writer.DecisionsFrom(ctx, user, from, limit)
}

func (w *faultyWriter) AddDecisions(ctx context.Context, records []ports.DecisionRecord) error {
	if err := w.store.next(); err != nil {
		return err
	}
	return w.Writer.AddDecisions(ctx, records)
}

func (w *faultyWriter) MoveDecision(ctx context.Context, id string, next ports.Transition) (bool, error) {
	if err := w.store.next(); err != nil {
		return false, err
	}
	return w.Writer.MoveDecision(ctx, id, next)
}

func (w *faultyWriter) ReviveDecision(ctx context.Context, id string, next ports.Transition) (bool, error) {
	if err := w.store.next(); err != nil {
		return false, err
	}
	return w.Writer.ReviveDecision(ctx, id, next)
}

func (w *faultyWriter) Enqueue(ctx context.Context, entries []ports.OutboxEntry) error {
	if err := w.store.next(); err != nil {
		return err
	}
	return w.Writer.Enqueue(ctx, entries)
}

func (w *faultyWriter) Waiting(ctx context.Context, user domain.UserID) ([]ports.OutboxEntry, error) {
	if err := w.store.next(); err != nil {
		return nil, err
	}
	return w.Writer.Waiting(ctx, user)
}

func (w *faultyWriter) Settle(ctx context.Context, settlement ports.Settlement) (bool, error) {
	if err := w.store.next(); err != nil {
		return false, err
	}
	return w.Writer.Settle(ctx, settlement)
}

func TestARequestIsStoredWholeOrNotAtAll(t *testing.T) {
	for name, ask := range map[string]func(b *bench) error{
		"ingest": func(b *bench) error {
			_, err := b.service.Ingest(b.t.Context(), ports.IngestRequest{Report: b.report(7, 250, warnings(4)), Apply: true, Key: "k"})
			return err
		},
		"decide": func(b *bench) error {
			_, err := b.service.Decide(b.t.Context(), ports.DecideRequest{User: userID(b.t, 7), Apply: true})
			return err
		},
		"order": func(b *bench) error {
			_, err := b.ask(domain.Order{Action: domain.ActionSuspend})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for n := 1; ; n++ {
					store := &faultyStore{Store: memstore.New()}
					b := newBenchOn(t, store, app.Remote{Roles: newGroup().mock()})
					b.apply(b.report(7, 450, rank("Sergeant"))) // waits for approval, so that the next decision closes one
					b.ingest(ports.IngestRequest{Report: b.report(7, 250)})
					before := b.standing(7)
					store.failAt = n
					err := ask(b)
					if err == nil {
						if n < 6 {
							t.Errorf("only %d calls were seen", n-1)
						}
						return
					}
					depth, _ := store.Depth(t.Context())
					if !errors.Is(err, errFaulty) || b.standing(7) != before || depth.Waiting != 0 {
						t.Errorf("call %d failed: got %v, %d effects, standing %+v, want %v and nothing changed", n, err, depth.Waiting, b.standing(7), errFaulty)
					}
				}
			})
		})
	}
}

// blindStore is a store in which the first look for an earlier answer comes too early.
type blindStore struct {
	ports.Store
	looked bool
}

func (s *blindStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return s.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error { return fn(ctx, &blindWriter{w, s}) })
}

type blindWriter struct {
	ports.Writer
	store *blindStore
}

func (w *blindWriter) Answers(ctx context.Context, keys []ports.RequestKey) (map[ports.RequestKey]ports.StoredAnswer, error) {
	if !w.store.looked {
		w.store.looked = true
		return map[ports.RequestKey]ports.StoredAnswer{}, nil
	}
	return w.Writer.Answers(ctx, keys)
}

func TestTwoFirstUsesOfAKeyAtOnceAreOne(t *testing.T) {
	inner := memstore.New()
	first := newBenchOn(t, inner, app.Remote{})
	request := ports.IngestRequest{Report: first.report(7, 250), Key: "k"}
	first.ingest(request)
	second := newBenchOn(t, &blindStore{Store: inner}, app.Remote{})
	if got := second.ingest(request); !got.Replayed {
		t.Errorf("got %+v, want the first answer again", got)
	}
	history, err := inner.Snapshots(t.Context(), userID(t, 7), 0, 10)
	if err != nil || len(history) != 1 {
		t.Errorf("%d snapshots (%v), want one", len(history), err)
	}
}

func TestASettlementThatFailsIsMadeUpFor(t *testing.T) {
	for name, held := range map[string]string{"delivered": "Trooper", "superseded": "Sergeant"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for n := 1; n <= 8; n++ {
					store := &faultyStore{Store: memstore.New()}
					g := newGroup()
					b := newBenchOn(t, store, app.Remote{Roles: g.mock()})
					b.group = g
					g.join(t, 7, held)
					got := b.apply(b.report(7, 250, rank("Trooper"), warnings(4))).Decision
					store.failAt = n
					stop := b.run()
					time.Sleep(2 * time.Minute)
					stop()
					if open := b.decision(got.ID).Status; open.Open() {
						t.Errorf("call %d failed: the decision is still %s", n, open)
					}
					b.wantHeld(7, "Suspended")
				}
			})
		})
	}
}
