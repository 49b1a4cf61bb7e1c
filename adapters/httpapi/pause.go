package httpapi

import (
	"errors"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
)

// pauseTime is for how long nothing more of a caller's reports is looked at once one was refused for want of room. It is much less than what
// waits takes, so nothing is idle meanwhile, and reading what is refused anyway costs others nothing.
const pauseTime = 30 * time.Millisecond

// pauses remembers whose reports found no room.
type pauses struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func newPauses() *pauses { return &pauses{until: make(map[string]time.Time)} }

// admit refuses reports of a caller who is paused before they are read.
func (p *pauses) admit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if path := c.Path(); path != pathIngest && path != pathBatch {
			return next(c)
		}
		whose, at := contextText(c, keyPrincipal), began(c)
		if p.paused(whose, at) {
			return errOverloaded
		}
		err := next(c)
		if e, ok := errors.AsType[*domain.Error](err); ok && e.Code == codeOverloaded && e != errOverloaded { // that is not for want of room among reports
			p.pause(whose, at)
		}
		return err
	}
}

func (p *pauses) paused(whose string, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.until[whose]
	if !ok || at.Before(until) && until.Sub(at) <= pauseTime { // further off only when the clock was put back
		return ok
	}
	delete(p.until, whose)
	return false
}

func (p *pauses) pause(whose string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until[whose] = at.Add(pauseTime)
}
