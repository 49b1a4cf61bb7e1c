package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestEveryCheckIsASentence(t *testing.T) {
	const hour, twoDays = 60 * 60, 48 * 60 * 60
	tests := []struct {
		check   domain.Check
		want    string
		missing int64
	}{
		{domain.Check{Criterion: domain.CriterionRankIgnored, Rank: "Guest", Met: true}, "automation does not look at the rank Guest", 0},
		{domain.Check{Criterion: domain.CriterionBan, Met: true}, "a ban is in force", 0},
		{domain.Check{Criterion: domain.CriterionWarningsSevere, Required: 7, Actual: 5}, "5 warnings, a ban takes 7", 2},
		{domain.Check{Criterion: domain.CriterionReported, Met: true}, "a game reported a punishment", 0},
		{domain.Check{Criterion: domain.CriterionSuspension}, "a suspension without an end is in force", 0},
		{
			domain.Check{Criterion: domain.CriterionSuspension, Required: twoDays, Actual: 0},
			"a suspension is in force for another 2 days", twoDays,
		},
		{
			domain.Check{Criterion: domain.CriterionSuspension, Required: twoDays, Actual: hour},
			"a suspension is in force for another 1 day 23 hours", twoDays - hour,
		},
		{
			domain.Check{Criterion: domain.CriterionSuspension, Required: twoDays, Actual: twoDays - 25*hour},
			"a suspension is in force for another 1 day 1 hour", 25 * hour,
		},
		{
			domain.Check{Criterion: domain.CriterionSuspension, Required: twoDays, Actual: twoDays - hour - 1},
			"a suspension is in force for another 1h0m1s", hour + 1,
		},
		{domain.Check{Criterion: domain.CriterionSuspension, Required: twoDays, Actual: twoDays, Met: true}, "the suspension is over", 0},
		{domain.Check{Criterion: domain.CriterionSuspension, Met: true}, "the suspension is over", 0},
		{domain.Check{Criterion: domain.CriterionSettled, Met: true}, "a decision was carried out at this very instant", 0},
		{domain.Check{Criterion: domain.CriterionWarningsTrial, Required: 4, Actual: 4, Met: true}, "4 warnings, a suspension takes 4", 0},
		{domain.Check{Criterion: domain.CriterionHold, Met: true}, "the player is on hold", 0},
		{domain.Check{Criterion: domain.CriterionRankLocked, Rank: "Captain", Met: true}, "the rank Captain is locked", 0},
		{
			domain.Check{Criterion: domain.CriterionKeepPoints, Rank: "Trooper", Required: 100, Actual: 99},
			"99 points, Trooper takes 100", 1,
		},
		{
			domain.Check{Criterion: domain.CriterionPoints, Rank: "Storm Corporal I", Required: 750, Actual: 520},
			"230 more points needed for Storm Corporal I (520 of 750)", 230,
		},
		{
			domain.Check{Criterion: domain.CriterionPoints, Rank: "Storm Corporal I", Required: 750, Actual: 750, Met: true},
			"750 points, Storm Corporal I takes 750", 0,
		},
		{
			domain.Check{Criterion: domain.CriterionTenure, Rank: "Captain", Required: twoDays, Actual: hour},
			"1 day 23 hours more in the present rank needed for Captain", twoDays - hour,
		},
		{
			domain.Check{Criterion: domain.CriterionTenure, Rank: "Captain", Required: twoDays, Actual: twoDays, Met: true},
			"time in the present rank suffices for Captain", 0,
		},
		{
			domain.Check{Criterion: domain.CriterionTenure, Rank: "Captain", Required: twoDays, Unknown: true, Met: true},
			"time in the present rank is unknown and counts as served for Captain", 0,
		},
		{domain.Check{Criterion: domain.CriterionRungs, Required: 2, Actual: 1, Met: true}, "1 rung in the last 24 hours, the policy allows 2", 0},
		{domain.Check{Criterion: domain.CriterionRungs, Required: 1, Actual: 3}, "3 rungs in the last 24 hours, the policy allows 1", 0},
		{
			domain.Check{Criterion: domain.CriterionGrowth, Required: 200, Actual: 350},
			"grew by 350 points within the window of a cap, the policy allows 200", 0,
		},
		{
			domain.Check{Criterion: domain.CriterionGrowth, Required: 200, Actual: 1, Met: true},
			"grew by 1 point within the window of a cap, the policy allows 200", 0,
		},
		{domain.Check{Criterion: domain.CriterionPrivileged, Rank: "Marshal", Met: true}, "the rank Marshal is privileged", 0},
		{domain.Check{Criterion: domain.CriterionRejected, Rank: "Marshal", Met: true}, "an administrator refused the move to Marshal", 0},
		{
			domain.Check{Criterion: domain.CriterionOtherwise, Action: domain.ActionPromote, Rank: "Captain", Met: true},
			"the answer would be PROMOTE to Captain", 0,
		},
		{
			domain.Check{Criterion: domain.CriterionNextMove, Action: domain.ActionDemote, Rank: "Trooper", Met: true},
			"the rules would DEMOTE to Trooper at the next report", 0,
		},
		{domain.Check{}, "", 0},
	}
	said := make(map[domain.Criterion]bool)
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			said[test.check.Criterion] = true
			if got := test.check.Sentence(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := test.check.Missing(); got != test.missing {
				t.Errorf("got %d missing, want %d", got, test.missing)
			}
		})
	}
	for c := domain.CriterionRankIgnored; c <= domain.CriterionOtherwise; c++ {
		if !said[c] {
			t.Errorf("no sentence of the criterion %s is tested", c)
		}
	}
}

