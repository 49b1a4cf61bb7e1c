package ports

import (
	"context"
	"time"
)

// PruneStep is one small step through the history of all players, from the oldest record on.
type PruneStep struct {
	After  int64     // the id behind which the step begins; 0 begins at the first
	Before time.Time // records that were received before then may go
	Limit  int       // how many records the step looks at, at most
}

// Pruned is what a step did.
type Pruned struct {
	Removed int
	Next    int64 // where the next step begins; 0 when there is nothing older left to look at
	Busy    bool  // somebody else is at it, and nothing was done
}

// SnapshotPruner forgets old reports, outside a unit.
type SnapshotPruner interface {
	// PruneSnapshots removes the records of the step that are old enough, with the answers to their keys, except those of a player that
	// none follows which counts and was not stale. It may be called again: what is gone is skipped. Of several who prune at once one does, and the others are told.
	// Where nothing of the step can be removed, for a table of another program that holds on to one of its records, say, it returns the error
	// and where the step behind it begins; where nobody knows that, Next is 0.
	PruneSnapshots(ctx context.Context, step PruneStep) (Pruned, error)
}
