package domain

import "time"

// Grants reports whether a decision grants a rank: whether it leads up, or back up, to a rung. What takes a rank away grants none, nor does the
// end of a suspension that the rules impose.
func (p Policy) Grants(d Decision) bool {
	ladder := p.parts.Ladder
	to, rung := ladder.index[d.To]
	if !rung || d.Action == ActionNone || d.Reason == ReasonSuspensionServed {
		return false
	}
	from, held := ladder.index[d.From]
	return !held || to > from
}

// Exceeds reports whether a decision grants a rank above most. No most is no bound, and one that is no rung lets nothing be granted.
func (p Policy) Exceeds(d Decision, most string) bool {
	if most == "" || !p.Grants(d) {
		return false
	}
	ladder := p.parts.Ladder
	bound, known := ladder.index[most]
	return !known || ladder.index[d.To] > bound
}

// Refuses reports whether d is the move that an administrator refused, at now.
func (r Rejection) Refuses(d Decision, now time.Time) bool {
	return r.covers(d.Action, d.From, d.To, now)
}
