package opencloud

import (
	"net/http"
	"slices"
	"time"

	"github.com/grps/grps/domain"
)

// ask returns what the meter tells the other processes: everything goes back when the process leaves.
func (m *meter) ask(leave bool) ask {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.tame(now)
	a := ask{most: m.most, per: milliseconds(m.per + slack)}
	var back []time.Time
	if leave {
		back, m.turns = m.turns, nil
	} else {
		back = m.giveBack()
		a.want = m.want(now)
	}
	m.owed = want{}
	for _, turn := range back {
		a.back = append(a.back, milliseconds(turn.Sub(now)))
	}
	for _, turn := range m.turns {
		a.keep = append(a.keep, milliseconds(turn.Sub(now)))
	}
	for range m.away {
		a.keep = append(a.keep, a.per)
	}
	if left := m.shut.until.Sub(now); left > 0 {
		a.closed, a.code = milliseconds(left), m.shut.code
	}
	return a
}

// giveBack takes out of the meter what it owes: for urgent calls of others the first turns, for other calls some from all over the stretch.
func (m *meter) giveBack() []time.Time {
	n := min(m.owed.Urgent, len(m.turns))
	back := slices.Clone(m.turns[:n])
	rest := m.turns[n:]
	m.turns = nil
	plain := min(m.owed.Turns-n, len(rest))
	for i, turn := range rest {
		if plain > 0 && (i+1)*plain/len(rest) > i*plain/len(rest) {
			back = append(back, turn)
		} else {
			m.turns = append(m.turns, turn)
		}
	}
	return back
}

// want returns how many more turns those who wait could use.
func (m *meter) want(now time.Time) want {
	if len(m.queue) == 0 || m.own() >= m.most {
		return want{}
	}
	var w want
	for _, waiting := range m.queue {
		w.Turns += waiting.n
		if waiting.lane.Urgent() {
			w.Urgent += waiting.n
		}
	}
	usable, _ := slices.BinarySearchFunc(m.turns, now.Add(time.Millisecond), time.Time.Compare)
	w.Urgent = max(w.Urgent-usable, 0)
	w.Turns = min(max(w.Turns, m.own(), firstBlock), m.most-m.own())
	w.Urgent = min(w.Urgent, w.Turns)
	return w
}

// receive takes what the meter was granted for what it asked.
func (m *meter) receive(a ask, g grant) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.turns = m.turns[min(g.excess, len(m.turns)):]
	for _, span := range g.turns {
		m.insert(now.Add(time.Duration(span) * time.Millisecond))
	}
	m.owed, m.more = g.owed, len(g.turns) >= a.want.Turns
	if a.closed > 0 {
		m.shut = shutting{}
	}
	if g.closed > 0 {
		m.shutOut(time.Duration(g.closed)*time.Millisecond, refusalOf(g.code))
	}
	if g.owed != (want{}) {
		m.share.exchangeIn(0)
	}
	m.serve()
}

// fallBack leaves the meter with what a process may use that cannot agree with others: a part of the limit so small that several of them
// keep within it.
func (m *meter) fallBack() {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := max(m.most/aloneShare, 1)
	m.turns = m.turns[clamp(m.own()-n, len(m.turns)):]
	for m.own() < n {
		m.insert(m.now())
	}
	m.more = false
	m.serve()
}

// idle reports whether no call was made for a while and none waits.
func (m *meter) idle() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	since := m.now().Sub(m.used)
	return len(m.queue) == 0 && m.away == 0 && (since >= idleAfter || since < 0)
}

func (m *meter) holds() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.own() > 0
}

// shutting is a refusal of Roblox's that the other processes are to hear of.
type shutting struct {
	until time.Time
	code  string
}

// refusalOf returns what a refusal of that code, which another process met, means.
func refusalOf(code string) *domain.Error {
	switch code {
	case statusError(http.StatusUnauthorized).Code:
		return statusError(http.StatusUnauthorized)
	case statusError(http.StatusServiceUnavailable).Code:
		return statusError(http.StatusServiceUnavailable)
	}
	return statusError(http.StatusTooManyRequests)
}

// milliseconds returns a span of time, rounded up.
func milliseconds(d time.Duration) int64 {
	return int64((max(d, 0) + time.Millisecond - 1) / time.Millisecond)
}
