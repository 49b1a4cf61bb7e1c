package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

// withCaps is the standard policy with caps on growth, and with no limit on the rungs of a day.
func withCaps(t fataler, daily, weekly int64) domain.Policy {
	t.Helper()
	return policyWith(t, func(p *policyDocument) { p.Caps, p.Limits.RungsPerDay = capsDocument{daily, weekly}, 0 })
}

// sent is a report of points at an instant, received at another.
type sent struct {
	points       int64
	at, received time.Time
}

// after returns a report of so many points, received as it was observed, some time after noon.
func after(d time.Duration, points int64) sent { return sent{points, noon.Add(d), noon.Add(d)} }

// late returns a report of so many points that were observed some time after noon and arrived later.
func late(d, arrived time.Duration, points int64) sent {
	return sent{points, noon.Add(d), noon.Add(arrived)}
}

// fold folds a report into s.
func (r sent) fold(t fataler, p domain.Policy, s domain.Standing) domain.Standing {
	t.Helper()
	report := newReport(t, func(n *domain.Report) { n.Points, n.ObservedAt, n.Rank = r.points, r.at, "" })
	next, _ := domain.Fold(p, s, must(domain.NewSnapshot(report, r.received))(t), r.received)
	return next
}

// grown is a player after reports, the first of which nobody knew before.
func grown(t fataler, p domain.Policy, reports ...sent) domain.Standing {
	t.Helper()
	var s domain.Standing
	for _, r := range reports {
		s = r.fold(t, p, s)
	}
	return s
}

