package bunstore

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// claimRow is what a claim returns of a row of outbox.
type claimRow struct {
	waitingRow

	ID         int64   `bun:"id"`
	Generation int64   `bun:"generation"`
	Attempt    int     `bun:"attempt"`
	EnqueuedAt stamp   `bun:"enqueued_at"`
	FirstTried instant `bun:"first_tried"`
	DueAt      stamp   `bun:"due_at"`
	Reason     text    `bun:"reason"`
}

// Claim leases entries that are due; see ports.Outbox.
//
// One statement finds and leases. It looks at the lease twice: once to find the rows and, for rows that changed in between, once more
// when it changes them.
func (s *Store) Claim(ctx context.Context, rooms []ports.Room, lease time.Duration) ([]ports.Claim, error) {
	named := arguments{
		"now": s.dialect.now, "until": s.dialect.later(lease), "skip": s.dialect.skip,
		"known": bun.List(kindsKnown()), "settling": bun.List(kindsThat(domain.EffectKind.Settles)),
		"announce": domain.EffectAnnounce.String(),
	}
	due := dueIn(rooms, named)
	var rows []claimRow
	err := s.query(ctx, "claim effects", func() error {
		if due == "" {
			return nil
		}
		return s.write.NewRaw(`
			WITH due AS (`+due+`)
			UPDATE outbox SET attempt = attempt + 1, first_tried = coalesce(first_tried, ?now), leased_until = ?until,
				leased_generation = generation, leased_attempt = attempt + 1
			WHERE id IN (SELECT id FROM due) AND NOT dead AND (leased_until IS NULL OR leased_until <= ?now)
			RETURNING id, user_id, kind, target, lane, effect, decision_id, generation, attempt, enqueued_at, first_tried, due_at, reason`,
			named).Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b claimRow) int {
		return cmp.Or(cmp.Compare(a.Lane, b.Lane), a.DueAt.at.Compare(b.DueAt.at), cmp.Compare(a.ID, b.ID))
	})
	claims := make([]ports.Claim, len(rows))
	for i, row := range rows {
		claim, err := claimFromRow(row)
		if err != nil {
			return nil, translate(ctx, "claim effects", err)
		}
		claims[i] = claim
	}
	return claims, nil
}

// dueIn returns the query for the ids of what can be leased for the rooms, "" when there is no room, and adds the arguments that it names.
func dueIn(rooms []ports.Room, named arguments) string {
	var queries []string
	for i, room := range rooms {
		if room.Limit <= 0 {
			continue
		}
		n := strconv.Itoa(i)
		named["first"+n], named["last"+n], named["limit"+n] = int(room.First), int(room.Last), room.Limit
		queries = append(queries, `
			SELECT id FROM (
				SELECT o.id FROM outbox AS o
				WHERE NOT o.dead AND o.lane BETWEEN ?first`+n+` AND ?last`+n+`
					AND o.due_at <= ?now AND (o.leased_until IS NULL OR o.leased_until <= ?now)
					AND o.kind IN (?known)
					AND (o.kind IN (?settling) OR NOT EXISTS (
						SELECT 1 FROM outbox AS s WHERE s.user_id = o.user_id AND s.kind IN (?settling) AND NOT s.dead))
					AND (o.kind <> ?announce OR NOT EXISTS (
						SELECT 1 FROM outbox AS a WHERE a.user_id = o.user_id AND a.kind = ?announce AND NOT a.dead AND a.wish < o.wish))
				ORDER BY o.lane, o.due_at, o.id LIMIT ?limit`+n+` ?skip
			) AS room`+n)
	}
	return strings.Join(queries, " UNION ALL ")
}

func claimFromRow(r claimRow) (ports.Claim, error) {
	entry, err := entryFromRow(r.waitingRow)
	return ports.Claim{
		ID: r.ID, Generation: r.Generation, Attempt: r.Attempt, Entry: entry, FirstTried: r.FirstTried.at, EnqueuedAt: r.EnqueuedAt.at,
		LastReason: string(r.Reason),
	}, err
}
