package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// pruneLock is the number under which one of several processes prunes.
const pruneLock = 0x67727073_01

// prunedRow is a record that a step looks at.
type prunedRow struct {
	ID        int64 `bun:"id"`
	UserID    int64 `bun:"user_id"`
	CreatedAt stamp `bun:"created_at"`
}

// PruneSnapshots forgets old records; see ports.SnapshotPruner. Ids count up in the order of writing, so a step reads a stretch of the
// primary key and ends at the first record that is young enough.
func (s *Store) PruneSnapshots(ctx context.Context, step ports.PruneStep) (ports.Pruned, error) {
	if step.Limit <= 0 {
		return ports.Pruned{}, nil
	}
	var pruned ports.Pruned
	err := s.change(ctx, "prune the history", func() error {
		pruned = ports.Pruned{}
		return s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			free := true
			if s.dialect.rowLocks {
				if err := tx.NewRaw("SELECT pg_try_advisory_xact_lock(?)", int64(pruneLock)).Scan(ctx, &free); err != nil {
					return err
				}
			}
			if !free {
				pruned.Busy = true
				return nil
			}
			var err error
			pruned, err = pruneStep(ctx, tx, step)
			return err
		})
	})
	return pruned, err
}

func pruneStep(ctx context.Context, tx bun.Tx, step ports.PruneStep) (ports.Pruned, error) {
	var rows []prunedRow
	err := tx.NewSelect().Table("player_snapshots").Column("id", "user_id", "created_at").
		Where("id > ?", step.After).OrderExpr("id").Limit(int64(step.Limit)).Scan(ctx, &rows)
	if err != nil {
		return ports.Pruned{}, err
	}
	var old []int64
	for _, r := range rows {
		if !r.CreatedAt.at.Before(step.Before) {
			break
		}
		old = append(old, r.ID)
	}
	var pruned ports.Pruned
	if len(old) == step.Limit {
		pruned.Next = old[len(old)-1]
	}
	if len(old) == 0 {
		return pruned, nil
	}
	result, err := tx.NewDelete().Table("player_snapshots").
		Where("id IN (?)", bun.List(old)).
		Where("EXISTS (SELECT 1 FROM player_snapshots AS newer WHERE newer.user_id = player_snapshots.user_id "+
			"AND newer.id > player_snapshots.id AND newer.disregarded_by IS NULL AND COALESCE(newer.outcome, '') <> ?)", domain.FoldStale.String()).
		Exec(ctx)
	if err != nil {
		return pruned, err // with where the next step begins: the records behind these may go
	}
	removed, err := result.RowsAffected()
	pruned.Removed = int(removed)
	return pruned, err
}
