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
	Origin     domain.Origin // what made it
	Order      domain.Order  // for OriginManual: what was ordered; for OriginUndo: what was asked of the hold; zero otherwise
	Undoes     string        // for OriginUndo: the decision that it takes back; "" otherwise
	ReviewID   string        // the review, or the rewind, that led to it; "" for none
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
	Status    domain.Status
	Detail    string // why, for people; "" when there is nothing to add
	At        time.Time
	Principal string        // the name of the key that brought it there; "" where it came there by itself, or with the decision
	Actor     domain.UserID // whom that caller named; zero for nobody
}

// DecisionFilter chooses decisions. Its zero value chooses all; what is set must all hold.
type DecisionFilter struct {
	User   domain.UserID
	Actor  domain.UserID
	Action domain.Action // ActionNone chooses all: decisions to do nothing are not kept
	Status domain.Status
	Policy string    // the revision that decided; "" chooses all
	Review string    // the review, or the rewind, that led to it; "" chooses all
	Since  time.Time // made then or later
	Until  time.Time // made before then; zero chooses all
}

// DecisionWriter keeps the ledger inside a unit. Lock the player first.
type DecisionWriter interface {
	// OpenDecisions returns the open decision of each of those users that has one, in ascending order of user.
	OpenDecisions(ctx context.Context, users []domain.UserID) ([]DecisionRecord, error)

	// DecisionsFrom returns up to limit decisions of the user whose id is not below from, oldest first by id, with what this unit wrote. It
	// is empty when there is none.
	DecisionsFrom(ctx context.Context, user domain.UserID, from string, limit int) ([]DecisionRecord, error)

	// AddDecisions writes new records, and the status of each as its first transition, without principal and actor. A player has at most
	// one open decision: when that would be broken, or an id exists already, the result is domain.ErrConflict and the unit is poisoned.
	AddDecisions(ctx context.Context, records []DecisionRecord) error

	// MoveDecision brings a decision to the status of next, with its detail and instant, and keeps next as its next transition. It
	// returns false, and changes nothing, when there is no such decision, or its status may not become that one (see
	// domain.Status.MayBecome).
	MoveDecision(ctx context.Context, id string, next Transition) (bool, error)

	// ReviveDecision lets a decision stand again that was undone, because undoing it failed: it brings it from undone to the status of next,
	// as MoveDecision does. It returns false, and changes nothing, when there is no such decision, it is not undone, or that status is
	// not applied.
	ReviveDecision(ctx context.Context, id string, next Transition) (bool, error)
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

	// DueApprovals returns up to limit decisions that await approval and were made at least that long ago by the store's clock, the oldest
	// first, of those behind after; the zero Due starts at the oldest. One that is not due any more has kept its place. It is empty at the end.
	DueApprovals(ctx context.Context, age time.Duration, after Due, limit int) ([]Due, error)

	// CountDecisions returns how many records the filter chooses.
	CountDecisions(ctx context.Context, filter DecisionFilter) (int64, error)
}
