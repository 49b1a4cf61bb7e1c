package domain

import (
	"fmt"
	"time"
)

// Order is what a person wants done with a player. The zero value is no order: the rules decide.
type Order struct {
	Action Action   // ActionNone changes the hold only
	To     string   // the rung to lead to; "" for the one that follows from the action
	Days   int64    // how long a suspension lasts, 1 … MaxDays; 0 for as long as the policy says
	Hold   HoldMode // for HoldUnsaid a move along the ladder that the rules would not leave alone puts the player on hold
}

// Execute returns the decision that an order amounts to, for a standing at now. A person's word goes before the rules: it passes over as
// many rungs as it likes, needs no approval, and no missing point, locked rank or hold stands against it; the checks say what it passed
// over. The error is of KindInvalid, with fields in the words of the API, for an order that makes no sense whoever it is about, and of
// KindBlocked for one that the standing forbids now. Same input, same answer.
func Execute(p Policy, s Standing, o Order, now time.Time) (Decision, error) {
	if faults := o.faults(p.parts.Ladder); len(faults) > 0 {
		return Decision{}, invalid("order_invalid", "the action cannot be ordered so", faults...)
	}
	now = Instant(now)
	d := Decision{Action: o.Action, From: s.Rank, To: s.Rank, Reason: ReasonManual, Revision: p.parts.Revision}
	x := execution{evaluation{policy: p, standing: &s, permission: p.Permission(s.Rank), now: &now, decision: &d}, &o}
	if err := x.order(); err != nil {
		return Decision{}, err
	}
	d.pause(p, s, o.Hold, HoldUnsaid, now)
	return d, nil
}

// faults returns what is wrong with an order whoever it is about.
func (o Order) faults(l Ladder) []FieldError {
	var faults []FieldError
	fault := func(field, format string, args ...any) {
		faults = append(faults, FieldError{field, fmt.Sprintf(format, args...)})
	}
	if o == (Order{}) {
		fault("action", "is required: PROMOTE, DEMOTE, SUSPEND, BAN or RESTORE")
	}
	if o.To != "" {
		switch _, rung := l.Rung(o.To); {
		case o.Action != ActionPromote && o.Action != ActionDemote && o.Action != ActionRestore:
			fault("targetRank", "goes with PROMOTE, DEMOTE and RESTORE only")
		case l.suspension != nil && o.To == l.suspension.Name:
			fault("targetRank", "is the suspension rank; SUSPEND and BAN lead there")
		case !rung:
			fault("targetRank", "is not a rung of the ladder")
		}
	}
	switch {
	case o.Days == 0:
	case o.Action != ActionSuspend:
		fault("durationDays", "goes with SUSPEND only")
	case o.Days < 0 || o.Days > MaxDays:
		fault("durationDays", "must be 1 … %d", MaxDays)
	}
	return faults
}

// execution is one order on its way to a decision. What it passes over is left as checks, in the order of the rules.
type execution struct {
	rules evaluation
	ask   *Order
}

func (x *execution) order() error {
	switch x.ask.Action {
	case ActionPromote, ActionDemote:
		return x.move()
	case ActionSuspend:
		return x.suspend()
	case ActionBan:
		return x.ban()
	case ActionRestore:
		return x.restore()
	case ActionNone:
	}
	return x.hold()
}

// move is the order to go up or down the ladder.
func (x *execution) move() error {
	s, ladder := x.rules.standing, x.rules.policy.parts.Ladder
	at, onRung := ladder.index[s.Rank]
	switch {
	case s.Punishment.Status == PunishmentSevere:
		return blocked("banned", "a ban is in force; lift it with RESTORE first")
	case s.Punishment.InForce() && (!onRung || x.rules.policy.parts.Punishments.TrialLockPromotion):
		return blocked("suspended", "a suspension is in force; lift it with RESTORE first")
	case !onRung:
		return blocked("rank_unknown", fmt.Sprintf("the rank %q is not a rung of the ladder; give the member one in Roblox first", s.Rank))
	}
	up := x.ask.Action == ActionPromote
	to := at - 1
	if up {
		to = at + 1
	}
	if x.ask.To != "" {
		to = ladder.index[x.ask.To]
	}
	switch {
	case to < 0:
		return blocked("bottom_of_ladder", "there is no rank below "+s.Rank)
	case to == len(ladder.rungs):
		return blocked("top_of_ladder", "there is no rank above "+s.Rank)
	case to == at:
		return blocked("already_there", "the player holds the rank "+s.Rank+" already")
	case up && to < at:
		return blocked("wrong_direction", fmt.Sprintf("%s is below %s, which the player holds; DEMOTE leads there", x.ask.To, s.Rank))
	case !up && to > at:
		return blocked("wrong_direction", fmt.Sprintf("%s is above %s, which the player holds; PROMOTE leads there", x.ask.To, s.Rank))
	}
	x.passOver()
	target := &ladder.rungs[to]
	if up {
		x.outgrown()
		x.rules.decision.Checks.add(pointsCheck(CriterionPoints, target, s.Points))
		x.rules.tenure(target)
	} else {
		x.rules.decision.Checks.add(pointsCheck(CriterionKeepPoints, &ladder.rungs[at], s.Points))
	}
	x.lead(target.Name)
	return nil
}

