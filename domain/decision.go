package domain

import "time"

// Action is what a decision does to a player.
type Action uint8

// The actions.
const (
	ActionNone Action = iota
	ActionPromote
	ActionDemote
	ActionSuspend
	ActionBan
	ActionRestore
)

// String returns the word that the API and storage use: NONE, PROMOTE, DEMOTE, SUSPEND, BAN or RESTORE.
func (a Action) String() string {
	switch a {
	case ActionPromote:
		return "PROMOTE"
	case ActionDemote:
		return "DEMOTE"
	case ActionSuspend:
		return "SUSPEND"
	case ActionBan:
		return "BAN"
	case ActionRestore:
		return "RESTORE"
	case ActionNone:
	}
	return "NONE"
}

// ParseAction returns the action that text names, exactly as String writes it; any other text is an error of KindInvalid.
func ParseAction(text string) (Action, error) {
	for a := ActionNone; a <= ActionRestore; a++ {
		if a.String() == text {
			return a, nil
		}
	}
	return ActionNone, invalid("action_unknown", "the action must be NONE, PROMOTE, DEMOTE, SUSPEND, BAN or RESTORE")
}

// Punishes reports whether the action imposes a punishment.
func (a Action) Punishes() bool { return a == ActionSuspend || a == ActionBan }

// ReasonCode says which rule decided. The texts are stable.
type ReasonCode string

// The reason codes, in the order of the rules.
const (
	ReasonRankIgnored      ReasonCode = "RANK_IGNORED"
	ReasonBanned           ReasonCode = "BANNED"
	ReasonWarningsSevere   ReasonCode = "WARNINGS_SEVERE"
	ReasonReported         ReasonCode = "PUNISHMENT_REPORTED"
	ReasonSuspended        ReasonCode = "SUSPENDED"
	ReasonSuspensionServed ReasonCode = "SUSPENSION_SERVED"
	ReasonWarningsTrial    ReasonCode = "WARNINGS_TRIAL"
	ReasonHold             ReasonCode = "HOLD"
	ReasonRankLocked       ReasonCode = "RANK_LOCKED"
	ReasonPointsBelow      ReasonCode = "POINTS_BELOW_RANK"
	ReasonEligible         ReasonCode = "ELIGIBLE"
	ReasonNotYet           ReasonCode = "NOT_YET"
	ReasonTopOfLadder      ReasonCode = "TOP_OF_LADDER"
	ReasonRankUnknown      ReasonCode = "RANK_UNKNOWN"
	ReasonRungLimit        ReasonCode = "RUNG_LIMIT" // automation moved the player as far as the policy allows in a day
	ReasonRejected         ReasonCode = "REJECTED"   // an administrator refused the move, not long ago
	ReasonPrivileged       ReasonCode = "PRIVILEGED" // the policy forbids automation to touch privileged ranks
	ReasonManual           ReasonCode = "MANUAL"     // no rule: a person ordered it
	ReasonUndo             ReasonCode = "UNDO"       // no rule: it takes an earlier decision back
	ReasonDriftAdopted     ReasonCode = "DRIFT_ADOPTED"
	ReasonDriftRestored    ReasonCode = "DRIFT_RESTORED"
	ReasonRolesMended      ReasonCode = "ROLES_MENDED"
	ReasonPunishedAgain    ReasonCode = "PUNISHED_AGAIN"
)

// counts reports whether carrying the decision out is a move along the ladder that the rules made, of which a policy allows so many a day.
func (r ReasonCode) counts() bool { return r == ReasonEligible || r == ReasonPointsBelow }

// KeepsRecord reports whether a decision for this reason changes nothing in the record: it brings Roblox in line with it.
func (r ReasonCode) KeepsRecord() bool {
	return r == ReasonDriftRestored || r == ReasonRolesMended || r == ReasonPunishedAgain
}

// Origin says what made a decision.
type Origin uint8

// The origins. OriginRules is the zero value.
const (
	OriginRules  Origin = iota // the rules of a policy
	OriginManual               // a person ordered it
	OriginUndo                 // it takes an earlier decision back
	OriginDrift                // Roblox showed something else than the record: mostly, somebody changed the role by hand
)

// String returns the word that the API and storage use: rules, manual, undo or drift.
func (o Origin) String() string {
	switch o {
	case OriginManual:
		return "manual"
	case OriginUndo:
		return "undo"
	case OriginDrift:
		return "drift"
	case OriginRules:
	}
	return "rules"
}

