package bunstore

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// snapshotRow is a row of player_snapshots.
type snapshotRow struct {
	bun.BaseModel `bun:"table:player_snapshots,alias:s"`

	ID            int64    `bun:"id,pk,autoincrement,type:bigint"`
	UserID        int64    `bun:"user_id,type:bigint"`
	Payload       document `bun:"payload,type:jsonb"`
	Source        string   `bun:"source,type:text"`
	ExperienceKey text     `bun:"experience_key,type:text"`
	ActorUserID   number   `bun:"actor_user_id,type:bigint"`
	CreatedAt     stamp    `bun:"created_at,type:timestamptz"`

	ObservedAt  instant  `bun:"observed_at,type:timestamptz"`
	Outcome     text     `bun:"outcome,type:text"`
	Principal   string   `bun:"principal,type:text"` // never NULL when written here, for NULLs never equal each other
	RequestID   text     `bun:"request_id,type:text"`
	RequestKey  text     `bun:"request_key,type:text"`
	RequestHash text     `bun:"request_hash,type:text"`
	Answer      document `bun:"answer,type:jsonb"`
	MaxRank     text     `bun:"max_rank,type:text"`

	DisregardedBy text `bun:"disregarded_by,type:text"` // never written with the row
}

// keyedID is the id that a row was given, with the key that tells it from the rows that were not added.
type keyedID struct {
	ID         int64  `bun:"id"`
	Principal  string `bun:"principal"`
	RequestKey text   `bun:"request_key"`
}

// AppendSnapshots adds records to the history; see ports.SnapshotWriter.
func (u *unit) AppendSnapshots(ctx context.Context, records []ports.SnapshotRecord) ([]int64, error) {
	if len(records) == 0 {
		return nil, u.poison
	}
	if u.dialect.reports != nil {
		return u.SaveReports(ctx, nil, records)
	}
	rows, err := each(records, rowFromSnapshot)
	if err != nil {
		return nil, u.do(ctx, "append snapshots", func() error { return err })
	}
	var added []keyedID
	err = u.do(ctx, "append snapshots", func() error {
		return u.tx.NewInsert().Model(&rows).
			ExcludeColumn("id", "disregarded_by").
			On("CONFLICT (principal, request_key) WHERE request_key IS NOT NULL DO NOTHING").
			Returning("id, principal, request_key").
			Scan(ctx, &added)
	})
	if err != nil {
		return nil, err
	}
	return idsInOrder(records, added), nil
}

// SaveReports saves players and appends snapshots; see ports.ReportWriter.
func (u *unit) SaveReports(ctx context.Context, standings []ports.PlacedStanding, records []ports.SnapshotRecord) ([]int64, error) {
	r := u.dialect.reports
	if r == nil {
		if err := u.SaveStandings(ctx, standings); err != nil {
			return nil, err
		}
		return u.AppendSnapshots(ctx, records)
	}
	return u.saveReports(ctx, standings, records, r.append, u.send)
}

// SaveLastReports saves players and appends snapshots as the last call; see ports.ReportWriter.
func (u *unit) SaveLastReports(ctx context.Context, standings []ports.PlacedStanding, records []ports.SnapshotRecord) ([]int64, error) {
	if u.pg != nil && u.pg.holds(standings) {
		return u.saveReports(ctx, standings, records, u.dialect.reports.appendNew, u.end)
	}
	ids, err := u.SaveReports(ctx, standings, records)
	if err == nil && slices.Contains(ids, 0) {
		err = u.do(ctx, "append snapshots", func() error { return conflict(errors.New("a request key is stored already")) })
	}
	u.over = true
	return ids, err
}

// saveReports saves players and appends snapshots by statements that are written by hand for PostgreSQL.
func (u *unit) saveReports(
	ctx context.Context, standings []ports.PlacedStanding, records []ports.SnapshotRecord, add pgWrite[snapshotRow],
	send func(ctx context.Context, doing string, calls ...*pgCall) error,
) ([]int64, error) {
	rows, err := each(records, rowFromSnapshot)
	if err != nil {
		return nil, u.do(ctx, "append snapshots", func() error { return err })
	}
	calls := u.dialect.reports.save(rowsFromStandings(standings))
	added := make([]keyedID, 0, len(rows))
	if len(rows) > 0 {
		call := add.call(rows)
		call.each = func(values [][]byte) {
			added = append(added, keyedID{ID: intOf(values[0]), Principal: string(values[1]), RequestKey: text(values[2])})
		}
		calls = append(calls, call)
	}
	if err := send(ctx, "save reports", calls...); err != nil {
		return nil, err
	}
	return idsInOrder(records, added), nil
}