func TestPointsThatGrewTooFastHoldAPromotionBackUntilTheWindowPasses(t *testing.T) {
	const never = -1
	tests := []struct {
		name          string
		daily, weekly int64
		reports       []sent
		until         time.Duration // after noon; never for none
		required      int64
		actual        int64
	}{
		{"first sight is no growth", 100, 100, []sent{after(0, 2000)}, never, 0, 0},
		{"exactly the cap", 100, 0, []sent{after(0, 300), after(time.Hour, 400)}, never, 0, 0},
		{"a point over the cap", 100, 0, []sent{after(0, 300), after(time.Hour, 401)}, day + time.Hour, 100, 101},
		{"over the cap step by step", 100, 0, []sent{after(0, 300), after(time.Hour, 360), after(2*time.Hour, 401)}, day + time.Hour, 100, 101},
		{
			"over the cap step by step, with the last step alone within",
			100, 0,
			[]sent{after(0, 300), after(time.Hour, 390), after(2*time.Hour, 402), after(3*time.Hour, 403)},
			day + time.Hour, 100, 103,
		},
		{
			"what is a day old does not count",
			100, 0,
			[]sent{after(0, 300), after(time.Hour, 400), after(day+time.Hour, 401)},
			never, 0, 0,
		},
		{
			"what is a microsecond short of a day old does",
			100, 0,
			[]sent{after(0, 300), after(time.Hour, 400), after(day+time.Hour-time.Microsecond, 401)},
			day + time.Hour, 100, 101,
		},
		{"no cap on a day", 0, 500, []sent{after(0, 300), after(time.Hour, 800)}, never, 0, 0},
		{"a week's cap", 0, 500, []sent{after(0, 300), after(time.Hour, 801)}, 7*day + time.Hour, 500, 501},
		{
			"a week's cap over days that are each within theirs",
			100, 250,
			[]sent{after(0, 300), after(day, 400), after(2*day, 500), after(3*day, 551)},
			8 * day, 250, 251,
		},
		{
			"both caps, the longer of which decides until when",
			100, 250,
			[]sent{after(0, 300), after(time.Hour, 600)},
			7*day + time.Hour, 100, 300,
		},
		{
			"a fall, and a rise back from it",
			100, 0,
			[]sent{after(0, 300), after(time.Hour, 0), after(2*time.Hour, 300)},
			day + 2*time.Hour, 100, 300,
		},
		{"a fall ends it", 100, 0, []sent{after(0, 300), after(time.Hour, 450), after(2*time.Hour, 390)}, never, 0, 0},
		{"a report that is stale", 100, 0, []sent{after(time.Hour, 300), after(0, 5)}, never, 0, 0},
		{
			"reports that arrive together, hours late, each within the cap of its day",
			100, 0,
			[]sent{after(0, 300), late(day, 50*time.Hour, 400), late(2*day, 50*time.Hour, 500)},
			never, 0, 0,
		},
		{
			"a report that arrives after its window, and exceeded the cap in it",
			100, 0,
			[]sent{after(0, 300), late(time.Hour, 40*time.Hour, 401)},
			64 * time.Hour, 100, 101,
		},
		{
			"reports that arrive after their window, and together exceeded the cap in it",
			100, 0,
			[]sent{after(0, 300), late(time.Hour, 40*time.Hour, 390), late(2*time.Hour, 40*time.Hour, 401)},
			64 * time.Hour, 100, 101,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := withCaps(t, test.daily, test.weekly)
			s := grown(t, p, test.reports...)
			s.Rank, s.RankSince = "Recruit", time.Time{}
			now := test.reports[len(test.reports)-1].received
			d := domain.Evaluate(p, s, now)
			if test.until == never {
				if d.Action != domain.ActionPromote {
					t.Fatalf("got %s %s (%s), want PROMOTE", d.Action, d.Reason, d.Sentence())
				}
				return
			}
			until := noon.Add(test.until)
			if d.Action != domain.ActionNone || d.Reason != domain.ReasonHold || !d.Until.Equal(until) {
				t.Errorf("got %s %s until %s, want NONE HOLD until %s", d.Action, d.Reason, d.Until, until)
			}
			want := domain.Check{Criterion: domain.CriterionGrowth, Required: test.required, Actual: test.actual}
			if got, _ := d.Checks.Find(domain.CriterionGrowth); got != want {
				t.Errorf("got the check %+v, want %+v", got, want)
			}
			promote := domain.Check{Criterion: domain.CriterionOtherwise, Action: domain.ActionPromote, Rank: "Trooper", Met: true}
			if got, _ := d.Checks.Find(domain.CriterionOtherwise); got != promote {
				t.Errorf("got the check %+v, want %+v", got, promote)
			}
			if d = domain.Evaluate(p, s, until.Add(-time.Microsecond)); d.Reason != domain.ReasonHold {
				t.Errorf("a microsecond before its end: got %s %s, want NONE HOLD", d.Action, d.Reason)
			}
			if d = domain.Evaluate(p, s, until); d.Action != domain.ActionPromote {
				t.Errorf("at its end: got %s %s, want PROMOTE", d.Action, d.Reason)
			}
		})
	}
}

func TestGrowthHoldsNothingBackButPromotions(t *testing.T) {
	p := withCaps(t, 100, 0)
	grew := func(rank string, points int64, change func(*domain.Standing)) domain.Standing {
		s := grown(t, p, after(0, points-101), after(time.Hour, points))
		s.Rank, s.RankSince = rank, time.Time{}
		change(&s)
		return s
	}
	tests := []struct {
		name     string
		standing domain.Standing
		want     domain.ReasonCode
	}{
		{"a demotion", grew("Captain", 300, func(*domain.Standing) {}), domain.ReasonPointsBelow},
		{"a suspension", grew("Recruit", 300, func(s *domain.Standing) { s.Warnings = 4 }), domain.ReasonWarningsTrial},
		{"a ban", grew("Recruit", 300, func(s *domain.Standing) { s.Warnings = 7 }), domain.ReasonWarningsSevere},
		{
			"the end of a suspension",
			grew("Suspended", 300, func(s *domain.Standing) { s.FormerRank, s.Punishment = "Recruit", trial(noon) }),
			domain.ReasonSuspensionServed,
		},
		{"what is not due yet", grew("Trooper", 240, func(*domain.Standing) {}), domain.ReasonNotYet},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := domain.Evaluate(p, test.standing, noon.Add(time.Hour))
			if d.Reason != test.want {
				t.Errorf("got %s %s, want %s", d.Action, d.Reason, test.want)
			}
			if check, ok := d.Checks.Find(domain.CriterionGrowth); ok {
				t.Errorf("got the check %+v, want none: growth did not matter", check)
			}
		})
	}
}

