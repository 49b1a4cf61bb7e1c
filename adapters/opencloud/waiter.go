package opencloud

import (
	"slices"
	"time"

	"github.com/grps/grps/ports"
)

// waiter is a call that waits for its turns.
type waiter struct {
	lane    ports.Lane
	n       int
	until   time.Time  // how long it waits
	verdict chan error // nil: it has its turns
}

func newWaiter(lane ports.Lane, n int, patience time.Duration) *waiter {
	return &waiter{lane: lane, n: n, until: time.Now().Add(patience), verdict: make(chan error, 1)}
}

// into returns the queue with the waiter behind everybody of its lane and before those of higher ones.
func (w *waiter) into(queue []*waiter) []*waiter {
	at := len(queue)
	for at > 0 && queue[at-1].lane > w.lane {
		at--
	}
	return slices.Insert(queue, at, w)
}

// The turns of a stretch are not given out as fast as they are asked for: whatever is not urgent leaves so many that urgent calls can be
// made at any time, one after the other at half the pace that the limit allows for. So half of the turns can be used at once, and the
// others come bit by bit until the first are back. The process that has the whole budget may let the last twentieth of a stretch, which
// is 3 s of a minute, pass without any: it spends every turn that it has before the first come back, and no urgent call waits longer than
// that.
const (
	urgentShare = 2
	lullShare   = 20
)

// wait returns how long the first in the queue, if it is of that lane, waits for n turns; 0 when it can have them now.
func (m *meter) wait(lane ports.Lane, n int, now time.Time) time.Duration {
	own := m.own()
	if n > own {
		return m.per
	}
	m.tame(now)
	free := func(i int) time.Duration {
		if i < len(m.turns) {
			return max(m.turns[i].Sub(now), 0)
		}
		return m.per + slack // it is under way
	}
	wait := free(n - 1)
	if !m.keeps || lane.Urgent() {
		return wait
	}
	lull := time.Duration(0)
	if own >= m.most {
		lull = m.per / lullShare
	}
	for k := 1; k <= own-n; k++ { // the k-th urgent call from then on needs its turn by so long after it
		wait = max(wait, free(n-1+k)-lull-time.Duration(k)*urgentShare*m.per/time.Duration(own))
	}
	return wait
}

// expected returns how long a waiter will wait if nobody comes before it; 0 when that depends on other processes.
func (m *meter) expected(w *waiter) time.Duration {
	n := 0
	for _, other := range m.queue {
		n += other.n
		if other == w {
			break
		}
	}
	if m.share != nil && m.own() < m.most && (m.more || w.lane.Urgent()) {
		return 0
	}
	return m.wait(w.lane, n, m.now())
}

// tame brings turns that could be used later than any call can cause to the latest such instant: the clock was set back.
func (m *meter) tame(now time.Time) {
	latest := now.Add(m.per + slack)
	for i := len(m.turns) - 1; i >= 0 && m.turns[i].After(latest); i-- {
		m.turns[i] = latest
	}
}
