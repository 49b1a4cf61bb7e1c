package bunstore

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// KindDepths returns how much of each kind the outbox holds; see ports.Outbox.
func (s *Store) KindDepths(ctx context.Context) ([]ports.KindDepth, error) {
	var rows []struct {
		Kind    string  `bun:"kind"`
		Waiting int     `bun:"waiting"`
		Dead    int     `bun:"dead"`
		Oldest  instant `bun:"oldest"`
		Now     instant `bun:"now"`
	}
	err := s.query(ctx, "measure the outbox by kind", func() error {
		return s.read.NewSelect().Table("outbox").
			Column("kind").
			ColumnExpr("count(*) FILTER (WHERE NOT dead AND enqueued_at <= ?) AS waiting", s.dialect.now).
			ColumnExpr("count(*) FILTER (WHERE dead) AS dead").
			ColumnExpr("min(enqueued_at) FILTER (WHERE NOT dead) AS oldest").
			ColumnExpr("? AS now", s.dialect.now).
			Group("kind").
			Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	depths := make([]ports.KindDepth, 0, len(domain.EffectKinds()))
	for _, kind := range domain.EffectKinds() {
		depth := ports.KindDepth{Kind: kind}
		for _, row := range rows { // one of a kind that only a newer release knows is that release's
			if row.Kind == kind.String() {
				depth.Waiting, depth.Dead = row.Waiting, row.Dead
				if row.Waiting > 0 {
					depth.Oldest = max(row.Now.at.Sub(row.Oldest.at), time.Duration(0))
				}
			}
		}
		depths = append(depths, depth)
	}
	return depths, nil
}
