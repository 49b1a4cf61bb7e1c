package domain_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

func TestDistanceCountsLettersInsertedRemovedOrReplaced(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "abc", 0},
		{"abc", "ABC", 0},
		{"Corprl", "Corporal", 2},
		{"ab", "ba", 2},
		{"kitten", "sitting", 3},
		{"ß漢", "漢", 1},
	} {
		if got := domain.Distance(c.a, c.b); got != c.want {
			t.Errorf("from %q to %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestDistanceIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-c]{0,6}`)
		a, b, c := text.Draw(t, "a"), text.Draw(t, "b"), text.Draw(t, "c")
		switch {
		case domain.Distance(a, b) != domain.Distance(b, a):
			t.Error("the way back is not as long")
		case (domain.Distance(a, b) == 0) != (a == b):
			t.Error("two texts without a distance are one")
		case domain.Distance(a, c) > domain.Distance(a, b)+domain.Distance(b, c):
			t.Error("a detour is shorter")
		}
	})
}

func TestTheRanksMostLikeANameComeFirst(t *testing.T) {
	l := ladderOf(t, domain.Rank{Name: "Trooper"}, domain.Rank{Name: "Corporal", MinPoints: 1}, domain.Rank{Name: "Corporal II", MinPoints: 2},
		domain.Rank{Name: "Suspended", Punishment: true})
	for _, c := range []struct {
		name string
		n    int
		want []string
	}{
		{"corporl", 2, []string{"Corporal", "Corporal II"}},
		{"Suspend", 1, []string{"Suspended"}},
		{"trooper", 99, []string{"Trooper", "Corporal", "Suspended", "Corporal II"}},
		{"x", 0, nil},
		{"x", -1, nil},
	} {
		if got := l.Like(c.name, c.n); !slices.Equal(got, c.want) {
			t.Errorf("like %q: got %q, want %q", c.name, got, c.want)
		}
	}
}