func TestGrowthIsToldWhereItMatters(t *testing.T) {
	p := withCaps(t, 100, 0)
	s := grown(t, p, after(0, 300), after(time.Hour, 450))
	s.Rank, s.RankSince = "Recruit", time.Time{}
	now := noon.Add(time.Hour)

	if got, want := domain.Evaluate(p, s, now).Sentence(),
		"the points grew faster than the policy allows; no promotion until 2026-03-02T13:00:00Z"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	x := domain.Explain(p, s, now)
	wantCriteria(t, "against it", criteria(x.Blocked), []domain.Criterion{domain.CriterionGrowth})
	if x.Eligible {
		t.Error("explained as eligible, want not")
	}
	if x = domain.Explain(p, s, now.Add(day)); len(x.Blocked) > 0 || !x.Eligible {
		t.Errorf("a day later: got %v against it and eligible %t, want nothing and true", x.Blocked, x.Eligible)
	}
	within := withCaps(t, 150, 0)
	met := domain.Check{Criterion: domain.CriterionGrowth, Required: 150, Actual: 150, Met: true}
	d := domain.Evaluate(within, s, now)
	if got, _ := d.Checks.Find(domain.CriterionGrowth); d.Action != domain.ActionPromote || got != met {
		t.Errorf("within a raised cap: got %s with the check %+v, want PROMOTE with %+v", d.Action, got, met)
	}
	if d = domain.Evaluate(standardPolicy(t), s, now); d.Action != domain.ActionPromote || d.Checks != unchecked(d.Checks, domain.CriterionGrowth) {
		t.Errorf("without caps: got %s with %+v, want PROMOTE and nothing about growth", d.Action, d.Checks.All())
	}
}

func unchecked(checks domain.Checks, criterion domain.Criterion) domain.Checks {
	var left []domain.Check
	for _, c := range checks.All() {
		if c.Criterion != criterion {
			left = append(left, c)
		}
	}
	return domain.ChecksOf(left...)
}

func TestAPersonEndsTheHoldForGrowth(t *testing.T) {
	p := withCaps(t, 100, 0)
	now := noon.Add(time.Hour)
	s := grown(t, p, after(0, 300), after(time.Hour, 450))
	s.Rank, s.RankSince = "Recruit", time.Time{}

	d := must(domain.Execute(p, s, domain.Order{Hold: domain.HoldOff}, now))(t)
	want := domain.Check{Criterion: domain.CriterionGrowth, Required: 100, Actual: 150}
	if got, _ := d.Checks.Find(domain.CriterionGrowth); d.Hold != domain.HoldOff || got != want {
		t.Errorf("got the hold %q and the check %+v, want off and %+v", d.Hold, got, want)
	}
	cleared, _ := domain.Apply(p, s, d, now)
	if got := domain.Evaluate(p, cleared, now); got.Action != domain.ActionPromote {
		t.Errorf("after it: got %s %s, want PROMOTE", got.Action, got.Reason)
	}
	if _, err := domain.Execute(p, cleared, domain.Order{Hold: domain.HoldOff}, now); domain.KindOf(err) != domain.KindBlocked {
		t.Errorf("once more: got error %v, want it blocked: there is nothing left to end", err)
	}
	if again := after(2*time.Hour, 550).fold(t, p, cleared); domain.Evaluate(p, again, now.Add(time.Hour)).Action != domain.ActionPromote {
		t.Error("grown by the cap since: got a hold, want PROMOTE")
	}
	again := after(2*time.Hour, 551).fold(t, p, cleared)
	if got := domain.Evaluate(p, again, now.Add(time.Hour)); got.Reason != domain.ReasonHold {
		t.Errorf("grown by more than the cap since: got %s %s, want NONE HOLD", got.Action, got.Reason)
	}

	back, err := domain.Undo(p, again, d, s, domain.HoldUnsaid, now.Add(time.Hour))
	if err != nil {
		t.Fatalf("Undo: %v", err)
	}
	if got, _ := domain.Apply(p, again, back, now.Add(time.Hour)); got.Growth != again.Growth {
		t.Errorf("taken back: got the growth %q, want that since, %q", got.Growth, again.Growth)
	}
}

