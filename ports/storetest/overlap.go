package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// holder is a unit under way that holds a player's row until it is let go.
type holder struct {
	letGo chan struct{} // closed by the case
	done  chan error
}

// hold begins a unit that locks player 1 and gives a point, and returns once the row is locked.
func hold(t *testing.T, s ports.Store) holder {
	t.Helper()
	held := holder{make(chan struct{}), make(chan error, 1)}
	locked := make(chan struct{})
	ctx := soon(t)
	go func() {
		held.done <- s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
			err := addPoints(1)(ctx, w)
			close(locked)
			<-held.letGo
			return err
		})
	}()
	<-locked
	return held
}

// end lets the unit commit and waits for it.
func (h holder) end(t *testing.T) {
	t.Helper()
	close(h.letGo)
	if err := <-h.done; err != nil {
		t.Errorf("Write of the unit that was first: got error %v, want none", err)
	}
}

func overlap(t *testing.T, h Harness) {
	t.Helper()

	t.Run("whoever awaits units reads what those wrote that were under way, and waits for none where none is", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		if err := s.AwaitUnits(soon(t)); err != nil {
			t.Errorf("AwaitUnits with no unit: got error %v, want none", err)
		}
		first := hold(t, s)
		hurried, cancel := context.WithTimeout(soon(t), 100*time.Millisecond)
		defer cancel()
		if err := s.AwaitUnits(hurried); err == nil || hurried.Err() == nil {
			t.Errorf("AwaitUnits whose context ends while the unit goes on: got error %v, want one, then", err)
		}
		awaited := make(chan error, 1)
		ctx := soon(t)
		go func() { awaited <- s.AwaitUnits(ctx) }()
		select {
		case err := <-awaited:
			t.Errorf("AwaitUnits: got %v while the unit goes on, want it to wait", err)
			awaited <- err
		case <-time.After(100 * time.Millisecond):
		}
		first.end(t)
		if err := <-awaited; err != nil {
			t.Errorf("AwaitUnits: got error %v, want none", err)
		}
		if got := standing(t, s, 1).Points; got != player(1).Points+1 {
			t.Errorf("afterwards: got %d points, want what the unit wrote", got)
		}
	})

	t.Run("a second unit waits for the row until the first has ended, and then reads what that wrote", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		first := hold(t, s)
		read := make(chan []domain.Standing, 1)
		done := make(chan error, 1)
		ctx := soon(t)
		go func() {
			done <- s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
				standings, err := w.LockStandings(ctx, []domain.UserID{user(1)})
				read <- standings
				return err
			})
		}()
		select {
		case got := <-read:
			t.Errorf("LockStandings of a row that another unit holds: got %v at once, want it to wait", got)
			first.end(t)
		case <-atLast(t, aWhile):
			first.end(t)
			if got := <-read; len(got) != 1 || got[0].Version != 2 || got[0].Points != 101 {
				t.Errorf("LockStandings after the first unit: got %v, want 101 points of version 2", got)
			}
		}
		if err := <-done; err != nil {
			t.Errorf("Write of the second unit: got error %v, want none", err)
		}
	})

	t.Run("a unit that read before another wrote meets a conflict", func(t *testing.T) {
		s := h.open(t)
		read := save(t, s, player(1))[0]
		first := hold(t, s)
		done := make(chan error, 1)
		ctx := soon(t)
		go func() {
			done <- s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
				return w.SaveStandings(ctx, placed(read))
			})
		}()
		select {
		case err := <-done:
			t.Errorf("SaveStandings of a row that another unit holds: got error %v at once, want it to wait", err)
			first.end(t)
		case <-atLast(t, aWhile):
			first.end(t)
			is(t, "Write of the second unit", <-done, domain.ErrConflict)
		}
		if got := standing(t, s, 1); got.Version != 2 || got.Points != 101 {
			t.Errorf("the player: got %d points of version %d, want 101 of version 2", got.Points, got.Version)
		}
	})

	t.Run("a row is free again when the unit that held it fails", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		refusal := errors.New("the case refuses")
		err := s.Write(soon(t), lockFirst(1, func(context.Context, ports.Writer) error { return refusal }))
		is(t, "Write", err, refusal)
		write(t, s, addPoints(1))
	})

	t.Run("whoever waits for a row stops waiting when the context ends", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		first := hold(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- s.Write(ctx, addPoints(1)) }()
		<-atLast(t, aWhile)
		cancel()
		select {
		case err := <-done:
			refused(t, "Write whose context ended while it waited", err)
		case <-soon(t).Done():
			t.Errorf("Write whose context ended while it waited: still waiting after %s, want an error", patience)
		}
		first.end(t)
		if got := standing(t, s, 1).Points; got != 101 {
			t.Errorf("the player's points: got %d, want 101: the unit that gave up wrote nothing", got)
		}
	})
}
