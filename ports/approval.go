package ports

import (
	"context"

	"github.com/grps/grps/domain"
)

// ApprovalRequest is an administrator's answer to a decision that awaits approval.
type ApprovalRequest struct {
	Caller
	ID     string // of the decision
	Reason string // the caller's own words, at most MaxReason runes; "" for none
}

// Approver answers decisions that need a person's word. Each is answered once: who comes second is told by code "not_awaiting" of kind
// blocked, as is who comes after the time that decisions wait. domain.ErrNotFound when there is none of that id.
type Approver interface {
	// Approve carries the decision out as it was shown. When evaluating the player now gives another move, nothing is carried out: the
	// decision ends as superseded, and the error is an OutdatedError with what the rules say now. domain.ErrAutomationStopped, and the
	// decision goes on waiting, while nobody may have anything carried out.
	Approve(ctx context.Context, request ApprovalRequest) (DecideResult, error)

	// Reject ends the decision. The rules do not ask for the same move again for as long as decisions wait for approval.
	Reject(ctx context.Context, request ApprovalRequest) (DecideResult, error)
}

// OutdatedError says that the rules do not ask any more for what was to be approved. It wraps a domain.Error of kind blocked with code
// "decision_outdated".
type OutdatedError struct {
	Now DecisionRecord // what they say now: a new question if they ask for approval again, else advice
}

// Error returns the sentence of the error that it wraps.
func (e *OutdatedError) Error() string { return e.Unwrap().Error() }

// Unwrap returns the domain's error.
func (e *OutdatedError) Unwrap() error {
	says := "the rules do not ask for it any more"
	if d := e.Now.Decision; d.Action != domain.ActionNone {
		says = "the rules say " + d.Action.String() + " from " + d.From + " to " + d.To + " now"
	}
	return &domain.Error{
		Kind: domain.KindBlocked, Code: "decision_outdated",
		Message: "nothing was carried out: since this decision was made the player or the policy changed, and " + says,
	}
}
