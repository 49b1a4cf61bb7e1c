package app

import (
	"context"
	"sync"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The bounds of gathering.
const (
	maxGathered = 256                    // items that are taken together
	worthALane  = maxGathered / 2        // items that wait when another lane is begun beside those that are under way
	maxWaiting  = 4096                   // items that may wait; twice as many where several callers share them
	longestWait = 700 * time.Millisecond // that an item may be expected to take until it is done, so that most take less than a second
	gatherTime  = 15 * time.Second       // how long what is done to items together may take, whoever still waits for it
)

// errOverloaded refuses what would wait too long.
var errOverloaded = &domain.Error{
	Kind: domain.KindUnavailable, Code: "overloaded", RetryAfter: time.Second,
	Message: "more requests arrive than can be answered; repeat the request",
}

// gatherer does to items together what would be done to each alone: while some are under way, those that arrive wait, and are taken
// together next. Callers take turns, so that one who sends much delays nobody else; what one of them sends is taken in the order of
// arrival. An idle gatherer begins at once.
type gatherer[T any] struct {
	// carry does what is to be done to the items, and leaves what comes of it, an error too, in them.
	carry func(ctx context.Context, items []T)

	// lanes is how many calls of carry may be under way at once where many items wait; 0 means one. The items of one load stay in order.
	lanes int

	whose func(item T) string // the caller of an item; nil where there is one only
	clock ports.Clock         // nil: nothing is refused for how long it would wait

	mu      sync.Mutex
	waiting lines[T]
	running int           // lanes in which items are taken
	began   time.Time     // when a lane took items last
	usual   time.Duration // how long carrying takes, the latest times counting most; 0 before the first
	full    time.Duration // likewise of many items
}

// submit returns once each of the items is done. It refuses, at once, items that do not fit among those that wait, or that would wait too
// long. When ctx ends first its error is returned: what is under way is done all the same, and the items must not be looked at.
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

// enter adds items of one caller to those that wait, and sees to it that somebody takes them. It reports whether there was room.
func (g *gatherer[T]) enter(ctx context.Context, l *load, items []T) bool {
	whose := ""
	if g.whose != nil {
		whose = g.whose(items[0])
	}
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.fits(whose, len(items), now) {
		return false
	}
	g.waiting.add(whose, items, l)
	if g.running == 0 || g.running < g.lanes && g.waiting.count() >= worthALane {
		g.running++
		g.began = now
		go g.run(context.WithoutCancel(ctx))
	}
	return true
}

// fits reports whether n more items of a caller may wait. The next to be taken always may: how else would it be noticed that what took
// long does not any more?
func (g *gatherer[T]) fits(whose string, n int, now time.Time) bool {
	waiting, own, callers := g.waiting.count(), n, len(g.waiting)
	if before := g.waiting.of(whose); before != nil {
		own += len(before.arrivals)
	} else {
		callers++
	}
	if waiting+n > maxWaiting && own > maxWaiting/callers || waiting+n > 2*maxWaiting {
		return false
	}
	return waiting == 0 || g.expected(g.waiting.upTo(whose, own), now) <= longestWait
}

// expected returns how long it will take, as far as can be known, until the n-th of those that wait is done.
func (g *gatherer[T]) expected(n int, now time.Time) time.Duration {
	if g.clock == nil {
		return 0
	}
	since := max(now.Sub(g.began), 0)
	each := max(g.usual, since) // what is under way may be what takes long for the first time
	together := maxGathered * max(g.running, 1)
	before, last := (n-1)/together, each
	if n-before*together >= worthALane {
		last = max(each, g.full)
	}
	return each - since + max(each, g.full)*time.Duration(before) + last
}

// leave takes items back that nobody waits for any more, unless they are under way.
func (g *gatherer[T]) leave(l *load) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting.drop(l)
}

// run takes items until none waits, or too few for a lane of their own.
func (g *gatherer[T]) run(ctx context.Context) {
	for arrivals := g.next(nil, 0); len(arrivals) > 0; {
		began := g.now()
		g.take(ctx, arrivals)
		arrivals = g.next(arrivals, max(g.now().Sub(began), 0))
	}
}

// next ends the items that are done, within the time that it took, and takes as many as may go together off those that wait. With none, a
// lane ends.
func (g *gatherer[T]) next(done []arrival[T], took time.Duration) []arrival[T] {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, a := range done {
		a.with.under--
		if a.with.left--; a.with.left == 0 {
			close(a.with.done)
		}
	}
	if len(done) > 0 {
		latest(&g.usual, took)
	}
	if len(done) >= worthALane {
		latest(&g.full, took)
	}
	if g.running > 1 && g.waiting.count() < worthALane {
		g.running--
		return nil
	}
	arrivals := g.waiting.take(maxGathered)
	for _, a := range arrivals {
		a.with.under++
	}
	if len(arrivals) == 0 {
		g.running--
	}
	g.began = now
	return arrivals
}

// latest brings what is usual nearer to what something took.
func latest(usual *time.Duration, took time.Duration) {
	if *usual == 0 {
		*usual = took
	}
	*usual += (took - *usual) / 4
}

// now returns the present instant; the zero time without a clock.
func (g *gatherer[T]) now() time.Time {
	if g.clock == nil {
		return time.Time{}
	}
	return g.clock.Now()
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
