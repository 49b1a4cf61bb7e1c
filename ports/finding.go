package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// FindingRecord is something odd about a report, with the report that it is about.
type FindingRecord struct {
	ID         string // UUID version 7
	UserID     domain.UserID
	Finding    domain.Finding
	At         time.Time         // when it was found
	ObservedAt time.Time         // the instant that the report is about
	Experience domain.Experience // that reported
	Principal  string            // the name of the key that called
	SnapshotID int64             // the report; 0 for none
}

// FindingFilter chooses findings. Its zero value chooses all; what is set must all hold.
type FindingFilter struct {
	User  domain.UserID
	Kind  domain.FindingKind
	Since time.Time // found then or later
}

// FindingsKept is how many findings of one kind about one player are kept.
const FindingsKept = 50

// FindingWriter keeps findings inside a unit. Lock the players first.
type FindingWriter interface {
	// AddFindings writes new findings in order and returns those that it wrote. One is left out that was found less than its Quiet after
	// another of the same user, kind and window, or before such a one, be it stored or further up in the list. Of each user and kind the
	// FindingsKept newest by id stay, others are forgotten. When an id exists already the result is domain.ErrConflict and the unit is poisoned.
	AddFindings(ctx context.Context, findings []FindingRecord) ([]FindingRecord, error)
}

// FindingReader reads and forgets findings, outside a unit.
type FindingReader interface {
	// Findings returns up to limit findings that the filter chooses, newest first by id, of those whose id is below before; "" starts at the
	// newest. Findings written meanwhile never shift the pages behind them. It is empty at the end.
	Findings(ctx context.Context, filter FindingFilter, before string, limit int) ([]FindingRecord, error)

	// PruneFindings forgets up to limit findings that were found before an instant, the oldest first, and returns how many that were: fewer
	// than limit when none is left. It may be called again, and by several at once.
	PruneFindings(ctx context.Context, before time.Time, limit int) (int, error)
}
