package httpapi

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// longestWait is how long a request may wait for a place. What is expected to wait longer is refused at once.
const longestWait = 700 * time.Millisecond

// errOverloaded refuses what would wait too long.
var errOverloaded = &domain.Error{
	Kind: domain.KindUnavailable, Code: codeOverloaded, RetryAfter: time.Second,
	Message: "more requests arrive than can be answered; repeat the request",
}

// gate lets so many requests through at once as it has places. Others wait, not too many and not too long, and callers take turns, so that
// one who asks much delays nobody else.
type gate struct {
	places int // requests under way at once
	most   int // requests that may wait
	clock  ports.Clock

	mu      sync.Mutex
	busy    int
	waiting []*waiter     // in the order in which they get a place
	round   int           // the turn of whoever got a place last
	usual   time.Duration // how long a place is taken, the latest times counting most
}

// waiter is a request that waits.
type waiter struct {
	whose string
	round int           // in which it gets its turn: each caller has one turn in each round
	end   chan struct{} // closed when the wait ends
	lost  bool          // it ended as there was no room any more
}

// enter returns once there is a place, which leave gives back; begun is when it was got, and zero while so few are taken that nobody asks.
// The error is errOverloaded, or that of ctx.
func (g *gate) enter(ctx context.Context, whose string) (begun time.Time, err error) {
	w, begun, err := g.queue(whose)
	if err != nil || w == nil {
		return begun, err
	}
	patience := time.NewTimer(longestWait)
	defer patience.Stop()
	select {
	case <-w.end:
	case <-ctx.Done():
		err = ctx.Err()
	case <-patience.C:
		err = errOverloaded
	}
	if err == nil && w.lost {
		return time.Time{}, errOverloaded
	}
	if err != nil && g.withdraw(w) {
		return time.Time{}, err
	}
	return g.clock.Now(), nil // perhaps at the very last moment
}

// queue takes a place that is free, or a place in the queue.
func (g *gate) queue(whose string) (*waiter, time.Time, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy < g.places {
		g.busy++
		if g.busy <= g.places/2 {
			return nil, time.Time{}, nil
		}
		return nil, g.clock.Now(), nil
	}
	w := &waiter{whose: whose, round: g.round, end: make(chan struct{})}
	for _, other := range g.waiting {
		if other.whose == whose {
			w.round = other.round + 1
		}
	}
	at := slices.IndexFunc(g.waiting, func(other *waiter) bool { return other.round > w.round })
	if at < 0 {
		at = len(g.waiting)
	}
	if g.usual*time.Duration(at+1)/time.Duration(g.places) > longestWait {
		return nil, time.Time{}, errOverloaded
	}
	g.waiting = slices.Insert(g.waiting, at, w)
	if len(g.waiting) > g.most { // whoever asked most makes room
		last := g.waiting[g.most]
		last.lost, g.waiting = true, g.waiting[:g.most]
		close(last.end)
	}
	return w, time.Time{}, nil
}

// withdraw takes a request out of the queue. It reports false when that has a place already, or was refused one.
func (g *gate) withdraw(w *waiter) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.Index(g.waiting, w)
	if at < 0 {
		return w.lost
	}
	g.waiting = slices.Delete(g.waiting, at, at+1)
	return true
}

// leave gives a place back, to whoever waits.
func (g *gate) leave(begun time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !begun.IsZero() {
		took := max(g.clock.Now().Sub(begun), 0)
		if g.usual == 0 {
			g.usual = took
		}
		g.usual += (took - g.usual) / 8
	}
	if len(g.waiting) == 0 {
		g.busy--
		return
	}
	next := g.waiting[0]
	g.waiting, g.round = slices.Delete(g.waiting, 0, 1), next.round
	close(next.end)
}
