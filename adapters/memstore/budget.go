package memstore

import (
	"context"
	"fmt"
	"time"
)

// Share changes what is agreed on under the name; see ports.Budget.
func (s *Store) Share(ctx context.Context, name string, change func(kept string, now time.Time) (string, error)) error {
	if err := s.takeTurn(ctx); err != nil {
		return fmt.Errorf("share a budget: %w", err)
	}
	defer s.endTurn()
	u := begin(&s.kept)
	kept, _ := u.budgets.get(name)
	next, err := change(kept, now())
	if err != nil {
		return err
	}
	u.budgets.put(name, next)
	return s.commit(ctx, u)
}
