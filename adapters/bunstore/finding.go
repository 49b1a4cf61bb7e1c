package bunstore

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// findingRow is a row of findings.
type findingRow struct {
	bun.BaseModel `bun:"table:findings,alias:f"`

	ID            string   `bun:"id,pk"`
	UserID        int64    `bun:"user_id"`
	Kind          string   `bun:"kind"`
	WindowSeconds int64    `bun:"window_seconds"`
	FoundAt       stamp    `bun:"found_at"`
	ObservedAt    stamp    `bun:"observed_at"`
	SnapshotID    number   `bun:"snapshot_id"`
	Principal     text     `bun:"principal"`
	UniverseID    number   `bun:"universe_id"`
	PlaceID       number   `bun:"place_id"`
	Server        text     `bun:"server"`
	ExperienceKey text     `bun:"experience_key"`
	Details       document `bun:"details,type:jsonb"`
}

// findingDoc is the numbers of a finding.
type findingDoc struct {
	Before int64         `json:"pointsBefore"`
	After  int64         `json:"pointsAfter"`
	Cap    int64         `json:"cap,omitempty"`
	Growth int64         `json:"growth,omitempty"`
	Other  experienceDoc `json:"otherExperience,omitzero"`
	Apart  int64         `json:"apartMicroseconds,omitempty"`
}

// series names findings of which a new one may be one too many.
type series struct {
	User   int64  `bun:"user_id"`
	Kind   string `bun:"kind"`
	Window int64  `bun:"window_seconds"`
}

// foundRow is what is stored of a series.
type foundRow struct {
	series
	Newest stamp `bun:"newest"`
	Count  int   `bun:"n"`
}

