package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

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
