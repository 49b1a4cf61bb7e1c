package domain

import "time"

// Eligibility says what each way out of the present rank would take. It decides nothing.
type Eligibility struct {
	Next     string  // the rung above; "" at the top, or when the rank is no rung
	Up       []Check // what Next takes: points, and time in rank where it asks for any; empty without a Next
	Blocked  []Check // facts that keep automation from promoting: a ban, a suspension, a hold, a locked or an ignored rank, a refusal, points that grew too fast, the rungs of a day
	Down     []Check // what moves the player down when it is met (warnings) or not met (points to keep)
	Eligible bool    // there is a Next, every check of Up is met and nothing is in Blocked
	Approval bool    // the move to Next touches a privileged rank, so a person must agree
}

// Explain returns what keeps a player in a rank at now, and what would move them. It agrees with [Evaluate]: whoever is eligible, and not
// on the way down, is promoted by it.
func Explain(p Policy, s Standing, now time.Time) Eligibility {
	now = Instant(now)
	x := Eligibility{Blocked: blocks(p, &s, now)}
	ladder, rules := p.parts.Ladder, p.parts.Punishments
	if rung, ok := ladder.Rung(s.Rank); ok {
		x.Down = append(x.Down, pointsCheck(CriterionKeepPoints, &rung, s.Points))
	}
	x.Down = append(x.Down,
		warningsCheck(CriterionWarningsTrial, rules.TrialThreshold, s.Warnings, s.Served),
		warningsCheck(CriterionWarningsSevere, rules.SevereThreshold, s.Warnings, s.Served))
	next, ok := ladder.Next(s.Rank)
	if !ok {
		return x
	}
	x.Next = next.Name
	points := pointsCheck(CriterionPoints, &next, s.Points)
	x.Up, x.Eligible = append(x.Up, points), points.Met && len(x.Blocked) == 0
	if next.MinTimeDays > 0 {
		held, known := s.Tenure(now)
		served := tenureCheck(&next, held, known)
		x.Up, x.Eligible = append(x.Up, served), x.Eligible && served.Met
	}
	x.Approval = p.asks(s.Rank, next.Name)
	return x
}

// blocks returns the facts that keep automation from promoting.
func blocks(p Policy, s *Standing, now time.Time) []Check {
	var facts []Check
	fact := func(holds bool, criterion Criterion, rank string) {
		if holds {
			facts = append(facts, Check{Criterion: criterion, Rank: rank, Met: true})
		}
	}
	permission := p.Permission(s.Rank)
	fact(permission.Ignored, CriterionRankIgnored, s.Rank)
	fact(s.Punishment.Status == PunishmentSevere, CriterionBan, "")
	_, onRung := p.parts.Ladder.Rung(s.Rank)
	freely := onRung && !p.parts.Punishments.TrialLockPromotion && !s.Punishment.Over(now)
	if s.Punishment.Status == PunishmentTrial && !freely {
		facts = append(facts, suspensionCheck(p, s.Punishment, now))
	}
	fact(s.Hold, CriterionHold, "")
	fact(permission.Locked, CriterionRankLocked, s.Rank)
	if next, ok := p.parts.Ladder.Next(s.Rank); ok {
		refused := s.Rejected.covers(ActionPromote, s.Rank, next.Name, now) && p.asks(s.Rank, next.Name)
		fact(refused, CriterionRejected, next.Name)
	}
	growth, _ := growthChecks(p, s, now)
	for _, check := range growth {
		if !check.Met {
			facts = append(facts, check)
		}
	}
	if rungs := rungsCheck(p, s, now); p.parts.Limits.RungsPerDay > 0 && !rungs.Met {
		facts = append(facts, rungs)
	}
	return facts
}
