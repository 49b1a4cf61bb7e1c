package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/grps/grps/domain"
)

// The bounds of gathering.
const (
	maxGathered = 256              // items that are taken together
	worthALane  = maxGathered / 2  // items that wait when another lane is begun beside those that are under way
	maxWaiting  = 4096             // items that may wait
	gatherTime  = 15 * time.Second // how long what is done to items together may take, whoever still waits for it
)

// errOverloaded refuses what would wait too long.
var errOverloaded = &domain.Error{
	Kind: domain.KindUnavailable, Code: "overloaded", RetryAfter: time.Second,
	Message: "more requests arrive than can be answered; repeat the request",
}

// gatherer does to items together what would be done to each alone: while some are under way, those that arrive wait, and are taken
// together next, in the order of arrival. An idle gatherer begins at once.
type gatherer[T any] struct {
	// carry does it. What comes of it, an error too, is left in the items.
	carry func(ctx context.Context, items []T)

	// lanes is in how many ways at once items are taken where many wait; 0 means one. The items of one caller stay in order all the same.
	lanes int

	mu      sync.Mutex
	waiting []arrival[T]
	running int // lanes in which items are taken
}

// arrival is an item that waits.
type arrival[T any] struct {
	item T
	with *load
}

// load is the items of one caller. They may be taken at different times, but in one lane at a time.
type load struct {
	left  int           // items that are not done
	under int           // items that are under way
	done  chan struct{} // closed when none is left
}

// submit returns once each of the items is done. It refuses items that do not fit among those that wait. When ctx ends first its error
// is returned: what is under way is done all the same, and the items must not be looked at.
func (g *gatherer[T]) submit(ctx context.Context, items []T) error {
	if len(items) == 0 {
		return nil
	}
	l := &load{left: len(items), done: make(chan struct{})}
	if !g.enter(ctx, l, items) {
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

// enter adds items to those that wait, and sees to it that somebody takes them. It reports whether there was room.
func (g *gatherer[T]) enter(ctx context.Context, l *load, items []T) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting)+len(items) > maxWaiting {
		return false
	}
	for _, item := range items {
		g.waiting = append(g.waiting, arrival[T]{item, l})
	}
	if g.running == 0 || g.running < g.lanes && len(g.waiting) >= worthALane {
		g.running++
		go g.run(context.WithoutCancel(ctx))
	}
	return true
}

// leave takes items back that nobody waits for any more, unless they are under way.
func (g *gatherer[T]) leave(l *load) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(a arrival[T]) bool { return a.with == l })
}

// run takes items until none waits, or too few for a lane of their own.
func (g *gatherer[T]) run(ctx context.Context) {
	for arrivals := g.next(nil); len(arrivals) > 0; arrivals = g.next(arrivals) {
		g.take(ctx, arrivals)
	}
}

// next ends the items that are done and takes as many as may go together off those that wait, the longest waiting first. With none, a lane
// ends.
func (g *gatherer[T]) next(done []arrival[T]) []arrival[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, a := range done {
		a.with.under--
		if a.with.left--; a.with.left == 0 {
			close(a.with.done)
		}
	}
	if g.running > 1 && len(g.waiting) < worthALane {
		g.running--
		return nil
	}
	arrivals := make([]arrival[T], 0, min(len(g.waiting), maxGathered))
	later := g.waiting[:0]
	for _, a := range g.waiting {
		if len(arrivals) < maxGathered && a.with.under == 0 {
			arrivals = append(arrivals, a)
		} else {
			later = append(later, a)
		}
	}
	clear(g.waiting[len(later):])
	g.waiting = later
	for _, a := range arrivals {
		a.with.under++
	}
	if len(arrivals) == 0 {
		g.running--
	}
	return arrivals
}

func (g *gatherer[T]) take(ctx context.Context, arrivals []arrival[T]) {
	ctx, cancel := context.WithTimeout(ctx, gatherTime)
	defer cancel()
	items := make([]T, len(arrivals))
	for i, a := range arrivals {
		items[i] = a.item
	}
	g.carry(ctx, items)
}
