package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// sweepOf returns a plain review that is queued. The id is made of the number, in the form of a UUID version 7.
func sweepOf(number int64) ports.Sweep {
	return ports.Sweep{
		ID: fmt.Sprintf("01890a5d-ac97-774b-bcce-%012x", number), Kind: ports.SweepReview, Principal: "admin",
		State: ports.SweepQueued, Phase: ports.PhaseEvaluate, Revision: "revision", CreatedAt: noon(), UpdatedAt: noon(),
	}
}

// ended returns the sweep as one that has come to its end.
func ended(s ports.Sweep) ports.Sweep {
	s.State, s.EndedAt = ports.SweepDone, noon()
	return s
}

// fullSweep has a value in every field but StartedAt, which the storage gives.
func (h Harness) fullSweep() ports.Sweep {
	return ports.Sweep{
		ID: sweepOf(1).ID, Kind: "kind " + awkward,
		Filter: ports.StandingFilter{
			Ranks: []string{awkward, "a,b", "c"}, MinPoints: domain.CountOf(0), SeenSince: h.instant(1),
		},
		Scope: ports.SnapshotScope{
			Principal: "key " + awkward, Experience: "experience " + awkward, Server: "server " + awkward,
			Since: h.instant(5), Until: h.instant(6),
		},
		Apply: true, Override: "override " + awkward, Principal: "principal " + awkward, Actor: user(domain.MaxID),
		RequestID: "request " + awkward, Schedule: "schedule " + awkward, State: ports.SweepQueued, Phase: "phase " + awkward,
		Cursor: "cursor " + awkward, Revision: "revision " + awkward,
		Found: ports.Tally{"promote": domain.MaxID, awkward: -1}, Reasons: ports.Tally{"ELIGIBLE": 2}, Decided: ports.Tally{"held": 3},
		Total: domain.MaxID, Scanned: domain.MaxID - 1, Pace: domain.MaxID - 2, Detail: "detail " + awkward, Term: 5,
		CreatedAt: h.instant(2), UpdatedAt: h.instant(3), EndedAt: h.instant(4),
	}
}

// addSweep adds a sweep, and ends the test when one stands in its way.
func addSweep(t *testing.T, s ports.Store, sweep ports.Sweep) ports.Sweep {
	t.Helper()
	added, ok := tryAdd(t, s, sweep)
	if !ok {
		t.Fatalf("AddSweep(%s): got %s in its way, want it added", sweep.ID, added.ID)
	}
	return added
}

func tryAdd(t *testing.T, s ports.Store, sweep ports.Sweep) (got ports.Sweep, added bool) {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
		got, added, err = w.AddSweep(ctx, sweep)
		return err
	})
	return got, added
}

// sweep returns the sweep of that id, and ends the test when there is none.
func sweep(t *testing.T, s ports.Store, id string) ports.Sweep {
	t.Helper()
	got, err := s.Sweep(soon(t), id)
	if err != nil {
		t.Fatalf("Sweep(%s): got error %v, want none", id, err)
	}
	return got
}

// saveSweep returns what SaveSweep returned.
func saveSweep(t *testing.T, s ports.Store, changed ports.Sweep) bool {
	t.Helper()
	saved := false
	write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
		saved, err = w.SaveSweep(ctx, changed)
		return err
	})
	return saved
}

// take leases a review, and ends the test when there is none to lease.
func take(t *testing.T, s ports.Store, lease time.Duration) ports.Sweep {
	t.Helper()
	got, ok := tryTake(t, s, lease, ports.SweepReview)
	if !ok {
		t.Fatal("ClaimSweep: got nothing, want a sweep")
	}
	return got
}

func tryTake(t *testing.T, s ports.Store, lease time.Duration, kind ports.SweepKind) (ports.Sweep, bool) {
	t.Helper()
	got, ok, err := s.ClaimSweep(soon(t), kind, lease)
	if err != nil {
		t.Fatalf("ClaimSweep: got error %v, want none", err)
	}
	return got, ok
}

// takeSoon leases a review once it can be.
func takeSoon(t *testing.T, s ports.Store) ports.Sweep {
	t.Helper()
	for ctx := soon(t); ctx.Err() == nil; pause(ctx, shortLease/6) {
		if got, ok := tryTake(t, s, longLease, ports.SweepReview); ok {
			return got
		}
	}
	t.Fatalf("ClaimSweep: got nothing for %s, want the sweep to become free", patience)
	return ports.Sweep{}
}

// untaken fails the test when there is a review to lease.
func untaken(t *testing.T, s ports.Store, why string) {
	t.Helper()
	if got, ok := tryTake(t, s, longLease, ports.SweepReview); ok {
		t.Errorf("ClaimSweep: got %s, want nothing: %s", got.ID, why)
	}
}

func renew(t *testing.T, s ports.Store, held ports.Sweep, lease time.Duration) bool {
	t.Helper()
	renewed, err := s.RenewSweep(soon(t), held.ID, held.Term, lease)
	if err != nil {
		t.Fatalf("RenewSweep: got error %v, want none", err)
	}
	return renewed
}

func listedSweeps(t *testing.T, s ports.Store, kind ports.SweepKind, before string, limit int) []string {
	t.Helper()
	sweeps, err := s.Sweeps(soon(t), kind, before, limit)
	if err != nil {
		t.Fatalf("Sweeps(%s, %q, %d): got error %v, want none", kind, before, limit, err)
	}
	ids := []string{}
	for _, found := range sweeps {
		ids = append(ids, found.ID)
	}
	return ids
}

// sweepIDs returns the ids of the sweeps of those numbers.
func sweepIDs(numbers ...int64) []string {
	ids := []string{}
	for _, n := range numbers {
		ids = append(ids, sweepOf(n).ID)
	}
	return ids
}
