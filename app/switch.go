package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Automation implements ports.Automator.
func (s *Service) Automation(ctx context.Context) (ports.AutomationStatus, error) {
	automation, err := s.parts.Store.Automation(ctx)
	if err != nil {
		return ports.AutomationStatus{}, wrap("read the switch of automation", err)
	}
	held, err := s.parts.Store.CountHeld(ctx)
	if err != nil {
		return ports.AutomationStatus{}, wrap("count what is held", err)
	}
	players, err := s.parts.Store.CountPlayers(ctx)
	if err != nil {
		return ports.AutomationStatus{}, wrap("count the players", err)
	}
	status := ports.AutomationStatus{
		Automation: automation, Setting: s.parts.Stopped, Limits: s.parts.Policies.Current().Limits(),
		Moved: automation.Tally.LastHour(s.now()), Held: held, Players: players,
	}
	if status.Setting {
		status.State, status.Reason, status.Since, status.Principal, status.Actor =
			domain.AutomationStopped, stoppedBySetting, time.Time{}, "", domain.UserID{}
	}
	return status, nil
}

// StopAutomation implements ports.Automator.
func (s *Service) StopAutomation(ctx context.Context, r ports.SwitchRequest) (ports.AutomationStatus, error) {
	return s.turn(ctx, func(a domain.Automation, at time.Time) domain.Automation {
		return a.Stopped(r.Reason, r.Principal, r.Actor, at)
	})
}

// ResumeAutomation implements ports.Automator.
func (s *Service) ResumeAutomation(ctx context.Context, r ports.SwitchRequest) (ports.AutomationStatus, error) {
	if s.parts.Stopped {
		return ports.AutomationStatus{}, errStoppedBySetting
	}
	return s.turn(ctx, func(a domain.Automation, at time.Time) domain.Automation {
		return a.Resumed(r.Reason, r.Principal, r.Actor, at)
	})
}

// turn changes the switch and returns how automation stands then.
func (s *Service) turn(ctx context.Context, change func(a domain.Automation, at time.Time) domain.Automation) (ports.AutomationStatus, error) {
	policy := s.parts.Policies.Current()
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		l, err := s.openLedger(ctx, w, policy, nil)
		if err != nil {
			return err
		}
		if err := l.lockSwitch(ctx); err != nil {
			return err
		}
		l.turn(change(l.automation.Automation, l.automation.at))
		return l.write(ctx)
	})
	if err != nil {
		return ports.AutomationStatus{}, err
	}
	return s.Automation(ctx)
}

// Permit returns what says, right before anything is sent to Roblox, whether it may be: nil, domain.ErrAutomationStopped, or why that
// cannot be known. It asks the store every time, so a stop holds at once and everywhere. It does not repeat the words of whoever stopped
// it: what is put back for it is logged. stopped is Parts.Stopped of the same process.
func Permit(switches ports.AutomationReader, stopped bool) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		if stopped {
			return stoppedError(stoppedBySetting)
		}
		automation, err := switches.Automation(ctx)
		if err != nil {
			return wrap("read the switch of automation", err)
		}
		if automation.State == domain.AutomationStopped {
			return domain.ErrAutomationStopped
		}
		return nil
	}
}

// permitted is Permit for what this service does itself.
func (s *Service) permitted(ctx context.Context) error {
	return Permit(s.parts.Store, s.parts.Stopped)(ctx)
}
