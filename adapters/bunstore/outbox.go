package bunstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"time"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// wishRow is what a wish sets of a row of outbox.
type wishRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`

	UserID     int64    `bun:"user_id,type:bigint"`
	Kind       string   `bun:"kind,type:text"`
	Target     string   `bun:"target,type:text"`
	Lane       int      `bun:"lane,type:integer"`
	Effect     document `bun:"effect,type:jsonb"`
	DecisionID text     `bun:"decision_id,type:text"`
	Trace      text     `bun:"trace,type:text"`
	Sink       *string  `bun:"sink,type:text"`     // the webhook that is told; NULL for every other kind
	Place      int      `bun:"place,type:integer"` // in its call; not stored
	Delay      int64    `bun:"delay,type:bigint"`  // in microseconds; not stored
}

// place is what an entry wishes something about. At most one wish of a kind that replaces waits in a place.
type place struct {
	user   int64
	kind   string
	target string
}

// Enqueue adds entries, or lets them take the place of older ones; see ports.OutboxWriter.
func (u *unit) Enqueue(ctx context.Context, entries []ports.OutboxEntry) error {
	if len(entries) == 0 {
		return u.poison
	}
	return u.do(ctx, "enqueue effects", func() error {
		rows := make([]wishRow, len(entries))
		for i, e := range entries {
			row, err := rowFromEntry(e, i+1)
			if err != nil {
				return err
			}
			rows[i] = row
		}
		for len(rows) > 0 {
			n := distinct(rows)
			batch := rows[:n]
			if err := u.enqueue(ctx, batch); err != nil {
				return err
			}
			rows = rows[n:]
		}
		return nil
	})
}

// distinct returns how many of the first rows have different places: one statement cannot replace what it has just added.
func distinct(rows []wishRow) int {
	taken := map[place]bool{}
	for i, r := range rows {
		at := place{r.UserID, r.Kind, r.Target}
		if taken[at] && r.Kind != domain.EffectAnnounce.String() {
			return i
		}
		taken[at] = true
	}
	return len(rows)
}

// enqueue writes rows of different places. A wish that replaces another keeps the lease of the row, and forgets everything else of it.
func (u *unit) enqueue(ctx context.Context, rows []wishRow) error {
	_, err := u.tx.NewRaw(`
		WITH wanted (user_id, kind, target, lane, effect, decision_id, trace, sink, place, delay) AS (?values)
		INSERT INTO outbox AS o (user_id, kind, target, lane, effect, decision_id, trace, sink, wish, enqueued_at, due_at)
		SELECT user_id, kind, target, lane, effect, decision_id, trace, sink,
			coalesce((SELECT max(w.wish) FROM outbox AS w WHERE w.user_id = wanted.user_id), 0) + place, ?due, ?due
		FROM wanted WHERE TRUE ORDER BY place
		ON CONFLICT (user_id, kind, target) WHERE kind <> 'announce' DO UPDATE SET
			lane = excluded.lane, effect = excluded.effect, decision_id = excluded.decision_id, trace = excluded.trace, wish = excluded.wish,
			enqueued_at = excluded.enqueued_at, due_at = excluded.due_at,
			generation = o.generation + 1, attempt = 0, returned = 0, first_tried = NULL, dead = FALSE, died_at = NULL, reason = NULL`,
		arguments{"values": u.tx.NewValues(&rows), "due": u.dialect.delayed}).Exec(ctx)
	return err
}

// waitingRow is what Waiting shows of a row of outbox.
type waitingRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`

	UserID     int64    `bun:"user_id"`
	Kind       string   `bun:"kind"`
	Target     string   `bun:"target"`
	Lane       int      `bun:"lane"`
	Effect     document `bun:"effect,type:jsonb"`
	DecisionID text     `bun:"decision_id"`
	Trace      text     `bun:"trace"`
	Sink       *string  `bun:"sink"`
}

