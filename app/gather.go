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

	mu      sync.Mutex
	waiting []arrival[T]
	running bool // somebody takes items
}

// arrival is an item that waits.
type arrival[T any] struct {
	item T
	with *load
}

// load is the items of one caller. They may be taken at different times.
type load struct {
	left int           // items that are not done; only whoever takes items counts down
	done chan struct{} // closed when none is left
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
	if !g.running {
		g.running = true
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

// run takes items until none waits.
func (g *gatherer[T]) run(ctx context.Context) {
	for arrivals := g.next(); len(arrivals) > 0; arrivals = g.next() {
		g.take(ctx, arrivals)
		for _, a := range arrivals {
			if a.with.left--; a.with.left == 0 {
				close(a.with.done)
			}
		}
	}
}

// next takes as many items as may go together off those that wait, the longest waiting first. With none, running ends.
func (g *gatherer[T]) next() []arrival[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), maxGathered)
	arrivals := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.running = n > 0
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
