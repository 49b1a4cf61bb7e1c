package storetest

import (
	"context"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func afterClose(t *testing.T, h Harness) {
	t.Helper()

	t.Run("every call of a closed store says that it is closed, and does not hang", func(t *testing.T) {
		s := h.open(t)
		write(t, s, tracesOf(7).leave)
		shut(t, s)
		for _, call := range storeCalls() {
			done := make(chan error, 1)
			go func() { done <- call.do(t.Context(), s) }()
			select {
			case err := <-done:
				is(t, call.name, err, domain.ErrClosed)
			case <-soon(t).Done():
				t.Fatalf("%s: got no answer for %s, want an error", call.name, patience)
			}
		}
	})

	t.Run("a closed store does not begin a unit", func(t *testing.T) {
		s := h.open(t)
		shut(t, s)
		err := s.Write(soon(t), func(context.Context, ports.Writer) error {
			t.Error("Write of a closed store: got fn called, want it left alone")
			return nil
		})
		is(t, "Write", err, domain.ErrClosed)
	})

	t.Run("closing twice is harmless", func(t *testing.T) {
		s := h.open(t)
		shut(t, s)
		shut(t, s)
	})

	t.Run("closing waits for the unit under way, which commits", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		first := hold(t, s)
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		select {
		case err := <-closed:
			t.Errorf("Close beside a unit: got %v at once, want it to wait", err)
			first.end(t)
			return
		case <-atLast(t, aWhile):
		}
		first.end(t)
		if err := <-closed; err != nil {
			t.Errorf("Close: got error %v, want none", err)
		}
		_, err := s.Standing(t.Context(), user(1))
		is(t, "Standing after Close", err, domain.ErrClosed)
		if h.Reopen != nil {
			if got := standing(t, h.Reopen(t, s), 1).Points; got != 101 {
				t.Errorf("the player's points after opening again: got %d, want the 101 that the unit wrote", got)
			}
		}
	})
}

// shut closes the store and fails the test when that fails.
func shut(t *testing.T, s ports.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close: got error %v, want none", err)
	}
}
