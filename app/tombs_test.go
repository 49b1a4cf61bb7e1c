package app_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// beside is ports.Tombstones in memory.
type beside struct {
	mu   sync.Mutex
	kept []ports.Erasure
}

func (b *beside) Erasures(context.Context) ([]ports.Erasure, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var last []ports.Erasure
	for _, e := range b.kept {
		last = slices.DeleteFunc(last, func(older ports.Erasure) bool { return older.ID == e.ID })
		last = append(last, e)
	}
	return last, nil
}

func (b *beside) Keep(_ context.Context, erasures []ports.Erasure) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range erasures {
		e.User = domain.UserID{}
		b.kept = append(b.kept, e)
	}
	return nil
}

// keptBy returns nothing for nil, which is no port.
func keptBy(b *beside) ports.Tombstones {
	if b == nil {
		return nil
	}
	return b
}

// withTombstones returns a service that keeps erasures beside its store.
func withTombstones(t *testing.T, store ports.Store, kept *beside, ids *countedIDs) *bench {
	t.Helper()
	b := &bench{t: t, store: store, events: &events{}, ids: ids}
	b.service, b.dispatcher = app.New(app.Parts{
		Store: store, Policies: fixedPolicy{testPolicy(t)}, Clock: bubbleClock{}, IDs: ids, Recorder: b.events,
		Seals: app.NewSeals("key of tests"), Tombstones: keptBy(kept),
	}, app.DispatcherOptions{})
	return b
}

// aged returns a store as a backup from before any erasure has it: with that player.
func aged(t *testing.T, s domain.Standing) ports.Store {
	t.Helper()
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	s.Version = 0
	if err := store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
		return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: s}})
	}); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestABackupFromBeforeAnErasureBringsNobodyBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, ids := &beside{}, &countedIDs{}
		store := memstore.New()
		t.Cleanup(func() { _ = store.Close() })
		b := withTombstones(t, store, kept, ids)
		b.apply(b.report(7, 150))
		b.apply(b.report(8, 150))
		saved := b.standing(7)
		stop := b.erases()
		b.erase(7, "n1")
		b.erase(8, "n2")
		synctest.Wait()
		if _, err := b.service.LiftErasure(t.Context(), ports.Caller{}, userID(t, 8)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		stop()

		restored := withTombstones(t, aged(t, saved), kept, ids)
		if _, err := app.OpenSeals(t.Context(), restored.store, kept, []string{"another"}, func() string { return "made" }); domain.KindOf(err) != domain.KindBlocked || err == nil {
			t.Errorf("without the key of what is kept beside: got error %v, want one of kind blocked", err)
		}
		if err := restored.service.Eraser().Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		restored.wantNothing(7)
		restored.wantNothing(8) // whose erasure was lifted, and who did not come back
		restored.wantErased(7)
		restored.apply(restored.report(8, 150)) // whose erasure was lifted
		if _, added := restored.erase(7, "n1"); added {
			t.Error("the notification again, after the restore: got an erasure, want none")
		}

		carried := aged(t, saved)
		n, err := app.CarryErasures(t.Context(), restored.store, carried)
		if again, _ := app.CarryErasures(t.Context(), restored.store, carried); err != nil || n < 2 || again != 0 {
			t.Errorf("CarryErasures: got %d, then %d, and error %v, want all of them once", n, again, err)
		}
		alone := withTombstones(t, carried, nil, ids)
		if err := alone.service.Eraser().Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		alone.wantNothing(7)
	})
}

func TestATombstoneThatTheStoreCannotKeepHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, ids := &beside{}, &countedIDs{}
		b := withTombstones(t, memstore.New(), kept, ids)
		defer b.store.Close()
		stop := b.erases()
		first, _ := b.erase(7, "")
		b.erase(8, "")
		time.Sleep(2 * time.Second)
		stop()

		empty := memstore.New()
		defer empty.Close()
		restored := withTombstones(t, keepingStore{empty, func(e ports.Erasure) bool { return e.ID == first.ID }}, kept, ids)
		restored.erase(9, "")
		restored.erases()
		time.Sleep(time.Minute)
		restored.wantErased(8)
		if all, err := kept.Erasures(t.Context()); err != nil || len(all) != 3 {
			t.Errorf("kept beside the store: got %d and error %v, want what the store knows too", len(all), err)
		}
		if restored.faults("look for erased players who are known again") == 0 {
			t.Error("no fault was told of, want them")
		}
	})
}
