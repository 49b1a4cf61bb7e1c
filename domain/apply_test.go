package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestApplyCarriesEachActionIntoTheStandingAndNamesItsEffects(t *testing.T) {
	until := noon.Add(14 * day)
	suspended := func(s *domain.Standing) {
		s.Rank, s.FormerRank, s.RankSince, s.Left = "Suspended", "Trooper", noon.Add(-14*day), domain.TrailOf("Trooper")
		s.Punishment, s.Warnings, s.Served = trial(noon), 4, 4
		s.Owed = domain.Owed{Status: domain.PunishmentTrial, Until: noon, Imposed: true}
	}
	role := func(to string, expect ...string) domain.Effect {
		return domain.Effect{Kind: domain.EffectGroupRole, Rank: to, Expect: domain.TrailOf(expect...)}
	}
	restriction := domain.Effect{Kind: domain.EffectRestriction, Active: true}
	mirror, announce, webhook := domain.Effect{Kind: domain.EffectMirror}, domain.Effect{Kind: domain.EffectAnnounce}, domain.Effect{Kind: domain.EffectWebhook}
	tests := []struct {
		name     string
		policy   func(*policyDocument)
		before   func(*domain.Standing) // on newStanding
		decision domain.Decision
		want     func(*domain.Standing) // on what was before, decided now
		effects  []domain.Effect
	}{
		{
			"a promotion moves up and begins a tenure",
			nil, nil,
			domain.Decision{Action: domain.ActionPromote, To: "Corporal"},
			func(s *domain.Standing) {
				s.Rank, s.FormerRank, s.RankSince, s.Left = "Corporal", "Trooper", noon, domain.TrailOf("Trooper")
			},
			[]domain.Effect{role("Corporal", "Trooper"), mirror, announce, webhook},
		},
		{
			"a demotion moves down and begins a tenure",
			nil, func(s *domain.Standing) { s.Left = domain.TrailOf("Recruit") },
			domain.Decision{Action: domain.ActionDemote, To: "Recruit"},
			func(s *domain.Standing) {
				s.Rank, s.FormerRank, s.RankSince, s.Left = "Recruit", "Trooper", noon, domain.TrailOf("Trooper", "Recruit")
			},
			[]domain.Effect{role("Recruit", "Trooper"), mirror, announce, webhook},
		},
		{
			"a promotion during a suspension leaves the suspension in force",
			withoutSuspensionRank, func(s *domain.Standing) { s.Punishment = trial(until) },
			domain.Decision{Action: domain.ActionPromote, To: "Corporal"},
			func(s *domain.Standing) {
				s.Rank, s.FormerRank, s.RankSince, s.Left = "Corporal", "Trooper", noon, domain.TrailOf("Trooper")
			},
			[]domain.Effect{role("Corporal", "Trooper"), mirror, announce, webhook},
		},
		{
			"a suspension imposes the punishment and serves the warnings",
			nil, func(s *domain.Standing) { s.Warnings = 5 },
			domain.Decision{Action: domain.ActionSuspend, To: "Suspended", Until: until},
			func(s *domain.Standing) {
				s.Rank, s.FormerRank, s.RankSince, s.Left = "Suspended", "Trooper", noon, domain.TrailOf("Trooper")
				s.Punishment, s.Served = trial(until), 5
				s.Owed = domain.Owed{Status: domain.PunishmentTrial, Until: until, Imposed: true}
			},
			[]domain.Effect{role("Suspended", "Trooper"), mirror, announce, webhook},
		},
		{
			"a suspension remembers the later end that a game reported, so that it is no news after release",
			nil, func(s *domain.Standing) {
				s.Warnings, s.Owed = 4, domain.Owed{Status: domain.PunishmentTrial, Until: until.Add(day)}
			},
			domain.Decision{Action: domain.ActionSuspend, To: "Suspended", Until: until},
			func(s *domain.Standing) {
				s.Rank, s.FormerRank, s.RankSince, s.Left = "Suspended", "Trooper", noon, domain.TrailOf("Trooper")
				s.Punishment, s.Served = trial(until), 4
				s.Owed = domain.Owed{Status: domain.PunishmentTrial, Until: until.Add(day), Imposed: true}
			},
			[]domain.Effect{role("Suspended", "Trooper"), mirror, announce, webhook},
		},
		{
			"without a suspension rank a suspension moves nobody",
			withoutSuspensionRank, nil,
			domain.Decision{Action: domain.ActionSuspend, To: "Trooper", Until: until},
			func(s *domain.Standing) {
				s.Punishment, s.Owed = trial(until), domain.Owed{Status: domain.PunishmentTrial, Until: until, Imposed: true}
			},
			[]domain.Effect{mirror, announce, webhook},
		},
		{
			"a suspension does not swallow a ban that is owed",
			nil, func(s *domain.Standing) { s.Owed = domain.Owed{Status: domain.PunishmentSevere} },
			domain.Decision{Action: domain.ActionSuspend, To: "Suspended", Until: until},
			func(s *domain.Standing) {
				s.Rank, s.FormerRank, s.RankSince, s.Left = "Suspended", "Trooper", noon, domain.TrailOf("Trooper")
				s.Punishment = trial(until)
			},
			[]domain.Effect{role("Suspended", "Trooper"), mirror, announce, webhook},
		},
		{
			"a ban has no end, serves the warnings and restricts before anything else",
			nil, func(s *domain.Standing) { s.Warnings = 7 },
			domain.Decision{Action: domain.ActionBan, To: "Suspended"},
			func(s *domain.Standing) {
				s.Rank, s.FormerRank, s.RankSince, s.Left = "Suspended", "Trooper", noon, domain.TrailOf("Trooper")
				s.Punishment, s.Served = domain.Punishment{Status: domain.PunishmentSevere}, 7
				s.Owed = domain.Owed{Status: domain.PunishmentSevere, Imposed: true}
			},
			[]domain.Effect{restriction, role("Suspended", "Trooper"), mirror, announce, webhook},
		},
		{
			"a ban of a suspended player keeps the rank, its tenure and the former rank",
			nil, suspended,
			domain.Decision{Action: domain.ActionBan, To: "Suspended"},
			func(s *domain.Standing) {
				s.Punishment = domain.Punishment{Status: domain.PunishmentSevere}
				s.Owed = domain.Owed{Status: domain.PunishmentSevere, Imposed: true}
			},
			[]domain.Effect{restriction, role("Suspended", "Suspended"), mirror, announce, webhook},
		},
		{
			"a ban of a rank that is on no ladder has no role to wish for",
			withoutSuspensionRank, func(s *domain.Standing) { s.Rank = "Quartermaster" },
			domain.Decision{Action: domain.ActionBan, To: "Quartermaster"},
			func(s *domain.Standing) {
				s.Punishment = domain.Punishment{Status: domain.PunishmentSevere}
				s.Owed = domain.Owed{Status: domain.PunishmentSevere, Imposed: true}
			},
			[]domain.Effect{restriction, mirror, announce, webhook},
		},
		{
			"a release lifts the punishment, gives the rank back and begins a tenure; what was served stays served",
			nil, suspended,
			domain.Decision{Action: domain.ActionRestore, To: "Trooper"},
			func(s *domain.Standing) {
				s.Rank, s.FormerRank, s.RankSince, s.Left = "Trooper", "Suspended", noon, domain.TrailOf("Suspended", "Trooper")
				s.Punishment = domain.Punishment{}
			},
			[]domain.Effect{role("Trooper", "Suspended"), mirror, announce, webhook},
		},
		{
			"a release on the rung that was kept begins a tenure and moves no role",
			withoutSuspensionRank,
			func(s *domain.Standing) {
				s.Punishment, s.RankSince, s.FormerRank = trial(noon), noon.Add(-90*day), "Recruit"
			},
			domain.Decision{Action: domain.ActionRestore, To: "Trooper"},
			func(s *domain.Standing) { s.Punishment, s.RankSince = domain.Punishment{}, noon },
			[]domain.Effect{mirror, announce, webhook},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := standardPolicy(t)
			if test.policy != nil {
				policy = policyWith(t, test.policy)
			}
			before := newStanding(t)
			change(test.before, &before)
			want := before
			change(test.want, &want)
			want.DecidedAt = noon
			for i := range test.effects {
				test.effects[i].User = before.UserID
			}

			// Apply takes any form of the instant.
			got, effects := domain.Apply(policy, before, test.decision, noon.Add(999*time.Nanosecond).In(time.FixedZone("", 3600)))

			if diff := cmp.Diff(want, got, same()); diff != "" {
				t.Errorf("standing (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.effects, effects, same()); diff != "" {
				t.Errorf("effects (-want +got):\n%s", diff)
			}
		})
	}
}