func TestNothingIsMissingOfWhatIsMet(t *testing.T) {
	tests := []struct {
		name  string
		check domain.Check
		want  int64
	}{
		{"less than required", domain.Check{Criterion: domain.CriterionPoints, Required: 5, Actual: 2}, 3},
		{"more than required", domain.Check{Criterion: domain.CriterionPoints, Required: 5, Actual: 9, Met: true}, 0},
		{"unknown counts as met", domain.Check{Criterion: domain.CriterionTenure, Required: 5, Unknown: true}, 0},
		{"a plain fact counts nothing", domain.Check{Criterion: domain.CriterionHold, Required: 5}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.check.Missing(); got != test.want {
				t.Errorf("got %d missing, want %d", got, test.want)
			}
		})
	}
}

func TestCriteriaCountInUnits(t *testing.T) {
	tests := []struct {
		unit     string
		criteria []domain.Criterion
	}{
		{"points", []domain.Criterion{domain.CriterionKeepPoints, domain.CriterionPoints, domain.CriterionGrowth}},
		{"warnings", []domain.Criterion{domain.CriterionWarningsSevere, domain.CriterionWarningsTrial}},
		{"seconds", []domain.Criterion{domain.CriterionSuspension, domain.CriterionTenure}},
		{"", []domain.Criterion{
			0, domain.CriterionRankIgnored, domain.CriterionBan, domain.CriterionReported, domain.CriterionSettled, domain.CriterionHold,
			domain.CriterionRankLocked, domain.CriterionPrivileged, domain.CriterionRejected, domain.CriterionNextMove,
			domain.CriterionOtherwise, domain.CriterionOtherwise + 1,
		}},
	}
	for _, test := range tests {
		for _, c := range test.criteria {
			if got := c.Unit(); got != test.unit {
				t.Errorf("got the unit %q for %q, want %q", got, c, test.unit)
			}
		}
	}
}

func TestChecksKeepTheirOrderAndTheirBound(t *testing.T) {
	var many []domain.Check
	for i := range int64(20) {
		many = append(many, domain.Check{Criterion: domain.CriterionPoints, Required: i})
	}

	checks := domain.ChecksOf(many...)
	if diff := cmp.Diff(many[:16], checks.All()); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
	if got, ok := checks.Find(domain.CriterionPoints); !ok || got != many[0] {
		t.Errorf("got %+v, %t, want the first of its criterion", got, ok)
	}
	if got, ok := checks.Find(domain.CriterionBan); ok || got != (domain.Check{}) {
		t.Errorf("got %+v, %t of a criterion that is not there, want none", got, ok)
	}
	checks.All()[0].Required = 99
	if got := checks.All()[0].Required; got != 0 {
		t.Errorf("changing what All returned changed the checks: got %d, want 0", got)
	}

	var none domain.Checks
	if got := none.All(); got != nil {
		t.Errorf("got %v of no checks, want nil", got)
	}
	if none != domain.ChecksOf() {
		t.Error("a list of no checks differs from the zero value")
	}
}
