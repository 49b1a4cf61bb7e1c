package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// PlayerCounter counts players.
type PlayerCounter interface {
	// CountPlayers returns how many players are known: exactly, or, of more than ten thousand, about.
	CountPlayers(ctx context.Context) (int64, error)
}

// AutomationWriter reads and changes the switch of automation inside a unit. There is one, so lock the players first and it last.
type AutomationWriter interface {
	PlayerCounter

	// LockAutomation returns the switch, and the instant by the store's clock. It stays locked against other units until this one ends.
	// The switch of a fresh store is the zero value. It may be called again, and then returns what the unit saved.
	LockAutomation(ctx context.Context) (domain.Automation, time.Time, error)

	// SaveAutomation writes the switch, which the unit must have locked; otherwise the error is internal and poisons the unit. It may be
	// called again.
	SaveAutomation(ctx context.Context, automation domain.Automation) error
}

// AutomationReader reads the switch of automation and what it holds back, outside a unit.
type AutomationReader interface {
	PlayerCounter

	// Automation returns the switch; the zero value when nobody ever changed it.
	Automation(ctx context.Context) (domain.Automation, error)

	// HeldPlayers returns up to limit players whose decision is held, with the decision, in ascending order of the decision's id, and so the
	// longest held first, of those behind after; the zero Due starts at the first. One that is not held any more has kept its place. It is
	// empty at the end.
	HeldPlayers(ctx context.Context, after Due, limit int) ([]Due, error)

	// CountHeld returns how many decisions are held.
	CountHeld(ctx context.Context) (int64, error)
}
