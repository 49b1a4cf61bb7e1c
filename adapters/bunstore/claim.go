package bunstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	Returned   int     `bun:"returned"`
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
	named := s.claimArguments(lease, arguments{"skip": s.dialect.skip, "announce": domain.EffectAnnounce.String()})
	due := dueIn(rooms, named)
	byLane := func(a, b claimRow) int {
		return cmp.Or(cmp.Compare(a.Lane, b.Lane), a.DueAt.at.Compare(b.DueAt.at), cmp.Compare(a.ID, b.ID))
	}
	return s.claim(ctx, byLane, func() (rows []claimRow, err error) {
		if due == "" {
			return nil, nil
		}
		err = s.write.NewRaw(`WITH due AS (`+due+`) `+leaseDue, named).Scan(ctx, &rows)
		return rows, err
	})
}

// ClaimWebhooks leases an entry for each webhook that is not busy; see ports.Outbox.
//
// The names of the webhooks are found by jumping from one to the next in the index: what waits for them may be a lot.
func (s *Store) ClaimWebhooks(ctx context.Context, busy []string, lease time.Duration) ([]ports.Claim, error) {
	busy = append([]string{""}, busy...) // a list must not be empty, and nothing is called so
	byName := func(a, b claimRow) int { return cmp.Compare(*a.Sink, *b.Sink) }
	return s.claim(ctx, byName, func() (rows []claimRow, err error) {
		err = s.write.NewRaw(`
			WITH RECURSIVE sinks (sink) AS (
				SELECT min(o.sink) FROM outbox AS o WHERE NOT o.dead AND o.sink IS NOT NULL
				UNION ALL
				SELECT (SELECT min(o.sink) FROM outbox AS o WHERE NOT o.dead AND o.sink IS NOT NULL AND o.sink > n.sink)
				FROM sinks AS n WHERE n.sink IS NOT NULL
			), due (id) AS (
				SELECT (
					SELECT o.id FROM outbox AS o
					WHERE o.sink = n.sink AND o.sink IS NOT NULL AND NOT o.dead
						AND o.due_at <= ?began AND (o.leased_until IS NULL OR o.leased_until <= ?now) AND o.kind IN (?known)
						AND NOT EXISTS (
							SELECT 1 FROM outbox AS s WHERE s.user_id = o.user_id AND s.kind IN (?settling) AND NOT s.dead)
						AND NOT EXISTS (
							SELECT 1 FROM outbox AS a WHERE a.user_id = o.user_id AND a.sink = o.sink AND NOT a.dead
								AND (a.wish, a.id) < (o.wish, o.id))
					ORDER BY o.due_at, o.id LIMIT 1)
				FROM sinks AS n WHERE n.sink IS NOT NULL AND n.sink NOT IN (?busy)
			)
			`+leaseDue, s.claimArguments(lease, arguments{"busy": bun.List(busy), "began": s.dialect.began})).Scan(ctx, &rows)
		return rows, err
	})
}

// leaseDue is the end of a claim: it leases the rows whose ids are in due.
const leaseDue = `UPDATE outbox SET attempt = attempt + 1, first_tried = coalesce(first_tried, ?now), leased_until = ?until,
		leased_generation = generation, leased_attempt = attempt + 1
	WHERE id IN (SELECT id FROM due) AND NOT dead AND (leased_until IS NULL OR leased_until <= ?now)
	RETURNING id, user_id, kind, target, sink, lane, effect, decision_id, trace, generation, attempt, returned, enqueued_at, first_tried, due_at, reason`

// claimArguments adds to the arguments of a claim what every claim needs.
func (s *Store) claimArguments(lease time.Duration, more arguments) arguments {
	more["now"], more["until"] = s.dialect.now, s.dialect.later(lease)
	more["known"], more["settling"] = bun.List(kindsKnown()), bun.List(kindsThat(domain.EffectKind.Settles))
	return more
}

// claim runs the statement of a claim and returns its rows in order. A row that cannot be read is left out and told of: it stays leased for
// its time, and the others are carried out.
func (s *Store) claim(
	ctx context.Context, order func(a, b claimRow) int, statement func() ([]claimRow, error),
) ([]ports.Claim, error) {
	var rows []claimRow
	err := s.change(ctx, "claim effects", func() (err error) {
		rows, err = statement()
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, order)
	claims := make([]ports.Claim, 0, len(rows))
	var faults []error
	for _, row := range rows {
		claim, err := claimFromRow(row)
		if err != nil {
			faults = append(faults, fmt.Errorf("read entry %d: %w", row.ID, err))
			continue
		}
		claims = append(claims, claim)
	}
	return claims, translate(ctx, "claim effects", errors.Join(faults...))
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
				WHERE NOT o.dead AND o.sink IS NULL AND o.lane BETWEEN ?first`+n+` AND ?last`+n+`
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
		ID: r.ID, Generation: r.Generation, Attempt: r.Attempt, Returned: r.Returned, Entry: entry, FirstTried: r.FirstTried.at, EnqueuedAt: r.EnqueuedAt.at,
		LastReason: string(r.Reason),
	}, err
}
