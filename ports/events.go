package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// Event is something that happened in a use case and is worth a log line or a figure.
type Event interface{ event() }

// IngestEvent is a report that was folded or refused.
type IngestEvent struct {
	Caller   Caller
	User     domain.UserID
	Outcome  domain.FoldOutcome
	Rank     domain.RankReport
	Replayed bool
	Took     time.Duration
	Err      error // nil when it was folded
}

// DecisionEvent is a decision that was made, or one whose status changed.
type DecisionEvent struct {
	Decision DecisionRecord
}

// EffectEvent is an effect that was tried.
type EffectEvent struct {
	Claim  Claim
	Result SettleResult
	After  time.Duration // for SettleRetry
	Reason string
	Took   time.Duration
	Err    error // nil when it was delivered or found to be pointless
}

// LookEvent is a look at what Roblox shows of a player.
type LookEvent struct {
	User    domain.UserID
	Cause   string // why: report, recheck or walk
	Outcome domain.ReconcileOutcome
}

// CallEvent is a call to Roblox that was answered, or that failed.
type CallEvent struct {
	Call string // what such calls do: one of a few
	Took time.Duration
	// Status is that of HTTP; 0 when there was no answer.
	Status int
	Left   int   // how many more of them Roblox's limit leaves, as far as this process knows
	Err    error // nil when Roblox did it; of kind exhausted when it refused for the rate
}

// UnitEvent is a unit of work that took reports in, or failed to.
type UnitEvent struct {
	Reports int // that shared it
	Took    time.Duration
	Err     error // nil when it was committed
}

// ReadinessGauge is how a process does, as it sees that from time to time.
type ReadinessGauge struct {
	Readiness
}

// PolicyEvent is a change of the policy documents.
type PolicyEvent struct {
	Revision string // of the rules in force now
	Previous string // of those before; equal to Revision when the rules stayed the same
	Err      error  // why the newest documents are not in force; nil when they are
}

// DispatchEvent is a failure to claim or settle: the store's, not an effect's.
type DispatchEvent struct {
	Doing string
	Err   error
}

// SweepEvent is a sweep that was begun or taken over, came a page further, or left off being under way here.
type SweepEvent struct {
	Sweep Sweep
	Step  SweepStep
	Took  time.Duration // since the step before
}

// SweepStep says what happened to a sweep.
type SweepStep uint8

// The steps.
const (
	SweepBegun SweepStep = iota // this process works on it from now on
	SweepPaged                  // it came further
	SweepLeft                   // this process does not work on it any more; its state says whether anybody will
)

// AutomationEvent is automation that was paused, stopped or resumed.
type AutomationEvent struct {
	Automation domain.Automation // as it is now
}

// ErasureEvent is an erasure that was asked for, came further, or was lifted.
type ErasureEvent struct {
	Erasure Erasure // as it is now
}

// AutomationGauge is how automation stands, as a process sees it from time to time.
type AutomationGauge struct {
	State domain.AutomationState
	Held  int64 // decisions that wait for it to go on
}

// DenialEvent is a caller who was denied something for the key that came, or did not come, with the request.
type DenialEvent struct {
	Key    string // the name of the key that is meant; "" where that is not known
	Reason string // one of a few words
}

// FindingEvent is something odd about a report that was found.
type FindingEvent struct {
	Finding FindingRecord
}

func (FindingEvent) event()    {}
func (DenialEvent) event()     {}
func (UnitEvent) event()       {}
func (ReadinessGauge) event()  {}
func (PolicyEvent) event()     {}
func (IngestEvent) event()     {}
func (SweepEvent) event()      {}
func (DecisionEvent) event()   {}
func (EffectEvent) event()     {}
func (LookEvent) event()       {}
func (CallEvent) event()       {}
func (DispatchEvent) event()   {}
func (AutomationEvent) event() {}
func (AutomationGauge) event() {}
func (ErasureEvent) event()    {}

// Recorder is told what happens.
type Recorder interface {
	// Record takes an event. It never blocks for long, never fails and may be called from any goroutine.
	Record(ctx context.Context, event Event)
}
