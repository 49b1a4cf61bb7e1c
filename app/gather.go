package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/grps/grps/domain"
)

// The bounds of gathering.
const (
	maxGathered = 256              // jobs that one unit takes
	maxWaiting  = 4096             // jobs that may wait for a unit
	gatherTime  = 15 * time.Second // how long a unit may take, whoever still waits for it
)

// errOverloaded refuses what would wait too long.
var errOverloaded = &domain.Error{
	Kind: domain.KindUnavailable, Code: "overloaded", RetryAfter: time.Second,
	Message: "more reports arrive than can be stored; repeat the request",
}

// gatherer carries jobs through units that they share: while one unit is committed, the jobs that arrive wait, and the next unit takes
// them together, in the order of arrival. An idle gatherer begins at once.
type gatherer struct {
	// store carries jobs through one unit. What is wrong with one job alone is in the job; the error is that of the unit.
	store func(ctx context.Context, jobs []*job) error

	mu      sync.Mutex
	waiting []arrival
	running bool // somebody takes jobs
}

// arrival is a job that waits for a unit.
type arrival struct {
	job  *job
	with *load
}

// load is the jobs of one caller. They may be stored in several units.
type load struct {
	left int           // jobs whose end is not known; only whoever takes jobs counts down
	done chan struct{} // closed when none is left
}

// submit returns once each of the jobs is stored, or cannot be; then its err says so. It refuses jobs that do not fit among those that
// wait. When ctx ends first its error is returned: what is under way is stored all the same, and the jobs must not be looked at.
func (g *gatherer) submit(ctx context.Context, jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	l := &load{left: len(jobs), done: make(chan struct{})}
	if !g.enter(ctx, l, jobs) {
		return errOverloaded
	}
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		g.leave(l)
		return ctx.Err()
	}
}

// enter adds jobs to those that wait, and sees to it that somebody takes them. It reports whether there was room.
func (g *gatherer) enter(ctx context.Context, l *load, jobs []*job) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting)+len(jobs) > maxWaiting {
		return false
	}
	for _, j := range jobs {
		g.waiting = append(g.waiting, arrival{j, l})
	}
	if !g.running {
		g.running = true
		go g.run(context.WithoutCancel(ctx))
	}
	return true
}

// leave takes jobs back that nobody waits for any more, unless they are under way.
func (g *gatherer) leave(l *load) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(a arrival) bool { return a.with == l })
}

// run takes jobs until none waits.
func (g *gatherer) run(ctx context.Context) {
	for arrivals := g.next(); len(arrivals) > 0; arrivals = g.next() {
		g.carry(ctx, arrivals)
		for _, a := range arrivals {
			if a.with.left--; a.with.left == 0 {
				close(a.with.done)
			}
		}
	}
}

// next takes the jobs of the next unit off those that wait: as many as fit, the longest waiting first. With none, running ends.
func (g *gatherer) next() []arrival {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), maxGathered)
	arrivals := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.running = n > 0
	return arrivals
}

// carry stores the jobs in one unit. When that fails by what is in it, each goes through a unit of its own, so that one bad job fails
// alone; when the store does not answer, that is the answer to all.
func (g *gatherer) carry(ctx context.Context, arrivals []arrival) {
	jobs := make([]*job, len(arrivals))
	for i, a := range arrivals {
		jobs[i] = a.job
	}
	err := g.unit(ctx, jobs)
	if err == nil {
		return
	}
	alone := len(jobs) > 1 && divisible(err)
	for _, j := range jobs {
		if !alone {
			j.err = err
		} else if err := g.unit(ctx, []*job{j}); err != nil {
			j.err = err
		}
	}
}

// unit stores jobs. A panic becomes an error: it would end the process, not the one request that caused it.
func (g *gatherer) unit(ctx context.Context, jobs []*job) (err error) {
	ctx, cancel := context.WithTimeout(ctx, gatherTime)
	defer cancel()
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic in a unit of %d reports: %v\n%s", len(jobs), fault, debug.Stack())
		}
	}()
	return g.store(ctx, jobs)
}

// divisible reports whether a unit that failed so may succeed in parts.
func divisible(err error) bool {
	switch domain.KindOf(err) {
	case domain.KindUnavailable, domain.KindExhausted:
		return errors.Is(err, errContended)
	case domain.KindInternal, domain.KindInvalid, domain.KindNotFound, domain.KindConflict, domain.KindDenied, domain.KindBlocked:
	}
	return true
}
