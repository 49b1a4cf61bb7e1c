package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func policyParts(t fataler) domain.PolicyParts {
	t.Helper()
	return domain.PolicyParts{
		Ladder: standardPolicy(t).Ladder(), Punishments: domain.DefaultPunishments(), Revision: "r-1",
	}
}

func TestNewPolicyNamesEveryFaultByItsJSONPointer(t *testing.T) {
	const count, capped, days = "must be 1 … 2147483647", "must be 0 … 2147483647", "must be 1 … 36500"
	tests := []struct {
		name   string
		change func(*domain.PolicyParts)
		want   []domain.FieldError // none: accepted
	}{
		{"the defaults", nil, nil},
		{
			"no ladder", func(p *domain.PolicyParts) { p.Ladder = domain.Ladder{} },
			[]domain.FieldError{{Field: "/ranks", Message: "needs at least one rank"}},
		},
		{
			"no revision", func(p *domain.PolicyParts) { p.Revision = "" },
			[]domain.FieldError{{Field: "revision", Message: "must not be empty"}},
		},
		{"the least thresholds", func(p *domain.PolicyParts) {
			p.Punishments.TrialThreshold, p.Punishments.SevereThreshold = 1, 2
		}, nil},
		{"the greatest thresholds", func(p *domain.PolicyParts) {
			p.Punishments.TrialThreshold, p.Punishments.SevereThreshold = domain.MaxCount-1, domain.MaxCount
		}, nil},
		{
			"a trial threshold of nothing", func(p *domain.PolicyParts) { p.Punishments.TrialThreshold = 0 },
			[]domain.FieldError{{Field: "/punishments/trial_threshold", Message: count}},
		},
		{
			"thresholds above the largest counter", func(p *domain.PolicyParts) {
				p.Punishments.TrialThreshold, p.Punishments.SevereThreshold = domain.MaxCount+1, domain.MaxCount+2
			},
			[]domain.FieldError{
				{Field: "/punishments/trial_threshold", Message: count},
				{Field: "/punishments/severe_threshold", Message: "must be at most 2147483647"},
			},
		},
		{
			"equal thresholds", func(p *domain.PolicyParts) { p.Punishments.TrialThreshold = 7 },
			[]domain.FieldError{{
				Field: "/punishments/severe_threshold", Message: "must be above trial_threshold (7): 7 would ban before it suspends",
			}},
		},
		{
			"equal thresholds at the largest counter", func(p *domain.PolicyParts) {
				p.Punishments.TrialThreshold, p.Punishments.SevereThreshold = domain.MaxCount, domain.MaxCount
			},
			[]domain.FieldError{{
				Field:   "/punishments/severe_threshold",
				Message: "must be above trial_threshold (2147483647): 2147483647 would ban before it suspends",
			}},
		},
		{
			"thresholds the wrong way round", func(p *domain.PolicyParts) { p.Punishments.SevereThreshold = -1 },
			[]domain.FieldError{{
				Field: "/punishments/severe_threshold", Message: "must be above trial_threshold (4): -1 would ban before it suspends",
			}},
		},
		{
			"a suspension of no days", func(p *domain.PolicyParts) { p.Punishments.TrialDays = 0 },
			[]domain.FieldError{{Field: "/punishments/trial_days", Message: days}},
		},
		{"a suspension of one day", func(p *domain.PolicyParts) { p.Punishments.TrialDays = 1 }, nil},
		{"a suspension of a hundred years", func(p *domain.PolicyParts) { p.Punishments.TrialDays = 36500 }, nil},
		{
			"a suspension of more than a hundred years", func(p *domain.PolicyParts) { p.Punishments.TrialDays = 36501 },
			[]domain.FieldError{{Field: "/punishments/trial_days", Message: days}},
		},
		{"the greatest caps", func(p *domain.PolicyParts) {
			p.Caps = domain.Caps{Daily: domain.MaxCount, Weekly: domain.MaxCount}
		}, nil},
		{
			"negative caps", func(p *domain.PolicyParts) { p.Caps = domain.Caps{Daily: -1, Weekly: -1} },
			[]domain.FieldError{{Field: "/caps/daily", Message: capped}, {Field: "/caps/weekly", Message: capped}},
		},
		{
			"caps above the largest counter", func(p *domain.PolicyParts) {
				p.Caps = domain.Caps{Daily: domain.MaxCount + 1, Weekly: domain.MaxCount + 1}
			},
			[]domain.FieldError{{Field: "/caps/daily", Message: capped}, {Field: "/caps/weekly", Message: capped}},
		},
		{"the last privileged mode", func(p *domain.PolicyParts) { p.Privileged = domain.PrivilegedNever }, nil},
		{
			"a privileged mode that does not exist", func(p *domain.PolicyParts) { p.Privileged = domain.PrivilegedNever + 1 },
			[]domain.FieldError{{Field: "/privileged", Message: `must be "approval", "automatic" or "never"`}},
		},
		{"permissions for a rung, the suspension rank and guests", func(p *domain.PolicyParts) {
			p.Permissions = []domain.RankPermission{{Rank: "Trooper"}, {Rank: "Suspended"}, {Rank: "Guest"}}
		}, nil},
		{
			"permissions for a rank that does not exist", func(p *domain.PolicyParts) {
				p.Permissions = []domain.RankPermission{{Rank: "Trooper"}, {Rank: "Quartermaster"}}
			},
			[]domain.FieldError{{
				Field: "/roles/Quartermaster", Message: `is not a rank of the ladder; use a rank's name or "Guest"`,
			}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			parts := policyParts(t)
			change(test.change, &parts)
			_, err := domain.NewPolicy(parts)
			if test.want == nil {
				if err != nil {
					t.Errorf("got the error %v, want none", err)
				}
				return
			}
			wantInvalid(t, err, "policy_invalid")
			wantFaults(t, err, test.want...)
		})
	}
}

