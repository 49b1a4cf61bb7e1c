package ports

import "github.com/grps/grps/domain"

// Policies holds the rules in force.
type Policies interface {
	// Current returns the newest policy that was found good. It never blocks, never fails and costs nothing: a broken document never
	// evicts the policy before it.
	Current() domain.Policy
}
