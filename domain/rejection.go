package domain

import "time"

// Rejection is a move that an administrator refused. The rules do not ask for the same move again before its end; for another they do. The
// zero value refuses nothing.
type Rejection struct {
	Action Action
	From   string
	To     string
	Until  time.Time
}

// Reject returns s with the move that d asks for refused until a later instant, in the place of the one refused before.
func Reject(s Standing, d Decision, until time.Time) Standing {
	s.Rejected = Rejection{Action: d.Action, From: d.From, To: d.To, Until: Instant(until)}
	return s
}

// covers reports whether the move is refused at now.
func (r Rejection) covers(action Action, from, to string, now time.Time) bool {
	return action != ActionNone && r.Action == action && r.From == from && r.To == to && now.Before(r.Until)
}
