package bunstore

import (
	"context"
	"time"
)

// SpendNonce keeps a nonce; see ports.Nonces. A try whose answer was lost is made again and then finds what it left: false, where it should
// be true, but never true twice.
func (s *Store) SpendNonce(ctx context.Context, nonce string, until time.Time) (bool, error) {
	spent := false
	err := s.change(ctx, "spend a nonce", func() error {
		result, err := s.write.NewRaw("INSERT INTO nonces (nonce, kept_until) VALUES (?, ?) ON CONFLICT (nonce) DO NOTHING",
			nonce, stamp{until}).Exec(ctx)
		if err != nil {
			return err
		}
		kept, err := result.RowsAffected()
		spent = kept == 1
		return err
	})
	return spent && err == nil, err
}

// PruneNonces forgets nonces whose time is over; see ports.Nonces. Rows that another process is forgetting are left to it.
func (s *Store) PruneNonces(ctx context.Context, before time.Time, limit int) (int, error) {
	forgotten := int64(0)
	err := s.change(ctx, "prune nonces", func() error {
		if limit <= 0 {
			return nil
		}
		result, err := s.write.NewRaw(
			"DELETE FROM nonces WHERE nonce IN (SELECT o.nonce FROM nonces AS o WHERE o.kept_until < ?before ORDER BY o.kept_until LIMIT ?limit ?skip)",
			arguments{"before": stamp{before}, "limit": limit, "skip": s.dialect.skip}).Exec(ctx)
		if err != nil {
			return err
		}
		forgotten, err = result.RowsAffected()
		return err
	})
	return int(forgotten), err
}
