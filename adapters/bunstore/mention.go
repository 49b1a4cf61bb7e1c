package bunstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// mentionStep is how many rows a step of EraseMentions looks at.
const mentionStep = 5000

// mentioning is a walk through what is stored about others, in search of somebody.
type mentioning struct {
	store *Store
	user  domain.UserID
	names []string
	words []string
}

// EraseMentions takes a step through what is stored about others; see ports.Erasures. Each statement changes the rows of one key and is a
// transaction of its own: no unit waits for it in a circle, and what was changed twice is as if it was changed once.
func (s *Store) EraseMentions(ctx context.Context, user domain.UserID, names []string, after string) (string, error) {
	tables := slices.DeleteFunc(holdings(), func(h holding) bool { return h.actor == "" && len(h.texts) == 0 })
	at, last, err := parsePlace(after)
	if err != nil || at >= len(tables) {
		return "", domain.ErrNotFound
	}
	m := mentioning{s, user, names, searched(user, names)}
	next := ""
	err = s.query(ctx, "take somebody out of what is stored about others", func() error {
		h := tables[at]
		end, err := m.end(ctx, h, last)
		if err != nil {
			return err
		}
		if end == "" {
			if at++; at < len(tables) {
				next = strconv.Itoa(at) + "."
			}
			return m.beside(ctx, h)
		}
		next = strconv.Itoa(at) + "." + end
		return m.within(ctx, h, last, end)
	})
	return next, err
}

// parsePlace returns the table of a step and the key behind which it begins, "" for the first.
func parsePlace(after string) (table int, last string, err error) {
	if after == "" {
		return 0, "", nil
	}
	digits, last, ok := strings.Cut(after, ".")
	table, err = strconv.Atoi(digits)
	if !ok || err != nil || table < 0 {
		return 0, "", errors.New("it is no place of a step")
	}
	return table, last, nil
}

// keyOf returns a key as its column holds it; "" is before every key.
func (h holding) keyOf(text string) (any, error) {
	if !h.whole {
		return text, nil
	}
	if text == "" {
		return int64(-1 << 63), nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the place of a step: %w", err)
	}
	return n, nil
}

// end returns the last key of the step behind last; "" when there is none.
func (m mentioning) end(ctx context.Context, h holding, last string) (string, error) {
	from, err := h.keyOf(last)
	if err != nil {
		return "", err
	}
	var keys []string
	err = m.store.read.NewRaw("SELECT CAST(k AS text) FROM (SELECT max(k) AS k FROM (SELECT ? AS k FROM ? WHERE ? > ? ORDER BY ? LIMIT ?) AS step) AS last "+
		"WHERE k IS NOT NULL", bun.Ident(h.key), bun.Ident(h.table), bun.Ident(h.key), from, bun.Ident(h.key), mentionStep).Scan(ctx, &keys)
	if err != nil || len(keys) == 0 {
		return "", err
	}
	return keys[0], nil
}

// within takes the user out of the rows behind last, up to end.
func (m mentioning) within(ctx context.Context, h holding, last, end string) error {
	from, err := h.keyOf(last)
	if err != nil {
		return err
	}
	to, err := h.keyOf(end)
	if err != nil {
		return err
	}
	rows := bun.SafeQuery("? > ? AND ? <= ?", bun.Ident(h.key), from, bun.Ident(h.key), to)
	if h.actor != "" {
		if err := m.actors(ctx, h, rows); err != nil {
			return err
		}
	}
	for _, column := range h.texts {
		if err := m.texts(ctx, h, column, rows); err != nil {
			return err
		}
	}
	return nil
}

// actors makes rows forget that the user acted. What a request was answered with names the actor too.
func (m mentioning) actors(ctx context.Context, h holding, rows schema.QueryWithArgs) error {
	named := bun.SafeQuery("? = ?", bun.Ident(h.actor), m.user.Int64())
	forget := bun.SafeQuery("? = NULL", bun.Ident(h.actor))
	if err := m.change(ctx, h, rows, named, forget); err != nil {
		return err
	}
	if h.table != "player_snapshots" {
		return nil
	}
	return m.change(ctx, h, rows, bun.SafeQuery(m.store.dialect.answerActor+" = ?", m.user.String()),
		bun.SafeQuery("answer = "+m.store.dialect.withoutAnswerActor))
}

