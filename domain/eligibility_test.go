package domain_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

func TestExplainSaysWhatEachWayTakes(t *testing.T) {
	p := standardPolicy(t)
	base := func(change func(*domain.Standing)) domain.Standing {
		s := newStanding(t)
		s.Rank, s.Points, s.Warnings, s.RankSince = "Trooper", 150, 1, noon.Add(-time.Hour)
		change(&s)
		return s
	}
	tests := []struct {
		name        string
		standing    domain.Standing
		next        string
		eligible    bool
		approval    bool
		up, blocked []domain.Criterion // those that are not met, and those that stand against it
		down        []domain.Criterion // those that would bring the player down now
	}{
		{
			"points and time are missing",
			base(func(*domain.Standing) {}),
			"Corporal", false, false,
			[]domain.Criterion{domain.CriterionPoints, domain.CriterionTenure},
			nil, nil,
		},
		{
			"everything is there",
			base(func(s *domain.Standing) { s.Points, s.RankSince = 250, time.Time{} }),
			"Corporal", true, false, nil, nil, nil,
		},
		{
			"a hold stands against it",
			base(func(s *domain.Standing) { s.Points, s.RankSince, s.Hold = 250, time.Time{}, true }),
			"Corporal", false, false, nil,
			[]domain.Criterion{domain.CriterionHold},
			nil,
		},
		{
			"a refusal stands against it",
			base(func(s *domain.Standing) {
				s.Rank, s.Points, s.RankSince = "Captain", 2000, time.Time{}
				s.Rejected = domain.Rejection{Action: domain.ActionPromote, From: "Captain", To: "Marshal", Until: noon.Add(time.Hour)}
			}),
			"Marshal", false, true, nil,
			[]domain.Criterion{domain.CriterionRejected},
			nil,
		},
		{
			"a ban stands against it",
			base(func(s *domain.Standing) {
				s.Points, s.RankSince, s.Punishment = 250, time.Time{}, domain.Punishment{Status: domain.PunishmentSevere}
			}),
			"Corporal", false, false, nil,
			[]domain.Criterion{domain.CriterionBan},
			nil,
		},
		{
			"points fell and warnings rose",
			base(func(s *domain.Standing) { s.Points, s.Warnings, s.RankSince = 99, 4, time.Time{} }),
			"Corporal", false, false,
			[]domain.Criterion{domain.CriterionPoints},
			nil,
			[]domain.Criterion{domain.CriterionKeepPoints, domain.CriterionWarningsTrial},
		},
		{
			"a suspended player holds no rung",
			base(func(s *domain.Standing) {
				s.Rank, s.Punishment = "Suspended", domain.Punishment{Status: domain.PunishmentTrial, Until: noon.Add(time.Hour)}
			}),
			"", false, false, nil,
			[]domain.Criterion{domain.CriterionSuspension},
			nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := domain.Explain(p, test.standing, noon)
			if got.Next != test.next || got.Eligible != test.eligible || got.Approval != test.approval {
				t.Errorf("got next %q, eligible %t, approval %t; want %q, %t, %t",
					got.Next, got.Eligible, got.Approval, test.next, test.eligible, test.approval)
			}
			wantCriteria(t, "missing on the way up", unmet(got.Up), test.up)
			wantCriteria(t, "against it", criteria(got.Blocked), test.blocked)
			wantCriteria(t, "on the way down", falling(got.Down), test.down)
		})
	}
}

func TestExplainAgreesWithEvaluate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawStanding(t, p)
		s.DecidedAt = time.Time{}
		s.Owed = domain.Owed{}
		d, x := domain.Evaluate(p, s, noon), domain.Explain(p, s, noon)
		promoted := d.Action == domain.ActionPromote
		expected := x.Eligible && len(falling(x.Down)) == 0
		if p.Privileged() == domain.PrivilegedNever && d.Reason == domain.ReasonPrivileged {
			return // who is eligible, and not to be touched
		}
		if promoted && !x.Eligible || expected && !promoted {
			t.Fatalf("evaluated as %s %s, explained as %+v", d.Action, d.Reason, x)
		}
		if promoted && d.NeedsApproval != x.Approval {
			t.Fatalf("approval: evaluated %t, explained %t", d.NeedsApproval, x.Approval)
		}
	})
}

func criteria(checks []domain.Check) []domain.Criterion {
	var names []domain.Criterion
	for _, c := range checks {
		names = append(names, c.Criterion)
	}
	return names
}

func unmet(checks []domain.Check) []domain.Criterion {
	return criteria(slices.DeleteFunc(slices.Clone(checks), func(c domain.Check) bool { return c.Met }))
}

// falling returns what would bring a player down: points that do not suffice, warnings that do.
func falling(checks []domain.Check) []domain.Criterion {
	return criteria(slices.DeleteFunc(slices.Clone(checks), func(c domain.Check) bool {
		return c.Met == (c.Criterion == domain.CriterionKeepPoints)
	}))
}

func wantCriteria(t *testing.T, what string, got, want []domain.Criterion) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