// AddFindings writes new findings; see ports.FindingWriter.
func (u *unit) AddFindings(ctx context.Context, findings []ports.FindingRecord) ([]ports.FindingRecord, error) {
	if len(findings) == 0 {
		return nil, u.poison
	}
	var added []ports.FindingRecord
	err := u.do(ctx, "add findings", func() error {
		var stored []foundRow
		users := bun.List(usersOf(findings))
		err := u.tx.NewSelect().TableExpr("findings").Column("user_id", "kind", "window_seconds").
			ColumnExpr("max(found_at) AS newest").ColumnExpr("count(*) AS n").
			Where("user_id IN (?)", users).Group("user_id", "kind", "window_seconds").
			Scan(ctx, &stored)
		if err != nil {
			return err
		}
		var crowded bool
		if added, crowded = newFindings(findings, stored); len(added) == 0 {
			return nil
		}
		rows, err := each(added, rowFromFinding)
		if err != nil {
			return err
		}
		if _, err = u.tx.NewInsert().Model(&rows).Exec(ctx); err != nil || !crowded {
			return err
		}
		_, err = u.tx.NewDelete().TableExpr("findings").
			Where(`id IN (SELECT id FROM (
				SELECT id, row_number() OVER (PARTITION BY user_id, kind ORDER BY id DESC) AS place FROM findings WHERE user_id IN (?)
			) AS placed WHERE place > ?)`, users, ports.FindingsKept).
			Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// newFindings returns the findings that no other stands for, and whether there are more of a kind with them than are kept.
func newFindings(findings []ports.FindingRecord, stored []foundRow) (added []ports.FindingRecord, crowded bool) {
	newest, kept := make(map[series]time.Time), make(map[series]int)
	for _, row := range stored {
		newest[row.series] = row.Newest.at
		kept[series{User: row.User, Kind: row.Kind}] += row.Count
	}
	for _, f := range findings {
		f.At, f.ObservedAt = domain.Instant(f.At), domain.Instant(f.ObservedAt)
		kind := series{User: f.UserID.Int64(), Kind: f.Finding.Kind.String()}
		own := kind
		own.Window = int64(f.Finding.Window / time.Second)
		last, found := newest[own]
		if found && last.After(f.At.Add(-f.Finding.Quiet())) {
			continue
		}
		if !found || f.At.After(last) {
			newest[own] = f.At
		}
		kept[kind]++
		crowded = crowded || kept[kind] > ports.FindingsKept
		added = append(added, f)
	}
	return added, crowded
}

// Findings returns a page of findings; see ports.FindingReader.
func (s *Store) Findings(
	ctx context.Context, filter ports.FindingFilter, before string, limit int,
) ([]ports.FindingRecord, error) {
	var rows []findingRow
	err := s.query(ctx, "list findings", func() error {
		if limit <= 0 || strings.IndexByte(before, 0) >= 0 { // no database holds such a text
			return nil
		}
		query := s.read.NewSelect().Model(&rows)
		if !filter.User.IsZero() {
			query = query.Where("user_id = ?", filter.User.Int64())
		}
		if filter.Kind != 0 {
			query = query.Where("kind = ?", filter.Kind.String())
		}
		if !filter.Since.IsZero() {
			query = query.Where("found_at >= ?", stamp{filter.Since})
		}
		if before != "" {
			query = query.Where("id < ?", before)
		}
		return query.OrderExpr("id DESC").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	findings, err := each(rows, findingFromRow)
	return findings, translate(ctx, "list findings", err)
}

// PruneFindings forgets old findings; see ports.FindingReader.
func (s *Store) PruneFindings(ctx context.Context, before time.Time, limit int) (int, error) {
	var removed int64
	err := s.change(ctx, "prune findings", func() error {
		if limit <= 0 {
			return nil
		}
		result, err := s.write.NewDelete().TableExpr("findings").
			Where("id IN (SELECT id FROM findings WHERE found_at < ? ORDER BY found_at, id LIMIT ?)", stamp{before}, limit).
			Exec(ctx)
		if err != nil {
			return err
		}
		removed, err = result.RowsAffected()
		return err
	})
	return int(removed), err
}

func usersOf(findings []ports.FindingRecord) []int64 {
	users := make([]int64, len(findings))
	for i, f := range findings {
		users[i] = f.UserID.Int64()
	}
	return users
}

func rowFromFinding(r ports.FindingRecord) (findingRow, error) {
	f := r.Finding
	details, err := documentFrom(findingDoc{
		Before: f.Before, After: f.After, Cap: f.Cap, Growth: f.Growth, Other: experienceDTO(f.Other), Apart: f.Apart.Microseconds(),
	})
	return findingRow{
		ID: r.ID, UserID: r.UserID.Int64(), Kind: f.Kind.String(), WindowSeconds: int64(f.Window / time.Second),
		FoundAt: stamp{r.At}, ObservedAt: stamp{r.ObservedAt}, SnapshotID: number(r.SnapshotID), Principal: text(r.Principal),
		UniverseID: number(r.Experience.Universe.Int64()), PlaceID: number(r.Experience.PlaceID), Server: text(r.Experience.Server),
		ExperienceKey: text(r.Experience.Key), Details: details,
	}, err
}

func findingFromRow(r findingRow) (ports.FindingRecord, error) {
	kind, err := domain.ParseFindingKind(r.Kind)
	if err != nil {
		return ports.FindingRecord{}, err
	}
	var details findingDoc
	if err := r.Details.decode(&details); err != nil {
		return ports.FindingRecord{}, err
	}
	return ports.FindingRecord{
		ID: r.ID, UserID: userFromNumber(r.UserID),
		Finding: domain.Finding{
			Kind: kind, Before: details.Before, After: details.After, Window: time.Duration(r.WindowSeconds) * time.Second, Cap: details.Cap,
			Growth: details.Growth, Other: experienceFromDTO(details.Other), Apart: time.Duration(details.Apart) * time.Microsecond,
		},
		At: r.FoundAt.at, ObservedAt: r.ObservedAt.at, Principal: string(r.Principal), SnapshotID: int64(r.SnapshotID),
		Experience: domain.Experience{
			Universe: universeFromNumber(int64(r.UniverseID)), PlaceID: int64(r.PlaceID), Server: string(r.Server), Key: string(r.ExperienceKey),
		},
	}, nil
}
