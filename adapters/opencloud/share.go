package opencloud

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/grps/grps/ports"
)

// The pace of agreeing with other processes: how often while calls are made, how soon again when turns are wanted, how long without a call
// before every turn is given back, how long the store may take, and how much sooner than agreed a process stops to use its turns.
const (
	renewEvery  = time.Second
	askAgain    = 250 * time.Millisecond
	idleAfter   = 900 * time.Millisecond
	shareTime   = 2 * time.Second
	leaseMargin = time.Second
)

// firstBlock is how many turns a process asks for to begin with; it asks for as many again as it has when those do not suffice. aloneShare
// is which part of the limit a process uses when it cannot agree with others.
const (
	firstBlock = 4
	aloneShare = 10
)

// share is a few endpoints whose turns the processes of one key share through a store. A process takes turns as it needs them, in blocks
// that grow, keeps them while it makes calls, and gives them back: those that others need more, at once, and all when it has nothing to do.
// So whoever is alone has them all, and the store is asked once a second and not for each call.
type share struct {
	store  ports.Budget
	name   string
	id     string // of this process
	now    func() time.Time
	meters []*meter

	mu     sync.Mutex
	until  time.Time // own turns may be used until then
	alone  bool      // the store does not answer
	closed bool
	asking bool      // an exchange is under way
	asked  time.Time // when the last one began
	next   time.Time // when the next one begins; zero when none is due
	timer  *time.Timer
}

// newShare returns a share of the endpoints, none of whose turns the process has from then on. Different keys have different names, which
// do not tell them.
func newShare(store ports.Budget, key, class string, now func() time.Time, meters ...*meter) *share {
	digest := sha256.Sum256([]byte(key))
	s := &share{
		store: store, name: "open-cloud/" + hex.EncodeToString(digest[:16]) + "/" + class, id: rand.Text()[:12], now: now, meters: meters,
	}
	for _, m := range meters {
		m.share, m.turns, m.more = s, nil, true
	}
	return s
}

// valid reports whether own turns may be used.
func (s *share) valid(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alone || now.Before(s.until) && s.until.Sub(now) <= leaseTime*time.Millisecond
}

// exchangeIn sees to it that there is an exchange no later than in d, or as soon as there may be one again.
func (s *share) exchangeIn(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	at := now.Add(d)
	if earliest := s.asked.Add(askAgain); earliest.After(at) && earliest.Sub(now) <= askAgain {
		at = earliest
	}
	if s.closed || !s.next.IsZero() && !s.next.After(at) {
		return
	}
	s.next = at
	if !s.asking {
		s.arm(at.Sub(now))
	}
}

func (s *share) arm(d time.Duration) {
	if s.timer == nil {
		s.timer = time.AfterFunc(d, s.exchange)
		return
	}
	s.timer.Reset(d)
}

// exchange agrees with the other processes, and sees to the next time.
func (s *share) exchange() {
	s.mu.Lock()
	if s.asking || s.closed {
		s.mu.Unlock()
		return
	}
	s.asking, s.asked, s.next = true, s.now(), time.Time{}
	s.mu.Unlock()

	s.agree(s.idle())

	s.mu.Lock()
	s.asking = false
	next, now := s.next, s.now()
	if !next.IsZero() {
		s.arm(max(next.Sub(now), 0))
	}
	s.mu.Unlock()
	if !s.idle() || s.holds() {
		s.exchangeIn(renewEvery)
	}
}

// agree tells the others what the process has and wants, and takes what it is granted. It gives everything back when it leaves.
func (s *share) agree(leave bool) {
	asks := make(map[string]ask, len(s.meters))
	for _, m := range s.meters {
		asks[m.name] = m.ask(leave)
	}
	level(asks)
	began := s.now()
	ctx, cancel := context.WithTimeout(context.Background(), shareTime)
	defer cancel()
	var granted map[string]grant
	err := s.store.Share(ctx, s.name, func(kept string, now time.Time) (string, error) {
		p := parsePact(kept)
		granted = p.exchange(s.id, now.UnixMilli(), asks)
		return p.text()
	})
	s.mu.Lock()
	if err == nil {
		s.until, s.alone = began.Add(leaseTime*time.Millisecond-leaseMargin), false
	} else if !s.now().Before(s.until) {
		s.alone = true
	}
	alone := s.alone
	s.mu.Unlock()
	for _, m := range s.meters {
		switch {
		case err == nil:
			m.receive(asks[m.name], granted[m.name])
		case alone && !leave:
			m.fallBack()
		}
	}
}

// level lets endpoints that are called one after the other have the same number of turns, so that one exchange serves them all.
func level(asks map[string]ask) {
	most := 0
	for _, a := range asks {
		if a.want.Turns > 0 {
			most = max(most, len(a.keep)+a.want.Turns)
		}
	}
	for name, a := range asks {
		a.want.Turns = max(a.want.Turns, min(most, a.most)-len(a.keep))
		asks[name] = a
	}
}

// idle reports whether no calls are made.
func (s *share) idle() bool {
	for _, m := range s.meters {
		if !m.idle() {
			return false
		}
	}
	return true
}

// holds reports whether the process has turns.
func (s *share) holds() bool {
	for _, m := range s.meters {
		if m.holds() {
			return true
		}
	}
	return false
}

// close gives every turn back that is not in use.
func (s *share) close() {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	if !closed && s.holds() {
		s.agree(true)
	}
}
