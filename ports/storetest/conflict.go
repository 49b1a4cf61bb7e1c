package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// race runs fn in n goroutines that begin together and returns their errors.
func race(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			errs[i] = fn(i)
		})
	}
	close(begin)
	all.Wait()
	return errs
}

// oneWins fails the test unless exactly one of the errors is nil and all others are conflicts, and returns who won.
func oneWins(t *testing.T, errs []error) int {
	t.Helper()
	winner, winners := -1, 0
	for i, err := range errs {
		switch {
		case err == nil:
			winner, winners = i, winners+1
		case !errors.Is(err, domain.ErrConflict):
			t.Errorf("writer %d: got error %v, want none or a conflict", i, err)
		}
	}
	if winners != 1 {
		t.Fatalf("%d writers with one version: got %d winners, want 1", len(errs), winners)
	}
	return winner
}

func conflict(t *testing.T, h Harness) {
	t.Helper()

	t.Run("of twenty writers with one version exactly one wins", func(t *testing.T) {
		s := h.open(t)
		read := save(t, s, player(1))[0]
		ctx := soon(t)
		winner := oneWins(t, race(20, func(i int) error {
			mine := read
			mine.Points = int64(1000 + i)
			return s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
				return w.SaveStandings(ctx, placed(mine))
			})
		}))
		if got := standing(t, s, 1); got.Points != int64(1000+winner) || got.Version != 2 {
			t.Errorf("the player: got %d points of version %d, want the winner's %d of version 2",
				got.Points, got.Version, 1000+winner)
		}
	})

	t.Run("of twenty writers who insert one player exactly one wins", func(t *testing.T) {
		s := h.open(t)
		ctx := soon(t)
		winner := oneWins(t, race(20, func(i int) error {
			mine := player(1)
			mine.Points = int64(1000 + i)
			return s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
				return w.SaveStandings(ctx, placed(mine))
			})
		}))
		if got := standing(t, s, 1).Points; got != int64(1000+winner) {
			t.Errorf("the player's points: got %d, want the winner's %d", got, 1000+winner)
		}
	})

	t.Run("of twenty writers who lock the row first all win, one after another", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		ctx := soon(t)
		for i, err := range race(20, func(int) error { return s.Write(ctx, addPoints(1)) }) {
			if err != nil {
				t.Errorf("writer %d: got error %v, want none", i, err)
			}
		}
		if got := standing(t, s, 1).Points; got != 120 {
			t.Errorf("the player's points: got %d, want 120: no writer overwrites another", got)
		}
	})

	t.Run("a stale version is a conflict, and so is one that was never stored", func(t *testing.T) {
		s := h.open(t)
		first := save(t, s, player(1))[0]
		second := save(t, s, first)[0]
		ahead, ghost := second, player(2)
		ahead.Version, ghost.Version = 3, 1
		for name, wrong := range map[string]domain.Standing{
			"a version that was overwritten": first,
			"a version that is to come":      ahead,
			"a player who is not stored":     ghost,
		} {
			conflicts(t, s, "SaveStandings of "+name, func(ctx context.Context, w ports.Writer) error {
				return w.SaveStandings(ctx, placed(wrong))
			})
		}
		same(t, "the player", standing(t, s, 1), second)
		unknown(t, s, 2)
	})

	t.Run("one stale version among several keeps all of them out", func(t *testing.T) {
		s := h.open(t)
		stored := save(t, s, player(1), player(2), player(3))
		newer := save(t, s, stored[1])[0]
		conflicts(t, s, "SaveStandings with one stale version", func(ctx context.Context, w ports.Writer) error {
			return w.SaveStandings(ctx, placed(stored[0], stored[1], stored[2], player(4)))
		})
		same(t, "the first player", standing(t, s, 1), stored[0])
		same(t, "the second player", standing(t, s, 2), newer)
		same(t, "the third player", standing(t, s, 3), stored[2])
		unknown(t, s, 4)
	})

	overlap(t, h)
}

// addPoints returns a unit that locks the players, in the order given, and adds a point to each.
func addPoints(numbers ...int64) func(ctx context.Context, w ports.Writer) error {
	return func(ctx context.Context, w ports.Writer) error {
		users := make([]domain.UserID, len(numbers))
		for i, n := range numbers {
			users[i] = user(n)
		}
		standings, err := w.LockStandings(ctx, users)
		if err != nil {
			return err
		}
		for i := range standings {
			standings[i].Points++
		}
		return w.SaveStandings(ctx, placed(standings...))
	}
}
