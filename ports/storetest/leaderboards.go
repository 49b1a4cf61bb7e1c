package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// scored returns a player with those counters.
func scored(n, points, kos, wos int64) domain.Standing {
	p := player(n)
	p.Points, p.Kos, p.Wos = points, kos, wos
	return p
}

// saveCompetitors stores players whose places are contested in every way: ties in points alone, in points and kos, and in all.
func saveCompetitors(t *testing.T, s ports.Store) {
	t.Helper()
	banned, suspended, held := scored(99, 9999, 999, 999), scored(7, 300, 1, 0), scored(8, 0, 0, 2)
	banned.Punishment.Status = domain.PunishmentSevere
	suspended.Punishment = domain.Punishment{Status: domain.PunishmentTrial, Until: noon()}
	held.Hold = true
	save(t, s,
		scored(40, 500, 5, 0), scored(3, 500, 5, 9), scored(20, 500, 6, 9), scored(100, 501, 0, 0),
		banned, suspended, held, scored(1, 0, 0, 0),
	)
}

// top returns the players in the order of a leaderboard.
func top(t *testing.T, name string, read func(context.Context, int) ([]ports.LeaderboardEntry, error), limit int) []int64 {
	t.Helper()
	entries, err := read(soon(t), limit)
	if err != nil {
		t.Fatalf("%s(%d): got error %v, want none", name, limit, err)
	}
	numbers := []int64{}
	for _, e := range entries {
		numbers = append(numbers, e.UserID.Int64())
	}
	return numbers
}

func markOf(points, kos, n int64) ports.Mark {
	return ports.Mark{Points: points, Kos: kos, User: user(n)}
}

// reading is one of a store's ways to list players up to a limit.
type reading = func(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error)

func fromTheTop(s ports.Store) reading { return behindMark(s, ports.Mark{}) }

func behindMark(s ports.Store, after ports.Mark) reading {
	return func(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error) {
		return s.TopPlayers(ctx, after, limit)
	}
}

func beforeMark(s ports.Store, mark ports.Mark) reading {
	return func(ctx context.Context, limit int) ([]ports.LeaderboardEntry, error) {
		return s.PlayersBefore(ctx, mark, limit)
	}
}

