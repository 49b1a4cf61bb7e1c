package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// watchingWriter notes what a unit makes of the switch of automation, and whether it wishes for anything, so that a change is told once
// and the dispatcher is woken, and only after it was committed, whoever made it.
type watchingWriter struct {
	ports.Writer

	locked        bool
	before, after domain.Automation
	wishes        bool
}

func (w *watchingWriter) Enqueue(ctx context.Context, entries []ports.OutboxEntry) error {
	w.wishes = w.wishes || len(entries) > 0
	return w.Writer.Enqueue(ctx, entries)
}

func (w *watchingWriter) LockAutomation(ctx context.Context) (domain.Automation, time.Time, error) {
	automation, at, err := w.Writer.LockAutomation(ctx)
	if !w.locked {
		w.locked, w.before, w.after = err == nil, automation, automation
	}
	return automation, at, err
}

func (w *watchingWriter) SaveAutomation(ctx context.Context, automation domain.Automation) error {
	w.after = automation
	return w.Writer.SaveAutomation(ctx, automation)
}

// heed wakes the dispatcher when a unit that was committed wishes for something, and records that it paused, stopped or resumed automation.
func (s *Service) heed(ctx context.Context, w *watchingWriter) {
	if w.wishes {
		s.settled.wake()
	}
	if w.before.State == w.after.State {
		return
	}
	s.parts.Recorder.Record(ctx, ports.AutomationEvent{Automation: w.after})
	if w.after.State == domain.AutomationRunning {
		s.settled.wake()
	}
}
