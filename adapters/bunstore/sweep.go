package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/grps/grps/ports"
)

// isUnderWay is, word for word, the condition of the index that allows one sweep of each kind at a time.
const isUnderWay = "state IN ('queued', 'running')"

// ClaimSweep leases a sweep; see ports.Sweeps. Like Claim it looks at the lease twice.
func (s *Store) ClaimSweep(ctx context.Context, kind ports.SweepKind, lease time.Duration) (ports.Sweep, bool, error) {
	var rows []sweepRow
	err := s.change(ctx, "claim a sweep", func() error {
		return s.write.NewRaw(`
			WITH free AS (
				SELECT o.id FROM sweeps AS o
				WHERE o.kind = ?kind AND o.`+isUnderWay+`
					AND (o.state = ?queued OR o.leased_until IS NULL OR o.leased_until <= ?now)
				LIMIT 1 ?skip
			)
			UPDATE sweeps SET state = ?running, term = term + 1, leased_until = ?until, started_at = coalesce(started_at, ?now)
			WHERE id IN (SELECT id FROM free) AND `+isUnderWay+` AND (state = ?queued OR leased_until IS NULL OR leased_until <= ?now)
			RETURNING ?columns`,
			arguments{
				"kind": string(kind), "queued": string(ports.SweepQueued), "running": string(ports.SweepRunning), "now": s.dialect.now,
				"until": s.dialect.later(lease), "skip": s.dialect.skip, "columns": bun.Safe(sweepColumns),
			}).Scan(ctx, &rows)
	})
	if err != nil || len(rows) == 0 {
		return ports.Sweep{}, false, err
	}
	sweep, err := sweepFromRow(rows[0])
	return sweep, err == nil, translate(ctx, "claim a sweep", err)
}

// RenewSweep moves the end of a lease; see ports.Sweeps.
func (s *Store) RenewSweep(ctx context.Context, id string, term int64, lease time.Duration) (bool, error) {
	renewed := false
	err := s.change(ctx, "renew the lease of a sweep", func() (err error) {
		if strings.IndexByte(id, 0) >= 0 {
			return nil // no database holds such a text
		}
		renewed, err = touched(s.write.NewUpdate().Model((*sweepRow)(nil)).
			Set("leased_until = ?", s.dialect.later(lease)).
			Where("id = ?", id).Where("term = ?", term).Where("state = ?", string(ports.SweepRunning)).
			Exec(ctx))
		return err
	})
	return renewed && err == nil, err
}

// SweepUnderWay returns the sweep of a kind that is under way; see ports.Sweeps.
func (s *Store) SweepUnderWay(ctx context.Context, kind ports.SweepKind) (ports.Sweep, bool, error) {
	var rows []sweepRow
	err := s.query(ctx, "look for a sweep under way", func() error {
		return s.read.NewSelect().Model(&rows).Where("kind = ?", string(kind)).Where(isUnderWay).Scan(ctx)
	})
	if err != nil || len(rows) == 0 {
		return ports.Sweep{}, false, err
	}
	sweep, err := sweepFromRow(rows[0])
	return sweep, err == nil, translate(ctx, "look for a sweep under way", err)
}

// Sweep returns the sweep of an id; see ports.Sweeps.
func (s *Store) Sweep(ctx context.Context, id string) (ports.Sweep, error) {
	if strings.IndexByte(id, 0) >= 0 {
		return ports.Sweep{}, notFound("sweep")
	}
	var row sweepRow
	err := s.query(ctx, "read a sweep", func() error {
		return s.read.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return ports.Sweep{}, notFound("sweep")
	}
	if err != nil {
		return ports.Sweep{}, err
	}
	sweep, err := sweepFromRow(row)
	return sweep, translate(ctx, "read a sweep", err)
}

// Sweeps returns a page of sweeps; see ports.Sweeps.
func (s *Store) Sweeps(ctx context.Context, kind ports.SweepKind, before string, limit int) ([]ports.Sweep, error) {
	var rows []sweepRow
	err := s.query(ctx, "list sweeps", func() error {
		if limit <= 0 {
			return nil
		}
		query := s.read.NewSelect().Model(&rows).Where("kind = ?", string(kind))
		if before != "" {
			query = query.Where("id < ?", before)
		}
		return query.OrderExpr("id DESC").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	sweeps, err := each(rows, sweepFromRow)
	return sweeps, translate(ctx, "list sweeps", err)
}

// AddSweep writes a new sweep, unless one stands in its way; see ports.SweepWriter.
func (u *unit) AddSweep(ctx context.Context, sweep ports.Sweep) (ports.Sweep, bool, error) {
	added := false
	err := u.do(ctx, "add a sweep", func() error {
		row, err := rowFromSweep(sweep)
		if err != nil {
			return err
		}
		if added, err = touched(u.tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)); err != nil || added {
			return err
		}
		sweep, err = u.sweepInTheWay(ctx, row)
		return err
	})
	if err != nil {
		return ports.Sweep{}, false, err
	}
	return sweep, added, nil
}

// sweepInTheWay returns why a sweep could not be added. When that has ended meanwhile, and when it is the id, it is a conflict.
func (u *unit) sweepInTheWay(ctx context.Context, row sweepRow) (ports.Sweep, error) {
	var rows []sweepRow
	err := u.tx.NewSelect().Model(&rows).
		Where("kind = ?", row.Kind).Where("id <> ?", row.ID).
		WhereGroup(" AND ", func(query *bun.SelectQuery) *bun.SelectQuery {
			return query.Where("schedule = ?", row.Schedule).WhereOr(isUnderWay)
		}).
		OrderExpr("schedule IS NOT DISTINCT FROM ? DESC", row.Schedule).Limit(1).
		Scan(ctx)
	if err != nil {
		return ports.Sweep{}, err
	}
	if len(rows) == 0 {
		return ports.Sweep{}, conflict(errors.New("the sweep that was in the way is not any more, or the id is taken"))
	}
	return sweepFromRow(rows[0])
}

// LockSweep locks the row of a sweep and returns it; see ports.SweepWriter.
func (u *unit) LockSweep(ctx context.Context, id string) (ports.Sweep, bool, error) {
	var rows []sweepRow
	var sweep ports.Sweep
	err := u.do(ctx, "lock a sweep", func() error {
		if strings.IndexByte(id, 0) >= 0 {
			return ctx.Err()
		}
		query := u.tx.NewSelect().Model(&rows).Where("id = ?", id)
		if u.dialect.rowLocks {
			query = query.For("UPDATE")
		}
		err := query.Scan(ctx)
		if err == nil && len(rows) > 0 {
			sweep, err = sweepFromRow(rows[0])
		}
		return err
	})
	return sweep, err == nil && len(rows) > 0, err
}

// SaveSweep writes a sweep whose term is the stored one; see ports.SweepWriter.
func (u *unit) SaveSweep(ctx context.Context, sweep ports.Sweep) (bool, error) {
	saved := false
	err := u.do(ctx, "save a sweep", func() error {
		row, err := rowFromSweep(sweep)
		if err != nil {
			return err
		}
		update := u.tx.NewUpdate().Model(&row).
			Column("override_reason", "principal", "actor_user_id", "request_id", "state", "phase", "place", "policy_revision",
				"found", "reasons", "decided", "total", "scanned", "pace", "detail", "updated_at", "ended_at").
			Where("id = ?", row.ID).Where("term = ?", sweep.Term)
		if sweep.State != ports.SweepRunning {
			update = update.Set("term = term + 1").Set("leased_until = NULL")
		}
		saved, err = touched(update.Exec(ctx))
		return err
	})
	return saved && err == nil, err
}
