package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// disregard takes records out of account in a unit of its own.
func disregard(t *testing.T, s ports.Store, rewind string, ids ...int64) {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) error { return w.DisregardSnapshots(ctx, ids, rewind) })
}

// disregarded returns which rewind took each record of the player out of account, newest first.
func disregarded(t *testing.T, s ports.Store, n int64) []string {
	t.Helper()
	var by []string
	for _, r := range page(t, s, n, 0, 100) {
		by = append(by, r.Disregarded)
	}
	return by
}

// from returns a record that arrived at an instant from a key, an experience, a universe and a server.
func from(n, points int64, received time.Time, principal string, e domain.Experience) ports.SnapshotRecord {
	r := snapshotOf(n, points)
	report := r.Snapshot.Report()
	report.Experience = e
	r.Snapshot, r.Request.Principal = restored(report, received), principal
	return r
}

func rewinds(t *testing.T, h Harness) {
	t.Helper()
	disregarding(t, h)
	readingOn(t, h)
	bounds(t, h)
	scopes(t, h)
	spans(t, h)
	rewoundPlayers(t, h)
}

func disregarding(t *testing.T, h Harness) {
	t.Helper()

	t.Run("what is taken out of account stays in history and says who did it, the first time", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		ids := appendAll(t, s, snapshotOf(1, 1), snapshotOf(1, 2), snapshotOf(1, 3))
		appendAll(t, s, snapshotOf(2, 4))
		disregard(t, s, awkward, ids[1])
		disregard(t, s, "second", ids[1], ids[2], ids[2]+1000)
		disregard(t, s, "third")
		same(t, "Disregarded", disregarded(t, s, 1), []string{"second", awkward, ""})
		same(t, "Disregarded of another", disregarded(t, s, 2), []string{""})
		same(t, "points", points(page(t, s, 1, 0, 9)), []int64{3, 2, 1})
	})

	t.Run("the first that does not count is found", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		ids := appendAll(t, s, snapshotOf(1, 1), snapshotOf(1, 2), snapshotOf(1, 3))
		for _, want := range []int64{0, ids[2], ids[1]} {
			if want != 0 {
				disregard(t, s, "rewind", want)
			}
			got, err := s.FirstDisregarded(soon(t), user(1))
			if err != nil || got != want {
				t.Errorf("FirstDisregarded: got %d and error %v, want %d", got, err, want)
			}
		}
		for _, n := range []int64{2, 3} {
			if got, err := s.FirstDisregarded(soon(t), user(n)); err != nil || got != 0 {
				t.Errorf("FirstDisregarded of another: got %d and error %v, want 0", got, err)
			}
		}
	})

	t.Run("many are taken out of account at once, and none by a unit that fails", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		records := make([]ports.SnapshotRecord, 1100)
		for i := range records {
			records[i] = snapshotOf(1, int64(i))
		}
		ids := appendAll(t, s, records...)
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			if err := w.DisregardSnapshots(ctx, ids, "lost"); err != nil {
				return err
			}
			return domain.ErrConflict
		})
		is(t, "Write", err, domain.ErrConflict)
		if got, err := s.FirstDisregarded(soon(t), user(1)); err != nil || got != 0 {
			t.Errorf("FirstDisregarded after a failed unit: got %d and error %v, want 0", got, err)
		}
		disregard(t, s, "rewind", ids...)
		for _, r := range page(t, s, 1, 0, 2000) {
			if r.Disregarded != "rewind" {
				t.Fatalf("record %d: got Disregarded %q, want %q", r.ID, r.Disregarded, "rewind")
			}
		}
	})
}

func readingOn(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a unit reads on in a history, oldest first, with what it wrote itself", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		first := keyed(snapshotOf(1, 1), "arena", "k")
		ids := appendAll(t, s, first, snapshotOf(1, 2))
		appendAll(t, s, snapshotOf(2, 9))
		locked(t, s, 1, func(ctx context.Context, w ports.Writer) error {
			more, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{snapshotOf(1, 3), snapshotOf(1, 4)})
			if err != nil {
				return err
			}
			if err := w.DisregardSnapshots(ctx, []int64{ids[1], more[0]}, "rewind"); err != nil {
				return err
			}
			for _, c := range []struct {
				after int64
				limit int
				want  []int64
			}{{0, 9, []int64{1, 2, 3, 4}}, {ids[0], 2, []int64{2, 3}}, {ids[1], 1, []int64{3}}, {more[1], 9, []int64{}}, {0, 0, []int64{}}} {
				got, err := w.SnapshotsFrom(ctx, user(1), c.after, c.limit)
				if err != nil {
					return err
				}
				same(t, fmt.Sprintf("SnapshotsFrom after %d, up to %d", c.after, c.limit), points(got), c.want)
				if c.after == 0 && c.limit > 0 {
					same(t, "the first record", got[0], inHistory(first, ids[0]))
					same(t, "Disregarded", []string{got[1].Disregarded, got[2].Disregarded, got[3].Disregarded}, []string{"rewind", "rewind", ""})
				}
			}
			unknown, err := w.SnapshotsFrom(ctx, user(3), 0, 9)
			same(t, "SnapshotsFrom of an unknown player", points(unknown), []int64{})
			return err
		})
	})
}

func bounds(t *testing.T, h Harness) {
	t.Helper()

	t.Run("the bound is that of the newest record that counts and was folded, with what the unit wrote", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		by := func(user, n int64, most string, outcome domain.FoldOutcome) ports.SnapshotRecord {
			r := snapshotOf(user, n)
			r.MaxRank, r.Outcome = most, outcome
			return r
		}
		ids := appendAll(t, s, by(1, 1, "", domain.FoldFirst), by(1, 2, "low "+awkward, domain.FoldUpdated), by(1, 3, "", domain.FoldStale), by(2, 4, "", domain.FoldUpdated))
		locked(t, s, 1, func(ctx context.Context, w ports.Writer) error {
			wants := func(what string, user domain.UserID, want string) {
				t.Helper()
				got, err := w.LatestBound(ctx, user)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				same(t, what, got, want)
			}
			wants("LatestBound", user(1), "low "+awkward)
			wants("LatestBound of another player", user(2), "")
			wants("LatestBound of an unknown player", user(3), "")
			more, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{by(1, 5, "high", domain.FoldUpdated), by(1, 6, "", domain.FoldStale)})
			if err != nil {
				return err
			}
			wants("LatestBound after another record", user(1), "high")
			if err := w.DisregardSnapshots(ctx, more, "rewind"); err != nil {
				return err
			}
			wants("LatestBound without that", user(1), "low "+awkward)
			if err := w.DisregardSnapshots(ctx, ids[1:2], "rewind"); err != nil {
				return err
			}
			wants("LatestBound of what is left", user(1), "")
			return nil
		})
	})
}
