package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestNewLadderNamesEveryFaultByItsJSONPointer(t *testing.T) {
	const numbers, days = "must be 0 … 2147483647", "must be 0 … 36500"
	rung := func(name string, points int64) domain.Rank { return domain.Rank{Name: name, MinPoints: points} }
	tests := []struct {
		name  string
		ranks []domain.Rank
		want  []domain.FieldError
	}{
		{
			"no rank at all", nil,
			[]domain.FieldError{{Field: "/ranks", Message: "needs at least one rank that is not a punishment"}},
		},
		{
			"punishment ranks only",
			[]domain.Rank{{Name: "Suspended", Punishment: true}},
			[]domain.FieldError{{Field: "/ranks", Message: "needs at least one rank that is not a punishment"}},
		},
		{
			"a lowest rung that needs points",
			[]domain.Rank{rung("B", 5), rung("A", 1)},
			[]domain.FieldError{{
				Field:   "/ranks",
				Message: `needs a rank with minPoints 0: the lowest, "A", needs 1, so nobody could enter the ladder`,
			}},
		},
		{
			"an empty name",
			[]domain.Rank{rung("A", 0), rung("", 1)},
			[]domain.FieldError{{Field: "/ranks/1/name", Message: "must not be empty"}},
		},
		{
			"a name that is too long",
			[]domain.Rank{rung(strings.Repeat("x", 65), 0)},
			[]domain.FieldError{{Field: "/ranks/0/name", Message: "must be 1 to 64 characters long"}},
		},
		{
			"a name with a control character",
			[]domain.Rank{rung("A\nB", 0)},
			[]domain.FieldError{{Field: "/ranks/0/name", Message: "must not hold control characters or text-direction overrides"}},
		},
		{
			"a name used twice",
			[]domain.Rank{rung("A", 0), rung("B", 1), rung("A", 2)},
			[]domain.FieldError{{Field: "/ranks/2/name", Message: `repeats the name of rank 0 ("A"); give each rank its own`}},
		},
		{
			"a name used by a rung and by the suspension rank",
			[]domain.Rank{rung("A", 0), {Name: "A", Punishment: true}},
			[]domain.FieldError{{Field: "/ranks/1/name", Message: `repeats the name of rank 0 ("A"); give each rank its own`}},
		},
		{
			"a rank named as Roblox names outsiders",
			[]domain.Rank{rung("A", 0), rung("Guest", 1)},
			[]domain.FieldError{{
				Field: "/ranks/1/name", Message: `must not be "Guest": that is what Roblox calls people outside the group`,
			}},
		},
		{
			"a role used twice",
			[]domain.Rank{{Name: "A", Role: roleID(t, 7)}, {Name: "B", Role: roleID(t, 8)}, {Name: "S", Role: roleID(t, 7), Punishment: true}},
			[]domain.FieldError{{Field: "/ranks/2/roleId", Message: "repeats the role of rank 0 (7); two ranks cannot share a role"}},
		},
		{"no roles are not a role used twice", []domain.Rank{rung("A", 0), rung("B", 1)}, nil},
		{
			"negative points",
			[]domain.Rank{rung("A", 0), rung("B", -1)},
			[]domain.FieldError{{Field: "/ranks/1/minPoints", Message: numbers}},
		},
		{
			"points above the largest",
			[]domain.Rank{rung("A", 0), rung("B", 1<<31)},
			[]domain.FieldError{{Field: "/ranks/1/minPoints", Message: numbers}},
		},
		{"the largest points", []domain.Rank{rung("A", 0), rung("B", 1<<31-1)}, nil},
		{
			"negative days",
			[]domain.Rank{{Name: "A", MinTimeDays: -1}},
			[]domain.FieldError{{Field: "/ranks/0/minTimeDays", Message: days}},
		},
		{
			"more than a hundred years",
			[]domain.Rank{{Name: "A", MinTimeDays: 36501}},
			[]domain.FieldError{{Field: "/ranks/0/minTimeDays", Message: days}},
		},
		{"a hundred years", []domain.Rank{{Name: "A", MinTimeDays: 36500}}, nil},
		{
			"two punishment ranks",
			[]domain.Rank{rung("A", 0), {Name: "S", Punishment: true}, {Name: "T", Punishment: true}},
			[]domain.FieldError{{Field: "/ranks/2/isPunishment", Message: "is set for rank 1 too; only one rank can be the suspension rank"}},
		},
		{
			"two punishment ranks before any other",
			[]domain.Rank{{Name: "S", Punishment: true}, {Name: "T", Punishment: true}, rung("A", 0)},
			[]domain.FieldError{{Field: "/ranks/1/isPunishment", Message: "is set for rank 0 too; only one rank can be the suspension rank"}},
		},
		{
			"everything at once, in the order given",
			[]domain.Rank{rung("", 3), {Name: "B", MinPoints: 1 << 31, MinTimeDays: -1}, rung("B", 5)},
			[]domain.FieldError{
				{Field: "/ranks/0/name", Message: "must not be empty"},
				{Field: "/ranks/1/minPoints", Message: numbers},
				{Field: "/ranks/1/minTimeDays", Message: days},
				{Field: "/ranks/2/name", Message: `repeats the name of rank 1 ("B"); give each rank its own`},
				{
					Field:   "/ranks",
					Message: `needs a rank with minPoints 0: the lowest, "", needs 3, so nobody could enter the ladder`,
				},
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := domain.NewLadder(test.ranks)
			if test.want == nil {
				if err != nil {
					t.Errorf("got the error %v, want none", err)
				}
				return
			}
			wantInvalid(t, err, "ladder_invalid")
			wantFaults(t, err, test.want...)
			if got.Len() != 0 {
				t.Errorf("got a ladder of %d rungs besides the error, want the zero Ladder", got.Len())
			}
		})
	}
}