func leaderboards(t *testing.T, h Harness) {
	t.Helper()

	t.Run("players are ranked by points, then kos, then user, and the banned are left out", func(t *testing.T) {
		s := h.open(t)
		saveCompetitors(t, s)
		same(t, "TopPlayers", top(t, "TopPlayers", fromTheTop(s), 100), []int64{100, 20, 3, 40, 7, 1, 8})
	})

	t.Run("from any place the order goes on in both directions, whether somebody stands at the place or not", func(t *testing.T) {
		s := h.open(t)
		saveCompetitors(t, s)
		all := []int64{100, 20, 3, 40, 7, 1, 8}
		places := []ports.Mark{markOf(501, 0, 100), markOf(500, 6, 20), markOf(500, 5, 3), markOf(500, 5, 40), markOf(300, 1, 7), markOf(0, 0, 1), markOf(0, 0, 8)}
		for i, mark := range places {
			same(t, fmt.Sprintf("TopPlayers behind %v", mark), top(t, "TopPlayers", behindMark(s, mark), 100), append([]int64{}, all[i+1:]...))
			reversed := append([]int64{}, all[:i]...)
			slices.Reverse(reversed)
			same(t, fmt.Sprintf("PlayersBefore %v", mark), top(t, "PlayersBefore", beforeMark(s, mark), 100), reversed)
			same(t, "PlayersBefore with a limit", top(t, "PlayersBefore", beforeMark(s, mark), 2), reversed[:min(2, len(reversed))])
		}
		for mark, i := range map[ports.Mark]int{
			{}: 0, markOf(9999, 999, 99): 0, markOf(500, 5, 9): 3, markOf(500, 5, 2): 2, markOf(499, 9, 1): 4, markOf(0, 0, domain.MaxID): 7,
		} {
			same(t, fmt.Sprintf("TopPlayers behind %v", mark), top(t, "TopPlayers", behindMark(s, mark), 100), append([]int64{}, all[i:]...))
		}
	})

	t.Run("players between two places are counted", func(t *testing.T) {
		s := h.open(t)
		saveCompetitors(t, s)
		for _, c := range []struct {
			after, before ports.Mark
			want          int64
		}{
			{ports.Mark{}, markOf(501, 0, 100), 0},
			{ports.Mark{}, markOf(0, 0, 8), 6},
			{markOf(500, 6, 20), markOf(0, 0, 1), 3},
			{markOf(0, 0, 8), markOf(501, 0, 100), 0},
		} {
			got, err := s.CountBetween(soon(t), c.after, c.before)
			if err != nil || got != c.want {
				t.Errorf("CountBetween behind %v and before %v: got %d and error %v, want %d", c.after, c.before, got, err, c.want)
			}
		}
	})

	t.Run("every n-th place is told", func(t *testing.T) {
		s := h.open(t)
		saveCompetitors(t, s)
		for n, want := range map[int][]ports.Mark{
			3: {markOf(500, 5, 3), markOf(0, 0, 1)}, 7: {markOf(0, 0, 8)}, 8: nil,
		} {
			got, err := s.EveryNth(soon(t), n)
			if err != nil {
				t.Errorf("EveryNth(%d): got error %v, want none", n, err)
			}
			same(t, fmt.Sprintf("EveryNth(%d)", n), append([]ports.Mark{}, got...), append([]ports.Mark{}, want...))
		}
	})

	t.Run("kos are ranked by kos, then user, and only of players who have any", func(t *testing.T) {
		s := h.open(t)
		saveCompetitors(t, s)
		same(t, "TopKos", top(t, "TopKos", s.TopKos, 100), []int64{20, 3, 40, 7})
	})

	t.Run("wos are ranked by wos, then user, and only of players who have any", func(t *testing.T) {
		s := h.open(t)
		saveCompetitors(t, s)
		same(t, "TopWos", top(t, "TopWos", s.TopWos, 100), []int64{3, 20, 8})
	})

	t.Run("no more than the limit are listed, the best", func(t *testing.T) {
		s := h.open(t)
		saveCompetitors(t, s)
		for limit, want := range map[int][]int64{1: {100}, 3: {100, 20, 3}, 7: {100, 20, 3, 40, 7, 1, 8}} {
			same(t, fmt.Sprintf("TopPlayers(%d)", limit), top(t, "TopPlayers", fromTheTop(s), limit), want)
		}
		same(t, "TopKos(2)", top(t, "TopKos", s.TopKos, 2), []int64{20, 3})
		same(t, "TopWos(2)", top(t, "TopWos", s.TopWos, 2), []int64{3, 20})
	})

	t.Run("an entry shows the player as stored", func(t *testing.T) {
		s := h.open(t)
		p := scored(domain.MaxID, domain.MaxCount, domain.MaxCount-1, domain.MaxCount-2)
		p.Username, p.Rank, p.LastSyncedAt = awkward, "rank "+awkward, h.instant(3)
		save(t, s, p)
		want := []ports.LeaderboardEntry{{
			UserID: p.UserID, Username: p.Username, Rank: p.Rank,
			Points: p.Points, Kos: p.Kos, Wos: p.Wos, LastSyncedAt: p.LastSyncedAt,
		}}
		for name, read := range map[string]func(context.Context, int) ([]ports.LeaderboardEntry, error){
			"TopPlayers": fromTheTop(s), "TopKos": s.TopKos, "TopWos": s.TopWos,
		} {
			got, err := read(soon(t), 5)
			if err != nil {
				t.Errorf("%s: got error %v, want none", name, err)
			}
			same(t, name, got, want)
		}
	})

	t.Run("a player moves with the counters, leaves when banned and comes back when not", func(t *testing.T) {
		s := h.open(t)
		p := save(t, s, scored(1, 10, 1, 1), scored(2, 20, 2, 2))[0]
		p.Points, p.LastSyncedAt = 30, noon().Add(time.Hour)
		p = save(t, s, p)[0]
		same(t, "TopPlayers after more points", top(t, "TopPlayers", fromTheTop(s), 10), []int64{1, 2})
		p.Punishment.Status = domain.PunishmentSevere
		p = save(t, s, p)[0]
		same(t, "TopPlayers after the ban", top(t, "TopPlayers", fromTheTop(s), 10), []int64{2})
		p.Punishment = domain.Punishment{}
		save(t, s, p)
		same(t, "TopPlayers after the release", top(t, "TopPlayers", fromTheTop(s), 10), []int64{1, 2})
	})
}
