package storetest

import (
	"fmt"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// named returns a player with that username.
func named(n int64, name string, change ...func(*domain.Standing)) domain.Standing {
	p := player(n)
	p.Username = name
	for _, c := range change {
		c(&p)
	}
	return p
}

func search(t *testing.T, h Harness) {
	t.Helper()
	ranked := func(rank string) func(*domain.Standing) { return func(s *domain.Standing) { s.Rank = rank } }
	banned := func(s *domain.Standing) { s.Punishment.Status = domain.PunishmentSevere }
	suspended := func(s *domain.Standing) {
		s.Punishment = domain.Punishment{Status: domain.PunishmentTrial, Until: noon()}
	}
	held := func(s *domain.Standing) { s.Hold = true }

	t.Run("players are found by what their names begin with, in order and page by page", func(t *testing.T) {
		s := h.open(t)
		save(t, s,
			named(9, "nova"), named(3, "Nova"), named(4, "NovaPrime"), named(5, "nov"), named(6, "xnova"), named(7, "nova%"), named(8, "nova_x"),
			named(10, "Nóva"), named(11, "now"), named(12, "\U0010fffdx"),
		)
		for name, want := range map[string][]int64{
			"nova": {3, 9, 7, 8, 4}, "NOVA": {3, 9, 7, 8, 4}, "nova%": {7}, "nova_": {8}, "n": {5, 3, 9, 7, 8, 4, 11, 10}, "zz": {},
			"Nóv": {10}, "\U0010fffd": {12}, "'": {}, "novaprimes": {},
		} {
			for limit := 1; limit <= 9; limit += 4 {
				same(t, fmt.Sprintf("SearchPlayers(%q) by pages of %d", name, limit), found(t, s, ports.PlayerFilter{Name: name}, limit), want)
			}
		}
	})

	t.Run("players are found by rank and status, each alone and together", func(t *testing.T) {
		s := h.open(t)
		save(t, s,
			named(30, "a", ranked("Scout")), named(4, "b", ranked("Scout"), banned), named(5, "c", ranked("Guard"), suspended),
			named(200, "d", ranked("Scout"), held), named(7, "e", ranked("Guard"), held, suspended), named(8, "ab", ranked("Guard")),
		)
		for _, c := range []struct {
			filter ports.PlayerFilter
			want   []int64
		}{
			{ports.PlayerFilter{}, []int64{4, 5, 7, 8, 30, 200}},
			{ports.PlayerFilter{Rank: "Scout"}, []int64{4, 30, 200}},
			{ports.PlayerFilter{Rank: "scout"}, []int64{}},
			{ports.PlayerFilter{Status: ports.PlayerClear}, []int64{8, 30}},
			{ports.PlayerFilter{Status: ports.PlayerSuspended}, []int64{5, 7}},
			{ports.PlayerFilter{Status: ports.PlayerBanned}, []int64{4}},
			{ports.PlayerFilter{Status: ports.PlayerOnHold}, []int64{7, 200}},
			{ports.PlayerFilter{Rank: "Guard", Status: ports.PlayerSuspended}, []int64{5, 7}},
			{ports.PlayerFilter{Name: "a", Rank: "Guard"}, []int64{8}},
			{ports.PlayerFilter{Name: "A", Status: ports.PlayerClear}, []int64{30, 8}},
		} {
			for _, limit := range []int{1, 2, 100} {
				same(t, fmt.Sprintf("SearchPlayers(%+v) by pages of %d", c.filter, limit), found(t, s, c.filter, limit), c.want)
			}
		}
	})

	t.Run("a player comes as stored, and behind an unknown one there is nobody", func(t *testing.T) {
		s := h.open(t)
		full := h.fullStanding()
		full.Version = 0
		save(t, s, full)
		got, err := s.SearchPlayers(soon(t), ports.PlayerFilter{Name: full.Username}, domain.UserID{}, 5)
		if err != nil {
			t.Fatalf("SearchPlayers: got error %v, want none", err)
		}
		same(t, "SearchPlayers", got, []domain.Standing{standing(t, s, full.UserID.Int64())})
		for _, filter := range []ports.PlayerFilter{{}, {Name: "a"}} {
			if got, err := s.SearchPlayers(soon(t), filter, user(3), 5); err != nil || len(got) > 0 {
				t.Errorf("SearchPlayers behind an unknown one: got %v and error %v, want nobody", got, err)
			}
		}
	})
}

// found returns everybody whom the filter chooses, read by pages.
func found(t *testing.T, s ports.Store, filter ports.PlayerFilter, limit int) []int64 {
	t.Helper()
	numbers := []int64{}
	var after domain.UserID
	for {
		page, err := s.SearchPlayers(soon(t), filter, after, limit)
		if err != nil || len(page) > limit {
			t.Fatalf("SearchPlayers: got %d players and error %v, want at most %d and none", len(page), err, limit)
		}
		if len(page) == 0 {
			return numbers
		}
		for _, p := range page {
			numbers = append(numbers, p.UserID.Int64())
		}
		after = page[len(page)-1].UserID
	}
}