func TestALadderIsItsCareerRanksByPoints(t *testing.T) {
	given := []domain.Rank{
		{Name: "Suspended", Punishment: true},
		{Name: "High", MinPoints: 100},
		{Name: "Low"},
		{Name: "Twin", MinPoints: 100},
	}
	l := ladderOf(t, given...)
	given[2].Name = "changed afterwards"

	var rungs, managed []string
	for r := range l.Rungs() {
		rungs = append(rungs, r.Name)
	}
	for r := range l.Managed() {
		managed = append(managed, r.Name)
	}
	if diff := cmp.Diff([]string{"Low", "High", "Twin"}, rungs); diff != "" {
		t.Errorf("rungs, as given on ties (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Low", "High", "Twin", "Suspended"}, managed); diff != "" {
		t.Errorf("managed ranks (-want +got):\n%s", diff)
	}
	if l.Len() != 3 {
		t.Errorf("got the length %d, want 3", l.Len())
	}
}

func TestManagedCanBeLeftEarly(t *testing.T) {
	l := standardPolicy(t).Ladder()
	for leaveAt := range l.Len() + 1 {
		var seen int
		for range l.Managed() {
			if seen == leaveAt {
				break
			}
			seen++
		}
		if seen != leaveAt {
			t.Errorf("saw %d ranks, want %d", seen, leaveAt)
		}
	}
}

func TestNextAndPreviousStayOnTheRungs(t *testing.T) {
	tests := []struct {
		rank, next, previous string // "": there is none
	}{
		{"Recruit", "Trooper", ""},
		{"Trooper", "Corporal", "Recruit"},
		{"Marshal", "Commander", "Captain"},
		{"Commander", "", "Marshal"},
		{"Suspended", "", ""},
		{"Quartermaster", "", ""},
		{"", "", ""},
	}
	l := standardPolicy(t).Ladder()
	for _, test := range tests {
		t.Run(test.rank, func(t *testing.T) {
			next, hasNext := l.Next(test.rank)
			previous, hasPrevious := l.Previous(test.rank)
			if next.Name != test.next || hasNext != (test.next != "") {
				t.Errorf("got %q, %t above, want %q", next.Name, hasNext, test.next)
			}
			if previous.Name != test.previous || hasPrevious != (test.previous != "") {
				t.Errorf("got %q, %t below, want %q", previous.Name, hasPrevious, test.previous)
			}
		})
	}
}

