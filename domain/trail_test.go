package domain_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestATrailHoldsTheNewestNamesEachOnce(t *testing.T) {
	tests := []struct {
		name string
		got  domain.Trail
		want []string
	}{
		{"the zero value is empty", domain.Trail{}, nil},
		{"the first is the newest", domain.TrailOf("C", "B", "A"), []string{"C", "B", "A"}},
		{"no name is left out", domain.TrailOf("", "B", "", "A"), []string{"B", "A"}},
		{"a repetition stays where it is newest", domain.TrailOf("A", "B", "A"), []string{"A", "B"}},
		{"what is beyond the length falls off", domain.TrailOf(letters(10)...), letters(8)},
		{"a new name comes first", domain.TrailOf("B", "A").With("C"), []string{"C", "B", "A"}},
		{"a name that comes back moves to the front", domain.TrailOf("B", "A").With("A"), []string{"A", "B"}},
		{
			"a full trail keeps all when a name comes back",
			domain.TrailOf(letters(8)...).With("H"),
			[]string{"H", "A", "B", "C", "D", "E", "F", "G"},
		},
		{
			"a full trail loses the oldest",
			domain.TrailOf(letters(8)...).With("Z"),
			[]string{"Z", "A", "B", "C", "D", "E", "F", "G"},
		},
		{"no name changes nothing", domain.TrailOf("A").With(""), []string{"A"}},
		{"no name takes no room", domain.TrailOf(letters(8)...).With(""), letters(8)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got.Names()); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			for _, name := range test.want {
				if !test.got.Has(name) {
					t.Errorf("the trail does not have %q", name)
				}
			}
			if test.got.Has("") || test.got.Has("elsewhere") {
				t.Error("the trail has a name that is not on it")
			}
		})
	}
	if domain.TrailOf("A").With("") != domain.TrailOf("A") {
		t.Error("trails of the same names differ")
	}
	if domain.TrailLength != 8 {
		t.Errorf("a trail remembers %d ranks, this test is written for 8", domain.TrailLength)
	}
}

// letters returns the first n capital letters.
func letters(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%c", 'A'+i)
	}
	return names
}
