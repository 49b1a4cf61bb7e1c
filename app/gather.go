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

// gatherer carries loads of jobs through units that they share: while one unit is committed, the loads that arrive wait, and the next
// unit takes them together, in the order of arrival. An idle gatherer begins at once.
type gatherer struct {
	// store carries jobs through one unit. What is wrong with one job alone is in the job; the error is that of the unit.
	store func(ctx context.Context, jobs []*job) error

	mu      sync.Mutex
	waiting []*load
	jobs    int  // in waiting
	running bool // somebody takes loads
}

// load is jobs that are stored in one unit or not at all.
type load struct {
	jobs []*job
	done chan struct{} // closed when err is final
	err  error
}

// submit returns once the jobs are stored, or cannot be. It refuses a load that does not fit among those that wait. When ctx ends first
// its error is returned, and a load that is under way is stored all the same. There must be jobs, no more than maxGathered.
func (g *gatherer) submit(ctx context.Context, jobs []*job) error {
	l := &load{jobs: jobs, done: make(chan struct{})}
	if !g.enter(ctx, l) {
		return errOverloaded
	}
	select {
	case <-l.done:
		return l.err
	case <-ctx.Done():
		g.leave(l)
		return ctx.Err()
	}
}

// enter adds a load to those that wait, and sees to it that somebody takes it. It reports whether there was room.
func (g *gatherer) enter(ctx context.Context, l *load) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.jobs+len(l.jobs) > maxWaiting {
		return false
	}
	g.waiting = append(g.waiting, l)
	g.jobs += len(l.jobs)
	if !g.running {
		g.running = true
		go g.run(context.WithoutCancel(ctx))
	}
	return true
}

// leave takes a load back that nobody waits for any more, unless it is under way.
func (g *gatherer) leave(l *load) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, waiting := range g.waiting {
		if waiting == l {
			g.waiting = slices.Delete(g.waiting, i, i+1)
			g.jobs -= len(l.jobs)
			return
		}
	}
}

// run takes loads until none waits.
func (g *gatherer) run(ctx context.Context) {
	for loads := g.next(); len(loads) > 0; loads = g.next() {
		g.carry(ctx, loads)
		for _, l := range loads {
			close(l.done)
		}
	}
}

// next takes the loads of the next unit off those that wait: as many as fit, the longest waiting first. With none, running ends.
func (g *gatherer) next() []*load {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, jobs := 0, 0
	for n < len(g.waiting) && jobs+len(g.waiting[n].jobs) <= maxGathered {
		jobs += len(g.waiting[n].jobs)
		n++
	}
	loads := g.waiting[:n:n]
	g.waiting, g.jobs = g.waiting[n:], g.jobs-jobs
	if len(g.waiting) == 0 {
		g.waiting = nil // so that what was taken is not kept
	}
	g.running = n > 0
	return loads
}

// carry stores the loads in one unit. When that fails by what is in it, each goes through a unit of its own, so that one bad load fails
// alone; when the store does not answer, that is the answer to all.
func (g *gatherer) carry(ctx context.Context, loads []*load) {
	var jobs []*job
	for _, l := range loads {
		jobs = append(jobs, l.jobs...)
	}
	err := g.unit(ctx, jobs)
	if err == nil {
		return
	}
	alone := len(loads) > 1 && divisible(err)
	for _, l := range loads {
		l.err = err
		if alone {
			l.err = g.unit(ctx, l.jobs)
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
