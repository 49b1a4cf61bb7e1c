package memstore

import (
	"context"
	"fmt"
	"time"

	"github.com/grps/grps/domain"
)

// SpendNonce keeps a nonce; see ports.Nonces.
func (s *Store) SpendNonce(ctx context.Context, nonce string, until time.Time) (bool, error) {
	if err := s.takeTurn(ctx); err != nil {
		return false, fmt.Errorf("spend a nonce: %w", err)
	}
	defer s.endTurn()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, kept := s.kept.nonces[nonce]; kept {
		return false, nil
	}
	s.kept.nonces[nonce] = domain.Instant(until)
	return true, nil
}

// PruneNonces forgets nonces whose time is over; see ports.Nonces.
func (s *Store) PruneNonces(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := s.takeTurn(ctx); err != nil {
		return 0, fmt.Errorf("prune nonces: %w", err)
	}
	defer s.endTurn()
	s.mu.Lock()
	defer s.mu.Unlock()
	forgotten := 0
	for nonce, until := range s.kept.nonces {
		if forgotten < limit && until.Before(before) {
			delete(s.kept.nonces, nonce)
			forgotten++
		}
	}
	return forgotten, nil
}
