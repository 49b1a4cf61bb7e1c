package domain_test

import (
	"slices"
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

func TestMovesRememberTheNewestAndForgetTheOldest(t *testing.T) {
	var m domain.Moves
	if got := m.Instants(); got != nil {
		t.Errorf("no moves: got %v, want nil", got)
	}
	var want []time.Time
	for i := range domain.MovesLength + 2 {
		at := noon.Add(time.Duration(i) * time.Hour)
		m = m.With(at)
		want = append([]time.Time{at}, want...)
	}
	want = want[:domain.MovesLength]
	if got := m.Instants(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if again := domain.MovesOf(want...); again != m {
		t.Errorf("made again: got %v, want %v", again.Instants(), want)
	}
	if more := domain.MovesOf(append(append([]time.Time{{}}, want...), noon)...); more != m {
		t.Errorf("with a zero and one too many: got %v, want %v", more.Instants(), want)
	}
}

func TestMovesAfterCountsLaterOnes(t *testing.T) {
	m := domain.MovesOf(noon, noon.Add(-time.Hour), noon.Add(-day))
	for _, c := range []struct {
		name string
		t    time.Time
		want int
	}{
		{"before all", noon.Add(-2 * day), 3},
		{"exactly at the oldest", noon.Add(-day), 2},
		{"a microsecond before it", noon.Add(-day - time.Microsecond), 3},
		{"exactly at the newest", noon, 0},
	} {
		if got := m.After(c.t); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}
