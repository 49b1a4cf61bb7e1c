package storetest

import (
	"context"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func players(t *testing.T, h Harness) {
	t.Helper()

	t.Run("locked standings come in ascending order, each once, without the unknown", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 30, 4, domain.MaxID, 200)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			got, err := w.LockStandings(ctx, []domain.UserID{
				user(domain.MaxID), user(200), user(5), user(30), user(4), user(200), user(4), user(1000),
			})
			if err != nil {
				return err
			}
			want := []domain.Standing{player(4), player(30), player(200), player(domain.MaxID)}
			for i := range want {
				want[i].Version = 1
			}
			same(t, "LockStandings", got, want)
			return nil
		})
	})

	t.Run("standings of many come in ascending order, each once, without the unknown, as they come alone", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 30, 4, 200)
		save(t, s, domain.Standing{UserID: user(domain.MaxID), Username: awkward})
		got, err := s.StandingsOf(soon(t), []domain.UserID{user(domain.MaxID), user(200), user(5), user(30), user(4), user(200), user(1000)})
		if err != nil {
			t.Fatalf("StandingsOf: got error %v, want none", err)
		}
		same(t, "StandingsOf", got, []domain.Standing{
			standing(t, s, 4), standing(t, s, 30), standing(t, s, 200), standing(t, s, domain.MaxID),
		})
		for _, users := range [][]domain.UserID{nil, {user(5)}} {
			if got, err := s.StandingsOf(soon(t), users); err != nil || len(got) > 0 {
				t.Errorf("StandingsOf(%v): got %v and error %v, want none", users, got, err)
			}
		}
	})

	t.Run("more players can be locked later, above those locked before", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			for _, users := range [][]domain.UserID{{user(1)}, {user(3), user(2)}} {
				got, err := w.LockStandings(ctx, users)
				if err != nil {
					return err
				}
				if len(got) != len(users) {
					t.Errorf("LockStandings(%v): got %v, want each of them", users, got)
				}
			}
			return nil
		})
	})

	t.Run("several players are saved in one unit, new and known in any order", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 2, 9)
		two, nine := standing(t, s, 2), standing(t, s, 9)
		two.Points, nine.Points = 22, 99
		stored := save(t, s, nine, player(5), two, player(1))
		for i, n := range []int64{9, 5, 2, 1} {
			same(t, "Standing", standing(t, s, n), stored[i])
		}
	})

	t.Run("five hundred players are saved, locked and asked for at once", func(t *testing.T) {
		s := h.open(t)
		const many = 500
		all := make([]domain.Standing, many)
		users := make([]domain.UserID, many)
		for i := range all {
			n := int64(many - i)
			all[i], users[i] = player(n), user(n)
		}
		save(t, s, all...)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			got, err := w.LockStandings(ctx, users)
			if err != nil {
				return err
			}
			if len(got) != many {
				t.Errorf("LockStandings of %d users: got %d standings, want all", many, len(got))
			}
			return w.SaveStandings(ctx, placed(got...))
		})
	})

	t.Run("units that lock the same players in opposite order never deadlock", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3, 4)
		orders := [][]int64{{1, 2, 3}, {3, 2, 1}, {4, 3, 2}, {2, 4, 3}}
		const rounds = 15
		ctx := soon(t)
		for i, err := range race(len(orders), func(i int) error {
			for range rounds {
				if err := s.Write(ctx, addPoints(orders[i]...)); err != nil {
					return err
				}
			}
			return nil
		}) {
			if err != nil {
				t.Errorf("the units that lock %v: got error %v, want none", orders[i], err)
			}
		}
		for n, units := range map[int64]int64{1: 2, 2: 4, 3: 4, 4: 2} {
			if got, want := standing(t, s, n).Points, 100+units*rounds; got != want {
				t.Errorf("the points of player %d: got %d, want %d: no unit overwrites another", n, got, want)
			}
		}
	})
}
