package opencloud

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// slack is what a turn rests beyond its stretch, for clocks that do not run alike.
const slack = 20 * time.Millisecond

// shortestWait is the least that a refusal tells to wait.
const shortestWait = time.Second

// meter gives out the turns of one endpoint: at most so many in any stretch of time as long as per, wherever Roblox lets its stretches
// begin. A turn that was used may be used again a stretch after its call was answered: Roblox counted the call somewhere between. A meter
// is safe for concurrent use.
type meter struct {
	name string // what the calls do, for errors
	most int
	per  time.Duration
	gate *gate
	now  func() time.Time

	keeps bool // turns are kept back for urgent calls

	share *share // with the other processes of the key; nil when every turn is this process's own

	mu    sync.Mutex
	turns []time.Time // those not under way: when each may be used, soonest first
	away  int         // those under way
	queue []*waiter   // by lane, then by arrival
	look  *time.Timer // at the queue, when its first may have a turn

	used time.Time // when a turn was taken last
	more bool      // the share may have more turns
	owed want      // turns that other processes need more
	shut shutting
}

func newMeter(name string, most int, per time.Duration, now func() time.Time) *meter {
	return &meter{name: name, most: most, per: per, gate: &gate{}, now: now, turns: make([]time.Time, most)}
}

// take waits for n turns, up to patience and never beyond the context's deadline; what would take longer is refused at once, so that the
// caller can do something else meanwhile. done must follow, unless there is an error: one of kind exhausted or, with a refused key,
// unavailable, that says when to come back; when ctx ends first it is unavailable.
func (m *meter) take(ctx context.Context, lane ports.Lane, n int, patience time.Duration) error {
	if err := ctx.Err(); err != nil {
		return interrupted(m.name, err)
	}
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(deadline))
	}
	w := newWaiter(lane, n, patience)
	if !m.join(w) {
		return <-w.verdict
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-w.verdict:
		return err
	case <-ctx.Done():
		return m.leave(w, func() error { return interrupted(m.name, ctx.Err()) })
	case <-timer.C:
		return m.leave(w, func() error { return m.refusal(w) })
	}
}

// done ends turns that take gave. Those that were not used are free at once.
func (m *meter) done(n int, used bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away -= n
	free := m.now()
	if used {
		free = free.Add(m.per + slack)
	}
	for range n {
		m.insert(free)
	}
	m.serve()
}

// open returns an error while Roblox wants to be left alone.
func (m *meter) open() error {
	if closed, because := m.gate.wait(m.now()); closed > 0 {
		return refusedUntil(because, closed)
	}
	return nil
}

// closeFor lets no call through for d, and refuses at once whoever cannot wait that long. A refusal of Roblox's is for every process of the
// key.
func (m *meter) closeFor(d time.Duration, because *domain.Error, refused bool) {
	if d <= 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.share != nil && refused {
		m.shut = shutting{m.now().Add(d), because.Code}
		m.share.exchangeIn(0)
	}
	m.shutOut(d, because)
}

func (m *meter) shutOut(d time.Duration, because *domain.Error) {
	m.gate.closeFor(d, m.now(), because)
	left, _ := m.gate.wait(m.now())
	for _, w := range slices.Clone(m.queue) {
		if left > time.Until(w.until) {
			m.answer(w, m.refusal(w))
		}
	}
}

// spent reports whether every turn of Roblox's limit is the process's own and in use: then it knows better than Roblox, which tells
// whole seconds, when the next one is free.
func (m *meter) spent() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.own() >= m.most && (len(m.turns) == 0 || m.turns[0].After(m.now()))
}

// join queues the waiter, unless it gets its turns or a refusal at once.
func (m *meter) join(w *waiter) (waits bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue = w.into(m.queue)
	m.serve()
	if !slices.Contains(m.queue, w) {
		return false
	}
	closed, _ := m.gate.wait(m.now())
	if patience := time.Until(w.until); closed > patience || m.expected(w) > patience {
		m.answer(w, m.refusal(w))
		return false
	}
	return true
}

// leave takes the waiter out of the queue and returns its error, unless it got its turns or a refusal meanwhile.
func (m *meter) leave(w *waiter, because func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.Contains(m.queue, w) {
		m.answer(w, because())
		m.serve()
	}
	return <-w.verdict
}

// refusal returns the error for a waiter that cannot wait any longer.
func (m *meter) refusal(w *waiter) error {
	if err := m.open(); err != nil {
		return err
	}
	return spent(m.name, max(m.expected(w), shortestWait))
}

// answer takes the waiter out of the queue with a verdict: nil gives it its turns.
func (m *meter) answer(w *waiter, verdict error) {
	m.queue = slices.DeleteFunc(m.queue, func(other *waiter) bool { return other == w })
	w.verdict <- verdict
}

// serve gives turns to those who wait, the first in the queue first, and sees to it that it is called again when that is possible next.
func (m *meter) serve() {
	for len(m.queue) > 0 {
		w, now := m.queue[0], m.now()
		wait, _ := m.gate.wait(now)
		if wait == 0 {
			wait = m.wait(w.lane, w.n, now)
			if m.share != nil && !m.mayUse(w, wait, now) {
				return
			}
		}
		if wait > 0 {
			m.lookIn(wait)
			return
		}
		m.turns = m.turns[w.n:]
		m.away += w.n
		m.used = now
		m.answer(w, nil)
	}
	if m.look != nil {
		m.look.Stop()
	}
}

// mayUse reports whether the process's own turns may be used now, and asks for more where those do not suffice.
func (m *meter) mayUse(w *waiter, wait time.Duration, now time.Time) bool {
	switch {
	case !m.share.valid(now):
		m.share.exchangeIn(0)
		return false
	case wait > 0 && m.own() < m.most && (m.more || w.lane.Urgent()):
		m.share.exchangeIn(0)
	default:
		m.share.exchangeIn(renewEvery)
	}
	return true
}

func (m *meter) lookIn(d time.Duration) {
	d = max(d, time.Millisecond)
	if m.look == nil {
		m.look = time.AfterFunc(d, func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.serve()
		})
		return
	}
	m.look.Reset(d)
}

// left returns how many turns of the limit are not in use by this process.
func (m *meter) left() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	usable, _ := slices.BinarySearchFunc(m.turns, m.now().Add(1), time.Time.Compare)
	return m.most - m.own() + usable
}

// own is how many turns the process may use.
func (m *meter) own() int { return len(m.turns) + m.away }

// insert adds a turn that may be used from free on.
func (m *meter) insert(free time.Time) {
	at, _ := slices.BinarySearchFunc(m.turns, free, time.Time.Compare)
	m.turns = slices.Insert(m.turns, at, free)
}
