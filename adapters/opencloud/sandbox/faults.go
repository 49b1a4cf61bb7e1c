package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// FaultKind names a bad day.
type FaultKind string

// The kinds of fault.
const (
	FaultTooMany      FaultKind = "429"         // refused for the rate, with a Retry-After when Fault.RetryAfter is set
	FaultInternal     FaultKind = "500"         // INTERNAL
	FaultUnavailable  FaultKind = "503"         // UNAVAILABLE
	FaultUnauthorized FaultKind = "401"         // the key is not accepted
	FaultRefused      FaultKind = "403"         // PERMISSION_DENIED
	FaultHTML         FaultKind = "html"        // a proxy's HTML page, status 502 unless Fault.Status says otherwise
	FaultEmpty        FaultKind = "empty"       // an empty body, status 200 unless Fault.Status says otherwise
	FaultTimeout      FaultKind = "timeout"     // the call is carried out, then no answer comes
	FaultSilence      FaultKind = "silence"     // the call is not carried out and no answer comes
	FaultStale        FaultKind = "stale"       // a read answers the state from before the last write; writes are spared
	FaultLostMember   FaultKind = "lost-member" // the member leaves the group just before the call is handled
	FaultSlow         FaultKind = "slow"        // the call is carried out at once and answered after Fault.Hang
)

var faultKinds = [...]FaultKind{
	FaultTooMany, FaultInternal, FaultUnavailable, FaultUnauthorized, FaultRefused, FaultHTML, FaultEmpty,
	FaultTimeout, FaultSilence, FaultStale, FaultLostMember, FaultSlow,
}

// Fault is a bad day to play on the calls it fits. The first one injected that fits a call is played.
type Fault struct {
	Kind      FaultKind
	Operation Operation // empty fits every operation
	UserID    int64     // 0 fits every user; otherwise the call must name this one
	Times     int       // how many calls are hit; 0 is all of them until ClearFaults

	RetryAfter time.Duration // with 429 and 503: the header in seconds, rounded up; 0 sends none
	Status     int           // with html and empty: the status; below 300 the call is always carried out first
	AfterWrite bool          // with kinds that answer an error: the call is carried out first
	Hang       time.Duration // with timeout and silence: when the connection is cut; 0 is 30 s. With slow: when the answer comes

	Probability float64 // above 0: the chance that a fitting call is hit, drawn from Seed
	Seed        uint64  // the same seed hits the same calls
}

const (
	maxFaults   = 1_000
	defaultHang = 30 * time.Second
	longestHang = 10 * time.Minute
)

func (f Fault) check() error {
	switch {
	case !slices.Contains(faultKinds[:], f.Kind):
		return fmt.Errorf("there is no fault %q; the kinds are %v", f.Kind, faultKinds)
	case f.Operation != "" && !slices.Contains(operations(), f.Operation):
		return fmt.Errorf("there is no operation %q; there are %v", f.Operation, operations())
	case f.UserID < 0, f.Times < 0, f.RetryAfter < 0:
		return errors.New("userId, times and retryAfter must not be negative")
	case f.Hang < 0 || f.Hang > longestHang:
		return fmt.Errorf("hang must be 0 to %s", longestHang)
	case f.Kind == FaultSlow && f.Hang == 0:
		return errors.New("slow needs a hang: when the answer comes")
	case f.Status != 0 && (f.Status < http.StatusOK || f.Status > 599):
		return errors.New("status must be 200 to 599")
	case !(f.Probability >= 0 && f.Probability <= 1):
		return errors.New("probability must be 0 to 1")
	}
	return nil
}

// fits says whether the fault may be played on a call.
func (f Fault) fits(q *request) bool {
	if f.Operation != "" && f.Operation != q.op || f.UserID != 0 && !slices.Contains(q.users, f.UserID) {
		return false
	}
	if f.Kind == FaultStale {
		return q.op.readsState()
	}
	return f.Kind != FaultLostMember || q.op.aboutMembers() && len(q.users) > 0
}

// status is what the fault answers, or 0 when it does not answer itself.
func (f Fault) status() int {
	switch f.Kind {
	case FaultTooMany:
		return http.StatusTooManyRequests
	case FaultInternal:
		return http.StatusInternalServerError
	case FaultUnavailable:
		return http.StatusServiceUnavailable
	case FaultUnauthorized:
		return http.StatusUnauthorized
	case FaultRefused:
		return http.StatusForbidden
	case FaultHTML:
		return orElse(f.Status, http.StatusBadGateway)
	case FaultEmpty:
		return orElse(f.Status, http.StatusOK)
	case FaultTimeout, FaultSilence, FaultStale, FaultLostMember, FaultSlow:
	}
	return 0
}

// carriesOut says whether the call does its work although the fault is played.
func (f Fault) carriesOut() bool {
	return f.Kind != FaultSilence && (f.AfterWrite || f.status() < http.StatusMultipleChoices)
}

// replaces says whether the fault's answer stands in for the call's own.
func (f Fault) replaces() bool {
	return f.Kind != FaultStale && f.Kind != FaultLostMember && f.Kind != FaultSlow
}

func (f Fault) reply() reply {
	switch f.Kind {
	case FaultTooMany:
		return errorReply(exhausted("too many requests", f.RetryAfter))
	case FaultInternal:
		return errorReply(&refusal{status: f.status(), code: "INTERNAL", message: "something went wrong"})
	case FaultUnavailable:
		return errorReply(&refusal{
			status: f.status(), code: "UNAVAILABLE", message: "the service is unavailable", retryAfter: f.RetryAfter,
		})
	case FaultUnauthorized:
		return errorReply(unauthorized())
	case FaultRefused:
		return errorReply(permissionDenied("insufficient permissions"))
	case FaultHTML:
		rep := newReply(f.status())
		rep.header.Set("Content-Type", "text/html; charset=utf-8")
		rep.body = []byte("<html><head><title>" + http.StatusText(f.status()) + "</title></head><body></body></html>\n")
		return rep
	case FaultTimeout, FaultSilence:
		rep := newReply(0)
		if rep.hang = f.Hang; rep.hang == 0 {
			rep.hang = defaultHang
		}
		return rep
	case FaultEmpty, FaultStale, FaultLostMember, FaultSlow:
	}
	return newReply(f.status())
}

// armed is a fault with what is left of it.
type armed struct {
	Fault
	dice *rand.Rand
	left int
}

// faultQueue holds the faults in the order they were injected. It is not safe for concurrent use: the server locks.
type faultQueue struct{ armed []*armed }

// add arms a fault; above maxFaults the oldest one goes.
func (f *faultQueue) add(fault Fault) {
	if len(f.armed) >= maxFaults {
		f.armed = f.armed[1:]
	}
	dice := rand.New(rand.NewPCG(fault.Seed, 0)) //nolint:gosec // a fault must be repeatable from its seed, not secret
	f.armed = append(f.armed, &armed{Fault: fault, dice: dice, left: fault.Times})
}

// match finds the fault to play on a call, or nil. The dice of every fitting fault before it are thrown.
func (f *faultQueue) match(q *request) *armed {
	for _, a := range f.armed {
		if a.fits(q) && (a.Probability == 0 || a.dice.Float64() < a.Probability) {
			return a
		}
	}
	return nil
}

// spend marks a fault as played on a call and drops it after the last time.
func (f *faultQueue) spend(a *armed, q *request) {
	q.fault = a.Kind
	if a.Times == 0 {
		return
	}
	if a.left--; a.left == 0 {
		f.armed = slices.DeleteFunc(f.armed, func(other *armed) bool { return other == a })
	}
}