// ParseOrigin returns the origin that text names, exactly as String writes it; any other text is an error of KindInvalid.
func ParseOrigin(text string) (Origin, error) {
	for o := OriginRules; o <= OriginDrift; o++ {
		if o.String() == text {
			return o, nil
		}
	}
	return OriginRules, invalid("origin_unknown", "the origin must be rules, manual, undo or drift")
}

// Decision is the answer of the rules, or of a person, for one standing at one instant. It is a value.
type Decision struct {
	Action        Action
	From          string // the rank held when it was decided
	To            string // the rank it leads to; the rank held for ActionNone
	Reason        ReasonCode
	Until         time.Time // the end of the suspension that it imposes or reports, or of the rejection or the growth that it waits for; zero otherwise
	NeedsApproval bool      // nothing is carried out until an administrator approves
	Checks        Checks
	Revision      string   // of the policy that decided
	Hold          HoldMode // what becomes of the player's hold; the rules never touch it
	Returned      Returned // for ReasonUndo: what is given back
}

// Approved returns the decision as an administrator lets it pass.
func (d Decision) Approved() Decision {
	d.NeedsApproval = false
	return d
}

// Sentence returns the reason in words for people, such as "230 more points needed for Storm Corporal I (520 of 750)".
func (d Decision) Sentence() string {
	switch d.Reason {
	case ReasonRankIgnored:
		return "automation does not look at the rank " + d.From
	case ReasonBanned:
		return "a ban is in force"
	case ReasonWarningsSevere:
		return "the warnings suffice for a ban: " + d.sentence(CriterionWarningsSevere)
	case ReasonReported:
		return "a game reported a punishment that was not imposed yet"
	case ReasonSuspended:
		if d.Until.IsZero() {
			return "a suspension without an end is in force"
		}
		return "a suspension is in force until " + d.Until.Format(time.RFC3339)
	case ReasonSuspensionServed:
		return "the suspension is over"
	case ReasonWarningsTrial:
		return "the warnings suffice for a suspension: " + d.sentence(CriterionWarningsTrial)
	case ReasonHold:
		if !d.Until.IsZero() {
			return "the points grew faster than the policy allows; no promotion until " + d.Until.Format(time.RFC3339)
		}
		return "automation is on hold for this player"
	case ReasonRankLocked:
		return "the rank " + d.From + " is locked"
	case ReasonPointsBelow:
		return "the points do not suffice any more: " + d.sentence(CriterionKeepPoints)
	case ReasonEligible:
		return "the points and the time in rank suffice for " + d.To
	case ReasonTopOfLadder:
		return "there is no rank above " + d.From
	case ReasonRankUnknown:
		return "the rank " + d.From + " is not a rung of the ladder"
	case ReasonRungLimit:
		return d.sentence(CriterionRungs)
	case ReasonPrivileged:
		return "the policy keeps automation away from privileged ranks"
	case ReasonDriftAdopted:
		return "Roblox showed the rank " + d.To + ", which is the new starting point"
	case ReasonDriftRestored:
		return "Roblox showed another rank, and the policy gives " + d.To + " back"
	case ReasonRolesMended:
		return "the member did not hold the role of " + d.To + " alone"
	case ReasonPunishedAgain:
		return "the punishment that is in force did not hold any more"
	case ReasonRejected:
		return "an administrator refused this move; the rules do not ask for it again until " + d.Until.Format(time.RFC3339)
	case ReasonNotYet:
		return d.notYet()
	case ReasonManual:
		if d.Action == ActionNone {
			return "a person changed the hold" + d.holdWords()
		}
		return "a person ordered it" + d.holdWords()
	case ReasonUndo:
		return "an earlier decision is taken back" + d.holdWords()
	}
	return string(d.Reason)
}

func (d Decision) sentence(criterion Criterion) string {
	check, _ := d.Checks.Find(criterion)
	return check.Sentence()
}

func (d Decision) notYet() string {
	if check, ok := d.Checks.Find(CriterionSettled); ok {
		return check.Sentence()
	}
	text := ""
	for _, criterion := range [...]Criterion{CriterionPoints, CriterionTenure} {
		check, ok := d.Checks.Find(criterion)
		if !ok || check.Met {
			continue
		}
		if text != "" {
			text += "; "
		}
		text += check.Sentence()
	}
	return text
}
