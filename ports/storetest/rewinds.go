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

// rewoundOf returns a page of what a rewind comes to.
func rewoundOf(t *testing.T, s ports.Store, sweep string, after int64, limit int, outcomes ...ports.RewoundOutcome) []ports.Rewound {
	t.Helper()
	above := domain.UserID{}
	if after > 0 {
		above = user(after)
	}
	page, err := s.Rewound(soon(t), sweep, outcomes, above, limit)
	if err != nil {
		t.Fatalf("Rewound(%s): got error %v, want none", sweep, err)
	}
	return page
}

func rewoundPlayers(t *testing.T, h Harness) {
	t.Helper()
	keep := func(t *testing.T, s ports.Store, sweep string, players ...ports.Rewound) {
		t.Helper()
		write(t, s, func(ctx context.Context, w ports.Writer) error { return w.KeepRewound(ctx, sweep, players) })
	}
	add := func(t *testing.T, s ports.Store, sweep string, players ...ports.Rewound) {
		t.Helper()
		write(t, s, func(ctx context.Context, w ports.Writer) error { return w.AddRewound(ctx, sweep, players) })
	}
	found := func(n, first, snapshots int64) ports.Rewound {
		return ports.Rewound{User: user(n), First: first, Snapshots: snapshots, Outcome: ports.RewoundFound}
	}

	t.Run("every field comes back, of a sweep that is not stored too", func(t *testing.T) {
		s := h.open(t)
		want := h.fullRewound()
		full(t, want)
		full(t, want.Decisions[0])
		keep(t, s, awkward, want, found(1, 2, 3))
		same(t, "Rewound", rewoundOf(t, s, awkward, 0, 5), []ports.Rewound{found(1, 2, 3), want})
	})

	t.Run("whoever is found again is counted up, and keeps everything else", func(t *testing.T) {
		s := h.open(t)
		add(t, s, "walk", found(2, 20, 1), found(1, 10, 2))
		add(t, s, "other", found(1, 99, 9))
		done := h.fullRewound()
		done.User, done.Snapshots = user(3), 7
		keep(t, s, "walk", done)
		add(t, s, "walk", found(1, 11, 5), found(3, 12, 1), found(4, 13, 1))
		add(t, s, "walk")
		done.Snapshots = 8
		same(t, "Rewound", rewoundOf(t, s, "walk", 0, 9), []ports.Rewound{found(1, 10, 7), found(2, 20, 1), done, found(4, 13, 1)})
	})

	t.Run("what is kept later takes the place of what was", func(t *testing.T) {
		s := h.open(t)
		keep(t, s, "walk", h.fullRewound())
		keep(t, s, "walk", found(domain.MaxID, 1, 2))
		keep(t, s, "walk")
		same(t, "Rewound", rewoundOf(t, s, "walk", 0, 9), []ports.Rewound{found(domain.MaxID, 1, 2)})
	})

	t.Run("players come by user, page by page, and by outcome", func(t *testing.T) {
		s := h.open(t)
		for n := range int64(6) {
			r := found(n+1, n, 1)
			if n%2 == 0 {
				r.Outcome = ports.RewoundChanged
			}
			if n == 5 {
				r.Outcome = ports.RewoundUnseen
			}
			keep(t, s, "walk", r)
		}
		users := func(page []ports.Rewound) []int64 {
			ids := []int64{}
			for _, r := range page {
				ids = append(ids, r.User.Int64())
			}
			return ids
		}
		for sweep, want := range map[string]int64{"walk": 6, "other": 0, "\x00": 0} {
			if n, err := s.CountRewound(soon(t), sweep); err != nil || n != want {
				t.Errorf("CountRewound(%q): got %d and error %v, want %d", sweep, n, err, want)
			}
		}
		same(t, "the first page", users(rewoundOf(t, s, "walk", 0, 4)), []int64{1, 2, 3, 4})
		same(t, "the second page", users(rewoundOf(t, s, "walk", 4, 4)), []int64{5, 6})
		same(t, "behind the end", users(rewoundOf(t, s, "walk", 6, 4)), []int64{})
		same(t, "of another", users(rewoundOf(t, s, "\x00", 0, 4)), []int64{})
		same(t, "a page of nothing", users(rewoundOf(t, s, "walk", 0, 0)), []int64{})
		same(t, "who changes", users(rewoundOf(t, s, "walk", 0, 9, ports.RewoundChanged, ports.RewoundUnseen)), []int64{1, 3, 5, 6})
		same(t, "who changes, further on", users(rewoundOf(t, s, "walk", 3, 1, ports.RewoundChanged)), []int64{5})
	})

	t.Run("nothing is kept by a unit that fails, and nothing shared", func(t *testing.T) {
		s := h.open(t)
		given := h.fullRewound()
		keep(t, s, "walk", given)
		given.Decisions[0].ID = "changed"
		rewoundOf(t, s, "walk", 0, 1)[0].Decisions[0].ID = "changed"
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			if err := w.AddRewound(ctx, "walk", []ports.Rewound{h.fullRewound(), found(1, 1, 1)}); err != nil {
				return err
			}
			return domain.ErrConflict
		})
		is(t, "Write", err, domain.ErrConflict)
		same(t, "Rewound", rewoundOf(t, s, "walk", 0, 9), []ports.Rewound{h.fullRewound()})
	})
}

// fullRewound has a value in every field.
func (h Harness) fullRewound() ports.Rewound {
	return ports.Rewound{
		User: user(domain.MaxID), First: domain.MaxID - 1, Snapshots: domain.MaxID - 2, Outcome: ports.RewoundChanged, Applied: true,
		Before: ports.RewoundState{
			Rank: "before " + awkward, Points: domain.MaxCount, Kos: 1, Wos: 2, Warnings: 3, Recommendations: 4,
			Punishment: domain.Punishment{Status: domain.PunishmentTrial, Until: h.instant(1)}, Hold: true,
		},
		After: ports.RewoundState{
			Rank: "after " + awkward, Points: 5, Kos: 6, Wos: 7, Warnings: 8, Recommendations: 9,
			Punishment: domain.Punishment{Status: domain.PunishmentSevere, Until: h.instant(2)}, Hold: true,
		},
		Decisions: []ports.RewoundDecision{
			{
				ID: "id " + awkward, Action: domain.ActionDemote, From: "from " + awkward, To: "to " + awkward, Reason: domain.ReasonUndo,
				Status: domain.StatusPending, Undoes: "undoes " + awkward, Left: "left " + awkward,
			},
			{Action: domain.ActionNone},
		},
	}
}
