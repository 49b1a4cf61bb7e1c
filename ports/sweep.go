package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// SweepKind says what a sweep is a walk over. The texts are stable.
type SweepKind string

// The kinds.
const (
	SweepReview    SweepKind = "review"    // over the players that are known
	SweepReconcile SweepKind = "reconcile" // over the group's members at Roblox
	SweepRewind    SweepKind = "rewind"    // over the players of whom snapshots are taken out of account
)

// SweepState is how far a sweep has come. The texts are stable.
type SweepState string

// The states.
const (
	SweepQueued    SweepState = "queued"    // nobody works on it yet
	SweepRunning   SweepState = "running"   // somebody has it under a lease
	SweepDone      SweepState = "done"      // it came to its end
	SweepStopped   SweepState = "stopped"   // it stopped by itself; the detail says why, and what to do
	SweepCancelled SweepState = "cancelled" // a person ended it
	SweepFailed    SweepState = "failed"    // a fault that repetition did not cure; the detail names it
)

// UnderWay reports whether somebody works on the sweep or will. Of each kind one sweep at most is under way.
func (s SweepState) UnderWay() bool { return s == SweepQueued || s == SweepRunning }

// Resumable reports whether a person may let the sweep go on from where it is.
func (s SweepState) Resumable() bool {
	return s == SweepStopped || s == SweepCancelled || s == SweepFailed
}

// SweepPhase is which of its passes a sweep is in.
type SweepPhase string

// The phases.
const (
	PhaseCollect  SweepPhase = "collect"  // it finds whom it is about
	PhaseEvaluate SweepPhase = "evaluate" // it looks, and changes nothing
	PhaseApply    SweepPhase = "apply"    // it decides
)

// Tally counts by a word. The words are those of the kind of sweep.
type Tally map[string]int64

// Sweep is a long walk in pages: what it is over, who asked for it, how far it has come, and who works on it.
type Sweep struct {
	ID        string // UUID version 7
	Kind      SweepKind
	Filter    StandingFilter
	Scope     SnapshotScope // for a rewind: what it takes out of account
	Apply     bool          // it is to carry out what it finds; otherwise it only looks
	Override  string        // why its brake is to be passed over, in a person's words; "" where it is not
	Principal string        // the name of the key on whose word it goes on
	Actor     domain.UserID // whom that caller named; zero for nobody
	RequestID string
	Schedule  string // the instant of the schedule that asked for it; "" where a person did

	State     SweepState
	Phase     SweepPhase
	Cursor    string // where its phase goes on, in the words of its kind; "" at the beginning
	Revision  string // the policy that Found was counted under, and that Override was given for
	Found     Tally  // what the phase of looking found
	Reasons   Tally  // why, by reason code
	Decided   Tally  // what became of it
	Total     int64  // how many there are to walk over in its phase; an estimate until it is done
	Scanned   int64  // how many of them it has walked over
	Pace      int64  // how many of them it walked over in a second, when that was last measured; 0 when it was not
	Detail    string // why it has this state, for people; "" when there is nothing to add
	Term      int64  // counts the leases: 0 before the first; what was leased under an older one is lost
	CreatedAt time.Time
	StartedAt time.Time // when it was leased first; zero before that
	UpdatedAt time.Time // when any of this was last written
	EndedAt   time.Time // when it left off being under way; zero before that
}

// SweepWriter keeps sweeps inside a unit. Lock players first, then the sweep.
type SweepWriter interface {
	// AddSweep writes a new sweep, which must be queued, and returns it and true. When one stands in its way it writes nothing and returns
	// that one and false: one of the same kind and Schedule, unless that is "", or one of the same kind that is under way. An id that exists
	// already is domain.ErrConflict, and the unit is poisoned.
	AddSweep(ctx context.Context, sweep Sweep) (Sweep, bool, error)

	// LockSweep returns the sweep of that id, and false when there is none. Its row stays locked against other writers until the unit ends.
	// It may be called again.
	LockSweep(ctx context.Context, id string) (Sweep, bool, error)

	// SaveSweep writes the sweep and returns true; Kind, Filter, Scope, Apply, Schedule, CreatedAt and StartedAt stay as they were. It returns
	// false, and changes nothing, when there is no sweep of that id, or its Term is another: somebody else has it. Saving it as anything but
	// running ends the lease and counts Term up, so that whoever works on it has lost it. When it would be under way beside another of its
	// kind the result is domain.ErrConflict and the unit is poisoned. It may be called again, with the Term that it has then.
	SaveSweep(ctx context.Context, sweep Sweep) (bool, error)
}

// Sweeps hands sweeps to whoever works on them, and shows them, outside a unit.
type Sweeps interface {
	// ClaimSweep leases the sweep of that kind that is queued, or that is running under a lease that is over, to the caller for the given
	// time by the store's clock, and returns it and true. It is running then, under the next Term, and has StartedAt by the store's clock. It
	// is never leased to two callers at once. It returns false when there is none.
	ClaimSweep(ctx context.Context, kind SweepKind, lease time.Duration) (Sweep, bool, error)

	// RenewSweep lets the lease of that Term end the given time from now by the store's clock; 0 gives it back, so that it can be claimed at
	// once. It returns false when the sweep is not running under that Term any more. It may be called after the lease was over, as long as
	// nobody claimed the sweep.
	RenewSweep(ctx context.Context, id string, term int64, lease time.Duration) (bool, error)

	// SweepUnderWay returns the sweep of that kind that is under way, and false when none is.
	SweepUnderWay(ctx context.Context, kind SweepKind) (Sweep, bool, error)

	// Sweep returns the sweep; domain.ErrNotFound when there is none of that id.
	Sweep(ctx context.Context, id string) (Sweep, error)

	// Sweeps returns up to limit sweeps of that kind, newest first by id, of those whose id is below before; "" starts at the newest. Sweeps
	// that are added meanwhile never shift the pages behind them. It is empty at the end.
	Sweeps(ctx context.Context, kind SweepKind, before string, limit int) ([]Sweep, error)
}