// idsInOrder returns the id that each record was given, and 0 for each that was not added. Rows without a key are always added and in
// order; one with a key stands for the first record that has it.
func idsInOrder(records []ports.SnapshotRecord, added []keyedID) []int64 {
	slices.SortFunc(added, func(a, b keyedID) int { return cmp.Compare(a.ID, b.ID) })
	var plain []int64
	byKey := map[ports.RequestKey]int64{}
	for _, row := range added {
		if row.RequestKey == "" {
			plain = append(plain, row.ID)
		} else {
			byKey[ports.RequestKey{Principal: row.Principal, Key: string(row.RequestKey)}] = row.ID
		}
	}
	ids := make([]int64, len(records))
	for i, r := range records {
		if r.Request.Key == "" {
			ids[i], plain = plain[0], plain[1:]
		} else {
			ids[i] = byKey[r.Request]
			delete(byKey, r.Request)
		}
	}
	return ids
}

// Answers returns the first answers to keys; see ports.SnapshotWriter.
func (u *unit) Answers(ctx context.Context, keys []ports.RequestKey) (map[ports.RequestKey]ports.StoredAnswer, error) {
	answers := map[ports.RequestKey]ports.StoredAnswer{}
	keys = slices.DeleteFunc(slices.Clone(keys), func(k ports.RequestKey) bool { return k.Key == "" })
	if len(keys) == 0 {
		return answers, u.poison
	}
	err := u.do(ctx, "look for answers", func() error {
		var rows []snapshotRow
		err := u.tx.NewSelect().Model(&rows).
			Column("id", "principal", "request_key", "request_hash", "answer").
			WhereGroup(" AND ", func(query *bun.SelectQuery) *bun.SelectQuery {
				for _, k := range keys {
					query = query.WhereOr("principal = ? AND request_key = ?", k.Principal, k.Key)
				}
				return query
			}).
			Scan(ctx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			var answer answerDoc
			if err := r.Answer.decode(&answer); err != nil {
				return err
			}
			answers[requestFromRow(r)] = ports.StoredAnswer{
				RequestHash: string(r.RequestHash), SnapshotID: r.ID, Answer: answerFromDTO(answer),
			}
		}
		return nil
	})
	return answers, err
}

// Snapshots returns a page of a player's history; see ports.SnapshotReader.
func (s *Store) Snapshots(ctx context.Context, user domain.UserID, before int64, limit int) ([]ports.SnapshotRecord, error) {
	var rows []snapshotRow
	err := s.query(ctx, "read the history of a player", func() error {
		if limit <= 0 {
			return nil
		}
		query := s.read.NewSelect().Model(&rows).ExcludeColumn("request_hash", "answer").Where("user_id = ?", user.Int64())
		if before > 0 {
			query = query.Where("id < ?", before)
		}
		return query.OrderExpr("id DESC").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	records, err := each(rows, snapshotFromRow)
	return records, translate(ctx, "read the history of a player", err)
}

func rowFromSnapshot(r ports.SnapshotRecord) (snapshotRow, error) {
	report := r.Snapshot.Report()
	payload, err := documentFrom(payloadDTO(report))
	if err != nil {
		return snapshotRow{}, err
	}
	row := snapshotRow{
		UserID:        report.UserID.Int64(),
		Payload:       payload,
		Source:        r.Source,
		ExperienceKey: text(report.Experience.Key),
		ActorUserID:   number(r.Actor.Int64()),
		CreatedAt:     stamp{r.Snapshot.Received()},
		ObservedAt:    instant{report.ObservedAt},
		Outcome:       text(r.Outcome.String()),
		Principal:     r.Request.Principal,
		RequestID:     text(r.RequestID),
		RequestKey:    text(r.Request.Key),
		MaxRank:       text(r.MaxRank),
	}
	if r.Request.Key != "" {
		row.RequestHash = text(r.RequestHash)
		row.Answer, err = documentFrom(answerDTO(r.Answer))
	}
	return row, err
}

func snapshotFromRow(r snapshotRow) (ports.SnapshotRecord, error) {
	report := reportFromPayload(userFromNumber(r.UserID), r.Payload)
	snapshot, err := domain.RestoreSnapshot(report, r.CreatedAt.at)
	if err != nil {
		return ports.SnapshotRecord{}, err
	}
	return ports.SnapshotRecord{
		ID: r.ID, Snapshot: snapshot, Outcome: outcomeFromText(string(r.Outcome)), Source: r.Source,
		Actor: userFromNumber(int64(r.ActorUserID)), RequestID: string(r.RequestID), Request: requestFromRow(r),
		Disregarded: string(r.DisregardedBy), MaxRank: string(r.MaxRank),
	}, nil
}

func requestFromRow(r snapshotRow) ports.RequestKey {
	return ports.RequestKey{Principal: r.Principal, Key: string(r.RequestKey)}
}
