package bunstore

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// transitionRow is a row of decision_transitions.
type transitionRow struct {
	bun.BaseModel `bun:"table:decision_transitions,alias:t"`

	DecisionID string `bun:"decision_id,pk"`
	Position   int    `bun:"position,pk"`
	Status     string `bun:"status"`
	Detail     text   `bun:"detail"`
	At         stamp  `bun:"at"`
	Principal  text   `bun:"principal"`
	ActorID    number `bun:"actor_user_id"`
}

// Transitions returns every status that a decision came to; see ports.DecisionReader.
func (s *Store) Transitions(ctx context.Context, id string) ([]ports.Transition, error) {
	var rows []transitionRow
	err := s.query(ctx, "read the transitions of a decision", func() error {
		if strings.IndexByte(id, 0) >= 0 {
			return nil // no database holds such a text
		}
		return s.read.NewSelect().Model(&rows).Where("decision_id = ?", id).OrderExpr("position").Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	transitions := make([]ports.Transition, len(rows))
	for i, r := range rows {
		transitions[i] = ports.Transition{
			Status: domain.Status(r.Status), Detail: string(r.Detail), At: r.At.at,
			Principal: string(r.Principal), Actor: userFromNumber(int64(r.ActorID)),
		}
	}
	return transitions, nil
}

// beginTransitions keeps the status of each new decision as its first transition.
func (u *unit) beginTransitions(ctx context.Context, decisions []decisionRow) error {
	rows := make([]transitionRow, len(decisions))
	for i, d := range decisions {
		rows[i] = transitionRow{DecisionID: d.ID, Position: 1, Status: d.Status, Detail: d.Detail, At: d.UpdatedAt}
	}
	_, err := u.tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// addTransition keeps a status as the next of a decision, whose row the unit has changed and so holds.
func (u *unit) addTransition(ctx context.Context, id string, to ports.Transition) error {
	_, err := u.tx.NewRaw(`
		INSERT INTO decision_transitions (decision_id, position, status, detail, at, principal, actor_user_id)
		SELECT ?id, coalesce(max(position), 0) + 1, ?status, ?detail, ?at, ?principal, ?actor
		FROM decision_transitions WHERE decision_id = ?id`,
		arguments{
			"id": id, "status": string(to.Status), "detail": text(to.Detail), "at": stamp{to.At},
			"principal": text(to.Principal), "actor": number(to.Actor.Int64()),
		}).Exec(ctx)
	return err
}
