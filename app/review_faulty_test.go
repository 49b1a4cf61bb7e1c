package app_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestAConflictInAReviewIsRepeatedAndCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &flakyStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 120, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		store.conflicts.Store(3)
		b.sweep()
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 120}, ports.Tally{"promote": 120})
	})
}

func TestAReviewOutlastsAStoreThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &gatedStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 120, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		back := time.Now().Add(time.Hour)
		store.before = func(int64) error {
			if time.Now().Before(back) {
				return unavailable(0)
			}
			return nil
		}
		b.sweep()
		b.wantReview(b.reviewAfter(time.Hour, id), ports.SweepDone, ports.Tally{"promote": 120}, ports.Tally{"promote": 120})
	})
}

// reviewAfter is review for one that takes long.
func (b *bench) reviewAfter(d time.Duration, id string) ports.ReviewProgress {
	b.t.Helper()
	time.Sleep(d)
	return b.review(id)
}

func TestAUnitWhoseEndIsNotKnownCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &cutOffStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 300, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		store.forgets.Store(3)
		b.sweep()
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 300}, ports.Tally{"promote": 300})
		if store.forgets.Load() >= 0 {
			t.Error("the store forgot nothing")
		}
	})
}

// cutOffStore commits and then says that it could not: every other one of the next units.
type cutOffStore struct {
	ports.Store
	forgets atomic.Int64
	units   atomic.Int64
}

func (s *cutOffStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	err := s.Store.Write(ctx, fn)
	if err == nil && s.units.Add(1)%2 == 0 && s.forgets.Add(-1) >= 0 {
		return &domain.Error{Kind: domain.KindUnavailable, Code: "down", Message: "the connection was cut"}
	}
	return err
}

func TestAReviewThatKeepsFailingIsGivenUpAndCanBeResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &gatedStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 120, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		store.before = func(unit int64) error {
			if unit > 1 && unit < 7 {
				return errors.New("a row that cannot be read")
			}
			return nil
		}
		b.sweep()
		got := b.review(id)
		b.wantReview(got, ports.SweepFailed, ports.Tally{"promote": 120}, nil)
		if !strings.Contains(got.Detail, "resume it") || strings.Contains(got.Detail, "cannot be read") {
			t.Errorf("detail: got %q, want what to do and nothing internal", got.Detail)
		}
		b.resume(id, "")
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 120}, ports.Tally{"promote": 120})
	})
}
