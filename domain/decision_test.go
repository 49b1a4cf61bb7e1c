package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestEveryReasonIsASentence(t *testing.T) {
	points := domain.Check{Criterion: domain.CriterionPoints, Rank: "Storm Corporal I", Required: 750, Actual: 520}
	tenure := domain.Check{Criterion: domain.CriterionTenure, Rank: "Storm Corporal I", Required: 2 * 86400, Actual: 86400}
	met := func(c domain.Check) domain.Check { c.Met = true; return c }
	tests := []struct {
		name     string
		decision domain.Decision
		want     string
	}{
		{"ignored", domain.Decision{Reason: domain.ReasonRankIgnored, From: "Guest"}, "automation does not look at the rank Guest"},
		{"banned", domain.Decision{Reason: domain.ReasonBanned}, "a ban is in force"},
		{
			"warnings for a ban",
			domain.Decision{
				Reason: domain.ReasonWarningsSevere,
				Checks: domain.ChecksOf(domain.Check{Criterion: domain.CriterionWarningsSevere, Required: 7, Actual: 8, Met: true}),
			},
			"the warnings suffice for a ban: 8 warnings, a ban takes 7",
		},
		{"reported", domain.Decision{Reason: domain.ReasonReported}, "a game reported a punishment that was not imposed yet"},
		{
			"suspended",
			domain.Decision{Reason: domain.ReasonSuspended, Until: noon},
			"a suspension is in force until 2026-03-01T12:00:00Z",
		},
		{"suspended without end", domain.Decision{Reason: domain.ReasonSuspended}, "a suspension without an end is in force"},
		{"suspension served", domain.Decision{Reason: domain.ReasonSuspensionServed}, "the suspension is over"},
		{
			"warnings for a suspension",
			domain.Decision{
				Reason: domain.ReasonWarningsTrial,
				Checks: domain.ChecksOf(domain.Check{Criterion: domain.CriterionWarningsTrial, Required: 4, Actual: 4, Met: true}),
			},
			"the warnings suffice for a suspension: 4 warnings, a suspension takes 4",
		},
		{"hold", domain.Decision{Reason: domain.ReasonHold}, "automation is on hold for this player"},
		{"locked", domain.Decision{Reason: domain.ReasonRankLocked, From: "Captain"}, "the rank Captain is locked"},
		{
			"points fell",
			domain.Decision{
				Reason: domain.ReasonPointsBelow, From: "Trooper",
				Checks: domain.ChecksOf(domain.Check{Criterion: domain.CriterionKeepPoints, Rank: "Trooper", Required: 100, Actual: 99}),
			},
			"the points do not suffice any more: 99 points, Trooper takes 100",
		},
		{"eligible", domain.Decision{Reason: domain.ReasonEligible, To: "Captain"}, "the points and the time in rank suffice for Captain"},
		{"top", domain.Decision{Reason: domain.ReasonTopOfLadder, From: "Commander"}, "there is no rank above Commander"},
		{"unknown", domain.Decision{Reason: domain.ReasonRankUnknown, From: "Cook"}, "the rank Cook is not a rung of the ladder"},
		{
			"moved far enough",
			domain.Decision{
				Reason: domain.ReasonRungLimit,
				Checks: domain.ChecksOf(domain.Check{Criterion: domain.CriterionRungs, Required: 1, Actual: 1}),
			},
			"1 rung in the last 24 hours, the policy allows 1",
		},
		{
			"rejected",
			domain.Decision{Reason: domain.ReasonRejected, Until: noon},
			"an administrator refused this move; the rules do not ask for it again until 2026-03-01T12:00:00Z",
		},
		{"privileged", domain.Decision{Reason: domain.ReasonPrivileged}, "the policy keeps automation away from privileged ranks"},
		{
			"drift is adopted",
			domain.Decision{Reason: domain.ReasonDriftAdopted, From: "Trooper", To: "Captain"},
			"Roblox showed the rank Captain, which is the new starting point",
		},
		{
			"drift is taken back",
			domain.Decision{Reason: domain.ReasonDriftRestored, From: "Captain", To: "Trooper"},
			"Roblox showed another rank, and the policy gives Trooper back",
		},
		{"roles are mended", domain.Decision{Reason: domain.ReasonRolesMended, To: "Trooper"}, "the member did not hold the role of Trooper alone"},
		{"punished again", domain.Decision{Reason: domain.ReasonPunishedAgain}, "the punishment that is in force did not hold any more"},
		{
			"points are missing",
			domain.Decision{Reason: domain.ReasonNotYet, Checks: domain.ChecksOf(points, met(tenure))},
			"230 more points needed for Storm Corporal I (520 of 750)",
		},
		{
			"time is missing",
			domain.Decision{Reason: domain.ReasonNotYet, Checks: domain.ChecksOf(met(points), tenure)},
			"1 day more in the present rank needed for Storm Corporal I",
		},
		{
			"points and time are missing",
			domain.Decision{Reason: domain.ReasonNotYet, Checks: domain.ChecksOf(points, tenure)},
			"230 more points needed for Storm Corporal I (520 of 750); 1 day more in the present rank needed for Storm Corporal I",
		},
		{
			"just decided",
			domain.Decision{Reason: domain.ReasonNotYet, Checks: domain.ChecksOf(domain.Check{Criterion: domain.CriterionSettled}, points)},
			"a decision was carried out at this very instant",
		},
		{
			"a hold",
			domain.Decision{Reason: domain.ReasonManual, Action: domain.ActionNone, Hold: domain.HoldOn},
			"a person changed the hold; automation is on hold from here on",
		},
		{"a person's word", domain.Decision{Action: domain.ActionBan, Reason: domain.ReasonManual}, "a person ordered it"},
		{
			"a person's word that the rules would not leave alone",
			domain.Decision{Action: domain.ActionPromote, Reason: domain.ReasonManual, Hold: domain.HoldOn, Checks: domain.ChecksOf(
				domain.Check{Criterion: domain.CriterionNextMove, Action: domain.ActionDemote, Rank: "Trooper", Met: true},
				domain.Check{Criterion: domain.CriterionHold, Met: true},
			)},
			"a person ordered it; automation is on hold from here on: the rules would DEMOTE to Trooper at the next report",
		},
		{
			"a person's word about a player on hold",
			domain.Decision{Action: domain.ActionPromote, Reason: domain.ReasonManual, Checks: domain.ChecksOf(domain.Check{Criterion: domain.CriterionHold, Met: true})},
			"a person ordered it; automation stays on hold",
		},
		{
			"a person's word that the rules will go on from",
			domain.Decision{Action: domain.ActionPromote, Reason: domain.ReasonManual, Hold: domain.HoldOff, Checks: domain.ChecksOf(
				domain.Check{Criterion: domain.CriterionNextMove, Action: domain.ActionPromote, Rank: "Captain", Met: true},
			)},
			"a person ordered it; automation goes on: the rules would PROMOTE to Captain at the next report",
		},
		{
			"an undo",
			domain.Decision{Reason: domain.ReasonUndo, Hold: domain.HoldOff},
			"an earlier decision is taken back; automation goes on",
		},
		{"a reason of a later release", domain.Decision{Reason: "MOON_PHASE"}, "MOON_PHASE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.decision.Sentence(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestSuspensionsAndBansPunish(t *testing.T) {
	var got []string
	for a := domain.ActionNone; a <= domain.ActionRestore; a++ {
		if a.Punishes() {
			got = append(got, a.String())
		}
	}
	if diff := cmp.Diff([]string{"SUSPEND", "BAN"}, got); diff != "" {
		t.Errorf("actions that punish (-want +got):\n%s", diff)
	}
}

func TestOnlyPendingAwaitingAndHeldDecisionsAreOpen(t *testing.T) {
	tests := map[domain.Status]bool{
		domain.StatusAdvisory: false, domain.StatusNone: false, domain.StatusAwaitingApproval: true, domain.StatusPending: true,
		domain.StatusHeld: true, domain.StatusApplied: false, domain.StatusFailed: false, domain.StatusSuperseded: false,
		domain.StatusRejected: false, domain.StatusExpired: false, domain.StatusUndone: false, "": false,
	}
	for status, want := range tests {
		if got := status.Open(); got != want {
			t.Errorf("%s: got open %t, want %t", status, got, want)
		}
	}
}
