package storetest

import (
	"context"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func sweeps(t *testing.T, h Harness) {
	t.Helper()
	sweepRoundTrip(t, h)
	sweepAdding(t, h)
	sweepSaving(t, h)
	sweepLeases(t, h)
}

func sweepRoundTrip(t *testing.T, h Harness) {
	t.Helper()

	t.Run("every field of a sweep comes back, from every method", func(t *testing.T) {
		s := h.open(t)
		want := h.fullSweep()
		full(t, func() ports.Sweep { w := want; w.StartedAt = noon(); return w }())
		same(t, "AddSweep", addSweep(t, s, want), want)
		same(t, "Sweep", sweep(t, s, want.ID), want)
		listed, err := s.Sweeps(soon(t), want.Kind, "", 5)
		if err != nil {
			t.Errorf("Sweeps: got error %v, want none", err)
		}
		same(t, "Sweeps", listed, []ports.Sweep{want})
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			locked, ok, err := w.LockSweep(ctx, want.ID)
			if !ok {
				t.Error("LockSweep: got false, want true")
			}
			same(t, "LockSweep", locked, want)
			return err
		})
		claimed, ok := tryTake(t, s, longLease, want.Kind)
		if !ok || claimed.StartedAt.IsZero() {
			t.Errorf("ClaimSweep: got %t and StartedAt %s, want true and an instant", ok, claimed.StartedAt)
		}
		want.State, want.Term, want.StartedAt = ports.SweepRunning, want.Term+1, claimed.StartedAt
		same(t, "ClaimSweep", claimed, want)
		same(t, "Sweep after the claim", sweep(t, s, want.ID), want)
	})

	t.Run("a sweep with nothing optional comes back as empty as it was", func(t *testing.T) {
		s := h.open(t)
		want := ports.Sweep{ID: sweepOf(1).ID, Kind: ports.SweepReview, State: ports.SweepQueued, CreatedAt: noon(), UpdatedAt: noon()}
		addSweep(t, s, want)
		same(t, "Sweep", sweep(t, s, want.ID), want)
	})

	t.Run("instants of another zone come back equal, in UTC and in microseconds", func(t *testing.T) {
		s := h.open(t)
		given := h.fullSweep()
		given.Filter.SeenSince, given.CreatedAt = abroad(given.Filter.SeenSince), abroad(given.CreatedAt)
		given.UpdatedAt, given.EndedAt = abroad(given.UpdatedAt), abroad(given.EndedAt)
		given.Scope.Since, given.Scope.Until = abroad(given.Scope.Since), abroad(given.Scope.Until)
		addSweep(t, s, given)
		same(t, "Sweep", sweep(t, s, given.ID), h.fullSweep())
	})

	t.Run("what is no id of a sweep is not found, changes nothing and locks nothing", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		for _, id := range []string{"", "1", awkward, "\x00", sweepOf(2).ID} {
			_, err := s.Sweep(soon(t), id)
			is(t, "Sweep of no id", err, domain.ErrNotFound)
			if renewed, err := s.RenewSweep(soon(t), id, 0, longLease); renewed || err != nil {
				t.Errorf("RenewSweep of no id: got %t and error %v, want false and none", renewed, err)
			}
			write(t, s, func(ctx context.Context, w ports.Writer) error {
				_, ok, err := w.LockSweep(ctx, id)
				if ok {
					t.Errorf("LockSweep(%q): got true, want false", id)
				}
				return err
			})
		}
		if saveSweep(t, s, sweepOf(2)) {
			t.Error("SaveSweep of an unknown id: got true, want false")
		}
		same(t, "Sweeps", listedSweeps(t, s, ports.SweepReview, "", 9), sweepIDs(1))
	})

	t.Run("sweeps of a kind are listed newest first by id, in pages that do not shift", func(t *testing.T) {
		s := h.open(t)
		for _, n := range []int64{3, 255, 1, 2} {
			addSweep(t, s, ended(sweepOf(n)))
		}
		other := ended(sweepOf(4))
		other.Kind = ports.SweepReconcile
		addSweep(t, s, other)
		same(t, "all", listedSweeps(t, s, ports.SweepReview, "", 9), sweepIDs(255, 3, 2, 1))
		same(t, "none", listedSweeps(t, s, ports.SweepReview, "", 0), sweepIDs())
		same(t, "the first page", listedSweeps(t, s, ports.SweepReview, "", 2), sweepIDs(255, 3))
		addSweep(t, s, sweepOf(300))
		same(t, "the second page", listedSweeps(t, s, ports.SweepReview, sweepOf(3).ID, 2), sweepIDs(2, 1))
		same(t, "after the end", listedSweeps(t, s, ports.SweepReview, sweepOf(1).ID, 2), sweepIDs())
		same(t, "the other kind", listedSweeps(t, s, ports.SweepReconcile, "", 9), sweepIDs(4))
	})

	t.Run("the sweep of a kind that is under way is found, queued or running, and no other", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, ended(sweepOf(1)))
		other := sweepOf(2)
		other.Kind = ports.SweepReconcile
		addSweep(t, s, other)
		underWay := func(want string) {
			t.Helper()
			got, ok, err := s.SweepUnderWay(soon(t), ports.SweepReview)
			if err != nil || got.ID != want || ok != (want != "") {
				t.Errorf("SweepUnderWay: got %q, %t and error %v, want %q and none", got.ID, ok, err, want)
			}
		}
		underWay("")
		addSweep(t, s, sweepOf(3))
		underWay(sweepOf(3).ID)
		held := take(t, s, longLease)
		underWay(held.ID)
		saveSweep(t, s, ended(held))
		underWay("")
	})

	t.Run("changing what was handed in or out does not change what is stored", func(t *testing.T) {
		s := h.open(t)
		given := h.fullSweep()
		added := addSweep(t, s, given)
		read := sweep(t, s, given.ID)
		for _, x := range []ports.Sweep{given, added, read} {
			x.Filter.Ranks[0], x.Found["promote"], x.Decided["held"], x.Reasons["ELIGIBLE"] = "changed", 0, 0, 0
		}
		same(t, "Sweep", sweep(t, s, given.ID), h.fullSweep())
	})
}
