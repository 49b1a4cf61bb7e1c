package ports

import (
	"context"

	"github.com/grps/grps/domain"
)

// Difference is where the record of a player and what Roblox showed differed when a sweep met them.
type Difference struct {
	User     domain.UserID
	Recorded string   // the rank by the record
	Held     []string // the managed ranks whose roles the member held, lowest first
	Outcome  domain.ReconcileOutcome
}

// DifferenceWriter keeps what sweeps found, inside a unit. Lock players first.
type DifferenceWriter interface {
	// KeepDifferences keeps what a sweep found, whether that sweep is stored or not. Of a player whom it found before, in this call or an
	// earlier one, the last counts. It may be called again.
	KeepDifferences(ctx context.Context, sweep string, differences []Difference) error

	// DropDifferences forgets what the sweeps whose ids are below before found. It may be called again.
	DropDifferences(ctx context.Context, before string) error
}

// DifferenceReader shows what sweeps found, outside a unit.
type DifferenceReader interface {
	// Differences returns up to limit differences that the sweep found, in ascending order of user, of those above after; nobody starts at
	// the lowest. What is found meanwhile never shifts the pages before it. It is empty at the end, and for a sweep that found none.
	Differences(ctx context.Context, sweep string, after domain.UserID, limit int) ([]Difference, error)
}
