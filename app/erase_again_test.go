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
	"github.com/grps/grps/ports/portsmock"
)

func TestSomebodyKnownAgainAfterARestoreIsErasedAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.apply(b.report(7, 150))
		saved := b.standing(7)
		b.erase(7, "")
		stop := b.erases()
		synctest.Wait()
		b.wantNothing(7)
		stop()
		saved.Version = 0
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error { // as if it came from a backup
			return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: saved}})
		}); err != nil {
			t.Fatal(err)
		}
		b.erases()
		synctest.Wait()
		b.wantNothing(7)
	})
}

func TestAUnitThatEndsAfterTheErasureBringsNobodyBackForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.erases()
		b.erase(7, "")
		synctest.Wait()
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error { // it looked before the erasure was asked for
			return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: domain.Standing{UserID: userID(t, 7), Username: "late"}}})
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(35 * time.Second)
		b.wantNothing(7)
	})
}

func TestWhatIsWrittenAboutSomebodyRightAfterTheErasureGoesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{Mirror: &portsmock.MirrorMock{
			RemoveStandingFunc: func(context.Context, domain.UserID) error { return unavailable(10 * time.Minute) },
		}})
		b.run()
		b.erases()
		b.erase(7, "")
		synctest.Wait()
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error { // by a walk that had met the player before
			return w.KeepDifferences(ctx, "walk", []ports.Difference{{User: userID(t, 7), Recorded: "Trooper"}})
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if states, err := b.store.Erasures(t.Context(), "", 5); err != nil || states[0].State != ports.ErasureRemoving {
			t.Errorf("while Roblox does not answer: got %+v and error %v, want the wish for the removal kept", states, err)
		}
		c := newBench(t, app.Remote{})
		c.erases()
		c.erase(7, "")
		synctest.Wait()
		if err := c.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
			return w.KeepDifferences(ctx, "walk", []ports.Difference{{User: userID(t, 7), Recorded: "Trooper"}})
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		c.wantNothing(7)
	})
}

// wroteLate lets a walk that had met a player before keep what it found of them.
func (b *bench) wroteLate(user int64) {
	b.t.Helper()
	if err := b.store.Write(b.t.Context(), func(ctx context.Context, w ports.Writer) error {
		return errors.Join(w.KeepDifferences(ctx, "walk", []ports.Difference{{User: userID(b.t, user), Recorded: "Trooper"}}),
			w.Enqueue(ctx, []ports.OutboxEntry{{Effect: domain.Effect{Kind: domain.EffectMirror, User: userID(b.t, user)}}}))
	}); err != nil {
		b.t.Fatal(err)
	}
}

func TestWhatIsWrittenRightAfterTheErasureGoesTooThoughTheProcessEndsBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		stop := b.erases()
		b.apply(b.report(7, 150))
		b.erase(7, "")
		synctest.Wait()
		b.wroteLate(7)
		b.wroteLate(8) // about somebody whom nobody erased
		time.Sleep(10 * time.Second)
		stop() // before it looked once more
		next := b.beside(b.store)
		if err := next.service.Eraser().Begin(t.Context()); err != nil {
			t.Errorf("Begin: got error %v, want none", err)
		}
		b.wantNothing(7)
		b.wroteLate(7)
		next.erases()
		time.Sleep(time.Second)
		b.wantNothing(7)
		b.wroteLate(7) // and whatever is written later than any unit lasts
		time.Sleep(61 * time.Minute)
		b.wantNothing(7)
		if err := b.service.Holdings(t.Context(), userID(t, 8), func(string, []byte) error { return nil }); err != nil {
			t.Errorf("about somebody else: got error %v, want it kept", err)
		}
		if all, err := b.store.Erasures(t.Context(), "", 9); err != nil || len(all) != 1 {
			t.Errorf("erasures: got %d and error %v, want the one that was asked for", len(all), err)
		}
	})
}

func TestSomebodyWhoCannotBeErasedOnceMoreHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &stubbornStore{Store: memstore.New()}
		defer store.Close()
		b := newBenchOn(t, store, app.Remote{})
		b.erases()
		for _, user := range []int64{1, 2} {
			b.erase(user, "")
			synctest.Wait()
			b.wroteLate(user)
		}
		store.upTo.Store(1)
		time.Sleep(time.Minute)
		b.wantNothing(2)
		if b.faults("erase players once more") == 0 {
			t.Error("no fault was told of, want them")
		}
		store.upTo.Store(0)
		time.Sleep(time.Minute)
		b.wantNothing(1)
	})
}

// keepingStore is a store that cannot keep some erasures.
type keepingStore struct {
	ports.Store
	cannot func(ports.Erasure) bool
}

func (s keepingStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return s.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error { return fn(ctx, keepingWriter{w, s.cannot}) })
}

type keepingWriter struct {
	ports.Writer
	cannot func(ports.Erasure) bool
}

func (w keepingWriter) AddErasure(ctx context.Context, e ports.Erasure) (ports.Erasure, bool, error) {
	if w.cannot(e) {
		return ports.Erasure{}, false, errFaulty
	}
	return w.Writer.AddErasure(ctx, e)
}

func TestSomebodyKnownAgainWhoCannotBeErasedHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		stop := b.erases()
		b.erase(7, "")
		b.erase(8, "")
		synctest.Wait()
		stop()
		for _, user := range []int64{7, 8} { // as if they came from a backup
			if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
				return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: domain.Standing{UserID: userID(t, user), Username: "back"}}})
			}); err != nil {
				t.Fatal(err)
			}
		}
		b.beside(keepingStore{b.store, func(e ports.Erasure) bool { return e.User == userID(t, 7) }}).erases()
		time.Sleep(5 * time.Second)
		b.wantNothing(8)
		if _, err := b.store.Standing(t.Context(), userID(t, 7)); err != nil {
			t.Errorf("the one who cannot be erased: got error %v, want the player", err)
		}
	})
}
