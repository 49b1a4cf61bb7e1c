package ports

import (
	"context"
	"time"
)

// ReconciliationRequest asks for a walk over the group's members.
type ReconciliationRequest struct {
	Caller
	Apply bool // bring together what differs; otherwise the walk only says what that would be
}

// ReconciliationProgress is how far a walk over the group's members has come.
type ReconciliationProgress struct {
	Sweep
	ETA time.Time // when it is expected to have come to its end; zero when that cannot be said
}

// ReconciliationPage is one page of walks, newest first.
type ReconciliationPage struct {
	Reconciliations []ReconciliationProgress
	Next            string // where the next page begins; "" at the end
}

// DifferencePage is one page of what a walk found, in ascending order of user.
type DifferencePage struct {
	Differences []Difference
	Next        string // where the next page begins; "" at the end
}

// The words in which a walk over the group's members counts, besides those of domain.ReconcileOutcome.
const (
	TallyUnknown = "unknown" // members whom no game ever reported
	TallyPending = "pending" // members about whom a decision is being carried out: that goes first
	TallySkipped = "skipped" // members of whom Roblox said nothing that can be understood
	TallyAsked   = "asked"   // in Decided: members who are looked at once more, each on its own, and brought in line
)

// Reconciler holds walks over the group's members that compare what each holds with the record. One is under way at a time.
type Reconciler interface {
	// StartReconciliation begins a walk and returns at once: it goes on in the background, wherever a process runs. Errors: code
	// "group_not_configured" of kind blocked when there is no group to walk over; code "reconciliation_running" of kind conflict, which
	// names the one that is under way.
	StartReconciliation(ctx context.Context, request ReconciliationRequest) (ReconciliationProgress, error)

	// Reconciliation returns a walk; domain.ErrNotFound when there is none of that id.
	Reconciliation(ctx context.Context, id string) (ReconciliationProgress, error)

	// Reconciliations returns one page of walks; cursor "" begins at the newest.
	Reconciliations(ctx context.Context, cursor string, limit int) (ReconciliationPage, error)

	// Differences returns one page of what a walk found so far; cursor "" begins at the lowest user. Only the newest walks keep it, and
	// each no more than the first MaxDifferences. Errors: domain.ErrNotFound; code "cursor_invalid" of kind invalid for a cursor that was
	// not given out.
	Differences(ctx context.Context, id, cursor string, limit int) (DifferencePage, error)

	// CancelReconciliation ends a walk: once it returns, that walk asks for nobody to be looked at any more. Cancelling one that was
	// cancelled is no error. Errors: domain.ErrNotFound; code "reconciliation_over" of kind blocked for one that came to its end.
	CancelReconciliation(ctx context.Context, caller Caller, id string) (ReconciliationProgress, error)
}

// MaxDifferences is how many differences a walk keeps.
const MaxDifferences = 10_000
