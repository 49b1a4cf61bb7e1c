package app_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/ports"
)

// gatedStore lets a test act in the middle of a review: before a unit that saves a sweep commits.
type gatedStore struct {
	ports.Store
	units  atomic.Int64
	before func(unit int64) error // nil for nothing
}

func (s *gatedStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	if s.before != nil {
		if err := s.before(s.units.Add(1)); err != nil {
			return err
		}
	}
	return s.Store.Write(ctx, fn)
}

func TestACancelledReviewDecidesNothingMoreAndGoesOnFromThereWhenItIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		under := memstore.New()
		store := &gatedStore{Store: under}
		b := newBenchOn(t, store, app.Remote{})
		other := b.beside(under)
		b.crowd(part{n: 400, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		store.before = func(unit int64) error {
			if unit == 4 { // the first walk, and two units of the second
				if _, err := other.service.CancelReview(t.Context(), ports.Caller{Principal: "admin"}, id); err != nil {
					t.Error(err)
				}
			}
			return nil
		}
		b.sweep()
		got := b.review(id)
		b.wantReview(got, ports.SweepCancelled, ports.Tally{"promote": 400}, ports.Tally{"promote": 100})
		if got.Detail != "cancelled by admin" {
			t.Errorf("detail: got %q", got.Detail)
		}
		time.Sleep(time.Hour)
		b.wantReview(b.review(id), ports.SweepCancelled, ports.Tally{"promote": 400}, ports.Tally{"promote": 100})
		if _, err := b.service.CancelReview(t.Context(), ports.Caller{Principal: "admin"}, id); err != nil {
			t.Errorf("cancel again: got %v, want no error", err)
		}
		b.resume(id, "")
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 400}, ports.Tally{"promote": 400})
	})
}

func TestOfTwoSweepersOneWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := newBench(t, app.Remote{})
		two := one.beside(one.store)
		one.crowd(part{n: 3000, rank: "Trooper", points: 250})
		one.sweep()
		two.sweep()
		id := one.startReview(everybody()).ID
		one.wantReview(one.review(id), ports.SweepDone, ports.Tally{"promote": 3000}, ports.Tally{"promote": 3000})
		begun := 0
		for _, event := range append(one.events.all(), two.events.all()...) {
			if e, ok := event.(ports.SweepEvent); ok && e.Step == ports.SweepBegun {
				begun++
			}
		}
		if begun != 1 {
			t.Errorf("the review was begun %d times, want once", begun)
		}
	})
}

func TestWhoLostTheLeaseWritesNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		under := memstore.New()
		store := &gatedStore{Store: under}
		hung := newBenchOn(t, store, app.Remote{})
		hung.crowd(part{n: 200, rank: "Trooper", points: 250})
		id := hung.startReview(everybody()).ID
		store.before = func(unit int64) error {
			if unit == 3 {
				time.Sleep(time.Hour) // as a machine that was put to sleep, which renews nothing
			}
			return nil
		}
		hung.store = under
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		asleep := &noRenewal{store}
		slow := hung.beside(asleep)
		var done sync.WaitGroup
		done.Go(func() { slow.service.Sweeper(app.SweeperOptions{}).Run(ctx) })
		time.Sleep(time.Minute)
		awake := hung.beside(under)
		awake.sweep()
		awake.wantReview(awake.review(id), ports.SweepDone, ports.Tally{"promote": 200}, ports.Tally{"promote": 200})
		time.Sleep(2 * time.Hour)
		cancel()
		done.Wait()
		awake.wantReview(awake.review(id), ports.SweepDone, ports.Tally{"promote": 200}, ports.Tally{"promote": 200})
	})
}

// noRenewal is a store that a process cannot reach in time to say that it still works.
type noRenewal struct{ *gatedStore }

func (*noRenewal) RenewSweep(context.Context, string, int64, time.Duration) (bool, error) {
	return false, errDown
}

func TestAServiceThatStopsHandsItsReviewBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &gatedStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 400, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		reached := make(chan struct{})
		store.before = func(unit int64) error {
			if unit == 4 {
				close(reached)
				time.Sleep(time.Second)
			}
			return nil
		}
		stop := b.sweep()
		<-reached
		stop()
		got, err := b.service.Review(t.Context(), id)
		if err != nil || got.State != ports.SweepRunning || got.Decided["promote"] != 100 {
			t.Fatalf("got %s with %v and error %v, want it running with 100 decided", got.State, got.Decided, err)
		}
		began := time.Now()
		b.beside(store.Store).sweep()
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 400}, ports.Tally{"promote": 400})
		if waited := time.Since(began); waited > 5*time.Second {
			t.Errorf("the next went on after %s, want it not to wait for the end of the lease", waited)
		}
	})
}
