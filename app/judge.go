package app

import (
	"context"
	"errors"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// verdict is what a try amounts to.
type verdict struct {
	settlement ports.Settlement
	// settle carries the verdict into the store together with the settlement, and returns the decisions that began or ended; nil for the
	// ordinary end.
	settle func(ctx context.Context, w ports.Writer, s domain.Standing) ([]ports.DecisionRecord, error)
	looked *looked // of a look
	err    error
}

func delivered() verdict { return verdict{settlement: ports.Settlement{Result: ports.SettleDelivered}} }

func dead(reason string) verdict {
	return verdict{settlement: ports.Settlement{Result: ports.SettleDead, Reason: reason}}
}

// pastDeadline begins the reason of what was given up for its age.
const pastDeadline = "given up at its deadline; last: "

// failed judges an error: a refusal is final once it was repeated, everything else is tried again until the effect is too old.
func (d *Dispatcher) failed(c ports.Claim, err error, atLeast time.Duration) verdict {
	v := verdict{err: err}
	v.settlement.Reason = reasonOf(err)
	switch kind := domain.KindOf(err); {
	case errors.Is(err, domain.ErrAutomationStopped):
		v.settlement.Result = ports.SettleBack
	case final(kind) && c.LastReason == v.settlement.Reason:
		v.settlement.Result = ports.SettleDead
	case d.tooOld(c, err):
		v.settlement.Result, v.settlement.Reason = ports.SettleDead, pastDeadline+v.settlement.Reason
	case kind == domain.KindExhausted && d.waitsInLine(c):
		v.settlement.Result = ports.SettleBack
	case kind == domain.KindExhausted: // that it is not its turn yet says nothing about the next time
		v.settlement.Result = ports.SettleRetry
		v.settlement.After = domain.RetryDelay(1, d.options.Jitter(), max(atLeast, domain.RetryAfterOf(err)))
	default:
		v.settlement.Result = ports.SettleRetry
		v.settlement.After = domain.RetryDelay(c.Try(), d.options.Jitter(), max(atLeast, domain.RetryAfterOf(err)))
	}
	return v
}

// waitLimit is how many deadlines after it was made a wish is given up whatever it waited for: a week where the deadline is a day.
const waitLimit = 7

// tooOld reports whether a wish that failed once more was tried for as long as it may be. What could not be tried, because it was not its
// turn or a part of Roblox was not configured, is given up only when nobody can have meant it to wait any more; so is what fails for the
// first time after that.
func (d *Dispatcher) tooOld(c ports.Claim, err error) bool {
	if d.age(c.EnqueuedAt) >= waitLimit*d.options.Deadline {
		return true
	}
	tried := domain.KindOf(err) != domain.KindExhausted && !errors.Is(err, errNotConfigured) && c.LastReason != reasonOf(errNotConfigured)
	return tried && d.age(c.FirstTried) >= d.options.Deadline
}

// waitsInLine reports whether a claim that is refused for the rate keeps its place before those that came later, because its crew rests
// until there are turns again.
func (d *Dispatcher) waitsInLine(c ports.Claim) bool {
	return c.Entry.Effect.Kind != domain.EffectRestriction && d.crewOf(c.Entry.Lane).patient
}

// final reports whether a repetition of what was refused with this kind will be refused too.
func final(kind domain.Kind) bool {
	switch kind {
	case domain.KindInvalid, domain.KindDenied, domain.KindNotFound, domain.KindBlocked:
		return true
	case domain.KindInternal, domain.KindConflict, domain.KindExhausted, domain.KindUnavailable:
	}
	return false
}
