package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// watchingWriter notes what a unit makes of the switch of automation, so that a change is told once, and only after it was committed,
// whoever made it.
type watchingWriter struct {
	ports.Writer

	locked        bool
	before, after domain.Automation
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

// tellSwitch records that a unit which was committed paused, stopped or resumed automation.
func (s *Service) tellSwitch(ctx context.Context, w *watchingWriter) {
	if w.before.State == w.after.State {
		return
	}
	s.parts.Recorder.Record(ctx, ports.AutomationEvent{Automation: w.after})
	if w.after.State == domain.AutomationRunning {
		s.settled.wake()
	}
}
