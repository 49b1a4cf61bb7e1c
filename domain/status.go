package domain

// Status is how far a decision has come.
type Status string

// The statuses.
const (
	StatusAdvisory         Status = "advisory"          // nobody asked to carry it out
	StatusNone             Status = "none"              // there is nothing to carry out
	StatusAwaitingApproval Status = "awaiting_approval" // an administrator must approve
	StatusHeld             Status = "held"              // automation is paused; it is looked at again once that is over
	StatusPending          Status = "pending"           // recorded; Roblox has not confirmed it yet
	StatusApplied          Status = "applied"           // confirmed
	StatusFailed           Status = "failed"            // refused for good; the detail says why
	StatusSuperseded       Status = "superseded"        // overtaken by a newer decision, or Roblox showed another rank
	StatusRejected         Status = "rejected"          // an administrator said no
	StatusExpired          Status = "expired"           // nobody approved it in time
	StatusUndone           Status = "undone"            // a later decision took it back
)

// Open reports whether the decision can still change its status without a person undoing it.
func (s Status) Open() bool {
	return s == StatusPending || s == StatusAwaitingApproval || s == StatusHeld
}

// MayBecome reports whether a decision of status s can come to next: from an open one to any that is not open; to pending once a person
// approved it or automation goes on; from applied to undone. Undone is final: only an undo that failed lets the decision stand again, and says
// so by itself.
func (s Status) MayBecome(next Status) bool {
	switch next {
	case StatusPending:
		return s == StatusAwaitingApproval || s == StatusHeld
	case StatusUndone:
		return s.Open() || s == StatusApplied
	case StatusApplied, StatusFailed, StatusSuperseded, StatusRejected, StatusExpired:
		return s.Open()
	case StatusAdvisory, StatusNone, StatusAwaitingApproval, StatusHeld:
	}
	return false // nothing leads there
}

// Predecessors returns the statuses that may become next; nil when none may.
func Predecessors(next Status) []Status {
	var before []Status
	for _, s := range [...]Status{StatusAwaitingApproval, StatusHeld, StatusPending, StatusApplied} {
		if s.MayBecome(next) {
			before = append(before, s)
		}
	}
	return before
}
