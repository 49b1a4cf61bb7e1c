package bunstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// deadRow is what is shown of a row of outbox that was given up.
type deadRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`
	waitingRow

	ID         int64   `bun:"id"`
	Attempt    int     `bun:"attempt"`
	Returned   int     `bun:"returned"`
	EnqueuedAt stamp   `bun:"enqueued_at"`
	DiedAt     instant `bun:"died_at"`
	Reason     text    `bun:"reason"`
}

// DeadEntries returns dead entries, the highest id first; see ports.DeadLetters.
func (s *Store) DeadEntries(ctx context.Context, filter ports.DeadFilter, before int64, limit int) ([]ports.DeadEntry, error) {
	var rows []deadRow
	err := s.query(ctx, "list dead effects", func() error {
		if limit <= 0 {
			return nil
		}
		query := s.read.NewSelect().Model(&rows).ApplyQueryBuilder(chosenDead(filter)).OrderExpr("id DESC").Limit(int64(limit))
		if before != 0 {
			query = query.Where("id < ?", before)
		}
		return query.Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	entries, err := each(rows, deadEntryFromRow)
	return entries, translate(ctx, "list dead effects", err)
}

func deadEntryFromRow(r deadRow) (ports.DeadEntry, error) {
	entry, err := entryFromRow(r.waitingRow)
	return ports.DeadEntry{
		ID: r.ID, Entry: entry, Attempts: max(1, r.Attempt-r.Returned), Reason: string(r.Reason), EnqueuedAt: r.EnqueuedAt.at, DeadAt: r.DiedAt.at,
	}, err
}

// chosenDead adds to a query on outbox that a row is dead, known to this release and chosen by the filter.
func chosenDead(filter ports.DeadFilter) func(bun.QueryBuilder) bun.QueryBuilder {
	return func(query bun.QueryBuilder) bun.QueryBuilder {
		query = query.Where("dead").Where("kind IN (?)", bun.List(kindsKnown()))
		if filter.Kind != 0 {
			query = query.Where("kind = ?", filter.Kind.String())
		}
		if filter.Target != "" {
			query = query.Where("coalesce(sink, target) = ?", filter.Target)
		}
		if len(filter.IDs) > 0 {
			query = query.Where("id IN (?)", bun.List(filter.IDs))
		}
		return query
	}
}

// ReviveEntries makes dead entries due again; see ports.DeadLetters. Rows that a unit holds are being replaced and left alone: to wait
// for them could be to wait in a circle.
func (s *Store) ReviveEntries(ctx context.Context, filter ports.DeadFilter) (ports.Revival, error) {
	var done ports.Revival
	settling := bun.List(kindsThat(domain.EffectKind.Settles))
	err := s.change(ctx, "revive effects", func() error {
		settled, err := s.read.NewSelect().Table("outbox").
			ApplyQueryBuilder(chosenDead(filter)).Where("kind IN (?)", settling).Count(ctx)
		if err != nil {
			return err
		}
		free := s.write.NewSelect().TableExpr("outbox AS o").Column("id").
			ApplyQueryBuilder(chosenDead(filter)).Where("kind NOT IN (?)", settling)
		result, err := s.write.NewRaw(`
			UPDATE outbox SET dead = FALSE, died_at = NULL, reason = NULL, generation = generation + 1, attempt = 0, returned = 0, first_tried = NULL,
				enqueued_at = ?now, due_at = ?now
			WHERE dead AND id IN (?free ?skip)`,
			arguments{"now": s.dialect.now, "free": free, "skip": s.dialect.skip}).Exec(ctx)
		if err != nil {
			return err
		}
		revived, err := result.RowsAffected()
		done = ports.Revival{Revived: int(revived), Settled: int(settled)}
		return err
	})
	if err != nil {
		return ports.Revival{}, err
	}
	return done, nil
}

// WebhookDepths returns how much each webhook has still to be told; see ports.DeadLetters.
func (s *Store) WebhookDepths(ctx context.Context) ([]ports.WebhookDepth, error) {
	var rows []struct {
		Sink    string  `bun:"sink"`
		Waiting int     `bun:"waiting"`
		Dead    int     `bun:"dead"`
		Oldest  instant `bun:"oldest"`
		Now     instant `bun:"now"`
	}
	err := s.query(ctx, "measure what webhooks are told", func() error {
		return s.read.NewSelect().Table("outbox").
			Column("sink").
			ColumnExpr("count(*) FILTER (WHERE NOT dead) AS waiting").
			ColumnExpr("count(*) FILTER (WHERE dead) AS dead").
			ColumnExpr("min(enqueued_at) FILTER (WHERE NOT dead) AS oldest").
			ColumnExpr("? AS now", s.dialect.now).
			Where("sink IS NOT NULL").
			Group("sink").
			Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	depths := make([]ports.WebhookDepth, len(rows))
	for i, row := range rows {
		depths[i] = ports.WebhookDepth{Webhook: row.Sink, Waiting: row.Waiting, Dead: row.Dead}
		if !row.Oldest.at.IsZero() {
			depths[i].Oldest = max(row.Now.at.Sub(row.Oldest.at), time.Duration(0))
		}
	}
	slices.SortFunc(depths, func(a, b ports.WebhookDepth) int { return cmp.Compare(a.Webhook, b.Webhook) })
	return depths, nil
}
