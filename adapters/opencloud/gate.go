package opencloud

import (
	"sync"
	"time"

	"github.com/grps/grps/domain"
)

// How long a gate stays closed: after a refusal that names no time, doubled while refusals go on; after a refused key; and at most,
// whatever Roblox asks for, so that a wrong header or clock cannot close it for good.
const (
	firstPause   = 5 * time.Second
	longestPause = time.Minute
	keyPause     = time.Minute
	longestClose = time.Hour
)

// gate is closed while Roblox wants to be left alone. It is safe for concurrent use; the zero value is open.
type gate struct {
	mu      sync.Mutex
	until   time.Time
	because *domain.Error
	streak  int // refusals in a row that named no time
}

// wait returns how long the gate stays closed and why; 0 when it is open. A remaining time that no closing can cause means that the
// clock was set back: the gate is open then.
func (g *gate) wait(now time.Time) (time.Duration, *domain.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	left := g.until.Sub(now)
	if left <= 0 || left > longestClose {
		return 0, nil
	}
	return left, g.because
}

// closeFor closes the gate for d from now on, unless it is closed for longer.
func (g *gate) closeFor(d time.Duration, now time.Time, because *domain.Error) {
	if d <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	until := now.Add(min(d, longestClose))
	if left := g.until.Sub(now); left > longestClose || until.After(g.until) {
		g.until, g.because = until, because
	}
}

// pause returns how long to leave Roblox alone after a refusal that names no time. Refusals of calls that were under way together
// count once.
func (g *gate) pause(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Before(g.until) && g.streak > 0 {
		return g.until.Sub(now)
	}
	g.streak++
	return min(firstPause<<min(g.streak-1, 10), longestPause)
}

// settle ends a row of refusals.
func (g *gate) settle() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.streak = 0
}