// suspend is the order to suspend, or to suspend anew from now on.
func (x *execution) suspend() error {
	punishment, rules := x.rules.standing.Punishment, x.rules.policy.parts.Punishments
	if punishment.Status == PunishmentSevere {
		return blocked("banned", "a ban is in force; lift it with RESTORE first")
	}
	length := rules.TrialLength()
	if x.ask.Days > 0 {
		length = time.Duration(x.ask.Days) * 24 * time.Hour
	}
	x.passOver()
	x.rules.warnings(CriterionWarningsTrial, rules.TrialThreshold)
	x.rules.decision.Until = x.rules.now.Add(length)
	x.lead(x.rules.punishmentRank())
	return nil
}

// ban is the order to ban.
func (x *execution) ban() error {
	if x.rules.standing.Punishment.Status == PunishmentSevere {
		return blocked("already_banned", "a ban is in force already")
	}
	x.passOver()
	x.rules.warnings(CriterionWarningsSevere, x.rules.policy.parts.Punishments.SevereThreshold)
	x.lead(x.rules.punishmentRank())
	return nil
}

// restore is the order to lift a suspension or a ban.
func (x *execution) restore() error {
	if !x.rules.standing.Punishment.InForce() {
		return blocked("not_punished", "neither a suspension nor a ban is in force")
	}
	x.passOver()
	to := x.ask.To
	if to == "" {
		to = x.rules.restoredRank()
	}
	x.lead(to)
	return nil
}

// hold is the order to put a player on hold, or to take the player off it. Points that grew too fast are a hold that the rules keep.
func (x *execution) hold() error {
	held := x.rules.standing.Hold
	if x.ask.Hold == HoldOn && held {
		return blocked("already_on_hold", "the player is on hold already")
	}
	if x.ask.Hold == HoldOff && !x.outgrown() && !held {
		return blocked("not_on_hold", "the player is not on hold")
	}
	return nil
}

// outgrown records and answers whether the points grew faster than the policy allows.
func (x *execution) outgrown() bool {
	checks, until := growthChecks(x.rules.policy, x.rules.standing, *x.rules.now)
	for _, check := range checks {
		if !check.Met {
			x.rules.decision.Checks.add(check)
		}
	}
	return !until.IsZero()
}

// passOver records the facts that would keep automation from acting.
func (x *execution) passOver() {
	s := x.rules.standing
	if x.rules.permission.Ignored {
		x.rules.fact(CriterionRankIgnored, s.Rank)
	}
	switch s.Punishment.Status {
	case PunishmentSevere:
		x.rules.fact(CriterionBan, "")
	case PunishmentTrial:
		x.rules.decision.Checks.add(suspensionCheck(x.rules.policy, s.Punishment, *x.rules.now))
	case PunishmentNone:
	}
	if x.rules.permission.Locked {
		x.rules.fact(CriterionRankLocked, s.Rank)
	}
}

// lead sets the rank that the decision leads to, and records which of the two ranks is privileged.
func (x *execution) lead(to string) {
	x.rules.decision.To = to
	x.rules.decision.Checks.addPrivileged(x.rules.policy, x.rules.decision.From, to)
}

// addPrivileged records which of the two ranks of a move are privileged.
func (c *Checks) addPrivileged(p Policy, from, to string) {
	for _, rank := range [...]string{from, to} {
		if p.privileged(rank) {
			c.add(Check{Criterion: CriterionPrivileged, Rank: rank, Met: true})
		}
		if from == to {
			return
		}
	}
}