func TestNewPolicyEscapesRankNamesInJSONPointers(t *testing.T) {
	parts := policyParts(t)
	parts.Permissions = []domain.RankPermission{{Rank: "Air/Sea ~1"}}

	_, err := domain.NewPolicy(parts)

	wantFaults(t, err, domain.FieldError{ // RFC 6901: ~ is ~0 and / is ~1
		Field: "/roles/Air~1Sea ~01", Message: `is not a rank of the ladder; use a rank's name or "Guest"`,
	})
}

func TestAPolicyAnswersWhatItWasMadeOf(t *testing.T) {
	parts := policyParts(t)
	parts.Caps = domain.Caps{Daily: 5, Weekly: 6}
	parts.Privileged = domain.PrivilegedNever

	p := must(domain.NewPolicy(parts))(t)

	want := domain.Punishments{TrialThreshold: 4, SevereThreshold: 7, TrialDays: 14, TrialLockPromotion: true}
	if diff := cmp.Diff(want, p.Punishments()); diff != "" {
		t.Errorf("punishments (-want +got):\n%s", diff)
	}
	if got := p.Punishments().TrialLength(); got != 14*day {
		t.Errorf("got a suspension of %s, want 14 days", got)
	}
	if got := p.Caps(); got != parts.Caps {
		t.Errorf("got the caps %+v, want %+v", got, parts.Caps)
	}
	if got := p.Privileged(); got != domain.PrivilegedNever {
		t.Errorf("got the mode %s, want never", got)
	}
	if got := p.Revision(); got != "r-1" {
		t.Errorf("got the revision %q, want r-1", got)
	}
	if got := p.Ladder().Len(); got != 7 {
		t.Errorf("got %d rungs, want 7", got)
	}
}

func TestPermissionsAreOrdinaryUnlessThePolicySaysOtherwise(t *testing.T) {
	officer := domain.Permission{Level: "OFF", CanEarn: true, CanWarn: true, CanAdjust: true, CanBan: true, Locked: true}
	parts := policyParts(t)
	parts.Permissions = []domain.RankPermission{
		{Rank: "Captain", Permission: domain.Permission{Ignored: true}},
		{Rank: "Captain", Permission: officer},
		{Rank: "Guest", Permission: domain.Permission{CanEarn: true}},
	}
	p := must(domain.NewPolicy(parts))(t)
	parts.Permissions[1].Permission = domain.Permission{}

	tests := []struct {
		name, rank string
		want       domain.Permission
	}{
		{"the last one wins", "Captain", officer},
		{"guests are ignored, whatever the policy says", "Guest", domain.Permission{CanEarn: true, Ignored: true}},
		{"a rank that the policy does not mention", "Trooper", domain.Permission{}},
		{"a rank that is not on the ladder", "Quartermaster", domain.Permission{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := p.Permission(test.rank); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
	if got := standardPolicy(t).Permission("Guest"); !got.Ignored {
		t.Error("guests are not ignored where the policy does not mention them")
	}
}
