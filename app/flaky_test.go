package app_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// flakyStore is a store that can be taken down, or that loses races.
type flakyStore struct {
	ports.Store
	down      atomic.Bool
	conflicts atomic.Int64 // the next units end in a conflict after they did their work
	units     atomic.Int64
}

func (s *flakyStore) Claim(ctx context.Context, rooms []ports.Room, lease time.Duration) ([]ports.Claim, error) {
	if s.down.Load() {
		return nil, errDown
	}
	return s.Store.Claim(ctx, rooms, lease)
}

func (s *flakyStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	s.units.Add(1)
	if s.down.Load() {
		return errDown
	}
	return s.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error {
		if err := fn(ctx, w); err != nil {
			return err
		}
		if s.conflicts.Add(-1) >= 0 {
			return domain.ErrConflict
		}
		return nil
	})
}

func TestAConflictIsRepeatedOnFreshData(t *testing.T) {
	store := &flakyStore{Store: memstore.New()}
	defer store.Close()
	b := newBenchOn(t, store, app.Remote{})
	store.conflicts.Store(2)
	got := b.apply(b.report(7, 250, rank("Trooper")))
	wantStatus(t, *got.Decision, domain.ActionPromote, domain.StatusApplied)
	if units := store.units.Load(); units != 3 {
		t.Errorf("%d units, want 3", units)
	}
	b.wantRank("Corporal")
}

func TestAConflictThatDoesNotEndIsGivenUp(t *testing.T) {
	store := &flakyStore{Store: memstore.New()}
	defer store.Close()
	b := newBenchOn(t, store, app.Remote{})
	store.conflicts.Store(1000)
	_, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(7, 250)})
	if !errors.Is(err, domain.ErrConflict) || domain.KindOf(err) != domain.KindUnavailable {
		t.Errorf("got %v, want unavailable because of a conflict", err)
	}
	if units := store.units.Load(); units != 4 {
		t.Errorf("%d units, want 4", units)
	}
}

func TestAStoreThatIsDownFailsTheRequest(t *testing.T) {
	store := &flakyStore{Store: memstore.New()}
	defer store.Close()
	b := newBenchOn(t, store, app.Remote{})
	b.ingest(ports.IngestRequest{Report: b.report(7, 250)})
	store.down.Store(true)
	if _, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(7, 260)}); !errors.Is(err, errDown) {
		t.Errorf("ingest: got %v, want %v", err, errDown)
	}
	if _, err := b.service.Decide(t.Context(), ports.DecideRequest{User: userID(t, 7), Apply: true}); !errors.Is(err, errDown) {
		t.Errorf("decide: got %v, want %v", err, errDown)
	}
}

func TestWhatWasCarriedOutIsSettledOnceTheStoreIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g := &flakyStore{Store: memstore.New()}, newGroup()
		defer store.Close()
		roles := g.mock()
		assign := roles.AssignRoleFunc
		roles.AssignRoleFunc = func(ctx context.Context, user domain.UserID, role domain.RoleID, lane ports.Lane) (ports.Membership, error) {
			store.down.Store(true) // between what Roblox does and what is written of it
			return assign(ctx, user, role, lane)
		}
		b := newBenchOn(t, store, app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper")
		b.run()
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(8 * time.Second)
		store.down.Store(false)
		time.Sleep(4 * time.Second) // much less than the lease
		wantStatus(t, b.decision(got.ID), domain.ActionPromote, domain.StatusApplied)
	})
}
