package app

import (
	"context"
	"sync"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// switched is the switch of automation as a unit has it under lock.
type switched struct {
	domain.Automation

	at      time.Time // by the store's clock
	locked  bool
	changed bool
}

// holds asks the switch of automation whether what the rules decided on has to wait, and why; "" says that it is carried out, which counts.
// Beyond a limit it pauses automation. Whoever asks must have locked every player, for everybody who moves somebody waits here.
func (l *ledger) holds(ctx context.Context, action domain.Action) (why string, err error) {
	if l.service.parts.Stopped {
		return stoppedBySetting, nil
	}
	if err := l.lockSwitch(ctx); err != nil {
		return "", err
	}
	limits, players := l.policy.Limits(), int64(0)
	if action.Lowers() && limits.DemotionsPercent > 0 && l.automation.State == domain.AutomationRunning {
		if players, err = l.service.known.count(ctx, l.w, l.service.now()); err != nil {
			return "", wrap("count the players", err)
		}
	}
	next, admitted := l.automation.Admit(action, limits, players, l.automation.at)
	l.turn(next)
	if admitted {
		return "", nil
	}
	return heldBecause(next), nil
}

// mayOrder returns why nobody may have anything carried out now, a person neither; nil unless automation is stopped.
func (l *ledger) mayOrder(ctx context.Context) error {
	if l.service.parts.Stopped {
		return stoppedError(stoppedBySetting)
	}
	if err := l.lockSwitch(ctx); err != nil {
		return err
	}
	if l.automation.State == domain.AutomationStopped {
		return stoppedError(heldBecause(l.automation.Automation))
	}
	return nil
}

func (l *ledger) lockSwitch(ctx context.Context) error {
	if l.automation.locked {
		return nil
	}
	automation, at, err := l.w.LockAutomation(ctx)
	if err != nil {
		return wrap("lock the switch of automation", err)
	}
	l.automation = switched{Automation: automation, at: at, locked: true}
	return nil
}

// turn leaves the switch as next, and lets people know when nothing goes on from there by itself.
func (l *ledger) turn(next domain.Automation) {
	before := l.automation.Automation
	l.automation.changed = l.automation.changed || next != before
	l.automation.Automation = next
	if next.State == before.State {
		return
	}
	topic, text := domain.AlertPaused, "what the rules decide is held until an administrator resumes it"
	switch next.State {
	case domain.AutomationStopped:
		topic, text = domain.AlertStopped, "nothing is carried out or sent to Roblox until an administrator resumes it"
	case domain.AutomationPaused:
	case domain.AutomationRunning:
		return
	}
	l.alert(domain.NewAlert(l.service.parts.IDs.NewID(), topic, heldBecause(next)+"; "+text))
}

// saveSwitch writes what became of the switch.
func (l *ledger) saveSwitch(ctx context.Context) error {
	if !l.automation.changed {
		return nil
	}
	return wrap("save the switch of automation", l.w.SaveAutomation(ctx, l.automation.Automation))
}

// stoppedBySetting says why a process that was told so by its environment carries nothing out.
const stoppedBySetting = "automation is stopped: STOP is set for this process"

// errStoppedBySetting refuses to turn the switch of all processes for one whose own setting stops it.
var errStoppedBySetting = &domain.Error{
	Kind: domain.KindBlocked, Code: "automation_stopped",
	Message: "STOP is set for this process, which no request ends; unset it and start the process again",
}

// heldBecause says, for people, why the switch holds something back.
func heldBecause(a domain.Automation) string {
	why := "automation is " + a.State.String()
	if a.Reason != "" {
		why += ": " + a.Reason
	}
	return why
}

// stoppedError returns domain.ErrAutomationStopped with the reason.
func stoppedError(why string) error {
	if why == stoppedBySetting {
		return errStoppedBySetting
	}
	e := *domain.ErrAutomationStopped
	e.Message = why + "; an administrator resumes it"
	return &e
}

// knownFor is for how long a count of the players is good enough.
const knownFor = time.Minute

// knownPlayers remembers how many players are known. The zero value knows nothing.
type knownPlayers struct {
	mu    sync.Mutex
	n     int64
	until time.Time
}

// count returns how many players are known, which it asks for once in a while.
func (k *knownPlayers) count(ctx context.Context, counter ports.PlayerCounter, now time.Time) (int64, error) {
	k.mu.Lock()
	n, fresh := k.n, now.Before(k.until) && k.until.Sub(now) <= knownFor
	k.mu.Unlock()
	if fresh {
		return n, nil
	}
	n, err := counter.CountPlayers(ctx)
	if err != nil {
		return 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.n, k.until = n, now.Add(knownFor)
	return n, nil
}
