package opencloud

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"github.com/grps/grps/domain"
)

// endpoint is one kind of call with its share of Roblox's limits. Endpoints that Roblox counts as one share their gate.
type endpoint struct {
	name  string // what it does, for errors
	limit *rate.Limiter
	gate  *gate
}

func newEndpoint(name string, limit *rate.Limiter) *endpoint {
	return &endpoint{name: name, limit: limit, gate: &gate{}}
}

// atMost returns a limiter that lets no more than n events through in any stretch of time as long as window. A tenth of them may come
// at once; the bucket is filled the slower for it.
func atMost(n int, window time.Duration) *rate.Limiter {
	if n < 2 {
		return rate.NewLimiter(rate.Every(window), 1)
	}
	burst := max(1, n/10)
	return rate.NewLimiter(rate.Limit(float64(n-burst)/window.Seconds()), burst)
}

// turns gives out turns at endpoints. A turn is waited for up to patience and never beyond the context's deadline; what would take
// longer is refused at once, so that a caller can do something else meanwhile.
type turns struct {
	now      func() time.Time
	patience time.Duration
}

// take waits for n turns at e. The error is of kind exhausted or, with a refused key, unavailable, and says when to come back; when
// ctx ends first it is unavailable.
func (t turns) take(ctx context.Context, e *endpoint, n int) error {
	patience := t.patience
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(deadline))
	}
	closed, because := e.gate.wait(t.now())
	if closed > 0 && closed > patience {
		return refusedUntil(because, closed)
	}
	if err := sleep(ctx, closed); err != nil {
		return interrupted(e.name, err)
	}

	now := t.now()
	turn := e.limit.ReserveN(now, n)
	if !turn.OK() {
		return spent(e.name, longestClose) // more than ever come at once
	}
	delay := turn.DelayFrom(now)
	if delay > 0 && delay > patience-closed {
		turn.CancelAt(now)
		return spent(e.name, delay)
	}
	if err := sleep(ctx, delay); err != nil {
		turn.CancelAt(t.now())
		return interrupted(e.name, err)
	}
	return t.open(e)
}

// open returns an error while the gate of e is closed.
func (t turns) open(e *endpoint) error {
	if closed, because := e.gate.wait(t.now()); closed > 0 {
		return refusedUntil(because, closed)
	}
	return nil
}

var errNotSent = errors.New("not sent: Roblox asked to wait")

// refusedUntil is the refusal that closed a gate, with the time that is left of it.
func refusedUntil(because *domain.Error, left time.Duration) error {
	again := *because
	again.RetryAfter, again.Cause = left, errNotSent
	return &again
}

func spent(name string, wait time.Duration) error {
	return &domain.Error{
		Kind: domain.KindExhausted, Code: "open_cloud_budget", RetryAfter: wait,
		Message: fmt.Sprintf("this minute's calls to Roblox to %s are used up; try again in %s", name, wait.Round(time.Second)),
	}
}

// usedUp is why a gate is closed after the last call that Roblox allows for now.
func usedUp(name string) *domain.Error {
	return &domain.Error{
		Kind: domain.KindExhausted, Code: "open_cloud_budget",
		Message: fmt.Sprintf("Roblox allows no more calls to %s for now; try again later", name),
	}
}

func interrupted(name string, err error) error {
	return &domain.Error{
		Kind: domain.KindUnavailable, Code: "interrupted", Cause: err,
		Message: "the request ended before it was Roblox's turn to " + name + "; repeat it",
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
