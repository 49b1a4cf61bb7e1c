package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// traces is one record of every sort, so that a case can tell whether all of a unit was kept or nothing.
type traces struct {
	standing domain.Standing
	snapshot ports.SnapshotRecord
	decision ports.DecisionRecord
	revision string // of a policy
	switched string // the reason of the switch of automation
	entry    ports.OutboxEntry
	sweep    ports.Sweep
}

func tracesOf(n int64) traces {
	walk := sweepOf(n)
	walk.Kind = ports.SweepKind(walk.ID) // one of a kind at a time: the traces of several players must not stand in each other's way
	return traces{
		sweep:    walk,
		standing: player(n),
		snapshot: keyed(snapshotOf(n, 5), "arena", "key"),
		decision: decisionOf(n, n, domain.StatusPending),
		revision: fmt.Sprintf("revision of %d", n),
		switched: fmt.Sprintf("reason of %d", n),
		entry:    effectOf(domain.EffectMirror, n),
	}
}

// leave writes all of them.
func (x traces) leave(ctx context.Context, w ports.Writer) error {
	if err := w.SaveStandings(ctx, placed(x.standing)); err != nil {
		return err
	}
	if _, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{x.snapshot}); err != nil {
		return err
	}
	if err := w.AddDecisions(ctx, []ports.DecisionRecord{x.decision}); err != nil {
		return err
	}
	if err := w.KeepPolicy(ctx, x.revision, "documents"); err != nil {
		return err
	}
	if err := w.Enqueue(ctx, []ports.OutboxEntry{x.entry}); err != nil {
		return err
	}
	if _, _, err := w.AddSweep(ctx, x.sweep); err != nil {
		return err
	}
	return change(func(a domain.Automation) domain.Automation { a.Reason = x.switched; return a })(ctx, w)
}

// found returns which sorts a reader outside finds.
func (x traces) found(t *testing.T, s ports.Store) []string {
	t.Helper()
	ctx := soon(t)
	found := []string{}
	n := x.standing.UserID
	if _, err := s.Standing(ctx, n); err == nil {
		found = append(found, "standing")
	} else {
		is(t, "Standing", err, domain.ErrNotFound)
	}
	top, err := s.TopPlayers(ctx, ports.Mark{}, 10)
	if err != nil {
		t.Errorf("TopPlayers: got error %v, want none", err)
	}
	if len(top) > 0 {
		found = append(found, "leaderboard")
	}
	if history, err := s.Snapshots(ctx, n, 0, 10); err != nil {
		t.Errorf("Snapshots: got error %v, want none", err)
	} else if len(history) > 0 {
		found = append(found, "snapshot")
	}
	if _, err := s.Decision(ctx, x.decision.ID); err == nil {
		found = append(found, "decision")
	} else {
		is(t, "Decision", err, domain.ErrNotFound)
	}
	if came, err := s.Transitions(ctx, x.decision.ID); err != nil {
		t.Errorf("Transitions: got error %v, want none", err)
	} else if len(came) > 0 {
		found = append(found, "transition")
	}
	if ledger, err := s.Decisions(ctx, ports.DecisionFilter{User: n}, "", 10); err != nil {
		t.Errorf("Decisions: got error %v, want none", err)
	} else if len(ledger) > 0 {
		found = append(found, "ledger")
	}
	if _, err := s.PolicyDocuments(ctx, x.revision); err == nil {
		found = append(found, "policy")
	} else {
		is(t, "PolicyDocuments", err, domain.ErrNotFound)
	}
	if a, err := s.Automation(ctx); err != nil {
		t.Errorf("Automation: got error %v, want none", err)
	} else if a.Reason == x.switched {
		found = append(found, "switch")
	}
	if d, err := s.Depth(ctx); err != nil {
		t.Errorf("Depth: got error %v, want none", err)
	} else if d.Waiting > 0 {
		found = append(found, "entry")
	}
	if _, err := s.Sweep(ctx, x.sweep.ID); err == nil {
		found = append(found, "sweep")
	} else {
		is(t, "Sweep", err, domain.ErrNotFound)
	}
	return found
}

