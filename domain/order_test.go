package domain_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

// The standings of these tables, beside newStanding's Trooper with 150 points.
func suspended(s *domain.Standing) {
	s.Rank, s.FormerRank, s.RankSince, s.Left = "Suspended", "Trooper", noon.Add(-day), domain.TrailOf("Trooper")
	s.Punishment, s.Warnings, s.Served = trial(noon.Add(13*day)), 4, 4
	s.Owed = domain.Owed{Status: domain.PunishmentTrial, Until: noon.Add(13 * day), Imposed: true}
}

func banned(s *domain.Standing) {
	s.Rank, s.FormerRank, s.RankSince, s.Left = "Suspended", "Trooper", noon.Add(-day), domain.TrailOf("Trooper")
	s.Punishment, s.Warnings, s.Served = domain.Punishment{Status: domain.PunishmentSevere}, 7, 7
	s.Owed = domain.Owed{Status: domain.PunishmentSevere, Imposed: true}
}

func ranked(name string, points int64) func(*domain.Standing) {
	return func(s *domain.Standing) { s.Rank, s.Points = name, points }
}

func onHold(s *domain.Standing) { s.Hold = true }

func both(changes ...func(*domain.Standing)) func(*domain.Standing) {
	return func(s *domain.Standing) {
		for _, c := range changes {
			c(s)
		}
	}
}

func lockedTrooper(p *policyDocument) {
	p.Permissions = map[string]permissionDocument{"Trooper": {Locked: true, Ignored: true}}
}

func freeOnTheRung(p *policyDocument) {
	withoutSuspensionRank(p)
	p.Punishments.TrialLockPromotion = false
}

