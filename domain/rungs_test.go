package domain_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

// withRungs is the standard policy with a limit on the rungs of a day.
func withRungs(t fataler, rungs int64) domain.Policy {
	t.Helper()
	return policyWith(t, func(p *policyDocument) { p.Limits.RungsPerDay = rungs })
}

func TestOnlyRungsThatTheRulesMadeCount(t *testing.T) {
	p := withRungs(t, 1)
	tests := []struct {
		name     string
		decision domain.Decision
		counts   bool
	}{
		{"a promotion by points", domain.Decision{Action: domain.ActionPromote, To: "Corporal", Reason: domain.ReasonEligible}, true},
		{"a demotion by points", domain.Decision{Action: domain.ActionDemote, To: "Recruit", Reason: domain.ReasonPointsBelow}, true},
		{"a promotion for another reason", domain.Decision{Action: domain.ActionPromote, To: "Corporal", Reason: "ORDERED"}, false},
		{"a suspension", domain.Decision{Action: domain.ActionSuspend, To: "Suspended", Reason: domain.ReasonWarningsTrial}, false},
		{"a ban", domain.Decision{Action: domain.ActionBan, To: "Suspended", Reason: domain.ReasonWarningsSevere}, false},
		{"a release", domain.Decision{Action: domain.ActionRestore, To: "Corporal", Reason: domain.ReasonSuspensionServed}, false},
		{"nothing", domain.Decision{To: "Trooper", Reason: domain.ReasonNotYet}, false},
		{
			"what waits for approval",
			domain.Decision{Action: domain.ActionPromote, To: "Corporal", Reason: domain.ReasonEligible, NeedsApproval: true},
			false,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := newStanding(t, func(s *domain.Standing) { s.Moves = domain.MovesOf(noon.Add(-day)) })
			want := before.Moves.Instants()
			if test.counts {
				want = append([]time.Time{noon}, want...)
			}
			after, _ := domain.Apply(p, before, test.decision, noon)
			if got := after.Moves.Instants(); !slices.Equal(got, want) {
				t.Errorf("got the moves %v, want %v", got, want)
			}
			if test.decision.Action == domain.ActionNone || test.decision.NeedsApproval {
				return
			}
			if back := domain.Supersede(after, before, "Trooper", noon.Add(time.Hour)); back.Moves != before.Moves {
				t.Errorf("taken back: got the moves %v, want those before", back.Moves.Instants())
			}
		})
	}
}

func TestAPlayerIsToldWhenTheRungsOfADayAreUsedUp(t *testing.T) {
	for rungs, blocked := range map[int64]bool{0: false, 1: true, 2: false} {
		s := newStanding(t, func(s *domain.Standing) { s.Points, s.Moves = 300, domain.MovesOf(noon.Add(-day+time.Microsecond)) })
		x := domain.Explain(withRungs(t, rungs), s, noon)
		if got := slices.Contains(criteria(x.Blocked), domain.CriterionRungs); got != blocked || x.Eligible == blocked {
			t.Errorf("%d rungs a day, one used: got blocked %t and eligible %t, want %t and %t", rungs, got, x.Eligible, blocked, !blocked)
		}
		if x = domain.Explain(withRungs(t, rungs), s, noon.Add(time.Microsecond)); len(x.Blocked) > 0 {
			t.Errorf("%d rungs a day, one used a day ago: got %v against it, want nothing", rungs, x.Blocked)
		}
	}
}

// Whatever games report, and whenever, and whatever is taken back: the rules move nobody further in any 24 hours than the policy allows.
func TestNobodyIsMovedFurtherInADayThanThePolicyAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		limit := int(p.Limits().RungsPerDay)
		if limit == 0 {
			t.Skip("there is no limit")
		}
		s := drawStanding(t, p)
		now := noon
		var moves []time.Time
		for range rapid.IntRange(5, 40).Draw(t, "reports") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 30*time.Hour.Microseconds()).Draw(t, "later")) * time.Microsecond)
			s.Points = rapid.Int64Range(0, 25).Draw(t, "points")
			if rapid.IntRange(0, 9).Draw(t, "warned") == 0 {
				s.Warnings += rapid.Int64Range(1, 7).Draw(t, "warnings")
			}
			d := domain.Evaluate(p, s, now).Approved()
			before := s
			s, _ = domain.Apply(p, s, d, now)
			if d.Action != domain.ActionPromote && d.Action != domain.ActionDemote {
				continue
			}
			if rapid.IntRange(0, 4).Draw(t, "taken back") == 0 {
				s = domain.Supersede(s, before, before.Rank, now)
				continue
			}
			moves = append(moves, now)
			if n := len(moves); n > limit && moves[n-1-limit].After(now.Add(-day)) {
				t.Fatalf("moved %d rungs within 24 hours, want %d at most: %v", limit+1, limit, moves[n-1-limit:])
			}
		}
	})
}