// Waiting returns the player's entries that are not dead; see ports.OutboxWriter.
func (u *unit) Waiting(ctx context.Context, user domain.UserID) ([]ports.OutboxEntry, error) {
	var entries []ports.OutboxEntry
	err := u.do(ctx, "look for waiting effects", func() error {
		var rows []waitingRow
		err := u.tx.NewSelect().Model(&rows).
			Where("user_id = ?", user.Int64()).Where("NOT dead").Where("kind IN (?)", bun.List(kindsKnown())).OrderExpr("wish").
			Scan(ctx)
		if err != nil {
			return err
		}
		entries, err = each(rows, entryFromRow)
		return err
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

// Settle ends a claim; see ports.OutboxWriter.
func (u *unit) Settle(ctx context.Context, settlement ports.Settlement) (bool, error) {
	settled := false
	err := u.do(ctx, "settle an effect", func() error {
		changed, err := u.settle(ctx, settlement)
		if err != nil {
			return err
		}
		settled = changed
		if settled {
			return nil
		}
		return u.release(ctx, settlement.Claim)
	})
	return settled, err
}

// settle returns whether the row still held the wish and the lease of the claim.
func (u *unit) settle(ctx context.Context, s ports.Settlement) (bool, error) {
	const mine = "id = ? AND generation = ? AND attempt = ? AND leased_until IS NOT NULL AND NOT dead"
	claim := []any{s.Claim.ID, s.Claim.Generation, s.Claim.Attempt}
	update := u.tx.NewUpdate().Table("outbox").Where(mine, claim...).Set("leased_until = NULL")
	if s.Result != ports.SettleBack {
		update = update.Set("reason = ?", text(s.Reason))
	}
	var result sql.Result
	var err error
	switch s.Result {
	case ports.SettleRetry:
		result, err = update.Set("due_at = ?", u.dialect.later(s.After)).Exec(ctx)
	case ports.SettleDead:
		result, err = update.Set("dead = TRUE").Set("died_at = ?", u.dialect.now).Exec(ctx)
	case ports.SettleBack:
		result, err = update.Set("returned = returned + 1").Exec(ctx)
	case ports.SettleDelivered:
		result, err = u.tx.NewDelete().Table("outbox").Where(mine, claim...).Exec(ctx)
	}
	return touched(result, err)
}

// release ends the lease of a claim whose wish was replaced, so that the newer wish need not wait for its end.
func (u *unit) release(ctx context.Context, c ports.Claim) error {
	_, err := u.tx.NewUpdate().Table("outbox").
		Set("leased_until = NULL").
		Where("id = ? AND leased_generation = ? AND leased_attempt = ?", c.ID, c.Generation, c.Attempt).
		Where("generation > leased_generation AND leased_until IS NOT NULL").
		Exec(ctx)
	return err
}

// touched returns whether a statement changed any row.
func touched(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// Depth returns how full the outbox is; see ports.Outbox.
func (s *Store) Depth(ctx context.Context) (ports.OutboxDepth, error) {
	var row struct {
		Waiting  int     `bun:"waiting"`
		Settling int     `bun:"settling"`
		Later    int     `bun:"later"`
		Dead     int     `bun:"dead"`
		Oldest   instant `bun:"oldest"`
		Now      instant `bun:"now"`
	}
	err := s.query(ctx, "measure the outbox", func() error {
		return s.read.NewSelect().Table("outbox").
			ColumnExpr("count(*) FILTER (WHERE NOT dead) AS waiting").
			ColumnExpr("count(*) FILTER (WHERE NOT dead AND kind IN (?)) AS settling", bun.List(kindsThat(domain.EffectKind.Settles))).
			ColumnExpr("count(*) FILTER (WHERE NOT dead AND enqueued_at > ?) AS later", s.dialect.now).
			ColumnExpr("count(*) FILTER (WHERE dead) AS dead").
			ColumnExpr("min(enqueued_at) FILTER (WHERE NOT dead) AS oldest").
			ColumnExpr("? AS now", s.dialect.now).
			Scan(ctx, &row)
	})
	if err != nil {
		return ports.OutboxDepth{}, err
	}
	depth := ports.OutboxDepth{Waiting: row.Waiting, Settling: row.Settling, Later: row.Later, Dead: row.Dead}
	if !row.Oldest.at.IsZero() {
		depth.Oldest = max(row.Now.at.Sub(row.Oldest.at), time.Duration(0))
	}
	return depth, nil
}

// kindsKnown returns the words of all kinds. Rows of a kind that only a newer release knows stay for that release.
func kindsKnown() []string {
	return kindsThat(func(domain.EffectKind) bool { return true })
}

// kindsThat returns the words of the kinds for which the answer is yes.
func kindsThat(yes func(domain.EffectKind) bool) []string {
	var words []string
	for _, k := range domain.EffectKinds() {
		if yes(k) {
			words = append(words, k.String())
		}
	}
	return words
}

func rowFromEntry(e ports.OutboxEntry, place int) (wishRow, error) {
	effect, err := documentFrom(effectDTO(e.Effect))
	row := wishRow{
		UserID: e.Effect.User.Int64(), Kind: e.Effect.Kind.String(), Target: e.Target, Lane: int(e.Lane),
		Effect: effect, DecisionID: text(e.DecisionID), Trace: text(e.Trace), Place: place, Delay: max(e.Delay, 0).Microseconds(),
	}
	if e.Effect.Kind == domain.EffectWebhook {
		row.Sink, row.Target = &e.Target, rand.Text() // a place of its own, so that it replaces nothing
	}
	return row, err
}

func entryFromRow(r waitingRow) (ports.OutboxEntry, error) {
	kind, err := domain.ParseEffectKind(r.Kind)
	if err != nil {
		return ports.OutboxEntry{}, err
	}
	var user domain.UserID // nobody, for what concerns no player
	if r.UserID != 0 || kind != domain.EffectWebhook {
		if user, err = domain.NewUserID(r.UserID); err != nil {
			return ports.OutboxEntry{}, err
		}
	}
	var effect effectDoc
	if err := r.Effect.decode(&effect); err != nil {
		return ports.OutboxEntry{}, err
	}
	target := r.Target
	if r.Sink != nil {
		target = *r.Sink
	}
	return ports.OutboxEntry{
		Effect: effectFromDTO(kind, user, effect), Target: target, DecisionID: string(r.DecisionID), Lane: ports.Lane(r.Lane), Trace: string(r.Trace),
	}, nil
}
