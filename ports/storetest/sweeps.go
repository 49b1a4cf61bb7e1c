package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

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

func sweepSaving(t *testing.T, h Harness) {
	t.Helper()

	t.Run("saving writes what may change and leaves the rest as it was", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		held := take(t, s, longLease)
		changed := h.fullSweep()
		changed.State, changed.Term = ports.SweepRunning, held.Term
		changed.StartedAt = h.instant(9)
		if !saveSweep(t, s, changed) {
			t.Error("SaveSweep: got false, want true")
		}
		want := changed
		want.Kind, want.Filter, want.Scope, want.Apply, want.Schedule = held.Kind, held.Filter, held.Scope, held.Apply, held.Schedule
		want.CreatedAt, want.StartedAt = held.CreatedAt, held.StartedAt
		same(t, "Sweep", sweep(t, s, held.ID), want)
		emptied := want
		emptied.Found, emptied.Override, emptied.Cursor, emptied.EndedAt = nil, "", "", time.Time{}
		saveSweep(t, s, emptied)
		same(t, "Sweep after it lost values", sweep(t, s, held.ID), emptied)
	})

	t.Run("a unit saves more than once, and reads what it saved", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		held := take(t, s, longLease)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			for n := range int64(3) {
				held.Scanned = n
				if saved, err := w.SaveSweep(ctx, held); err != nil || !saved {
					t.Errorf("SaveSweep: got %t and error %v, want true and none", saved, err)
				}
			}
			got, _, err := w.LockSweep(ctx, held.ID)
			same(t, "LockSweep", got, held)
			return err
		})
	})

	t.Run("whoever saves under a term that is over writes nothing", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		first := take(t, s, h.precision())
		second := takeSoon(t, s)
		first.Scanned, first.State = 77, ports.SweepDone
		if saveSweep(t, s, first) {
			t.Error("SaveSweep of who lost the lease: got true, want false")
		}
		same(t, "Sweep", sweep(t, s, second.ID), second)
		second.Scanned = 5
		if !saveSweep(t, s, second) {
			t.Error("SaveSweep of who has the lease: got false, want true")
		}
	})

	t.Run("a lease that is over and that nobody took is good for saving", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		held := take(t, s, h.precision())
		pause(t.Context(), shortLease)
		if !saveSweep(t, s, held) {
			t.Error("SaveSweep: got false, want true")
		}
	})

	t.Run("saving it as anything but running takes it from whoever has it", func(t *testing.T) {
		for _, state := range []ports.SweepState{
			ports.SweepQueued, ports.SweepDone, ports.SweepStopped, ports.SweepCancelled, ports.SweepFailed,
		} {
			t.Run(string(state), func(t *testing.T) {
				s := h.open(t)
				addSweep(t, s, sweepOf(1))
				held := take(t, s, longLease)
				moved := held
				moved.State = state
				if !saveSweep(t, s, moved) {
					t.Error("SaveSweep: got false, want true")
				}
				if saveSweep(t, s, held) {
					t.Error("SaveSweep of who had it: got true, want false")
				}
				if renew(t, s, held, longLease) {
					t.Error("RenewSweep of who had it: got true, want false")
				}
				want := moved
				want.Term++
				same(t, "Sweep", sweep(t, s, held.ID), want)
			})
		}
	})

	t.Run("what has ended and what is queued again can be saved with the term it has then", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, sweepOf(1))
		saveSweep(t, s, ended(take(t, s, longLease)))
		again := sweep(t, s, sweepOf(1).ID)
		again.State, again.Cursor = ports.SweepQueued, "5"
		if !saveSweep(t, s, again) {
			t.Error("SaveSweep: got false, want true")
		}
		if got := take(t, s, longLease); got.Cursor != "5" || got.Term != again.Term+2 {
			t.Errorf("ClaimSweep: got cursor %q of term %d, want 5 of term %d", got.Cursor, got.Term, again.Term+2)
		}
	})

	t.Run("two of a kind are never under way, whoever brings the second there", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, ended(sweepOf(1)))
		addSweep(t, s, sweepOf(2))
		again := sweepOf(1)
		conflicts(t, s, "SaveSweep as queued beside one under way", func(ctx context.Context, w ports.Writer) error {
			_, err := w.SaveSweep(ctx, again)
			return err
		})
		if got := sweep(t, s, again.ID).State; got != ports.SweepDone {
			t.Errorf("the state: got %s, want done", got)
		}
	})

	t.Run("what was decided and how far the sweep came are kept together, or neither", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		addSweep(t, s, sweepOf(1))
		first := take(t, s, h.precision())
		second := takeSoon(t, s)
		lost := errors.New("the case lost the lease")
		step := func(held ports.Sweep) error {
			return s.Write(soon(t), lockFirst(1, func(ctx context.Context, w ports.Writer) error {
				if err := w.AddDecisions(ctx, []ports.DecisionRecord{decisionOf(1, 1, domain.StatusPending)}); err != nil {
					return err
				}
				held.Scanned = 1
				saved, err := w.SaveSweep(ctx, held)
				if err == nil && !saved {
					return lost
				}
				return err
			}))
		}
		is(t, "Write of who lost the lease", step(first), lost)
		same(t, "decisions", listed(t, s, ports.DecisionFilter{}, "", 9), numbered())
		if err := step(second); err != nil {
			t.Errorf("Write of who has the lease: got error %v, want none", err)
		}
		same(t, "decisions", listed(t, s, ports.DecisionFilter{}, "", 9), numbered(1))
		if got := sweep(t, s, second.ID).Scanned; got != 1 {
			t.Errorf("Scanned: got %d, want 1", got)
		}
	})

	t.Run("a locked sweep waits for whoever has it locked", func(t *testing.T) {
		s := h.open(t)
		addSweep(t, s, ended(sweepOf(1)))
		ctx := soon(t)
		for i, err := range race(20, func(int) error {
			return s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
				got, _, err := w.LockSweep(ctx, sweepOf(1).ID)
				if err != nil {
					return err
				}
				got.Scanned++
				saved, err := w.SaveSweep(ctx, got)
				if err == nil && !saved {
					return errors.New("somebody else saved it in between")
				}
				return err
			})
		}) {
			if err != nil {
				t.Errorf("caller %d: got error %v, want none", i, err)
			}
		}
		if got := sweep(t, s, sweepOf(1).ID).Scanned; got != 20 {
			t.Errorf("Scanned: got %d, want 20", got)
		}
	})
}
