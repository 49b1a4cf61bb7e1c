package storetest

import (
	"context"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

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
