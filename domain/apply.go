package domain

import "time"

// Apply carries a decision into the standing it was made for and returns the wishes that follow, in the order in which they should
// be begun. A decision of ActionNone that leaves the hold alone, and one that still needs approval, changes nothing and wishes nothing.
func Apply(p Policy, s Standing, d Decision, now time.Time) (Standing, []Effect) {
	if d.Action == ActionNone && d.Hold == HoldUnsaid || d.NeedsApproval {
		return s, nil
	}
	now = Instant(now)
	before := s
	s.Hold = d.Hold.After(s.Hold)
	if d.Hold == HoldOff && d.Reason == ReasonManual {
		s.Growth = Growth{} // somebody looked at it: what the points grow by counts from here on
	}
	switch {
	case d.Action == ActionNone:
		return s, []Effect{{Kind: EffectMirror, User: s.UserID}, {Kind: EffectWebhook, User: s.UserID}}
	case d.Reason == ReasonUndo:
		s = s.givenBack(d, now)
	default:
		s = s.carried(d, now)
	}
	s.DecidedAt = now
	return s, effects(p, before, s, d)
}

// carried returns s as a decision that is no undo leaves it.
func (s Standing) carried(d Decision, now time.Time) Standing {
	from := s.Rank
	switch d.Action {
	case ActionSuspend:
		s = s.punished(Punishment{PunishmentTrial, d.Until})
	case ActionBan:
		s = s.punished(Punishment{Status: PunishmentSevere})
	case ActionRestore:
		s = s.released(d.Reason == ReasonManual)
	case ActionNone, ActionPromote, ActionDemote:
	}
	s = s.moved(d.To, now)
	if d.Reason.counts() {
		s.Moves = s.Moves.With(now)
	}
	if d.Action == ActionRestore && s.Rank == from {
		s.RankSince = now
	}
	return s
}

// released returns s without its punishment. Where a person lifted it, and after any ban, what is known by now does not punish again.
func (s Standing) released(forgiven bool) Standing {
	if forgiven || s.Punishment.Status == PunishmentSevere {
		s.Served = s.Warnings
		s.Owed.Imposed = s.Owed.Status != PunishmentNone
	}
	s.Punishment = Punishment{}
	return s
}

// punished returns s with the punishment in force, and with everything that led to it marked as served.
func (s Standing) punished(punishment Punishment) Standing {
	s.Punishment = punishment
	s.Served = s.Warnings
	until := punishment.Until
	if s.Owed.Status == punishment.Status && s.Owed.Until.After(until) {
		until = s.Owed.Until
	}
	if s.Owed.Status <= punishment.Status {
		s.Owed = Owed{Status: punishment.Status, Until: until, Imposed: true}
	}
	return s
}

// effects returns what follows from a decision that turned before into s.
func effects(p Policy, before, s Standing, d Decision) []Effect {
	wishes := make([]Effect, 0, 5)
	was, is := before.Punishment.Status == PunishmentSevere, s.Punishment.Status == PunishmentSevere
	if d.Action == ActionBan || was != is {
		wishes = append(wishes, Effect{Kind: EffectRestriction, User: s.UserID, Active: is})
	}
	if r, ok := p.parts.Ladder.Rank(d.To); ok && (d.To != before.Rank || r.Punishment) {
		wishes = append(wishes, Effect{Kind: EffectGroupRole, User: s.UserID, Rank: d.To, Expect: TrailOf(before.Rank)})
	}
	for _, telling := range [...]EffectKind{EffectMirror, EffectAnnounce, EffectWebhook} {
		wishes = append(wishes, Effect{Kind: telling, User: s.UserID})
	}
	return wishes
}

// Supersede takes decisions back that Roblox never confirmed: rank and tenure are what they were, the punishment too, the warnings they
// served count again, the rungs they moved do not, and then the rank observed is adopted. What games reported meanwhile stays. before is
// the standing that the first of those decisions was made for.
func Supersede(s, before Standing, observed string, now time.Time) Standing {
	s.Rank, s.FormerRank, s.RankSince, s.Left, s.DecidedAt = before.Rank, before.FormerRank, before.RankSince, before.Left, before.DecidedAt
	s.Punishment, s.Served, s.Moves = before.Punishment, min(before.Served, s.Served), before.Moves
	if s.Owed.Imposed {
		s.Owed = before.Owed
	}
	return Adopt(s, observed, now)
}
