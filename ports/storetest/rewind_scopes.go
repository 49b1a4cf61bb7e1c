package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// scoped returns what a scope chooses of all that is stored, as "player: how many from which on".
func scoped(t *testing.T, s ports.Store, scope ports.SnapshotScope, first, last int64) []string {
	t.Helper()
	found, err := s.ScopedSnapshots(soon(t), scope, first, last)
	if err != nil {
		t.Fatalf("ScopedSnapshots: got error %v, want none", err)
	}
	lines := []string{}
	for _, r := range found {
		if r.Outcome != ports.RewoundFound {
			t.Errorf("ScopedSnapshots: got outcome %q, want %q", r.Outcome, ports.RewoundFound)
		}
		lines = append(lines, fmt.Sprintf("%s: %d from %d", r.User, r.Snapshots, r.First-first))
	}
	return lines
}

func scopes(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a scope chooses by key, experience, universe, server and instant", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		universe, err := domain.NewUniverseID(77)
		if err != nil {
			t.Fatal(err)
		}
		full := domain.Experience{Key: "arena " + awkward, Server: "server " + awkward, Universe: universe}
		var stored []ports.SnapshotRecord
		add := func(r ports.SnapshotRecord) {
			r.ID = appendAll(t, s, r)[0]
			stored = append(stored, r)
		}
		add(from(1, 1, h.instant(1), "key", full))
		add(from(1, 2, h.instant(2), "key", domain.Experience{}))
		add(from(2, 3, h.instant(2), "other", full))
		add(from(1, 4, h.instant(3), "key", full))
		add(from(2, 5, h.instant(3), "KEY", domain.Experience{Key: "77", Server: "server"}))
		add(from(2, 6, h.instant(4), "key", domain.Experience{Universe: universe}))
		first, last := stored[0].ID, stored[len(stored)-1].ID
		for name, c := range map[string]struct {
			scope ports.SnapshotScope
			want  []string
		}{
			"all":                                    {ports.SnapshotScope{}, []string{"1: 3 from 0", "2: 3 from 2"}},
			"a key":                                  {ports.SnapshotScope{Principal: "key"}, []string{"1: 3 from 0", "2: 1 from 5"}},
			"a key to the letter":                    {ports.SnapshotScope{Principal: "KEY"}, []string{"2: 1 from 4"}},
			"an experience":                          {ports.SnapshotScope{Experience: "arena " + awkward}, []string{"1: 2 from 0", "2: 1 from 2"}},
			"a universe, or an experience called so": {ports.SnapshotScope{Experience: "77"}, []string{"1: 2 from 0", "2: 3 from 2"}},
			"a server":                               {ports.SnapshotScope{Server: "server " + awkward}, []string{"1: 2 from 0", "2: 1 from 2"}},
			"from an instant":                        {ports.SnapshotScope{Since: h.instant(3)}, []string{"1: 1 from 3", "2: 2 from 4"}},
			"to an instant":                          {ports.SnapshotScope{Until: h.instant(3)}, []string{"1: 2 from 0", "2: 1 from 2"}},
			"all of it": {
				ports.SnapshotScope{Principal: "key", Experience: "77", Server: "server " + awkward, Since: h.instant(2), Until: h.instant(9)},
				[]string{"1: 1 from 3"},
			},
			"nobody":  {ports.SnapshotScope{Principal: "nobody"}, []string{}},
			"no text": {ports.SnapshotScope{Server: "\x00"}, []string{}},
		} {
			same(t, name, scoped(t, s, c.scope, first, last), c.want)
			covered := map[int64]int64{}
			for _, r := range stored {
				if c.scope.Covers(r) {
					covered[r.Snapshot.UserID().Int64()]++
				}
			}
			found, _ := s.ScopedSnapshots(soon(t), c.scope, first, last)
			for _, r := range found {
				same(t, name+": how many of "+r.User.String()+" Covers chooses", covered[r.User.Int64()], r.Snapshots)
				delete(covered, r.User.Int64())
			}
			same(t, name+": who else Covers chooses", covered, map[int64]int64{})
		}
		same(t, "a stretch", scoped(t, s, ports.SnapshotScope{}, stored[1].ID, stored[3].ID), []string{"1: 2 from 0", "2: 1 from 1"})
		disregard(t, s, "rewind", stored[0].ID, stored[5].ID)
		same(t, "what counts still", scoped(t, s, ports.SnapshotScope{Principal: "key"}, first, last), []string{"1: 2 from 1"})
	})

	t.Run("a key is known by what it delivered in a stretch, whether that counts or not", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		ids := appendAll(t, s,
			from(1, 1, noon(), "key", domain.Experience{}), from(2, 2, noon(), awkward, domain.Experience{}), from(1, 3, noon(), "other", domain.Experience{}))
		disregard(t, s, "rewind", ids[0])
		for _, c := range []struct {
			principal   string
			first, last int64
			want        bool
		}{
			{"key", ids[0], ids[2], true},
			{"key", ids[0], ids[0], true},
			{"key", ids[1], ids[2], false},
			{"KEY", ids[0], ids[2], false},
			{awkward, ids[0], ids[2], true},
			{awkward, ids[1], ids[1], true},
			{awkward, ids[2], ids[2] + 9, false},
			{awkward, ids[0], ids[0], false},
			{"other", ids[2], ids[2] + 1000, true},
			{"other", ids[2], ids[0], false},
			{"nobody", ids[0], ids[2], false},
			{"key\x00", ids[0], ids[2], false},
		} {
			if got, err := s.DeliveredBy(soon(t), c.principal, c.first, c.last); err != nil || got != c.want {
				t.Errorf("DeliveredBy(%q, %d, %d): got %t and error %v, want %t", c.principal, c.first, c.last, got, err, c.want)
			}
		}
	})
}

func spans(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a span holds everything that arrived at an instant or later, and little else", func(t *testing.T) {
		s := h.open(t)
		same(t, "of nothing", span(t, s, noon()), [2]int64{})
		known(t, s, 1)
		hours := func(n int) time.Time { return noon().Add(time.Duration(n) * time.Hour) }
		var ids []int64
		for i := range 60 {
			at := hours(i)
			if i%7 == 3 {
				at = at.Add(-30 * time.Minute) // units commit in another order than they began
			}
			ids = append(ids, appendAll(t, s, from(1, int64(i), at, "key", domain.Experience{}))...)
			if i%10 == 0 {
				appendAll(t, s, keyed(snapshotOf(1, 0), "gap", "the same")) // may leave a gap between ids
			}
		}
		for _, i := range []int{0, 1, 2, 29, 30, 58, 59} {
			got := span(t, s, hours(i))
			if got[0] > ids[i] || got[1] < ids[59] || i > 5 && got[0] < ids[i-4] {
				t.Errorf("since hour %d: got %v, want from about %d to %d", i, got, ids[i], ids[59])
			}
		}
		if got := span(t, s, hours(1000)); got[0] != got[1] || got[1] < ids[59] {
			t.Errorf("since the future: got %v, want no more than the newest", got)
		}
		if got := span(t, s, hours(-1000)); got[0] > ids[0] {
			t.Errorf("since ever: got %v, want all from %d on", got, ids[0])
		}
	})
}

func span(t *testing.T, s ports.Store, since time.Time) [2]int64 {
	t.Helper()
	first, last, err := s.SnapshotSpan(soon(t), since)
	if err != nil {
		t.Fatalf("SnapshotSpan: got error %v, want none", err)
	}
	return [2]int64{first, last}
}
