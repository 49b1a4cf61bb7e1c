package storetest

import (
	"testing"

	"github.com/grps/grps/ports"
)

func history(t *testing.T, h Harness) {
	t.Helper()

	t.Run("history is newest first by the order of writing, whatever the instants say", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		late, early := snapshotOf(1, 1), snapshotOf(1, 2)
		late.Snapshot = restored(late.Snapshot.Report(), h.instant(9))
		early.Snapshot = restored(early.Snapshot.Report(), h.instant(1))
		appendAll(t, s, late, early)
		same(t, "points", points(page(t, s, 1, 0, 10)), []int64{2, 1})
	})

	t.Run("history holds one player's records only", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		for i := range int64(3) {
			appendAll(t, s, snapshotOf(1, 10+i))
			appendAll(t, s, snapshotOf(2, 20+i))
		}
		same(t, "points of player 1", points(page(t, s, 1, 0, 10)), []int64{12, 11, 10})
		same(t, "points of player 2", points(page(t, s, 2, 0, 10)), []int64{22, 21, 20})
	})

	t.Run("pages follow each other without gap or repetition while records are written", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		want := []int64{}
		for i := range int64(25) {
			appendAll(t, s, snapshotOf(1, i))
			want = append([]int64{i}, want...)
		}
		got, before := []int64{}, int64(0)
		for range 10 {
			records := page(t, s, 1, before, 10)
			if len(records) == 0 {
				break
			}
			got = append(got, points(records)...)
			before = records[len(records)-1].ID
			appendAll(t, s, snapshotOf(1, 1000), snapshotOf(2, 1000), snapshotOf(1, 1001))
		}
		same(t, "points over all pages", got, want)
	})

	t.Run("a page begins behind its cursor and ends at its limit", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		ids := appendAll(t, s, snapshotOf(1, 0), snapshotOf(1, 1), snapshotOf(1, 2), snapshotOf(1, 3))
		for _, c := range []struct {
			before int64
			limit  int
			want   []int64
		}{
			{0, 2, []int64{3, 2}},
			{ids[3], 2, []int64{2, 1}},
			{ids[1], 2, []int64{0}},
			{ids[0], 2, []int64{}},
			{ids[3] + 1, 9, []int64{3, 2, 1, 0}},
		} {
			same(t, "points", points(page(t, s, 1, c.before, c.limit)), c.want)
		}
	})

	t.Run("an unknown player has no history", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		appendAll(t, s, snapshotOf(1, 1))
		same(t, "points", points(page(t, s, 2, 0, 10)), []int64{})
	})

	t.Run("history is never changed by what is written later", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		first := keyed(snapshotOf(1, 1), "arena", "k")
		id := appendAll(t, s, first)[0]
		other := keyed(snapshotOf(1, 2), "arena", "k")
		other.ID = id
		appendAll(t, s, other, snapshotOf(1, 3))
		changed := standing(t, s, 1)
		changed.Username = "Renamed"
		save(t, s, changed)
		records := page(t, s, 1, 0, 10)
		same(t, "the first record", records[len(records)-1:], []ports.SnapshotRecord{inHistory(first, id)})
	})
}