// kept fails the test unless all of them are there.
func (x traces) kept(t *testing.T, s ports.Store) {
	t.Helper()
	same(t, "what is there after the unit", x.found(t, s),
		[]string{"standing", "leaderboard", "snapshot", "decision", "transition", "ledger", "policy", "switch", "entry", "sweep"})
}

// gone fails the test unless nothing of them is there, and nothing is in the way of writing them now.
func (x traces) gone(t *testing.T, s ports.Store) {
	t.Helper()
	same(t, "what is there after the unit", x.found(t, s), []string{})
	write(t, s, x.leave)
	x.kept(t, s)
}

func unitOfWork(t *testing.T, h Harness) {
	t.Helper()

	t.Run("what a unit wrote is there when Write has returned", func(t *testing.T) {
		s := h.open(t)
		write(t, s, tracesOf(1).leave)
		tracesOf(1).kept(t, s)
	})

	t.Run("a unit that wrote nothing commits", func(t *testing.T) {
		s := h.open(t)
		write(t, s, func(context.Context, ports.Writer) error { return nil })
	})

	t.Run("when fn returns an error nothing is kept and Write returns it", func(t *testing.T) {
		s := h.open(t)
		refusal := errors.New("the case refuses")
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			if err := tracesOf(1).leave(ctx, w); err != nil {
				return err
			}
			return refusal
		})
		is(t, "Write", err, refusal)
		tracesOf(1).gone(t, s)
	})

	t.Run("when fn panics nothing is kept and the panic goes on", func(t *testing.T) {
		s := h.open(t)
		type fault struct{ text string }
		recovered := func() (recovered any) {
			defer func() { recovered = recover() }()
			err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
				if err := tracesOf(1).leave(ctx, w); err != nil {
					return err
				}
				panic(fault{"the case panics"})
			})
			t.Errorf("Write: got error %v, want a panic", err)
			return nil
		}()
		if want := (fault{"the case panics"}); recovered != want {
			t.Errorf("Write: got panic %v, want %v", recovered, want)
		}
		tracesOf(1).gone(t, s)
	})

	t.Run("when the context ends before the commit nothing is kept", func(t *testing.T) {
		s := h.open(t)
		ctx, cancel := context.WithCancel(soon(t))
		defer cancel()
		err := s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
			if err := tracesOf(1).leave(ctx, w); err != nil {
				return err
			}
			cancel()
			return nil
		})
		refused(t, "Write", err)
		tracesOf(1).gone(t, s)
	})

	t.Run("when the context ends in the middle nothing is kept", func(t *testing.T) {
		s := h.open(t)
		ctx, cancel := context.WithCancel(soon(t))
		defer cancel()
		err := s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
			if err := w.SaveStandings(ctx, placed(player(1))); err != nil {
				return err
			}
			cancel()
			refused(t, "SaveStandings after the context has ended", w.SaveStandings(ctx, placed(player(2))))
			return nil
		})
		refused(t, "Write", err)
		unknown(t, s, 1)
		unknown(t, s, 2)
	})

	t.Run("the store works on after a unit that failed", func(t *testing.T) {
		s := h.open(t)
		refusal := errors.New("the case refuses")
		for range 20 {
			is(t, "Write", s.Write(soon(t), func(context.Context, ports.Writer) error { return refusal }), refusal)
		}
		write(t, s, tracesOf(1).leave)
		tracesOf(1).kept(t, s)
	})

	t.Run("after a conflict reading again and repeating succeeds", func(t *testing.T) {
		s := h.open(t)
		stored := save(t, s, player(1))[0]
		save(t, s, stored)
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			return w.SaveStandings(ctx, placed(stored))
		})
		is(t, "Write of a stale version", err, domain.ErrConflict)
		save(t, s, standing(t, s, 1))
		if got := standing(t, s, 1).Version; got != 3 {
			t.Errorf("the player's version: got %d, want 3", got)
		}
	})

	poison(t, h)
	visibility(t, h)
}
