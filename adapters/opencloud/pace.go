package opencloud

import (
	"sync"
	"time"

	"github.com/grps/grps/domain"
)

// The stretch in which Roblox counts the restrictions of one user, and how many users' last ones are remembered: more than can be
// restricted in that stretch.
const (
	paceWindow = time.Minute
	paceUsers  = 4096
)

// paces remembers when users were last restricted in one universe. It is safe for concurrent use.
type paces struct {
	most int

	mu     sync.Mutex
	byUser map[domain.UserID]*pace
}

type pace struct {
	recent []time.Time // the last calls, oldest first; at most the limit
	until  time.Time   // Roblox wants no call about this user before
	used   time.Time
}

func newPaces(most int) *paces { return &paces{most: most, byUser: map[domain.UserID]*pace{}} }

// wait returns how long the user has to wait for a turn; 0 when there is one.
func (p *paces) wait(user domain.UserID, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.byUser[user]; ok {
		return c.wait(p.most, now)
	}
	return 0
}

// take uses a turn of the user, or returns how long to wait for one.
func (p *paces) take(user domain.UserID, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.of(user, now)
	if left := c.wait(p.most, now); left > 0 {
		return left
	}
	if len(c.recent) >= p.most {
		c.recent = append(c.recent[:0], c.recent[1:]...)
	}
	c.recent = append(c.recent, now)
	return 0
}

// closeFor refuses turns of the user for d.
func (p *paces) closeFor(user domain.UserID, d time.Duration, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.of(user, now)
	if until := now.Add(min(d, paceWindow)); until.After(c.until) {
		c.until = until
	}
}

// of returns what is remembered of the user, and marks it as used.
func (p *paces) of(user domain.UserID, now time.Time) *pace {
	c, ok := p.byUser[user]
	if !ok {
		p.makeRoom(now)
		c = &pace{}
		p.byUser[user] = c
	}
	c.used = now
	return c
}

// makeRoom forgets, when as many are remembered as may be, everybody who would get a turn anyway; if that is nobody, whoever was used
// least recently.
func (p *paces) makeRoom(now time.Time) {
	if len(p.byUser) < paceUsers {
		return
	}
	var oldest domain.UserID
	for user, c := range p.byUser {
		if c.wait(1, now) == 0 {
			delete(p.byUser, user)
		} else if o, ok := p.byUser[oldest]; !ok || c.used.Before(o.used) {
			oldest = user
		}
	}
	if len(p.byUser) >= paceUsers {
		delete(p.byUser, oldest)
	}
}

func (c *pace) wait(most int, now time.Time) time.Duration {
	left := c.until.Sub(now)
	if n := len(c.recent); n >= most {
		left = max(left, c.recent[n-most].Add(paceWindow).Sub(now))
	}
	if left > paceWindow { // the clock was set back
		return 0
	}
	return max(left, 0)
}
