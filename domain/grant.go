package domain

import "time"

// Exceeds reports whether a decision grants a rank above most: whether it leads up, or back up, to such a rung. What takes a rank away grants
// none, nor does the end of a suspension that the rules impose. No most is no bound, and one that is no rung lets nothing be granted.
func (p Policy) Exceeds(d Decision, most string) bool {
	ladder := p.parts.Ladder
	to, rung := ladder.index[d.To]
	if most == "" || !rung || d.Action == ActionNone || d.Reason == ReasonSuspensionServed {
		return false
	}
	if from, held := ladder.index[d.From]; held && to <= from {
		return false
	}
	bound, known := ladder.index[most]
	return !known || to > bound
}

// Refuses reports whether d is the move that an administrator refused, at now.
func (r Rejection) Refuses(d Decision, now time.Time) bool {
	return r.covers(d.Action, d.From, d.To, now)
}
