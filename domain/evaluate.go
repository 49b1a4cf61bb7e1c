package domain

import "time"

// Evaluate decides about a standing at now. It is total: every input has an answer, the same bytes for the same input. The rules are
// tried in a fixed order and the first that matches decides; later rules that match too are recorded as checks, except that under a ban
// and in an ignored rank no other rule is looked at. Applying the answer and evaluating again at the same instant gives ActionNone.
func Evaluate(p Policy, s Standing, now time.Time) (d Decision) {
	now = Instant(now)
	d.From, d.To, d.Revision = s.Rank, s.Rank, p.parts.Revision
	e := evaluation{policy: p, permission: p.Permission(s.Rank), standing: &s, now: &now, decision: &d}
	if e.permission.Ignored {
		e.fact(CriterionRankIgnored, s.Rank)
		e.none(ReasonRankIgnored)
		return d
	}
	if s.Punishment.Status == PunishmentSevere {
		e.fact(CriterionBan, "")
		e.none(ReasonBanned)
		return d
	}
	e.severe()
	e.suspension()
	e.restore()
	e.trial()
	e.paused()
	e.career()
	return d
}

// evaluation is one run of the rules. The first rule that calls act or none decides; later ones only leave a check. It points to what
// whoever runs the rules has on the stack, so that nothing large is copied and nothing allocated: the standing and the instant are only
// read, and the decision is written where it is returned from.
type evaluation struct {
	policy     Policy
	permission Permission // of the rank held
	standing   *Standing
	now        *time.Time
	decision   *Decision
	decided    bool
}

// severe is the rule that bans.
func (e *evaluation) severe() {
	warned := e.warnings(CriterionWarningsSevere, e.policy.parts.Punishments.SevereThreshold)
	reported := e.reported(PunishmentSevere)
	if warned {
		e.act(ActionBan, ReasonWarningsSevere, e.punishmentRank())
	} else if reported {
		e.act(ActionBan, ReasonReported, e.punishmentRank())
	}
}

// suspension is the rule that leaves a suspended player alone until the end. A player who kept a rung, because the ladder has no
// suspension rank, can go on moving where the policy does not lock that.
func (e *evaluation) suspension() {
	punishment := e.standing.Punishment
	if punishment.Status != PunishmentTrial || punishment.Over(*e.now) {
		return
	}
	e.decision.Checks.add(suspensionCheck(e.policy, punishment, *e.now))
	_, onRung := e.policy.parts.Ladder.Rung(e.standing.Rank)
	if e.policy.parts.Punishments.TrialLockPromotion || !onRung {
		if !e.decided {
			e.decision.Until = punishment.Until
		}
		e.none(ReasonSuspended)
	}
}

// restore is the rule that ends a suspension.
func (e *evaluation) restore() {
	punishment := e.standing.Punishment
	if punishment.Status != PunishmentTrial || !punishment.Over(*e.now) {
		return
	}
	e.decision.Checks.add(suspensionCheck(e.policy, punishment, *e.now))
	e.act(ActionRestore, ReasonSuspensionServed, e.restoredRank())
}

// trial is the rule that suspends. It does not suspend whom a suspension holds already.
func (e *evaluation) trial() {
	warned := e.warnings(CriterionWarningsTrial, e.policy.parts.Punishments.TrialThreshold)
	reported := e.reported(PunishmentTrial)
	if e.standing.Punishment.InForce() && !e.standing.Punishment.Over(*e.now) {
		return
	}
	until := e.now.Add(e.policy.parts.Punishments.TrialLength())
	if warned {
		e.suspend(ReasonWarningsTrial, until)
	} else if reported {
		if !e.standing.Owed.Until.IsZero() {
			until = e.standing.Owed.Until
		}
		e.suspend(ReasonReported, until)
	}
}

// paused are the rules that keep automation from moving the player along the ladder.
func (e *evaluation) paused() {
	if e.standing.Hold {
		e.fact(CriterionHold, "")
		e.none(ReasonHold)
	}
	if e.permission.Locked {
		e.fact(CriterionRankLocked, e.standing.Rank)
		e.none(ReasonRankLocked)
	}
}

// career are the rules that move a player one rung, and the answers when none does.
func (e *evaluation) career() {
	ladder := e.policy.parts.Ladder
	at, ok := ladder.index[e.standing.Rank]
	if !ok {
		e.none(ReasonRankUnknown)
		return
	}
	keep := pointsCheck(CriterionKeepPoints, &ladder.rungs[at], e.standing.Points)
	e.decision.Checks.add(keep)
	if !keep.Met && at > 0 {
		e.act(ActionDemote, ReasonPointsBelow, ladder.rungs[at-1].Name)
		return
	}
	if at+1 == len(ladder.rungs) {
		e.none(ReasonTopOfLadder)
		return
	}
	next := &ladder.rungs[at+1]
	enough := pointsCheck(CriterionPoints, next, e.standing.Points)
	e.decision.Checks.add(enough)
	if e.tenure(next) && enough.Met {
		e.act(ActionPromote, ReasonEligible, next.Name)
		return
	}
	e.none(ReasonNotYet)
}