func TestALadderFindsRanksByName(t *testing.T) {
	tests := []struct {
		name         string
		isRank, rung bool
	}{
		{"Trooper", true, true},
		{"Suspended", true, false},
		{"Quartermaster", false, false},
		{"trooper", false, false},
		{"", false, false},
	}
	standard, bare := standardPolicy(t).Ladder(), policyWith(t, withoutSuspensionRank).Ladder()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if r, ok := standard.Rank(test.name); ok != test.isRank || ok && r.Name != test.name {
				t.Errorf("got the rank %q, %t, want %t", r.Name, ok, test.isRank)
			}
			if r, ok := standard.Rung(test.name); ok != test.rung || ok && r.Name != test.name {
				t.Errorf("got the rung %q, %t, want %t", r.Name, ok, test.rung)
			}
			if _, ok := bare.Rank(test.name); ok != test.rung {
				t.Errorf("without a suspension rank: got %t, want %t", ok, test.rung)
			}
		})
	}
	if r, ok := standard.Suspension(); !ok || r.Name != "Suspended" {
		t.Errorf("got the suspension rank %q, %t, want Suspended", r.Name, ok)
	}
	if r, ok := bare.Suspension(); ok {
		t.Errorf("got the suspension rank %q, want none", r.Name)
	}
}

func TestPointsEarnTheHighestRungThatIsNotPrivileged(t *testing.T) {
	tests := []struct {
		points int64
		want   string
	}{
		{-5, "Recruit"},
		{0, "Recruit"},
		{99, "Recruit"},
		{100, "Trooper"},
		{249, "Trooper"},
		{250, "Corporal"},
		{1000, "Captain"},
		{2000, "Captain"},
		{1 << 40, "Captain"},
	}
	l := standardPolicy(t).Ladder()
	for _, test := range tests {
		t.Run(fmt.Sprint(test.points), func(t *testing.T) {
			if got := l.Earned(test.points); got.Name != test.want {
				t.Errorf("got %q, want %q", got.Name, test.want)
			}
		})
	}

	ordinaryAbove := ladderOf(t, domain.Rank{Name: "A", Privileged: true}, domain.Rank{Name: "B", MinPoints: 10})
	if got := ordinaryAbove.Earned(9); got.Name != "A" {
		t.Errorf("got %q where every rung in reach is privileged, want the lowest", got.Name)
	}
	if got := ordinaryAbove.Earned(10); got.Name != "B" {
		t.Errorf("got %q, want the ordinary rung above a privileged one", got.Name)
	}
}

func TestLevelsOfCommandArePrivileged(t *testing.T) {
	tests := []struct {
		level string
		set   bool
		want  bool
	}{
		{"CMD", false, true},
		{"CCM", false, true},
		{"LDR", false, true},
		{"OFF", false, false},
		{"", false, false},
		{"", true, true},
		{"cmd", false, false},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%q set %t", test.level, test.set), func(t *testing.T) {
			l := ladderOf(t, domain.Rank{Name: "A", Level: test.level, Privileged: test.set})
			if r, _ := l.Rung("A"); r.Privileged != test.want {
				t.Errorf("got privileged %t, want %t", r.Privileged, test.want)
			}
		})
	}
}

func TestMinTenureIsDaysAsADuration(t *testing.T) {
	if got := (domain.Rank{MinTimeDays: 3}).MinTenure(); got != 72*time.Hour {
		t.Errorf("got %s, want 72h", got)
	}
	if got := (domain.Rank{MinTimeDays: domain.MaxDays}).MinTenure(); got != domain.MaxDays*day {
		t.Errorf("got %s for the most days there can be: it overflows", got)
	}
}

func TestRungsYieldsCopies(t *testing.T) {
	l := standardPolicy(t).Ladder()
	rungs := slices.Collect(l.Rungs())
	rungs[0].Name = "changed"
	if _, ok := l.Rung("Recruit"); !ok {
		t.Error("changing what Rungs yielded changed the ladder")
	}
}
