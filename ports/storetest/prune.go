package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func prune(t *testing.T, h Harness) {
	t.Helper()

	at := func(r ports.SnapshotRecord, instant time.Time) ports.SnapshotRecord {
		r.Snapshot = restored(r.Snapshot.Report(), instant)
		return r
	}
	all := func(t *testing.T, s ports.Store, before time.Time, limit int) (removed int) {
		t.Helper()
		step := ports.PruneStep{Before: before, Limit: limit}
		for range 100 {
			got, err := s.PruneSnapshots(soon(t), step)
			if err != nil || got.Busy {
				t.Fatalf("PruneSnapshots: got %+v and error %v, want it done", got, err)
			}
			removed += got.Removed
			if got.Next == 0 {
				return removed
			}
			if got.Next <= step.After {
				t.Fatalf("PruneSnapshots after %d: got next %d, want one behind it", step.After, got.Next)
			}
			step.After = got.Next
		}
		t.Fatal("PruneSnapshots: got no end in a hundred steps")
		return 0
	}

	for _, limit := range []int{1, 2, 3, 100} {
		t.Run(fmt.Sprintf("old records go, but for the newest of each player, in steps of %d", limit), func(t *testing.T) {
			s := h.open(t)
			known(t, s, 1, 2, 3)
			appendAll(t, s,
				at(snapshotOf(1, 10), h.instant(1)), at(snapshotOf(1, 11), h.instant(2)), at(snapshotOf(2, 20), h.instant(1)),
				at(snapshotOf(1, 12), h.instant(3)), at(snapshotOf(3, 30), h.instant(3)), at(snapshotOf(3, 31), h.instant(5)),
				at(snapshotOf(1, 13), h.instant(6)),
			)
			if got := all(t, s, h.instant(3), limit); got != 2 {
				t.Errorf("removed: got %d, want 2", got)
			}
			same(t, "points of player 1", points(page(t, s, 1, 0, 10)), []int64{13, 12})
			same(t, "points of player 2, of whom the newest is old", points(page(t, s, 2, 0, 10)), []int64{20})
			same(t, "points of player 3", points(page(t, s, 3, 0, 10)), []int64{31, 30})
			if got := all(t, s, h.instant(3), limit); got != 0 {
				t.Errorf("removed again: got %d, want none", got)
			}
			if got := all(t, s, h.instant(9), limit); got != 2 {
				t.Errorf("removed later: got %d, want 2", got)
			}
			same(t, "points of player 1 later", points(page(t, s, 1, 0, 10)), []int64{13})
		})
	}

	t.Run("a key is forgotten with its record, and can be used again", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		old := at(h.fullSnapshot(), h.instant(1))
		old.Snapshot = restored(snapshotOf(1, 1).Snapshot.Report(), h.instant(1))
		kept := old
		kept.Outcome = domain.FoldUpdated
		kept.Request.Key, kept.Snapshot = "another", restored(snapshotOf(1, 2).Snapshot.Report(), h.instant(2))
		appendAll(t, s, old, kept)
		all(t, s, h.instant(5), 10)
		got := answers(t, s, old.Request, kept.Request)
		if _, found := got[old.Request]; found || len(got) != 1 {
			t.Errorf("Answers: got %d, want only that of the record that is left", len(got))
		}
		ids := appendAll(t, s, old)
		if ids[0] == 0 {
			t.Error("AppendSnapshots under the key: got 0, want an id")
		}
	})

	t.Run("the newest that counts stays, however many came later that do not", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		ids := appendAll(t, s, at(snapshotOf(1, 10), h.instant(1)), at(snapshotOf(1, 11), h.instant(1)), at(snapshotOf(1, 12), h.instant(2)))
		alone := appendAll(t, s, at(snapshotOf(2, 20), h.instant(1)))
		disregard(t, s, "rewind", ids[2], alone[0])
		if got := all(t, s, h.instant(5), 10); got != 1 {
			t.Errorf("removed: got %d, want the first alone", got)
		}
		same(t, "points of player 1", points(page(t, s, 1, 0, 10)), []int64{12, 11})
		appendAll(t, s, at(snapshotOf(1, 13), h.instant(9)))
		if got := all(t, s, h.instant(5), 10); got != 2 {
			t.Errorf("removed: got %d, want both that a later one makes needless", got)
		}
		same(t, "points of player 1", points(page(t, s, 1, 0, 10)), []int64{13})
		same(t, "points of player 2", points(page(t, s, 2, 0, 10)), []int64{20})
	})

	t.Run("the newest that was folded stays, however many came later that were stale", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		stale := func(n int64) ports.SnapshotRecord {
			r := at(snapshotOf(1, n), h.instant(2))
			r.Outcome = domain.FoldStale
			return r
		}
		appendAll(t, s, at(snapshotOf(1, 10), h.instant(1)), at(snapshotOf(1, 11), h.instant(1)), stale(12), stale(13))
		if got := all(t, s, h.instant(5), 10); got != 1 {
			t.Errorf("removed: got %d, want the first alone", got)
		}
		same(t, "points", points(page(t, s, 1, 0, 10)), []int64{13, 12, 11})
		appendAll(t, s, at(snapshotOf(1, 14), h.instant(9)))
		if got := all(t, s, h.instant(5), 10); got != 3 {
			t.Errorf("removed: got %d, want all that a later one makes needless", got)
		}
	})

	t.Run("an empty history is done at once", func(t *testing.T) {
		if got := all(t, h.open(t), noon(), 10); got != 0 {
			t.Errorf("removed: got %d, want none", got)
		}
	})
}