func TestAPersonsPromotionSaysThatItPassesOverGrowth(t *testing.T) {
	p := withCaps(t, 100, 0)
	s := grown(t, p, after(0, 300), after(time.Hour, 450))
	s.Rank = "Recruit"
	d := must(domain.Execute(p, s, domain.Order{Action: domain.ActionPromote}, noon.Add(time.Hour)))(t)
	if _, ok := d.Checks.Find(domain.CriterionGrowth); !ok {
		t.Errorf("got the checks %+v, want one of growth", d.Checks.All())
	}
	promoted, _ := domain.Apply(p, s, d, noon.Add(time.Hour))
	if got := domain.Evaluate(p, promoted, noon.Add(2*time.Hour)); got.Action == domain.ActionPromote {
		t.Error("after it: got PROMOTE, want the hold to go on")
	}
}

func TestGrowthCountsOnlyWhatGamesReported(t *testing.T) {
	p := withCaps(t, 100, 0)
	s := grown(t, p, after(0, 300), after(time.Hour, 350))
	s.Points = 5000 // as another program writes it
	if got := s.Growth.In(day, s.Points, noon.Add(time.Hour)); got != 0 {
		t.Errorf("got a growth of %d to what another program wrote, want none", got)
	}
	s = after(2*time.Hour, 5100).fold(t, p, s)
	if got := s.Growth.In(day, s.Points, noon.Add(2*time.Hour)); got != 100 {
		t.Errorf("got a growth of %d, want what was reported on top of it, 100", got)
	}

	foreign := newStanding(t, func(s *domain.Standing) { s.Points, s.ObservedAt, s.LastSyncedAt = -20, time.Time{}, time.Time{} })
	if s = after(0, 130).fold(t, p, foreign); s.Growth.In(day, s.Points, noon) != 150 {
		t.Errorf("of a row by another program: got a growth of %d, want 150", s.Growth.In(day, s.Points, noon))
	}
}

func TestGrowthThatSaysNothingIsNone(t *testing.T) {
	at := noon.UnixMicro()
	for _, text := range []string{
		"", "x", "350", "350 ", "340 1:2", "350 1", "350 1:", "350 :1", "350 1:2:3", "350 1:x", "350  1:2", fmt.Sprintf("350 %d:350", at),
		fmt.Sprintf("350 %d:1 %d:2", at, at), fmt.Sprintf("350 %d:2 %d:2", at, at+1), fmt.Sprintf("350 %d:-9223372036854775808", at),
		"350" + string(make([]byte, 9)), `["2026-03-01T12:00:00Z"]`,
	} {
		if got := domain.GrowthOf(text).In(day, 350, noon.Add(time.Hour)); got != 0 {
			t.Errorf("%q: got a growth of %d, want none", text, got)
		}
		p := withCaps(t, 100, 100)
		s := newStanding(t, func(s *domain.Standing) { s.Points, s.Growth = 350, domain.GrowthOf(text) })
		s = after(time.Hour, 400).fold(t, p, s)
		if got, want := s.Growth.String(), fmt.Sprintf("400 %d:350", noon.Add(time.Hour).UnixMicro()); got != want {
			t.Errorf("%q: after a report got %q, want %q", text, got, want)
		}
	}
	if got := domain.GrowthOf(fmt.Sprintf("350 %d:100 %d:300", at-1, at)).In(day, 350, noon.Add(time.Hour)); got != 250 {
		t.Errorf("got a growth of %d, want 250", got)
	}
}

func TestWithoutCapsNothingIsRemembered(t *testing.T) {
	p := standardPolicy(t)
	if s := grown(t, p, after(0, 300), after(time.Hour, 2000)); s.Growth != (domain.Growth{}) {
		t.Errorf("got the growth %q, want none", s.Growth)
	}
}
