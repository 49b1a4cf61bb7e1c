package ports

import (
	"context"

	"github.com/grps/grps/domain"
)

// Policies holds the rules in force.
type Policies interface {
	// Current returns the newest policy that was found good. It never blocks, never fails and costs nothing: a broken document never
	// evicts the policy before it.
	Current() domain.Policy
}

// PolicyWriter keeps the rules that decisions are made under, inside a unit. Lock the players first.
type PolicyWriter interface {
	// KeepPolicy keeps the documents under a revision, from which the policy can be made again. What is kept under that revision already
	// stays as it is. It may be called again, and by several units at once.
	KeepPolicy(ctx context.Context, revision, documents string) error
}

// PolicyReader reads the rules that decisions were made under, outside a unit.
type PolicyReader interface {
	// PolicyDocuments returns what is kept under a revision; domain.ErrNotFound when nothing is.
	PolicyDocuments(ctx context.Context, revision string) (string, error)
}
