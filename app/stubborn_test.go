package app_test

import (
	"context"
	"errors"
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

// stubbornStore is a store that cannot lock some players.
type stubbornStore struct {
	ports.Store
	upTo  atomic.Int64 // the highest of them
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
	if slices.ContainsFunc(users, func(user domain.UserID) bool { return user.Int64() <= w.store.upTo.Load() }) {
		w.store.tries.Add(1)
		return nil, errFaulty
	}
	return w.Writer.LockStandings(ctx, users)
}

// withStubborn returns a service on the store of another that cannot lock the players up to that one.
func (b *bench) withStubborn(upTo int64) (*bench, *stubbornStore) {
	b.t.Helper()
	store := &stubbornStore{Store: b.store}
	store.upTo.Store(upTo)
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
		other, stubborn := b.withStubborn(1)
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
		other, _ := b.withStubborn(1)
		other.expire()
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(asked[0].ID), domain.ActionPromote, domain.StatusAwaitingApproval)
		wantStatus(t, b.decision(asked[1].ID), domain.ActionPromote, domain.StatusExpired)
		if other.faults("expire approvals") == 0 {
			t.Error("no fault was told of, want them")
		}
	})
}

func TestHoweverManyExpiriesFailTheNextIsReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		const stubborn = 250 // more than are looked at in one step
		var asked ports.DecisionRecord
		for player := range int64(stubborn + 1) {
			asked = *b.apply(b.report(player+1, 450, rank("Sergeant"))).Decision
		}
		time.Sleep(app.DefaultApprovalTTL)
		other, store := b.withStubborn(stubborn)
		other.expire()
		time.Sleep(14 * time.Second)
		wantStatus(t, b.decision(asked.ID), domain.ActionPromote, domain.StatusExpired)
		if tries := store.tries.Load(); tries != stubborn {
			t.Errorf("tried %d times in three steps, want each of %d once", tries, stubborn)
		}
		store.upTo.Store(0)
		time.Sleep(20 * time.Second)
		if left, err := b.store.CountDecisions(t.Context(), ports.DecisionFilter{Status: domain.StatusAwaitingApproval}); err != nil || left != 0 {
			t.Errorf("once they can be ended: %d are left (%v), want none", left, err)
		}
	})
}

func TestHoweverManyReleasesFailTheNextIsReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		const stubborn = 10_300 // more than are remembered to be left alone
		suspended := make([]ports.PlacedStanding, 0, stubborn+1)
		for player := range int64(stubborn + 1) {
			suspended = append(suspended, ports.PlacedStanding{Standing: domain.Standing{
				UserID: userID(t, player+1), Username: "p", Rank: "Suspended", FormerRank: "Trooper", Points: 150,
				Punishment: domain.Punishment{Status: domain.PunishmentTrial, Until: time.Now().Add(time.Duration(player) * time.Millisecond)},
			}})
		}
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error { return w.SaveStandings(ctx, suspended) }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		other, _ := b.withStubborn(stubborn)
		other.release()
		time.Sleep(12 * time.Minute)
		if got := b.standing(stubborn + 1).Rank; got != "Trooper" {
			t.Errorf("the last is %s, want Trooper", got)
		}
	})
}

func TestHoweverManyHeldDecisionsFailTheNextIsReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.turn(b.service.StopAutomation, "a look")
		const stubborn = 250 // more than are looked at in one step
		var held ports.DecisionRecord
		for player := range int64(stubborn + 1) {
			held = b.jump(player + 1)
		}
		wantStatus(t, held, domain.ActionPromote, domain.StatusHeld)
		b.turn(b.service.ResumeAutomation, "")
		other, _ := b.withStubborn(stubborn)
		other.resumer()
		time.Sleep(5 * time.Second)
		wantStatus(t, b.decision(held.ID), domain.ActionPromote, domain.StatusApplied)
	})
}

// blotchedStore is a store that tells with each claim of an entry that it cannot read.
type blotchedStore struct{ ports.Store }

func (s blotchedStore) Claim(ctx context.Context, rooms []ports.Room, lease time.Duration) ([]ports.Claim, error) {
	claims, err := s.Store.Claim(ctx, rooms, lease)
	return claims, errors.Join(err, errFaulty)
}

func TestAnEntryThatCannotBeReadHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		defer store.Close()
		g := newGroup()
		b := newBenchOn(t, blotchedStore{store}, app.Remote{Roles: g.mock()})
		b.group = g
		b.group.join(t, 7, "Trooper")
		stop := b.run()
		defer stop()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(10 * time.Second)
		b.wantHeld(7, "Corporal")
		if b.faults("claim effects") == 0 {
			t.Error("no fault was told of, want them")
		}
	})
}
