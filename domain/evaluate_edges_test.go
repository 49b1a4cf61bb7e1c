package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

func TestEvaluateNamesThePolicyThatDecided(t *testing.T) {
	if got := domain.Evaluate(standardPolicy(t), newStanding(t), noon).Revision; got != "standard" {
		t.Errorf("got the revision %q, want standard", got)
	}
}

func TestEvaluateTakesAnyFormOfTheInstant(t *testing.T) {
	policy := standardPolicy(t)
	s := newStanding(t, func(s *domain.Standing) { s.Warnings = 4 })

	got := domain.Evaluate(policy, s, noon.Add(999*time.Nanosecond).In(time.FixedZone("", 3600)))

	if want := domain.Evaluate(policy, s, noon); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Whether a decision was just carried out matters to moves only: an answer that moves nobody keeps its reason.
func TestEvaluateNamesTheRealReasonAtTheInstantOfADecision(t *testing.T) {
	tests := []struct {
		name   string
		policy func(*policyDocument)
		change func(*domain.Standing)
		want   domain.ReasonCode
	}{
		{"on hold", nil, func(s *domain.Standing) { s.Hold = true }, domain.ReasonHold},
		{
			"in a locked rank", func(p *policyDocument) {
				p.Permissions = map[string]permissionDocument{"Trooper": {Locked: true}}
			},
			nil, domain.ReasonRankLocked,
		},
		{"at the top", nil, func(s *domain.Standing) { s.Rank, s.Points = "Commander", 9000 }, domain.ReasonTopOfLadder},
		{"in an unknown rank", nil, func(s *domain.Standing) { s.Rank = "Quartermaster" }, domain.ReasonRankUnknown},
		{"suspended", nil, func(s *domain.Standing) { s.Rank, s.Punishment = "Suspended", trial(noon.Add(day)) }, domain.ReasonSuspended},
		{"with too few points for the next rank", nil, nil, domain.ReasonNotYet},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := standardPolicy(t)
			if test.policy != nil {
				policy = policyWith(t, test.policy)
			}
			s := newStanding(t, func(s *domain.Standing) { s.DecidedAt = noon })
			change(test.change, &s)

			if got := domain.Evaluate(policy, s, noon); got.Reason != test.want || got.Action != domain.ActionNone {
				t.Errorf("got %s %s, want NONE %s", got.Action, got.Reason, test.want)
			}
		})
	}
}

// Games write "for ever" as a date in the far future; the span to it does not fit a duration.
func TestEvaluateTellsASuspensionThatEndsInCenturies(t *testing.T) {
	for _, until := range []time.Time{
		time.Date(2317, time.January, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2318, time.December, 31, 0, 0, 0, 0, time.UTC),
		time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC),
	} {
		t.Run(until.Format(time.DateOnly), func(t *testing.T) {
			s := newStanding(t, func(s *domain.Standing) { s.Rank, s.Punishment = "Suspended", trial(until) })

			d := domain.Evaluate(standardPolicy(t), s, noon)

			if d.Reason != domain.ReasonSuspended || d.Until != until {
				t.Errorf("got %s until %s, want SUSPENDED until %s", d.Reason, d.Until, until)
			}
			check, _ := d.Checks.Find(domain.CriterionSuspension)
			if check.Actual < 0 || check.Actual > check.Required || check.Missing() < 0 {
				t.Errorf("got %d of %d seconds served, want 0 ≤ served ≤ required", check.Actual, check.Required)
			}
			if got := check.Sentence(); strings.Contains(got, "-") {
				t.Errorf("got %q, want a span that lies ahead", got)
			}
		})
	}
}

// Fold takes a reported suspension whose end has passed as over by the game's own word. It is no less over when its end passes between
// the report and the decision.
func TestEvaluateLeavesAReportedSuspensionAloneThatEndedMeanwhile(t *testing.T) {
	until := noon.Add(time.Hour)
	policy := standardPolicy(t)
	s, _ := domain.Fold(policy, newStanding(t), snapshot(t, func(r *domain.Report) {
		r.Punishment, r.PunishmentUntil = domain.PunishmentTrial, until
	}), noon)

	if d := domain.Evaluate(policy, s, until.Add(-time.Microsecond)); d.Action != domain.ActionSuspend || d.Until != until {
		t.Errorf("before the end: got %s until %s, want SUSPEND until %s", d.Action, d.Until, until)
	}
	if d := domain.Evaluate(policy, s, until); d.Action != domain.ActionNone {
		t.Errorf("at the end: got %s until %s, want NONE", d.Action, d.Until)
	}
}

func TestEvaluateAllocatesNothingWhenTheAnswerIsNone(t *testing.T) {
	policy := longPolicy(t)
	tests := []struct {
		name   string
		change func(*domain.Standing)
	}{
		{"not yet", nil},
		{"with warnings and a hold", func(s *domain.Standing) { s.Warnings, s.Served, s.Hold = 5, 5, true }},
		{"suspended", func(s *domain.Standing) { s.Rank, s.Punishment = "Suspended", trial(noon.Add(day)) }},
		{"banned", func(s *domain.Standing) { s.Punishment.Status = domain.PunishmentSevere }},
		{"unknown rank", func(s *domain.Standing) { s.Rank = "Quartermaster" }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := longStanding(t)
			change(test.change, &s)
			if d := domain.Evaluate(policy, s, noon); d.Action != domain.ActionNone {
				t.Fatalf("got %s, want NONE: the test measures something else", d.Action)
			}
			if got := testing.AllocsPerRun(100, func() { domain.Evaluate(policy, s, noon) }); got != 0 {
				t.Errorf("got %v allocations, want 0", got)
			}
		})
	}
}
