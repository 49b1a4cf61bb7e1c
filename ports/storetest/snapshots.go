package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/grps/grps/ports"
)

// points returns what tells the records of a case apart.
func points(records []ports.SnapshotRecord) []int64 {
	found := []int64{}
	for _, r := range records {
		found = append(found, r.Snapshot.Report().Points)
	}
	return found
}

func snapshots(t *testing.T, h Harness) {
	t.Helper()

	t.Run("ids ascend within a call, within a unit and from unit to unit", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		ids := appendAll(t, s, snapshotOf(1, 1), snapshotOf(1, 2), snapshotOf(1, 3))
		locked(t, s, 1, func(ctx context.Context, w ports.Writer) error {
			for range 3 {
				more, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{snapshotOf(1, 4), snapshotOf(2, 4)})
				if err != nil {
					return err
				}
				ids = append(ids, more...)
			}
			return nil
		})
		ids = append(ids, appendAll(t, s, snapshotOf(2, 5))...)
		for i := range ids {
			if before := append([]int64{0}, ids...)[i]; ids[i] <= before {
				t.Fatalf("AppendSnapshots: got ids %v, want each greater than the one before and than 0", ids)
			}
		}
	})

	t.Run("a key that is stored already is not added again, and its first answer stays", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		first, again := keyed(snapshotOf(1, 1), "arena", "k"), keyed(snapshotOf(1, 2), "arena", "k")
		id := appendAll(t, s, first)[0]
		ids := appendAll(t, s, snapshotOf(1, 3), again, snapshotOf(1, 4))
		if ids[0] <= id || ids[1] != 0 || ids[2] <= ids[0] {
			t.Errorf("AppendSnapshots with a stored key in the middle: got ids %v, want 0 for it and new ones around it", ids)
		}
		same(t, "points in history", points(page(t, s, 1, 0, 10)), []int64{4, 3, 1})
		same(t, "Answers", answers(t, s, first.Request), map[ports.RequestKey]ports.StoredAnswer{
			first.Request: {RequestHash: first.RequestHash, SnapshotID: id, Answer: first.Answer},
		})
	})

	t.Run("a key that another player's snapshot used is stored already", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		appendAll(t, s, keyed(snapshotOf(1, 1), "arena", "k"))
		if id := appendAll(t, s, keyed(snapshotOf(2, 2), "arena", "k"))[0]; id != 0 {
			t.Errorf("AppendSnapshots: got id %d, want 0", id)
		}
		same(t, "points in history", points(page(t, s, 2, 0, 10)), []int64{})
	})

	t.Run("of two records with one key in one call the first is added", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		first, second := keyed(snapshotOf(1, 1), "arena", "k"), keyed(snapshotOf(1, 2), "arena", "k")
		ids := appendAll(t, s, first, second)
		if ids[0] <= 0 || ids[1] != 0 {
			t.Errorf("AppendSnapshots: got ids %v, want a new one and 0", ids)
		}
		same(t, "points in history", points(page(t, s, 1, 0, 10)), []int64{1})
		same(t, "the stored answer", answers(t, s, first.Request)[first.Request].Answer, first.Answer)
	})

	t.Run("a key that the same unit stored before is stored already", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		locked(t, s, 1, func(ctx context.Context, w ports.Writer) error {
			for i, want := range []bool{true, false} {
				ids, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{keyed(snapshotOf(1, int64(i)), "arena", "k")})
				if err != nil {
					return err
				}
				if added := ids[0] != 0; added != want {
					t.Errorf("AppendSnapshots no. %d: got added %t, want %t", i+1, added, want)
				}
			}
			return nil
		})
	})

	t.Run("records without a key are never duplicates", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		r := snapshotOf(1, 1)
		r.Request.Principal = "arena"
		ids := append(appendAll(t, s, r, r), appendAll(t, s, r)...)
		if slices.Contains(ids, 0) {
			t.Errorf("AppendSnapshots: got ids %v, want none 0", ids)
		}
		same(t, "points in history", points(page(t, s, 1, 0, 10)), []int64{1, 1, 1})
		if found := answers(t, s, r.Request); len(found) != 0 {
			t.Errorf("Answers to an empty key: got %v, want nothing", found)
		}
	})

	t.Run("two principals never share a key", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		mine, theirs := keyed(snapshotOf(1, 1), "arena", "k"), keyed(snapshotOf(1, 2), "lobby", "k")
		if ids := append(appendAll(t, s, mine), appendAll(t, s, theirs)...); slices.Contains(ids, 0) {
			t.Errorf("AppendSnapshots: got ids %v, want none 0", ids)
		}
		found := answers(t, s, mine.Request, theirs.Request)
		same(t, "my answer", found[mine.Request].Answer, mine.Answer)
		same(t, "their answer", found[theirs.Request].Answer, theirs.Answer)
	})

	t.Run("keys are told apart to the letter", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		for i, key := range []ports.RequestKey{
			{Principal: "a", Key: "k"},
			{Principal: "a", Key: "K"},
			{Principal: "A", Key: "k"},
			{Principal: "a", Key: "k "},
			{Principal: "ak", Key: "k"},
			{Principal: "a", Key: "kk"},
			{Principal: "a", Key: "ḱ"},
			{Principal: awkward, Key: awkward},
			{Principal: "", Key: "k"},
			{Principal: "a|k", Key: "k"},
			{Principal: "a", Key: "|kk"},
		} {
			if id := appendAll(t, s, keyed(snapshotOf(1, int64(i)), key.Principal, key.Key))[0]; id == 0 {
				t.Errorf("AppendSnapshots under %q: got 0, want it added", key)
			}
		}
	})

	t.Run("answers are found for stored keys only, in one map", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		first, second := keyed(snapshotOf(1, 1), "arena", "1"), keyed(snapshotOf(1, 2), "arena", "2")
		ids := appendAll(t, s, first, second, snapshotOf(1, 3))
		found := answers(t, s, second.Request, ports.RequestKey{Principal: "arena", Key: "3"}, first.Request, first.Request,
			ports.RequestKey{Principal: "arena"}, ports.RequestKey{}, ports.RequestKey{Principal: "lobby", Key: "1"})
		same(t, "Answers", found, map[ports.RequestKey]ports.StoredAnswer{
			first.Request:  {RequestHash: first.RequestHash, SnapshotID: ids[0], Answer: first.Answer},
			second.Request: {RequestHash: second.RequestHash, SnapshotID: ids[1], Answer: second.Answer},
		})
	})

	t.Run("of twenty first uses of one key at once exactly one is added", func(t *testing.T) {
		s := h.open(t)
		const callers = 20
		numbers := make([]int64, callers)
		for i := range numbers {
			numbers[i] = int64(i + 1)
		}
		known(t, s, numbers...)
		added := make([]int64, callers)
		ctx := soon(t)
		for i, err := range race(callers, func(i int) error {
			n := numbers[i]
			return s.Write(ctx, lockFirst(n, func(ctx context.Context, w ports.Writer) error {
				ids, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{keyed(snapshotOf(n, n), "arena", "k")})
				if err == nil {
					added[i] = ids[0]
				}
				return err
			}))
		}) {
			if err != nil {
				t.Errorf("caller %d: got error %v, want none", i, err)
			}
		}
		rows := 0
		for i, n := range numbers {
			if got, want := len(page(t, s, n, 0, 10)), min(added[i], 1); int64(got) != want {
				t.Errorf("history of player %d after id %d: got %d records, want %d", n, added[i], got, want)
			}
			rows += int(min(added[i], 1))
		}
		if rows != 1 {
			t.Errorf("AppendSnapshots by %d callers: got ids %v, want all but one to be 0", callers, added)
		}
	})
}
