package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// walked returns a page of players.
func walked(t *testing.T, s ports.Store, filter ports.StandingFilter, after int64, limit int) []domain.Standing {
	t.Helper()
	from := domain.UserID{}
	if after > 0 {
		from = user(after)
	}
	standings, err := s.Standings(soon(t), filter, from, limit)
	if err != nil {
		t.Fatalf("Standings(%+v, %d, %d): got error %v, want none", filter, after, limit, err)
	}
	return standings
}

func walkers(t *testing.T, s ports.Store, filter ports.StandingFilter, after int64, limit int) []int64 {
	t.Helper()
	numbers := []int64{}
	for _, standing := range walked(t, s, filter, after, limit) {
		numbers = append(numbers, standing.UserID.Int64())
	}
	return numbers
}

// saveCrowd stores players that differ in everything that a filter looks at.
func saveCrowd(t *testing.T, s ports.Store) {
	t.Helper()
	for _, p := range []struct {
		n      int64
		rank   string
		points int64
		hour   int
	}{
		{domain.MaxID, "Low", 0, 0}, {20, "High", 500, 5}, {3, "Low", 100, 1}, {100, awkward, 100, 2}, {4, "High", 99, 3}, {5, "", -7, 4},
	} {
		standing := player(p.n)
		standing.Rank, standing.Points, standing.LastSyncedAt = p.rank, p.points, noon().Add(time.Duration(p.hour)*time.Hour)
		save(t, s, standing)
	}
}

func walks(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a standing on a walk has what the rules look at, and nothing else", func(t *testing.T) {
		s := h.open(t)
		given := h.fullStanding()
		given.Version = 0
		want := save(t, s, given)[0]
		want.Username, want.DisplayName, want.Left = "", "", domain.Trail{}
		want.Kos, want.Wos, want.Recommendations = 0, 0, 0
		want.ConfirmedAt, want.ObservedAt, want.CreatedAt = time.Time{}, time.Time{}, time.Time{}
		want.Experience, want.Metadata = domain.Experience{}, ""
		same(t, "Standings", walked(t, s, ports.StandingFilter{}, 0, 9), []domain.Standing{want})
	})

	t.Run("an empty standing comes back as empty as it was", func(t *testing.T) {
		s := h.open(t)
		stored := save(t, s, domain.Standing{UserID: user(1)})[0]
		same(t, "Standings", walked(t, s, ports.StandingFilter{}, 0, 9), []domain.Standing{stored})
	})

	t.Run("pages are in the order of users, begin above the last and end at the limit", func(t *testing.T) {
		s := h.open(t)
		saveCrowd(t, s)
		everybody := ports.StandingFilter{}
		same(t, "all", walkers(t, s, everybody, 0, 9), []int64{3, 4, 5, 20, 100, domain.MaxID})
		same(t, "none", walkers(t, s, everybody, 0, 0), []int64{})
		same(t, "the first page", walkers(t, s, everybody, 0, 2), []int64{3, 4})
		same(t, "the second page", walkers(t, s, everybody, 4, 2), []int64{5, 20})
		same(t, "above a user who is not there", walkers(t, s, everybody, 6, 2), []int64{20, 100})
		same(t, "after the end", walkers(t, s, everybody, domain.MaxID, 2), []int64{})
	})

	t.Run("a filter chooses what all that it sets holds for, in pages and in the count", func(t *testing.T) {
		s := h.open(t)
		saveCrowd(t, s)
		at := func(hour int) time.Time { return noon().Add(time.Duration(hour) * time.Hour) }
		for _, c := range []struct {
			name   string
			filter ports.StandingFilter
			want   []int64
		}{
			{"a rank", ports.StandingFilter{Ranks: []string{"Low"}}, []int64{3, domain.MaxID}},
			{"an awkward rank", ports.StandingFilter{Ranks: []string{awkward}}, []int64{100}},
			{"several ranks, one of nobody", ports.StandingFilter{Ranks: []string{"High", "None", awkward}}, []int64{4, 20, 100}},
			{"a rank in other letters", ports.StandingFilter{Ranks: []string{"low"}}, []int64{}},
			{"points", ports.StandingFilter{MinPoints: domain.CountOf(100)}, []int64{3, 20, 100}},
			{"no points", ports.StandingFilter{MinPoints: domain.CountOf(0)}, []int64{3, 4, 20, 100, domain.MaxID}},
			{"an instant", ports.StandingFilter{SeenSince: at(3)}, []int64{4, 5, 20}},
			{"an instant in another zone", ports.StandingFilter{SeenSince: abroad(at(3))}, []int64{4, 5, 20}},
			{"an instant just after one", ports.StandingFilter{SeenSince: at(3).Add(h.precision())}, []int64{5, 20}},
			{"an instant after all", ports.StandingFilter{SeenSince: at(240)}, []int64{}},
			{"everything", ports.StandingFilter{Ranks: []string{"High"}, MinPoints: domain.CountOf(100), SeenSince: at(4)}, []int64{20}},
			{"everything, one of it in vain", ports.StandingFilter{
				Ranks: []string{"Low"}, MinPoints: domain.CountOf(100), SeenSince: at(4),
			}, []int64{}},
		} {
			same(t, "Standings by "+c.name, walkers(t, s, c.filter, 0, 9), c.want)
			n, err := s.CountStandings(soon(t), c.filter)
			if err != nil {
				t.Errorf("CountStandings by %s: got error %v, want none", c.name, err)
			}
			if n != int64(len(c.want)) {
				t.Errorf("CountStandings by %s: got %d, want %d", c.name, n, len(c.want))
			}
		}
		same(t, "a page of a filter", walkers(t, s, ports.StandingFilter{SeenSince: at(3)}, 4, 1), []int64{5})
	})

	t.Run("a page is never empty before the end, whoever is left out of it", func(t *testing.T) {
		s := h.open(t)
		for n := range int64(20) {
			p := player(n + 1)
			p.LastSyncedAt = noon().Add(-time.Minute) // on the same day as what is asked for
			if n+1 == 17 {
				p.LastSyncedAt = noon()
			}
			save(t, s, p)
		}
		same(t, "Standings", walkers(t, s, ports.StandingFilter{SeenSince: noon()}, 0, 2), []int64{17})
		same(t, "Standings above them", walkers(t, s, ports.StandingFilter{SeenSince: noon()}, 17, 2), []int64{})
	})

	t.Run("players that are added or changed meanwhile never shift the pages", func(t *testing.T) {
		s := h.open(t)
		for n := range int64(10) {
			save(t, s, player(10*(n+1)))
		}
		var got []int64
		for last := int64(0); ; {
			page := walkers(t, s, ports.StandingFilter{}, last, 3)
			if len(page) == 0 {
				break
			}
			got, last = append(got, page...), page[len(page)-1]
			save(t, s, player(last-5)) // below: not seen any more
			changed := standing(t, s, last)
			changed.Points++
			save(t, s, changed)
		}
		same(t, "users over all pages", fmt.Sprint(got), "[10 20 30 40 50 60 70 80 90 100]")
	})
}
