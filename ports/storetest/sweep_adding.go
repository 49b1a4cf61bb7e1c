package storetest

import (
	"context"
	"testing"

	"github.com/grps/grps/ports"
)

func sweepAdding(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a sweep that is under way stands in the way of another of its kind, and is returned, until it ends", func(t *testing.T) {
		s := h.open(t)
		first := addSweep(t, s, sweepOf(1))
		other := sweepOf(2)
		other.Kind = ports.SweepReconcile
		addSweep(t, s, other)
		refuse := func(what string, want ports.Sweep) {
			t.Helper()
			got, added := tryAdd(t, s, sweepOf(3))
			if added {
				t.Errorf("AddSweep beside one that is %s: got true, want false", what)
			}
			same(t, "what stands in the way", got, want)
		}
		refuse("queued", first)
		held := take(t, s, longLease)
		refuse("running", held)
		held.State = ports.SweepStopped
		saveSweep(t, s, held)
		addSweep(t, s, sweepOf(3))
		same(t, "Sweeps", listedSweeps(t, s, ports.SweepReview, "", 9), sweepIDs(3, 1))
	})

	t.Run("an instant of a schedule is added once, however often and however late it is tried", func(t *testing.T) {
		s := h.open(t)
		scheduled := func(n int64, instant string) ports.Sweep {
			x := sweepOf(n)
			x.Schedule = instant
			return x
		}
		first := addSweep(t, s, scheduled(1, "noon"))
		if got, added := tryAdd(t, s, scheduled(2, "noon")); added || got.ID != first.ID {
			t.Errorf("AddSweep of the same instant: got %s and %t, want the first and false", got.ID, added)
		}
		saveSweep(t, s, ended(take(t, s, longLease)))
		same(t, "what stands in the way of the same instant", func() string {
			got, added := tryAdd(t, s, scheduled(3, "noon"))
			if added {
				t.Error("AddSweep of an instant that is over: got true, want false")
			}
			return got.ID
		}(), first.ID)
		addSweep(t, s, scheduled(4, "night"))
		if got, added := tryAdd(t, s, scheduled(5, "noon")); added || got.ID != first.ID {
			t.Errorf("AddSweep beside one under way: got %s and %t, want the one of the same instant and false", got.ID, added)
		}
		other := scheduled(6, "noon")
		other.Kind = ports.SweepReconcile
		addSweep(t, s, other)
	})

	t.Run("sweeps without a schedule do not stand in each other's way once they ended", func(t *testing.T) {
		s := h.open(t)
		for n := range int64(3) {
			addSweep(t, s, ended(sweepOf(n+1)))
		}
	})

	t.Run("an id that exists is a conflict", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, ended(sweepOf(1)))
		conflicts(t, s, "AddSweep of an id that exists", func(ctx context.Context, w ports.Writer) error {
			_, _, err := w.AddSweep(ctx, sweepOf(1))
			return err
		})
		same(t, "Sweep", sweep(t, s, sweepOf(1).ID), ended(sweepOf(1)))
	})

	t.Run("of twenty who add one at a time exactly one succeeds, and all see the same", func(t *testing.T) {
		s := h.open(t)
		ctx := soon(t)
		got := make([]ports.Sweep, 20)
		added := make([]bool, 20)
		for i, err := range race(20, func(i int) error {
			return s.Write(ctx, func(ctx context.Context, w ports.Writer) (err error) {
				x := sweepOf(int64(i + 1))
				x.Schedule = "noon"
				got[i], added[i], err = w.AddSweep(ctx, x)
				return err
			})
		}) {
			if err != nil {
				t.Errorf("caller %d: got error %v, want none", i, err)
			}
		}
		n := 0
		for i := range got {
			if got[i].ID != got[0].ID {
				t.Errorf("caller %d: got %s, want the %s of the others", i, got[i].ID, got[0].ID)
			}
			if added[i] {
				n++
			}
		}
		if n != 1 {
			t.Errorf("got %d sweeps added, want one", n)
		}
	})
}
