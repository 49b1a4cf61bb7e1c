package ports

import (
	"context"
	"time"
)

// ReviewRequest asks for a review of the players that a filter chooses.
type ReviewRequest struct {
	Caller
	Filter   StandingFilter
	Apply    bool   // carry out what the rules ask for; otherwise the review only says what that would be
	Override string // why the brake is to be passed over, at most MaxReason runes; "" where it is not
}

// ResumeRequest lets a review go on that was stopped, cancelled, or failed.
type ResumeRequest struct {
	Caller
	ID       string
	Override string // as in ReviewRequest
}

// ReviewProgress is how far a review has come.
type ReviewProgress struct {
	Sweep
	ETA time.Time // when it is expected to have come to its end, with what it decided carried out at Roblox; zero when that cannot be said
}

// ReviewPage is one page of reviews, newest first.
type ReviewPage struct {
	Reviews []ReviewProgress
	Next    string // where the next page begins; "" at the end
}

// Reviewer holds reviews: walks over all players that decide about each. One review is under way at a time.
type Reviewer interface {
	// StartReview begins a review and returns at once: it goes on in the background, wherever a process runs. Errors: invalid for ranks
	// that the policy does not know; code "review_running" of kind conflict, which names the one that is under way.
	StartReview(ctx context.Context, request ReviewRequest) (ReviewProgress, error)

	// Review returns a review; domain.ErrNotFound when there is none of that id.
	Review(ctx context.Context, id string) (ReviewProgress, error)

	// Reviews returns one page of reviews; cursor "" begins at the newest.
	Reviews(ctx context.Context, cursor string, limit int) (ReviewPage, error)

	// CancelReview ends a review: once it returns, that review decides about nobody any more. What it decided before stays. Cancelling one
	// that was cancelled is no error. Errors: domain.ErrNotFound; code "review_over" of kind blocked for one that came to its end.
	CancelReview(ctx context.Context, caller Caller, id string) (ReviewProgress, error)

	// ResumeReview lets a review go on where it was; one that its brake stopped looks at everybody anew, unless it is overridden and the
	// policy is the same. What it decides from then on is decided for this caller. Errors: domain.ErrNotFound; code "review_not_stopped" of kind blocked
	// for one that is under way or came to its end; code "review_running" as above.
	ResumeReview(ctx context.Context, request ResumeRequest) (ReviewProgress, error)
}
