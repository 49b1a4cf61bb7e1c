package bunstore

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// differenceRow is a row of sweep_differences.
type differenceRow struct {
	bun.BaseModel `bun:"table:sweep_differences,alias:d"`

	SweepID  string   `bun:"sweep_id,pk,type:text"`
	UserID   int64    `bun:"user_id,pk,type:bigint"`
	Recorded string   `bun:"recorded,type:text"`
	Held     document `bun:"held,type:jsonb"`
	Outcome  string   `bun:"outcome,type:text"`
}

// KeepDifferences keeps what a sweep found; see ports.DifferenceWriter.
func (u *unit) KeepDifferences(ctx context.Context, sweep string, differences []ports.Difference) error {
	if len(differences) == 0 {
		return u.poison
	}
	return u.do(ctx, "keep what a sweep found", func() error {
		rows := make([]differenceRow, 0, len(differences))
		at := make(map[domain.UserID]int, len(differences)) // one statement cannot write a row twice
		for _, d := range differences {
			row := differenceRow{
				SweepID: sweep, UserID: d.User.Int64(), Recorded: d.Recorded, Held: documentFromTexts(d.Held), Outcome: d.Outcome.String(),
			}
			if i, twice := at[d.User]; twice {
				rows[i] = row
				continue
			}
			at[d.User] = len(rows)
			rows = append(rows, row)
		}
		_, err := u.tx.NewInsert().Model(&rows).
			On("CONFLICT (sweep_id, user_id) DO UPDATE").
			Set("recorded = excluded.recorded").Set("held = excluded.held").Set("outcome = excluded.outcome").
			Returning("NULL").
			Exec(ctx)
		return err
	})
}

// DropDifferences forgets what older sweeps found; see ports.DifferenceWriter.
func (u *unit) DropDifferences(ctx context.Context, before string) error {
	return u.do(ctx, "forget what sweeps found", func() error {
		_, err := u.tx.NewDelete().Model((*differenceRow)(nil)).Where("sweep_id < ?", before).Exec(ctx)
		return err
	})
}

// Differences returns a page of what a sweep found; see ports.DifferenceReader.
func (s *Store) Differences(ctx context.Context, sweep string, after domain.UserID, limit int) ([]ports.Difference, error) {
	var rows []differenceRow
	err := s.query(ctx, "read what a sweep found", func() error {
		if limit <= 0 || strings.IndexByte(sweep, 0) >= 0 { // no database holds such a text
			return nil
		}
		return s.read.NewSelect().Model(&rows).
			Where("sweep_id = ?", sweep).Where("user_id > ?", after.Int64()).OrderExpr("user_id").Limit(int64(limit)).
			Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	differences, err := each(rows, differenceFromRow)
	return differences, translate(ctx, "read what a sweep found", err)
}

func differenceFromRow(r differenceRow) (ports.Difference, error) {
	outcome, err := domain.ParseReconcileOutcome(r.Outcome)
	return ports.Difference{
		User: userFromNumber(r.UserID), Recorded: r.Recorded, Held: textsFromDocument(r.Held), Outcome: outcome,
	}, err
}
