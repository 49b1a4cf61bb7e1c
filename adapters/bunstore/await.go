package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// awaitPoll is how often it is looked whether units under way have ended.
const awaitPoll = 20 * time.Millisecond

// AwaitUnits waits for the units that have written; see ports.UnitOfWork. A transaction gets its number when it writes first: whatever has
// a lower number than one that is given now has begun to write before. Where a unit holds the whole database, one that follows suffices.
func (s *Store) AwaitUnits(ctx context.Context) error {
	const doing = "wait for units"
	if !s.dialect.rowLocks {
		return s.change(ctx, doing, func() error {
			return s.write.RunInTx(ctx, nil, func(context.Context, bun.Tx) error { return nil })
		})
	}
	var mine, lowest int64
	err := s.change(ctx, doing, func() error {
		return s.write.NewRaw("SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)").Scan(ctx, &mine)
	})
	for err == nil {
		err = s.query(ctx, doing, func() error {
			return s.read.NewRaw("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)").Scan(ctx, &lowest)
		})
		if err != nil || lowest > mine {
			break
		}
		select {
		case <-ctx.Done():
			err = translate(ctx, doing, ctx.Err())
		case <-time.After(awaitPoll):
		}
	}
	return err
}
