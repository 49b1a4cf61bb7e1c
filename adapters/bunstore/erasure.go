package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// notLifted is, word for word, the condition of the index of erasures by mark.
const notLifted = "state <> 'lifted'"

// isQueued is, word for word, the condition of the index of erasures that are queued.
const isQueued = "state = 'queued'"

// erasureRow is a row of erasures.
type erasureRow struct {
	bun.BaseModel `bun:"table:erasures,alias:e"`

	ID           string  `bun:"id,pk"`
	UserID       number  `bun:"user_id"`
	Mark         string  `bun:"mark"`
	KeyID        string  `bun:"key_id"`
	Notification text    `bun:"notification_id"`
	Principal    text    `bun:"principal"`
	State        string  `bun:"state"`
	Banned       bool    `bun:"banned"`
	AskedAt      stamp   `bun:"asked_at"`
	EndedAt      instant `bun:"ended_at"`
}

// AddErasure writes a new erasure; see ports.ErasureWriter.
func (u *unit) AddErasure(ctx context.Context, e ports.Erasure) (ports.Erasure, bool, error) {
	added := false
	err := u.do(ctx, "add an erasure", func() error {
		row := rowFromErasure(e)
		var err error
		added, err = touched(u.tx.NewInsert().Model(&row).
			On("CONFLICT (notification_id) WHERE notification_id IS NOT NULL DO NOTHING").Returning("NULL").Exec(ctx))
		if err != nil || added {
			return err
		}
		var first erasureRow
		if err := u.tx.NewSelect().Model(&first).Where("notification_id = ?", e.Notification).Scan(ctx); err != nil {
			return err
		}
		e = erasureFromRow(first)
		return nil
	})
	if err != nil {
		return ports.Erasure{}, false, err
	}
	if added {
		e = erasureFromRow(rowFromErasure(e))
	}
	return e, added, nil
}

// SaveErasure writes how far an erasure has come; see ports.ErasureWriter.
func (u *unit) SaveErasure(ctx context.Context, e ports.Erasure) (bool, error) {
	saved := false
	err := u.do(ctx, "save an erasure", func() error {
		row := rowFromErasure(e)
		var err error
		columns := []string{"user_id", "state", "ended_at"}
		if e.Banned {
			columns = append(columns, "banned")
		}
		saved, err = touched(u.tx.NewUpdate().Model(&row).Column(columns...).WherePK().Exec(ctx))
		return err
	})
	return saved && err == nil, err
}

// ErasuresOf returns the erasures with one of the marks; see ports.ErasureWriter.
func (u *unit) ErasuresOf(ctx context.Context, marks []string) ([]ports.Erasure, error) {
	if len(marks) == 0 {
		return nil, u.poison
	}
	var rows []erasureRow
	err := u.do(ctx, "look for erasures", func() error {
		return u.tx.NewSelect().Model(&rows).Where("mark IN (?)", bun.List(marks)).Where(notLifted).OrderExpr("id").Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	return erasuresFromRows(rows), nil
}

// Erasure returns the erasure of an id; see ports.Erasures.
func (s *Store) Erasure(ctx context.Context, id string) (ports.Erasure, error) {
	if strings.IndexByte(id, 0) >= 0 {
		return ports.Erasure{}, notFound("erasure") // no database holds such a text
	}
	var row erasureRow
	err := s.query(ctx, "read an erasure", func() error { return s.read.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx) })
	if errors.Is(err, sql.ErrNoRows) {
		return ports.Erasure{}, notFound("erasure")
	}
	return erasureFromRow(row), err
}

// Erasures returns a page of erasures; see ports.Erasures.
func (s *Store) Erasures(ctx context.Context, before string, limit int) ([]ports.Erasure, error) {
	var rows []erasureRow
	err := s.query(ctx, "list erasures", func() error {
		if limit <= 0 {
			return nil
		}
		query := s.read.NewSelect().Model(&rows).OrderExpr("id DESC").Limit(int64(limit))
		if before != "" {
			query = query.Where("id < ?", before)
		}
		return query.Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	return erasuresFromRows(rows), nil
}

// QueuedErasures returns a page of erasures that are queued; see ports.Erasures.
func (s *Store) QueuedErasures(ctx context.Context, after string, limit int) ([]ports.Erasure, error) {
	var rows []erasureRow
	err := s.query(ctx, "look for erasures to be done", func() error {
		if limit <= 0 {
			return nil
		}
		return s.read.NewSelect().Model(&rows).Where(isQueued).Where("id > ?", after).OrderExpr("id").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	return erasuresFromRows(rows), nil
}

// ErasureKeys returns which keys marks were made with; see ports.Erasures.
func (s *Store) ErasureKeys(ctx context.Context) ([]string, error) {
	var keys []string
	err := s.query(ctx, "look for the keys of erasures", func() error {
		return s.read.NewSelect().Table("erasures").ColumnExpr("DISTINCT key_id").Where(notLifted).OrderExpr("key_id").Scan(ctx, &keys)
	})
	return keys, err
}

// KeepErasureKey returns the key that is kept for marks; see ports.Erasures.
func (s *Store) KeepErasureKey(ctx context.Context, offered string) (string, error) {
	kept := ""
	err := s.change(ctx, "keep the key of erasures", func() error {
		if offered != "" {
			_, err := s.write.NewRaw("INSERT INTO erasure_key (id, secret) VALUES (1, ?) ON CONFLICT (id) DO NOTHING", offered).Exec(ctx)
			if err != nil {
				return err
			}
		}
		err := s.write.NewRaw("SELECT secret FROM erasure_key WHERE id = 1").Scan(ctx, &kept)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return kept, err
}

func rowFromErasure(e ports.Erasure) erasureRow {
	return erasureRow{
		ID: e.ID, UserID: number(e.User.Int64()), Mark: e.Mark, KeyID: e.KeyID, Notification: text(e.Notification),
		Principal: text(e.Principal), State: string(e.State), Banned: e.Banned, AskedAt: stamp{domain.Instant(e.AskedAt)},
		EndedAt: instant{domain.Instant(e.EndedAt)},
	}
}

func erasureFromRow(r erasureRow) ports.Erasure {
	return ports.Erasure{
		ID: r.ID, User: userFromNumber(int64(r.UserID)), Mark: r.Mark, KeyID: r.KeyID, Notification: string(r.Notification),
		Principal: string(r.Principal), State: ports.ErasureState(r.State), Banned: r.Banned, AskedAt: r.AskedAt.at, EndedAt: r.EndedAt.at,
	}
}

func erasuresFromRows(rows []erasureRow) []ports.Erasure {
	erasures := make([]ports.Erasure, len(rows))
	for i, row := range rows {
		erasures[i] = erasureFromRow(row)
	}
	return erasures
}
