package bunstore

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
)

// Holdings shows what is stored about a user; see ports.Erasures. The rows are as the tables have them.
func (s *Store) Holdings(ctx context.Context, user domain.UserID, use func(table string, row []byte) error) error {
	for _, h := range holdings() {
		query := s.read.NewSelect().Table(h.table).OrderExpr("?", bun.Ident(h.key))
		switch {
		case h.user != "" && h.actor != "":
			query = query.Where("? = ? OR ? = ?", bun.Ident(h.user), user.Int64(), bun.Ident(h.actor), user.Int64())
		case h.user != "":
			query = query.Where("? = ?", bun.Ident(h.user), user.Int64())
		case h.table == "decision_transitions":
			query = query.Where("? = ? OR decision_id IN (SELECT id FROM decisions WHERE user_id = ?)", bun.Ident(h.actor), user.Int64(), user.Int64())
		default:
			query = query.Where("? = ?", bun.Ident(h.actor), user.Int64())
		}
		if err := s.rowsOf(ctx, h.table, query, use); err != nil {
			return err
		}
	}
	return nil
}

// rowsOf hands the rows of a query out, one by one.
func (s *Store) rowsOf(ctx context.Context, table string, query *bun.SelectQuery, use func(table string, row []byte) error) error {
	if !s.gate.enter() {
		return domain.ErrClosed
	}
	defer s.gate.leave()
	const doing = "read what is held about a player"
	rows, err := query.Rows(ctx)
	if err != nil {
		return translate(ctx, doing, err)
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return translate(ctx, doing, err)
	}
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return translate(ctx, doing, err)
		}
		row := make(map[string]any, len(columns))
		for i, column := range columns {
			row[column.Name()] = shown(column.Name(), values[i])
		}
		text, err := json.Marshal(row)
		if err != nil {
			return translate(ctx, doing, err)
		}
		if err := use(table, text); err != nil {
			return err
		}
	}
	return translate(ctx, doing, rows.Err())
}

// shown returns a value as JSON shows it: documents as what they hold, instants in one form.
func shown(column string, value any) any {
	switch v := value.(type) {
	case time.Time:
		return formatInstant(v)
	case []byte:
		return shown(column, string(v))
	case string:
		if slices.Contains(documents(), column) && json.Valid([]byte(v)) {
			return json.RawMessage(v)
		}
	}
	return value
}

// documents returns the columns that hold JSON. A test compares them with the tables that there are.
func documents() []string {
	return []string{
		"metadata", "payload", "answer", "input", "checks", "ordered", "returned", "left_ranks", "rejected", "moves", "held", "details", "effect",
		"filter", "found", "reasons", "decided", "tally", "before", "after", "decisions",
	}
}
