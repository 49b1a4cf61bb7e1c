package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// DecisionRecord is a decision with who asked for it, what it was made of and how far it has come.
type DecisionRecord struct {
	ID         string // UUID version 7
	UserID     domain.UserID
	Decision   domain.Decision
	Input      domain.Standing // the standing it was made for
	Status     domain.Status
	Detail     string        // why it has this status, for people; "" when there is nothing to add
	Reason     string        // the caller's own words; "" when none were given
	Apply      bool          // the caller asked to carry it out
	Overtakes  string        // the decision, not confirmed by Roblox yet, that this one ended; "" for none
	Principal  string        // the name of the key that called
	Actor      domain.UserID // whom the caller named; zero for nobody
	SnapshotID int64         // the snapshot that led to it; 0 for none
	RequestID  string
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Transition is a status that a decision came to.
type Transition struct {
	Status domain.Status
	Detail string // why, for people; "" when there is nothing to add
	At     time.Time
}

// DecisionFilter chooses decisions. Its zero value chooses all; what is set must all hold.
type DecisionFilter struct {
	User   domain.UserID
	Actor  domain.UserID
	Action domain.Action // ActionNone chooses all: decisions to do nothing are not kept
	Status domain.Status
	Since  time.Time // made then or later
}

// DecisionWriter keeps the ledger inside a unit. Lock the player first.
type DecisionWriter interface {
	// OpenDecisions returns the open decision of each of those users that has one, in ascending order of user.
	OpenDecisions(ctx context.Context, users []domain.UserID) ([]DecisionRecord, error)

	// AddDecisions writes new records, and the status of each as its first transition. A player has at most one open decision: when that would be broken, or an id exists already, the
	// result is domain.ErrConflict and the unit is poisoned.
	AddDecisions(ctx context.Context, records []DecisionRecord) error

	// CloseDecision moves an open decision to a status that is not open, or from awaiting approval to pending, with the detail and the
	// instant of the change, and keeps that as its next transition. It returns false, and changes nothing, when there is no such decision, it is not open any more, or it has that
	// status already.
	CloseDecision(ctx context.Context, id string, status domain.Status, detail string, at time.Time) (bool, error)
}

// DecisionReader reads the ledger, outside a unit.
type DecisionReader interface {
	// Decision returns the record; domain.ErrNotFound when there is none of that id, or id is no UUID.
	Decision(ctx context.Context, id string) (DecisionRecord, error)

	// Transitions returns every status that the decision came to, first to last. It is empty when there is none of that id.
	Transitions(ctx context.Context, id string) ([]Transition, error)

	// Decisions returns up to limit records that the filter chooses, newest first by id, of those whose id is below before; "" starts at
	// the newest. Records written meanwhile never shift the pages behind them. It is empty at the end.
	Decisions(ctx context.Context, filter DecisionFilter, before string, limit int) ([]DecisionRecord, error)
}