// tenure records and answers whether the present rank was held long enough for next.
func (e *evaluation) tenure(next *Rank) bool {
	if next.MinTimeDays == 0 {
		return true
	}
	held, known := e.standing.Tenure(*e.now)
	served := tenureCheck(next, held, known)
	e.decision.Checks.add(served)
	return served.Met
}

// warnings records and answers whether the warnings reach threshold and exceed those already punished.
func (e *evaluation) warnings(criterion Criterion, threshold int64) bool {
	check := warningsCheck(criterion, threshold, e.standing.Warnings, e.standing.Served)
	if e.standing.Warnings > 0 {
		e.decision.Checks.add(check)
	}
	return check.Met
}

func (e *evaluation) reported(status PunishmentStatus) bool {
	due := e.standing.Owed.due(status, *e.now)
	if due {
		e.fact(CriterionReported, "")
	}
	return due
}

func (e *evaluation) suspend(reason ReasonCode, until time.Time) {
	if !e.decided {
		e.decision.Until = until
	}
	e.act(ActionSuspend, reason, e.punishmentRank())
}

// act settles the decision on an action, unless an earlier rule settled it.
func (e *evaluation) act(action Action, reason ReasonCode, to string) {
	if e.decided {
		e.decision.Checks.add(Check{Criterion: CriterionOtherwise, Action: action, Rank: to, Met: true})
		return
	}
	e.decided = true
	if action != ActionBan && e.settled() {
		e.fact(CriterionSettled, "")
		e.wait(ReasonNotYet, action, to)
		return
	}
	if until := e.outgrown(action); !until.IsZero() {
		e.wait(ReasonHold, action, to)
		e.decision.Until = until
		return
	}
	if (action == ActionPromote || action == ActionDemote) && e.farEnough() {
		e.wait(ReasonRungLimit, action, to)
		return
	}
	privileged := ""
	if e.policy.privileged(e.standing.Rank) {
		privileged = e.standing.Rank
	} else if action != ActionBan && e.policy.privileged(to) {
		privileged = to
	}
	if privileged != "" {
		e.fact(CriterionPrivileged, privileged)
		switch e.policy.parts.Privileged {
		case PrivilegedNever:
			e.wait(ReasonPrivileged, action, to)
			return
		case PrivilegedApproval:
			if e.standing.Rejected.covers(action, e.standing.Rank, to, *e.now) {
				e.fact(CriterionRejected, to)
				e.wait(ReasonRejected, action, to)
				e.decision.Until = e.standing.Rejected.Until
				return
			}
			e.decision.NeedsApproval = true
		case PrivilegedAutomatic:
		}
	}
	e.decision.Action, e.decision.Reason, e.decision.To = action, reason, to
}

// settled reports whether a decision was carried into the standing at this very instant. Nothing but a ban may follow it then: one rung
// per decision, and no release that is followed by the next punishment before anybody could see it.
func (e *evaluation) settled() bool {
	return !e.standing.DecidedAt.IsZero() && !e.now.After(e.standing.DecidedAt)
}

// outgrown records how fast the points of whom an action would promote grew, and returns until when they grew faster than the policy
// allows; the zero time when they did not.
func (e *evaluation) outgrown(action Action) time.Time {
	if action != ActionPromote {
		return time.Time{}
	}
	checks, until := growthChecks(e.policy, e.standing, *e.now)
	for _, check := range checks {
		e.decision.Checks.add(check)
	}
	return until
}

// farEnough records and answers whether automation moved the player as many rungs in the last 24 hours as the policy allows.
func (e *evaluation) farEnough() bool {
	if e.policy.parts.Limits.RungsPerDay == 0 {
		return false
	}
	check := rungsCheck(e.policy, e.standing, *e.now)
	e.decision.Checks.add(check)
	return !check.Met
}

// wait settles the decision on not doing what a rule asks for.
func (e *evaluation) wait(reason ReasonCode, action Action, to string) {
	e.decision.Reason, e.decision.Until = reason, time.Time{}
	e.decision.Checks.add(Check{Criterion: CriterionOtherwise, Action: action, Rank: to, Met: true})
}

// none settles the decision on doing nothing, unless an earlier rule settled it.
func (e *evaluation) none(reason ReasonCode) {
	if !e.decided {
		e.decided = true
		e.decision.Reason = reason
	}
}

func (e *evaluation) fact(criterion Criterion, rank string) {
	e.decision.Checks.add(Check{Criterion: criterion, Rank: rank, Met: true})
}

// punishmentRank returns the suspension rank, or the rank held where the ladder has none.
func (e *evaluation) punishmentRank() string {
	if r, ok := e.policy.parts.Ladder.Suspension(); ok {
		return r.Name
	}
	return e.standing.Rank
}

// restoredRank returns where a released player belongs: the rung held, the former rung, or what the points earn if that rung is gone.
func (e *evaluation) restoredRank() string {
	ladder := e.policy.parts.Ladder
	for _, name := range [...]string{e.standing.Rank, e.standing.FormerRank} {
		if _, ok := ladder.Rung(name); ok {
			return name
		}
	}
	return ladder.Earned(e.standing.Points).Name
}
