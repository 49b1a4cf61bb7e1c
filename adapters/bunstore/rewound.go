package bunstore

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// rewoundRow is a row of rewound_players.
type rewoundRow struct {
	bun.BaseModel `bun:"table:rewound_players,alias:r"`

	SweepID   string   `bun:"sweep_id,pk,type:text"`
	UserID    int64    `bun:"user_id,pk,type:bigint"`
	First     int64    `bun:"first_snapshot,type:bigint"`
	Snapshots int64    `bun:"snapshots,type:bigint"`
	Outcome   string   `bun:"outcome,type:text"`
	Applied   bool     `bun:"applied,type:boolean"`
	Before    document `bun:"before,type:jsonb"`
	After     document `bun:"after,type:jsonb"`
	Decisions document `bun:"decisions,type:jsonb"`
}

// rewoundDoc is what of a player a rewind may change, in a JSON column.
type rewoundDoc struct {
	Rank            string `json:"rank"`
	Points          int64  `json:"rankPoints"`
	Kos             int64  `json:"kos"`
	Wos             int64  `json:"wos"`
	Warnings        int64  `json:"warnings"`
	Recommendations int64  `json:"recommendations"`
	Punishment      string `json:"punishmentStatus,omitempty"`
	PunishmentUntil string `json:"punishmentExpiresAt,omitempty"`
	Hold            bool   `json:"hold,omitempty"`
}

// rewoundDecisionDoc is a decision of a rewind, in a JSON column.
type rewoundDecisionDoc struct {
	ID     string `json:"requestId,omitempty"`
	Action string `json:"action"`
	From   string `json:"fromRank"`
	To     string `json:"targetRank"`
	Reason string `json:"reasonCode"`
	Status string `json:"status"`
	Undoes string `json:"undoes,omitempty"`
	Left   string `json:"left,omitempty"`
}

// AddRewound keeps whom a rewind found; see ports.RewoundWriter.
func (u *unit) AddRewound(ctx context.Context, sweep string, players []ports.Rewound) error {
	return u.writeRewound(ctx, sweep, players, "snapshots = r.snapshots + excluded.snapshots")
}

// KeepRewound keeps what a rewind comes to; see ports.RewoundWriter.
func (u *unit) KeepRewound(ctx context.Context, sweep string, players []ports.Rewound) error {
	return u.writeRewound(ctx, sweep, players, "first_snapshot = excluded.first_snapshot", "snapshots = excluded.snapshots",
		"outcome = excluded.outcome", "applied = excluded.applied", "before = excluded.before", "after = excluded.after",
		"decisions = excluded.decisions")
}

// writeRewound inserts the players, and sets what is given of those that are kept already.
func (u *unit) writeRewound(ctx context.Context, sweep string, players []ports.Rewound, sets ...string) error {
	if len(players) == 0 {
		return u.poison
	}
	return u.do(ctx, "keep what a rewind comes to", func() error {
		rows, err := each(players, func(p ports.Rewound) (rewoundRow, error) { return rowFromRewound(sweep, p) })
		if err != nil {
			return err
		}
		query := u.tx.NewInsert().Model(&rows).On("CONFLICT (sweep_id, user_id) DO UPDATE")
		for _, set := range sets {
			query = query.Set(set)
		}
		_, err = query.Returning("NULL").Exec(ctx)
		return err
	})
}

// Rewound returns a page of what a rewind comes to; see ports.RewoundReader.
func (s *Store) Rewound(
	ctx context.Context, sweep string, outcomes []ports.RewoundOutcome, after domain.UserID, limit int,
) ([]ports.Rewound, error) {
	var rows []rewoundRow
	err := s.query(ctx, "read what a rewind comes to", func() error {
		if limit <= 0 || strings.IndexByte(sweep, 0) >= 0 { // no database holds such a text
			return nil
		}
		query := s.read.NewSelect().Model(&rows).Where("sweep_id = ?", sweep).Where("user_id > ?", after.Int64())
		if len(outcomes) > 0 {
			query = query.Where("outcome IN (?)", bun.List(outcomes))
		}
		return query.OrderExpr("user_id").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	players, err := each(rows, rewoundFromRow)
	return players, translate(ctx, "read what a rewind comes to", err)
}

// CountRewound returns how many players a rewind keeps; see ports.RewoundReader.
func (s *Store) CountRewound(ctx context.Context, sweep string) (int64, error) {
	n := int64(0)
	err := s.query(ctx, "count whom a rewind found", func() (err error) {
		if strings.IndexByte(sweep, 0) >= 0 { // no database holds such a text
			return nil
		}
		n, err = s.read.NewSelect().Model((*rewoundRow)(nil)).Where("sweep_id = ?", sweep).Count(ctx)
		return err
	})
	return n, err
}

func rowFromRewound(sweep string, p ports.Rewound) (row rewoundRow, err error) {
	row = rewoundRow{
		SweepID: sweep, UserID: p.User.Int64(), First: p.First, Snapshots: p.Snapshots, Outcome: string(p.Outcome), Applied: p.Applied,
	}
	if row.Before, err = documentFrom(rewoundDTO(p.Before)); err != nil {
		return row, err
	}
	if row.After, err = documentFrom(rewoundDTO(p.After)); err != nil {
		return row, err
	}
	if len(p.Decisions) == 0 {
		return row, nil
	}
	docs := make([]rewoundDecisionDoc, len(p.Decisions))
	for i, d := range p.Decisions {
		docs[i] = rewoundDecisionDoc{
			d.ID, d.Action.String(), d.From, d.To, string(d.Reason), string(d.Status), d.Undoes, d.Left,
		}
	}
	row.Decisions, err = documentFrom(docs)
	return row, err
}

func rewoundFromRow(r rewoundRow) (ports.Rewound, error) {
	p := ports.Rewound{
		User: userFromNumber(r.UserID), First: r.First, Snapshots: r.Snapshots, Outcome: ports.RewoundOutcome(r.Outcome), Applied: r.Applied,
	}
	var before, after rewoundDoc
	var decisions []rewoundDecisionDoc
	if err := r.Before.decode(&before); err != nil {
		return p, err
	}
	if err := r.After.decode(&after); err != nil {
		return p, err
	}
	if err := r.Decisions.decode(&decisions); err != nil {
		return p, err
	}
	p.Before, p.After = rewoundFromDTO(before), rewoundFromDTO(after)
	for _, d := range decisions {
		action, err := domain.ParseAction(d.Action)
		if err != nil {
			return p, err
		}
		p.Decisions = append(p.Decisions, ports.RewoundDecision{
			ID: d.ID, Action: action, From: d.From, To: d.To, Reason: domain.ReasonCode(d.Reason), Status: domain.Status(d.Status),
			Undoes: d.Undoes, Left: d.Left,
		})
	}
	return p, nil
}

func rewoundDTO(s ports.RewoundState) rewoundDoc {
	return rewoundDoc{
		Rank: s.Rank, Points: s.Points, Kos: s.Kos, Wos: s.Wos, Warnings: s.Warnings, Recommendations: s.Recommendations,
		Punishment: s.Punishment.Status.String(), PunishmentUntil: timeDTO(s.Punishment.Until), Hold: s.Hold,
	}
}

func rewoundFromDTO(d rewoundDoc) ports.RewoundState {
	return ports.RewoundState{
		Rank: d.Rank, Points: d.Points, Kos: d.Kos, Wos: d.Wos, Warnings: d.Warnings, Recommendations: d.Recommendations,
		Punishment: domain.Punishment{Status: punishmentFromText(d.Punishment), Until: parseInstant(d.PunishmentUntil)}, Hold: d.Hold,
	}
}
