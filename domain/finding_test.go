package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func universe(t fataler, n int64) domain.UniverseID {
	t.Helper()
	return must(domain.NewUniverseID(n))(t)
}

func TestExamineFindsWhatIsOddAboutAReport(t *testing.T) {
	arena, lobby := domain.Experience{Key: "arena", Server: "s-1"}, domain.Experience{Key: "lobby", Server: "s-1"}
	known := func(at time.Duration, points int64, e domain.Experience) domain.Standing {
		return newStanding(t, func(s *domain.Standing) { s.Points, s.ObservedAt, s.Experience = points, noon.Add(at), e })
	}
	tests := []struct {
		name     string
		standing domain.Standing
		points   int64
		by       domain.Experience
		want     []domain.Finding
	}{
		{"the first report of a player", domain.Standing{}, 5000, arena, nil},
		{"points that stay", known(-time.Hour, 300, arena), 300, arena, nil},
		{"points that rise within the cap", known(-time.Hour, 300, arena), 400, arena, nil},
		{
			"points that rise by more than the cap", known(-time.Hour, 300, arena), 401, arena,
			[]domain.Finding{{Kind: domain.FindingGrowth, Before: 300, After: 401, Window: day, Cap: 100, Growth: 101}},
		},
		{
			"points that rise by more than both caps", known(-time.Hour, 300, arena), 801, arena,
			[]domain.Finding{
				{Kind: domain.FindingGrowth, Before: 300, After: 801, Window: day, Cap: 100, Growth: 501},
				{Kind: domain.FindingGrowth, Before: 300, After: 801, Window: 7 * day, Cap: 500, Growth: 501},
			},
		},
		{
			"points that fall", known(-time.Hour, 300, arena), 299, arena,
			[]domain.Finding{{Kind: domain.FindingFell, Before: 300, After: 299}},
		},
		{
			"another experience ten seconds later", known(-10*time.Second, 300, arena), 310, lobby,
			[]domain.Finding{{Kind: domain.FindingDisagree, Before: 300, After: 310, Other: arena, Apart: 10 * time.Second}},
		},
		{"another experience a microsecond more than that later", known(-10*time.Second-time.Microsecond, 300, arena), 310, lobby, nil},
		{"another experience that agrees", known(-time.Second, 300, arena), 300, lobby, nil},
		{
			"another experience with fewer points", known(-time.Second, 300, arena), 290, lobby,
			[]domain.Finding{
				{Kind: domain.FindingFell, Before: 300, After: 290},
				{Kind: domain.FindingDisagree, Before: 300, After: 290, Other: arena, Apart: time.Second},
			},
		},
		{
			"another experience that saw it before, and is stale", known(4*time.Second, 300, arena), 290, lobby,
			[]domain.Finding{{Kind: domain.FindingDisagree, Before: 300, After: 290, Other: arena, Apart: -4 * time.Second}},
		},
		{"the same experience, stale", known(4*time.Second, 300, arena), 290, arena, nil},
		{"another experience, stale by long", known(11*time.Second, 300, arena), 290, lobby, nil},
		{"another server of the experience", known(-time.Second, 300, arena), 310, domain.Experience{Key: "arena", Server: "s-2"}, nil},
		{"an experience that is not named", known(-time.Second, 300, arena), 310, domain.Experience{Server: "s-9"}, nil},
		{
			"an experience that is named after one that was not", known(-time.Second, 300, domain.Experience{Server: "s-9"}), 310, arena, nil,
		},
		{
			"another universe", known(-time.Second, 300, domain.Experience{Universe: universe(t, 1), PlaceID: 5}), 310,
			domain.Experience{Universe: universe(t, 2)},
			[]domain.Finding{{
				Kind: domain.FindingDisagree, Before: 300, After: 310, Other: domain.Experience{Universe: universe(t, 1), PlaceID: 5},
				Apart: time.Second,
			}},
		},
		{
			"another place of the universe", known(-time.Second, 300, domain.Experience{Universe: universe(t, 1), PlaceID: 5}), 310,
			domain.Experience{Universe: universe(t, 1), PlaceID: 6},
			nil,
		},
	}
	p := withCaps(t, 100, 500)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := snapshot(t, func(r *domain.Report) { r.Points, r.Experience, r.ObservedAt = test.points, test.by, noon })
			after, _ := domain.Fold(p, test.standing, s, noon)
			got := domain.Examine(p, test.standing, after, s)
			if diff := cmp.Diff(test.want, got, same()); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if again, _ := domain.Fold(p, after, s, noon); len(domain.Examine(p, after, again, s)) > 0 && after != test.standing {
				t.Errorf("the same report again: got %+v, want nothing", domain.Examine(p, after, again, s))
			}
		})
	}
}

func TestGrowthIsFoundWhenItFirstExceedsACap(t *testing.T) {
	p := withCaps(t, 100, 0)
	var s domain.Standing
	var found []int
	for hour, points := range []int64{300, 390, 401, 402, 410, 420, 430} {
		r := after(time.Duration(hour)*time.Hour, points)
		next := r.fold(t, p, s)
		report := newReport(t, func(n *domain.Report) { n.Points, n.ObservedAt = r.points, r.at })
		if len(domain.Examine(p, s, next, must(domain.NewSnapshot(report, r.received))(t))) > 0 {
			found = append(found, hour)
		}
		s = next
	}
	if diff := cmp.Diff([]int{2}, found); diff != "" {
		t.Errorf("the hours in which something was found (-want +got):\n%s", diff)
	}
}

func TestExamineFindsFallsWithoutCapsToo(t *testing.T) {
	p := standardPolicy(t)
	before := newStanding(t)
	s := snapshot(t, func(r *domain.Report) { r.Points = before.Points - 1 })
	after, _ := domain.Fold(p, before, s, noon)
	if got := domain.Examine(p, before, after, s); len(got) != 1 || got[0].Kind != domain.FindingFell {
		t.Errorf("got %+v, want the fall", got)
	}
}

func TestFindingsHaveWordsAndStandForOthers(t *testing.T) {
	tests := []struct {
		finding domain.Finding
		word    string
		want    string
		quiet   time.Duration
	}{
		{
			domain.Finding{Kind: domain.FindingGrowth, Before: 1, After: 400, Window: 7 * day, Cap: 200, Growth: 350},
			"points_growth", "grew by 350 points in 168 hours, the policy allows 200", 7 * day,
		},
		{domain.Finding{Kind: domain.FindingFell, Before: 300, After: 20}, "points_fell", "20 points after 300", time.Minute},
		{
			domain.Finding{Kind: domain.FindingDisagree, Before: 300, After: 310, Apart: -1500 * time.Millisecond},
			"experiences_disagree", "310 points after 300 by another experience, 1.5s apart", time.Minute,
		},
	}
	for _, test := range tests {
		t.Run(test.word, func(t *testing.T) {
			if got := test.finding.Kind.String(); got != test.word {
				t.Errorf("got the word %q, want %q", got, test.word)
			}
			if got := must(domain.ParseFindingKind(test.word))(t); got != test.finding.Kind {
				t.Errorf("parsed: got %d, want %d", got, test.finding.Kind)
			}
			if got := test.finding.Sentence(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := test.finding.Quiet(); got != test.quiet {
				t.Errorf("got quiet for %s, want %s", got, test.quiet)
			}
		})
	}
	var none domain.Finding
	if none.Kind.String() != "" || none.Sentence() != "" {
		t.Errorf("of no kind: got %q and %q, want nothing", none.Kind, none.Sentence())
	}
	_, err := domain.ParseFindingKind("")
	wantInvalid(t, err, "finding_unknown")
}