func TestExecuteTurnsAnOrderIntoADecision(t *testing.T) {
	points := func(rank string, required, actual int64) domain.Check {
		return domain.Check{Criterion: domain.CriterionPoints, Rank: rank, Required: required, Actual: actual, Met: actual >= required}
	}
	keep := func(rank string, required, actual int64) domain.Check {
		return domain.Check{Criterion: domain.CriterionKeepPoints, Rank: rank, Required: required, Actual: actual, Met: actual >= required}
	}
	unknownTenure := func(rank string, days int64) domain.Check {
		return domain.Check{Criterion: domain.CriterionTenure, Rank: rank, Required: days * 86400, Unknown: true, Met: true}
	}
	fact := func(c domain.Criterion, rank string) domain.Check {
		return domain.Check{Criterion: c, Rank: rank, Met: true}
	}
	next := func(action domain.Action, to string) domain.Check {
		return domain.Check{Criterion: domain.CriterionNextMove, Action: action, Rank: to, Met: true}
	}
	hold := fact(domain.CriterionHold, "")
	tests := []struct {
		name   string
		policy func(*policyDocument)
		s      func(*domain.Standing)
		order  domain.Order
		want   domain.Decision // From, Reason and Revision are filled in
		checks []domain.Check
	}{
		{
			"a promotion leads one rung up, and on hold where the rules would take it back",
			nil, nil,
			domain.Order{Action: domain.ActionPromote},
			domain.Decision{To: "Corporal", Hold: domain.HoldOn},
			[]domain.Check{points("Corporal", 250, 150), unknownTenure("Corporal", 3), next(domain.ActionDemote, "Trooper"), hold},
		},
		{
			"a promotion that is earned changes no hold",
			nil, ranked("Trooper", 300),
			domain.Order{Action: domain.ActionPromote},
			domain.Decision{To: "Corporal"},
			[]domain.Check{points("Corporal", 250, 300), unknownTenure("Corporal", 3)},
		},
		{
			"a promotion may pass over rungs, into a privileged rank, without approval",
			nil, ranked("Trooper", 300),
			domain.Order{Action: domain.ActionPromote, To: "Marshal"},
			domain.Decision{To: "Marshal", Hold: domain.HoldOn},
			[]domain.Check{
				points("Marshal", 2000, 300), unknownTenure("Marshal", 60), fact(domain.CriterionPrivileged, "Marshal"),
				next(domain.ActionDemote, "Captain"), hold,
			},
		},
		{
			"the rules may take a promotion back when the person says so",
			nil, nil,
			domain.Order{Action: domain.ActionPromote, Hold: domain.HoldOff},
			domain.Decision{To: "Corporal", Hold: domain.HoldOff},
			[]domain.Check{points("Corporal", 250, 150), unknownTenure("Corporal", 3), next(domain.ActionDemote, "Trooper")},
		},
		{
			"a promotion puts on hold when the person says so",
			nil, ranked("Trooper", 300),
			domain.Order{Action: domain.ActionPromote, Hold: domain.HoldOn},
			domain.Decision{To: "Corporal", Hold: domain.HoldOn},
			[]domain.Check{points("Corporal", 250, 300), unknownTenure("Corporal", 3), hold},
		},
		{
			"who is on hold already stays so",
			nil, onHold,
			domain.Order{Action: domain.ActionPromote},
			domain.Decision{To: "Corporal"},
			[]domain.Check{points("Corporal", 250, 150), unknownTenure("Corporal", 3), next(domain.ActionDemote, "Trooper"), hold},
		},
		{
			"a promotion out of a locked and ignored rank",
			lockedTrooper, ranked("Trooper", 300),
			domain.Order{Action: domain.ActionPromote},
			domain.Decision{To: "Corporal"},
			[]domain.Check{
				fact(domain.CriterionRankIgnored, "Trooper"), fact(domain.CriterionRankLocked, "Trooper"),
				points("Corporal", 250, 300), unknownTenure("Corporal", 3),
			},
		},
		{
			"a promotion into a locked rank needs no hold",
			lockedTrooper, ranked("Recruit", 0),
			domain.Order{Action: domain.ActionPromote},
			domain.Decision{To: "Trooper"},
			[]domain.Check{points("Trooper", 100, 0)},
		},
		{
			"a promotion during a suspension that leaves the rungs free",
			freeOnTheRung, both(ranked("Trooper", 300), func(s *domain.Standing) { s.Punishment = trial(noon.Add(13 * day)) }),
			domain.Order{Action: domain.ActionPromote},
			domain.Decision{To: "Corporal"},
			[]domain.Check{
				{Criterion: domain.CriterionSuspension, Required: 14 * 86400, Actual: 86400},
				points("Corporal", 250, 300), unknownTenure("Corporal", 3),
			},
		},
		{
			"a demotion leads one rung down, and on hold where the rules would take it back at once",
			nil, nil,
			domain.Order{Action: domain.ActionDemote},
			domain.Decision{To: "Recruit", Hold: domain.HoldOn},
			[]domain.Check{keep("Trooper", 100, 150), next(domain.ActionPromote, "Trooper"), hold},
		},
		{
			"a demotion that a tenure protects changes no hold",
			nil, ranked("Corporal", 300),
			domain.Order{Action: domain.ActionDemote},
			domain.Decision{To: "Trooper"},
			[]domain.Check{keep("Corporal", 250, 300)},
		},
		{
			"a demotion over several rungs out of a privileged rank",
			nil, ranked("Marshal", 2000),
			domain.Order{Action: domain.ActionDemote, To: "Corporal"},
			domain.Decision{To: "Corporal"},
			[]domain.Check{keep("Marshal", 2000, 2000), fact(domain.CriterionPrivileged, "Marshal")},
		},
		{
			"a suspension lasts as long as the policy says",
			nil, nil,
			domain.Order{Action: domain.ActionSuspend},
			domain.Decision{To: "Suspended", Until: noon.Add(14 * day)},
			nil,
		},
		{
			"a suspension lasts as long as the person says",
			nil, func(s *domain.Standing) { s.Warnings = 2 },
			domain.Order{Action: domain.ActionSuspend, Days: 3, Hold: domain.HoldOn},
			domain.Decision{To: "Suspended", Until: noon.Add(3 * day), Hold: domain.HoldOn},
			[]domain.Check{{Criterion: domain.CriterionWarningsTrial, Required: 4, Actual: 2}, hold},
		},
		{
			"a suspension of a hundred years",
			nil, nil,
			domain.Order{Action: domain.ActionSuspend, Days: domain.MaxDays},
			domain.Decision{To: "Suspended", Until: noon.Add(domain.MaxDays * day)},
			nil,
		},
		{
			"a suspension of a suspended player begins anew",
			nil, suspended,
			domain.Order{Action: domain.ActionSuspend, Days: 1},
			domain.Decision{To: "Suspended", Until: noon.Add(day)},
			[]domain.Check{
				{Criterion: domain.CriterionSuspension, Required: 14 * 86400, Actual: 86400},
				{Criterion: domain.CriterionWarningsTrial, Required: 5, Actual: 4},
			},
		},
		{
			"without a suspension rank a suspension moves nobody",
			withoutSuspensionRank, nil,
			domain.Order{Action: domain.ActionSuspend},
			domain.Decision{To: "Trooper", Until: noon.Add(14 * day)},
			nil,
		},
		{
			"a ban",
			nil, both(ranked("Marshal", 2000), func(s *domain.Standing) { s.Warnings = 1 }),
			domain.Order{Action: domain.ActionBan},
			domain.Decision{To: "Suspended"},
			[]domain.Check{{Criterion: domain.CriterionWarningsSevere, Required: 7, Actual: 1}, fact(domain.CriterionPrivileged, "Marshal")},
		},
		{
			"the end of a suspension gives the former rank back",
			nil, suspended,
			domain.Order{Action: domain.ActionRestore},
			domain.Decision{To: "Trooper"},
			[]domain.Check{{Criterion: domain.CriterionSuspension, Required: 14 * 86400, Actual: 86400}},
		},
		{
			"the end of a ban gives the rank that the person says",
			nil, banned,
			domain.Order{Action: domain.ActionRestore, To: "Recruit"},
			domain.Decision{To: "Recruit"},
			[]domain.Check{fact(domain.CriterionBan, "")},
		},
		{
			"the end of a ban where the former rank is gone gives what the points earn",
			nil, both(banned, func(s *domain.Standing) { s.FormerRank, s.Points = "Cook", 600 }),
			domain.Order{Action: domain.ActionRestore},
			domain.Decision{To: "Sergeant"},
			[]domain.Check{fact(domain.CriterionBan, "")},
		},
		{
			"a hold",
			nil, nil,
			domain.Order{Hold: domain.HoldOn},
			domain.Decision{To: "Trooper", Hold: domain.HoldOn},
			[]domain.Check{hold},
		},
		{
			"the end of a hold",
			nil, onHold,
			domain.Order{Hold: domain.HoldOff},
			domain.Decision{To: "Trooper", Hold: domain.HoldOff},
			nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := standardPolicy(t)
			if test.policy != nil {
				policy = policyWith(t, test.policy)
			}
			s := newStanding(t)
			change(test.s, &s)
			want := test.want
			want.Action, want.From, want.Reason, want.Revision = test.order.Action, s.Rank, domain.ReasonManual, "standard"
			want.Checks = domain.ChecksOf(test.checks...)

			got, err := domain.Execute(policy, s, test.order, noon.Add(999*time.Nanosecond).In(time.FixedZone("", 3600)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, same()); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExecuteRefusesWhatTheStandingForbids(t *testing.T) {
	onTheRung := both(ranked("Trooper", 300), func(s *domain.Standing) { s.Punishment = trial(noon.Add(day)) })
	tests := []struct {
		name   string
		policy func(*policyDocument)
		s      func(*domain.Standing)
		order  domain.Order
		code   string
	}{
		{"a promotion under a ban", nil, banned, domain.Order{Action: domain.ActionPromote}, "banned"},
		{"a demotion under a ban", nil, banned, domain.Order{Action: domain.ActionDemote}, "banned"},
		{"a suspension under a ban", nil, banned, domain.Order{Action: domain.ActionSuspend}, "banned"},
		{"a ban under a ban", nil, banned, domain.Order{Action: domain.ActionBan}, "already_banned"},
		{"a promotion out of the suspension rank", nil, suspended, domain.Order{Action: domain.ActionPromote, To: "Captain"}, "suspended"},
		{"a promotion on the rung, which the policy locks", withoutSuspensionRank, onTheRung, domain.Order{Action: domain.ActionPromote}, "suspended"},
		{"a demotion on the rung, which the policy locks", withoutSuspensionRank, onTheRung, domain.Order{Action: domain.ActionDemote}, "suspended"},
		{"a release of nobody", nil, nil, domain.Order{Action: domain.ActionRestore}, "not_punished"},
		{"a promotion from the top", nil, ranked("Commander", 1), domain.Order{Action: domain.ActionPromote}, "top_of_ladder"},
		{"a demotion from the bottom", nil, ranked("Recruit", 1), domain.Order{Action: domain.ActionDemote}, "bottom_of_ladder"},
		{"a promotion to the rank held", nil, nil, domain.Order{Action: domain.ActionPromote, To: "Trooper"}, "already_there"},
		{"a demotion to the rank held", nil, nil, domain.Order{Action: domain.ActionDemote, To: "Trooper"}, "already_there"},
		{"a promotion downwards", nil, nil, domain.Order{Action: domain.ActionPromote, To: "Recruit"}, "wrong_direction"},
		{"a demotion upwards", nil, nil, domain.Order{Action: domain.ActionDemote, To: "Captain"}, "wrong_direction"},
		{"a promotion from a rank that is no rung", nil, ranked("Cook", 1), domain.Order{Action: domain.ActionPromote, To: "Captain"}, "rank_unknown"},
		{"a demotion from a rank that is no rung", nil, ranked("Suspended", 1), domain.Order{Action: domain.ActionDemote}, "rank_unknown"},
		{"a hold of somebody on hold", nil, onHold, domain.Order{Hold: domain.HoldOn}, "already_on_hold"},
		{"the end of no hold", nil, nil, domain.Order{Hold: domain.HoldOff}, "not_on_hold"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := standardPolicy(t)
			if test.policy != nil {
				policy = policyWith(t, test.policy)
			}
			s := newStanding(t)
			change(test.s, &s)
			got, err := domain.Execute(policy, s, test.order, noon)
			wantBlocked(t, err, test.code)
			if got != (domain.Decision{}) {
				t.Errorf("got %+v besides the error, want nothing", got)
			}
		})
	}
}

func TestExecuteRefusesOrdersThatMakeNoSense(t *testing.T) {
	const gives, lead, only = "goes with PROMOTE, DEMOTE and RESTORE only", "is the suspension rank; SUSPEND and BAN lead there", "goes with SUSPEND only"
	for name, test := range map[string]struct {
		order domain.Order
		want  []domain.FieldError
	}{
		"nothing": {domain.Order{}, []domain.FieldError{{Field: "action", Message: "is required: PROMOTE, DEMOTE, SUSPEND, BAN or RESTORE"}}},
		"a rank that is no rung": {
			domain.Order{Action: domain.ActionPromote, To: "Cook"},
			[]domain.FieldError{{Field: "targetRank", Message: "is not a rung of the ladder"}},
		},
		"the suspension rank": {
			domain.Order{Action: domain.ActionDemote, To: "Suspended"}, []domain.FieldError{{Field: "targetRank", Message: lead}},
		},
		"a release into the suspension rank": {
			domain.Order{Action: domain.ActionRestore, To: "Suspended"}, []domain.FieldError{{Field: "targetRank", Message: lead}},
		},
		"a suspension to a rank": {domain.Order{Action: domain.ActionSuspend, To: "Recruit"}, []domain.FieldError{{Field: "targetRank", Message: gives}}},
		"a ban to a rank":        {domain.Order{Action: domain.ActionBan, To: "Cook"}, []domain.FieldError{{Field: "targetRank", Message: gives}}},
		"a hold with rank and end": {
			domain.Order{Hold: domain.HoldOn, To: "Recruit", Days: 1},
			[]domain.FieldError{{Field: "targetRank", Message: gives}, {Field: "durationDays", Message: only}},
		},
		"a ban with an end": {domain.Order{Action: domain.ActionBan, Days: 1}, []domain.FieldError{{Field: "durationDays", Message: only}}},
		"a suspension that ends before it begins": {
			domain.Order{Action: domain.ActionSuspend, Days: -1}, []domain.FieldError{{Field: "durationDays", Message: "must be 1 … 36500"}},
		},
		"a suspension beyond what a policy may say": {
			domain.Order{Action: domain.ActionSuspend, Days: domain.MaxDays + 1},
			[]domain.FieldError{{Field: "durationDays", Message: "must be 1 … 36500"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := domain.Execute(standardPolicy(t), newStanding(t), test.order, noon)
			wantFaults(t, err, test.want...)
		})
	}
}

func TestAReleaseByAPersonForgivesWhatIsKnown(t *testing.T) {
	p := standardPolicy(t)
	for name, punished := range map[string]func(*domain.Standing){"a suspension": suspended, "a ban": banned} {
		t.Run(name, func(t *testing.T) {
			s := newStanding(t, punished, func(s *domain.Standing) {
				s.Warnings = 9 // some came in meanwhile
				s.Owed = domain.Owed{Status: domain.PunishmentSevere}
			})
			released, effects := domain.Apply(p, s, must(domain.Execute(p, s, domain.Order{Action: domain.ActionRestore}, noon))(t), noon)

			if released.Punishment.InForce() || released.Served != 9 || !released.Owed.Imposed || released.Rank != "Trooper" {
				t.Errorf("got %+v, want a Trooper without punishment whose 9 warnings are served", released)
			}
			if d := domain.Evaluate(p, released, noon.Add(time.Second)); d.Action != domain.ActionNone {
				t.Errorf("the rules decide %s %s right after, want nothing", d.Action, d.Reason)
			}
			lifts := false
			for _, e := range effects {
				lifts = lifts || e.Kind == domain.EffectRestriction && !e.Active
			}
			if lifts != (name == "a ban") {
				t.Errorf("got the effects %+v, want a restriction lifted for a ban alone", effects)
			}
			released.Warnings++
			if d := domain.Evaluate(p, released, noon.Add(time.Second)); d.Action != domain.ActionBan {
				t.Errorf("one more warning: the rules decide %s %s, want BAN", d.Action, d.Reason)
			}
		})
	}
}

func TestAHoldChangesNothingElse(t *testing.T) {
	p := standardPolicy(t)
	s := newStanding(t)
	held, effects := domain.Apply(p, s, must(domain.Execute(p, s, domain.Order{Hold: domain.HoldOn}, noon))(t), noon)
	want := s
	want.Hold = true
	if diff := cmp.Diff(want, held, same()); diff != "" {
		t.Errorf("standing (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]domain.Effect{{Kind: domain.EffectMirror, User: s.UserID}, {Kind: domain.EffectWebhook, User: s.UserID}}, effects, same()); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	again, _ := domain.Apply(p, held, must(domain.Execute(p, held, domain.Order{Hold: domain.HoldOff}, noon))(t), noon)
	if again != s {
		t.Errorf("standing after the hold (-before +got):\n%s", cmp.Diff(s, again, same()))
	}
}

// wantBlocked checks that an error is of KindBlocked and has that code and a sentence.
func wantBlocked(t fataler, err error, code string) {
	t.Helper()
	e, ok := errors.AsType[*domain.Error](err)
	if !ok || e.Kind != domain.KindBlocked || e.Code != code || e.Message == "" {
		t.Fatalf("got %v, want a blocked error with the code %s", err, code)
	}
}
