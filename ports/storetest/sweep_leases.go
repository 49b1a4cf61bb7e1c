package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/grps/grps/ports"
)

func sweepLeases(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a sweep is leased to one at a time, and again when the lease is over: the next term, started when it was", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		first := take(t, s, shortLease)
		if first.Term != 1 || first.State != ports.SweepRunning {
			t.Errorf("ClaimSweep: got %s of term %d, want running of term 1", first.State, first.Term)
		}
		want := first
		want.Term = 2
		same(t, "the second claim", takeSoon(t, s), want)
		untaken(t, s, "it is leased")
	})

	t.Run("only sweeps that are under way, and of the kind asked for, are leased", func(t *testing.T) {
		s := h.open(t)
		untaken(t, s, "there is none")
		for n, state := range []ports.SweepState{ports.SweepDone, ports.SweepStopped, ports.SweepCancelled, ports.SweepFailed} {
			over := sweepOf(int64(n + 1))
			over.State = state
			addSweep(t, s, over)
		}
		untaken(t, s, "all have ended")
		other := sweepOf(9)
		other.Kind = ports.SweepReconcile
		addSweep(t, s, other)
		untaken(t, s, "it is of another kind")
		addSweep(t, s, sweepOf(8))
		third := sweepOf(7)
		third.Kind = ports.SweepRewind
		addSweep(t, s, third)
		for kind, want := range map[ports.SweepKind]string{
			ports.SweepReview: sweepOf(8).ID, ports.SweepReconcile: other.ID, ports.SweepRewind: third.ID,
		} {
			if got, ok := tryTake(t, s, longLease, kind); !ok || got.ID != want {
				t.Errorf("ClaimSweep of a %s: got %s and %t, want %s", kind, got.ID, ok, want)
			}
		}
	})

	t.Run("a lease that is renewed lasts, and one that is given back ends at once", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		held := take(t, s, shortLease)
		for range 4 {
			pause(t.Context(), shortLease/2)
			if !renew(t, s, held, longLease) {
				t.Error("RenewSweep: got false, want true")
			}
		}
		untaken(t, s, "the lease was renewed")
		if !renew(t, s, held, 0) {
			t.Error("RenewSweep: got false, want true")
		}
		pause(t.Context(), 5*time.Millisecond)
		next := take(t, s, longLease)
		if renew(t, s, held, longLease) {
			t.Error("RenewSweep of a lease that somebody else has: got true, want false")
		}
		same(t, "Sweep", sweep(t, s, held.ID), next)
	})

	t.Run("a lease that is over can be renewed as long as nobody took the sweep", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		held := take(t, s, h.precision())
		pause(t.Context(), shortLease)
		if !renew(t, s, held, longLease) {
			t.Error("RenewSweep: got false, want true")
		}
		untaken(t, s, "the lease was renewed")
	})

	t.Run("a lease outlives the one who saves, and ends for one who is gone", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		held := take(t, s, shortLease)
		saveSweep(t, s, held)
		takeSoon(t, s) // saving did not make it longer
	})

	t.Run("of twenty who lease one sweep exactly one gets it", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		ctx := soon(t)
		var taken atomic.Int32
		for i, err := range race(20, func(int) error {
			_, ok, err := s.ClaimSweep(ctx, ports.SweepReview, longLease)
			if ok {
				taken.Add(1)
			}
			return err
		}) {
			if err != nil {
				t.Errorf("caller %d: got error %v, want none", i, err)
			}
		}
		if n := taken.Load(); n != 1 {
			t.Errorf("got leased %d times, want once", n)
		}
	})
}