func TestApplyDoesNothingWithoutAnActionOrAnApproval(t *testing.T) {
	tests := []struct {
		name     string
		decision domain.Decision
	}{
		{"no action", domain.Decision{Action: domain.ActionNone, To: "Trooper", Reason: domain.ReasonNotYet}},
		{"a promotion that needs approval", domain.Decision{Action: domain.ActionPromote, To: "Corporal", NeedsApproval: true}},
		{"a demotion that needs approval", domain.Decision{Action: domain.ActionDemote, To: "Recruit", NeedsApproval: true}},
		{"a suspension that needs approval", domain.Decision{Action: domain.ActionSuspend, To: "Suspended", NeedsApproval: true}},
		{"a ban that needs approval", domain.Decision{Action: domain.ActionBan, To: "Suspended", NeedsApproval: true}},
		{"a release that needs approval", domain.Decision{Action: domain.ActionRestore, To: "Trooper", NeedsApproval: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := newStanding(t, func(s *domain.Standing) { s.Warnings = 7 })

			got, effects := domain.Apply(standardPolicy(t), before, test.decision, noon)

			if got != before {
				t.Errorf("the standing changed:\n%s", cmp.Diff(before, got, same()))
			}
			if effects != nil {
				t.Errorf("got the effects %+v, want none", effects)
			}
		})
	}
}