// change sets something in those of the rows for which the condition holds, key by key.
func (m mentioning) change(ctx context.Context, h holding, rows, condition, set schema.QueryWithArgs) error {
	var keys []string
	err := m.store.read.NewRaw("SELECT DISTINCT CAST(? AS text) FROM ? WHERE ? AND ?", bun.Ident(h.key), bun.Ident(h.table), rows, condition).Scan(ctx, &keys)
	if err != nil {
		return err
	}
	for _, text := range keys {
		key, err := h.keyOf(text)
		if err != nil {
			return err
		}
		_, err = m.store.write.NewRaw("UPDATE ? SET ? WHERE ? = ? AND ?", bun.Ident(h.table), set, bun.Ident(h.key), key, condition).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// texts makes the user unrecognisable in what people wrote.
func (m mentioning) texts(ctx context.Context, h holding, column string, rows schema.QueryWithArgs) error {
	condition, arguments := "FALSE", []any{}
	for _, word := range m.words {
		if strings.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII }) {
			// Not every database knows the lower case of such letters, so every text is looked at.
			condition, arguments = "? IS NOT NULL", []any{bun.Ident(column)}
			break
		}
		condition += " OR lower(?) LIKE lower(?) ESCAPE '!'"
		arguments = append(arguments, bun.Ident(column), "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(word)+"%")
	}
	var written []string
	err := m.store.read.NewRaw("SELECT DISTINCT ? FROM ? WHERE ? AND ("+condition+")",
		append([]any{bun.Ident(column), bun.Ident(h.table), rows}, arguments...)...).Scan(ctx, &written)
	if err != nil {
		return err
	}
	for _, before := range written {
		after := domain.Redact(before, m.user, m.names)
		if after == before {
			continue // the words stand in others
		}
		err := m.change(ctx, h, rows, bun.SafeQuery("? = ?", bun.Ident(column), before), bun.SafeQuery("? = ?", bun.Ident(column), after))
		if err != nil {
			return err
		}
	}
	return nil
}

// beside takes the user out of what of a table is neither an actor nor a text.
func (m mentioning) beside(ctx context.Context, h holding) error {
	switch h.table {
	case "sweeps":
		// A walk over the players goes on behind the last that it looked at. Nobody stands between that and the number before. Where a walk
		// over the group goes on is in Roblox's own words.
		_, err := m.store.write.NewRaw("UPDATE sweeps SET place = ? WHERE kind <> ? AND place = ?",
			text(placeBefore(m.user)), string(ports.SweepReconcile), m.user.String()).Exec(ctx)
		return err
	case "outbox":
		return m.alerts(ctx)
	}
	return nil
}

// placeBefore returns the number before a user's, as where a walk goes on; "" begins at the first.
func placeBefore(user domain.UserID) string {
	if user.Int64() == 1 {
		return ""
	}
	return strconv.FormatInt(user.Int64()-1, 10)
}

// alerts makes the user unrecognisable in what webhooks are to be told that concerns no player.
func (m mentioning) alerts(ctx context.Context) error {
	var rows []struct {
		ID     int64    `bun:"id"`
		Effect document `bun:"effect,type:jsonb"`
	}
	err := m.store.read.NewSelect().Table("outbox").Column("id", "effect").Where("user_id = ?", nobody).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	for _, row := range rows {
		var effect effectDoc
		if row.Effect.decode(&effect) != nil {
			continue // a newer release wrote it
		}
		before := effect.Alert.Text
		if effect.Alert.Text = domain.Redact(before, m.user, m.names); effect.Alert.Text == before {
			continue
		}
		after, err := documentFrom(effect)
		if err != nil {
			return err
		}
		if _, err := m.store.write.NewRaw("UPDATE outbox SET effect = ? WHERE id = ?", after, row.ID).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
