package memstore

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Automation returns the switch; see ports.AutomationReader.
func (s *Store) Automation(ctx context.Context) (domain.Automation, error) {
	return read(ctx, s, "read the switch of automation", func(kept *tables) (domain.Automation, error) { return kept.automation, nil })
}

// HeldPlayers returns up to limit players whose decision is held; see ports.AutomationReader.
func (s *Store) HeldPlayers(ctx context.Context, after ports.Due, limit int) ([]ports.Due, error) {
	return read(ctx, s, "look for decisions that are held", func(kept *tables) ([]ports.Due, error) {
		var held []ports.Due
		for id, r := range kept.decisions {
			if r.Status == domain.StatusHeld {
				held = append(held, ports.Due{User: r.UserID, Decision: id})
			}
		}
		return pageOf(held, after, limit), nil
	})
}

// CountHeld returns how many decisions are held; see ports.AutomationReader.
func (s *Store) CountHeld(ctx context.Context) (int64, error) {
	return read(ctx, s, "count decisions that are held", func(kept *tables) (int64, error) {
		n := int64(0)
		for _, r := range kept.decisions {
			if r.Status == domain.StatusHeld {
				n++
			}
		}
		return n, nil
	})
}

// CountPlayers returns how many players are known; see ports.PlayerCounter.
func (s *Store) CountPlayers(ctx context.Context) (int64, error) {
	return read(ctx, s, "count players", func(kept *tables) (int64, error) { return int64(len(kept.players)), nil })
}

func (u *unit) CountPlayers(ctx context.Context) (int64, error) {
	n := int64(0)
	err := u.call(ctx, "count players", func() error {
		for range u.players.values() {
			n++
		}
		return nil
	})
	return n, err
}

func (u *unit) LockAutomation(ctx context.Context) (domain.Automation, time.Time, error) {
	at := now()
	err := u.call(ctx, "lock the switch of automation", func() error {
		u.automationLocked = true
		return nil
	})
	if err != nil {
		return domain.Automation{}, time.Time{}, err
	}
	return u.automation, at, nil
}

func (u *unit) SaveAutomation(ctx context.Context, automation domain.Automation) error {
	return u.call(ctx, "save the switch of automation", func() error {
		if !u.automationLocked {
			return &domain.Error{Code: "automation_not_locked", Message: "the switch of automation was not locked"}
		}
		automation.Since = domain.Instant(automation.Since)
		u.automation = automation
		return nil
	})
}