func TestApplyCarriesOutWhatWasApproved(t *testing.T) {
	d := domain.Decision{Action: domain.ActionPromote, From: "Trooper", To: "Corporal", NeedsApproval: true, Revision: "r"}
	approved := d.Approved()

	got, effects := domain.Apply(standardPolicy(t), newStanding(t), approved, noon)

	if got.Rank != "Corporal" || len(effects) == 0 {
		t.Errorf("got the rank %q and %d effects, want Corporal and some", got.Rank, len(effects))
	}
	if !d.NeedsApproval {
		t.Error("approving a copy approved the decision itself")
	}
	d.NeedsApproval = false
	if approved != d {
		t.Errorf("approving changed more than the approval:\n%s", cmp.Diff(d, approved, same()))
	}
}

// A group role is wished for only where the decision names one: "group role (suspension rank if the ladder has one)".
func TestApplyOfABanWithoutASuspensionRankLeavesTheGroupRoleAlone(t *testing.T) {
	policy := policyWith(t, withoutSuspensionRank)
	banned := newStanding(t, func(s *domain.Standing) { s.Warnings = 7 })

	_, effects := domain.Apply(policy, banned, domain.Evaluate(policy, banned, noon), noon)

	var kinds []string
	for _, effect := range effects {
		kinds = append(kinds, effect.Kind.String())
	}
	if diff := cmp.Diff([]string{"restriction", "mirror", "announce", "webhook"}, kinds); diff != "" {
		t.Errorf("kinds of effects (-want +got):\n%s", diff)
	}
}
