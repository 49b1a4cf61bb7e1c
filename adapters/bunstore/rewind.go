package bunstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// outOfOrder is how far an instant of arrival may lie behind the instants of records that were written before it.
const outOfOrder = time.Hour

// scopedRow is what of a record is needed to know whether a scope chooses it, besides what the database looks at.
type scopedRow struct {
	ID        int64 `bun:"id"`
	UserID    int64 `bun:"user_id"`
	CreatedAt stamp `bun:"created_at"`
}

// SnapshotSpan returns the ids between which later records stand; see ports.SnapshotReader. As ids and instants count up together, a few
// looks find the first.
func (s *Store) SnapshotSpan(ctx context.Context, since time.Time) (first, last int64, err error) {
	err = s.query(ctx, "look for a span of the history", func() error {
		first, last = 0, 0
		var ends struct {
			First *int64 `bun:"first"`
			Last  *int64 `bun:"last"`
		}
		err := s.read.NewRaw("SELECT (SELECT min(id) FROM player_snapshots) AS first, (SELECT max(id) FROM player_snapshots) AS last").Scan(ctx, &ends)
		if err != nil || ends.First == nil || ends.Last == nil {
			return err
		}
		since, low := since.Add(-outOfOrder), *ends.First
		last = *ends.Last
		for first = last; low < first; {
			middle := low + (first-low)/2
			var at []scopedRow
			err := s.read.NewSelect().Table("player_snapshots").Column("id", "created_at").
				Where("id >= ?", middle).OrderExpr("id").Limit(1).Scan(ctx, &at)
			if err != nil {
				return err
			}
			if len(at) == 0 || !at[0].CreatedAt.at.Before(since) { // none is left behind it where others were forgotten meanwhile
				first = middle
			} else {
				low = at[0].ID + 1
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	return min(first, last), last, nil
}

// ScopedSnapshots returns the records of a stretch that a scope chooses; see ports.SnapshotReader.
func (s *Store) ScopedSnapshots(ctx context.Context, scope ports.SnapshotScope, first, last int64) ([]ports.Rewound, error) {
	var rows []scopedRow
	err := s.query(ctx, "look for snapshots", func() error {
		for _, name := range [...]string{scope.Principal, scope.Experience, scope.Server} {
			if strings.IndexByte(name, 0) >= 0 {
				return nil // no database holds such a text
			}
		}
		query := s.read.NewSelect().Table("player_snapshots").Column("id", "user_id", "created_at").
			Where("id BETWEEN ? AND ?", first, last).Where("disregarded_by IS NULL").Where(s.dialect.isUser, int64(domain.MaxID))
		if scope.Principal != "" {
			query = query.Where("principal = ?", scope.Principal)
		}
		if scope.Server != "" {
			query = query.Where(fmt.Sprintf(s.dialect.payloadText, "server")+" = ?", scope.Server)
		}
		if scope.Experience != "" {
			query = query.WhereGroup(" AND ", func(query *bun.SelectQuery) *bun.SelectQuery {
				return query.Where(fmt.Sprintf(s.dialect.payloadText, "experienceKey")+" = ?", scope.Experience).
					WhereOr(fmt.Sprintf(s.dialect.payloadText, "universeId")+" = ?", scope.Experience)
			})
		}
		return query.OrderExpr("id").Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	var found []ports.Rewound
	at := make(map[int64]int)
	for _, r := range rows {
		if !scope.Spans(r.CreatedAt.at) {
			continue
		}
		i, known := at[r.UserID]
		if !known {
			i = len(found)
			at[r.UserID] = i
			found = append(found, ports.Rewound{User: userFromNumber(r.UserID), First: r.ID, Outcome: ports.RewoundFound})
		}
		found[i].Snapshots++
	}
	slices.SortFunc(found, func(a, b ports.Rewound) int { return cmp.Compare(a.User.Int64(), b.User.Int64()) })
	return found, nil
}

// DeliveredBy reports whether a key delivered a record of a stretch; see ports.SnapshotReader.
func (s *Store) DeliveredBy(ctx context.Context, principal string, first, last int64) (bool, error) {
	var rows []scopedRow
	err := s.query(ctx, "look for reports of a key", func() error {
		if strings.IndexByte(principal, 0) >= 0 {
			return nil // no database holds such a text
		}
		return s.read.NewSelect().Table("player_snapshots").Column("id").
			Where("id BETWEEN ? AND ?", first, last).Where("principal = ?", principal).Limit(1).Scan(ctx, &rows)
	})
	return len(rows) > 0, err
}

// FirstDisregarded returns the first record of a player that does not count; see ports.SnapshotReader.
func (s *Store) FirstDisregarded(ctx context.Context, user domain.UserID) (int64, error) {
	var rows []scopedRow
	err := s.query(ctx, "look for what does not count", func() error {
		return s.read.NewSelect().Table("player_snapshots").Column("id").
			Where("user_id = ?", user.Int64()).Where("disregarded_by IS NOT NULL").OrderExpr("id").Limit(1).Scan(ctx, &rows)
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].ID, nil
}

// SnapshotsFrom reads on in the history of a player; see ports.SnapshotWriter.
func (u *unit) SnapshotsFrom(
	ctx context.Context, user domain.UserID, after int64, limit int,
) (records []ports.SnapshotRecord, err error) {
	err = u.do(ctx, "read on in the history of a player", func() error {
		if limit <= 0 {
			return nil
		}
		var rows []snapshotRow
		err := u.tx.NewSelect().Model(&rows).ExcludeColumn("request_hash", "answer").
			Where("user_id = ?", user.Int64()).Where("id > ?", after).OrderExpr("id").Limit(int64(limit)).Scan(ctx)
		if err != nil {
			return err
		}
		records, err = each(rows, snapshotFromRow)
		return err
	})
	return records, err
}

// LatestBound returns the bound of what was folded last; see ports.SnapshotWriter.
func (u *unit) LatestBound(ctx context.Context, user domain.UserID) (string, error) {
	var rows []snapshotRow
	err := u.do(ctx, "look for the bound of the newest report", func() error {
		return u.tx.NewSelect().Model(&rows).Column("max_rank").Where("user_id = ?", user.Int64()).
			Where("disregarded_by IS NULL").Where("outcome <> ?", domain.FoldStale.String()).OrderExpr("id DESC").Limit(1).Scan(ctx)
	})
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return string(rows[0].MaxRank), nil
}

// disregardedAtOnce is how many ids stand in one statement.
const disregardedAtOnce = 1000

// DisregardSnapshots takes records out of account; see ports.SnapshotWriter.
func (u *unit) DisregardSnapshots(ctx context.Context, ids []int64, rewind string) error {
	if len(ids) == 0 {
		return u.poison
	}
	return u.do(ctx, "take snapshots out of account", func() error {
		for chunk := range slices.Chunk(ids, disregardedAtOnce) {
			_, err := u.tx.NewUpdate().Table("player_snapshots").Set("disregarded_by = ?", text(rewind)).
				Where("id IN (?)", bun.List(chunk)).Where("disregarded_by IS NULL").Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
