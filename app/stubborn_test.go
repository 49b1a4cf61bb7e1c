package app_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// stubbornStore is a store that cannot lock one player.
type stubbornStore struct {
	ports.Store
	user  domain.UserID
	tries atomic.Int64
}

func (s *stubbornStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return s.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error { return fn(ctx, &stubbornWriter{w, s}) })
}

type stubbornWriter struct {
	ports.Writer
	store *stubbornStore
}

func (w *stubbornWriter) LockStandings(ctx context.Context, users []domain.UserID) ([]domain.Standing, error) {
	if slices.Contains(users, w.store.user) {
		w.store.tries.Add(1)
		return nil, errFaulty
	}
	return w.Writer.LockStandings(ctx, users)
}

// withStubborn returns a service on the store of another that cannot lock player 1.
func (b *bench) withStubborn() (*bench, *stubbornStore) {
	b.t.Helper()
	store := &stubbornStore{Store: b.store, user: userID(b.t, 1)}
	return b.beside(store), store
}

// faults returns how often a fault was recorded of that.
func (b *bench) faults(doing string) (n int) {
	for _, event := range b.events.all() {
		if e, ok := event.(ports.DispatchEvent); ok && e.Doing == doing && e.Err != nil {
			n++
		}
	}
	return n
}

func TestAReleaseThatFailsHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		defer store.Close()
		b := newBenchOn(t, store, app.Remote{})
		for _, player := range []int64{1, 2} { // the longest over comes first
			b.apply(b.report(player, 150, rank("Trooper"), warnings(4)))
			time.Sleep(time.Second)
		}
		time.Sleep(trial)
		other, stubborn := b.withStubborn()
		other.release()
		time.Sleep(2 * time.Minute)
		if got := b.standing(2).Rank; got != "Trooper" {
			t.Errorf("the second is %s, want Trooper", got)
		}
		if got := b.standing(1).Rank; got != "Suspended" {
			t.Errorf("the first is %s, want Suspended", got)
		}
		if tries, told := stubborn.tries.Load(), other.faults("release suspensions"); tries < 3 || tries > 6 || int64(told) != tries {
			t.Errorf("tried %d times in two minutes and told of %d faults, want less and less often", tries, told)
		}
	})
}

func TestAnExpiryThatFailsHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		defer store.Close()
		b := newBenchOn(t, store, app.Remote{})
		var asked []ports.DecisionRecord
		for _, player := range []int64{1, 2} {
			asked = append(asked, *b.apply(b.report(player, 450, rank("Sergeant"))).Decision)
			time.Sleep(time.Second)
		}
		time.Sleep(app.DefaultApprovalTTL)
		other, _ := b.withStubborn()
		other.expire()
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(asked[0].ID), domain.ActionPromote, domain.StatusAwaitingApproval)
		wantStatus(t, b.decision(asked[1].ID), domain.ActionPromote, domain.StatusExpired)
		if other.faults("expire approvals") == 0 {
			t.Error("no fault was told of, want them")
		}
	})
}
