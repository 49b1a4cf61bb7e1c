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

// isOpen is, word for word, the condition of the index that allows one open decision for each player.
const isOpen = "status IN ('pending', 'awaiting_approval', 'held')"

// decisionRow is a row of decisions.
type decisionRow struct {
	bun.BaseModel `bun:"table:decisions,alias:d"`

	ID            string   `bun:"id,pk"`
	UserID        int64    `bun:"user_id"`
	Action        string   `bun:"action"`
	From          string   `bun:"from_rank"`
	To            string   `bun:"to_rank"`
	ReasonCode    string   `bun:"reason_code"`
	Until         instant  `bun:"until"`
	NeedsApproval bool     `bun:"needs_approval"`
	Checks        document `bun:"checks,type:jsonb"`
	Revision      text     `bun:"policy_revision"`
	Input         document `bun:"input,type:jsonb"`
	Status        string   `bun:"status"`
	Detail        text     `bun:"detail"`
	Reason        text     `bun:"reason"`
	Apply         bool     `bun:"apply"`
	Origin        string   `bun:"origin"`
	Ordered       document `bun:"ordered,type:jsonb"`
	Hold          text     `bun:"hold"`
	Returned      document `bun:"returned,type:jsonb"`
	Undoes        text     `bun:"undoes"`
	ReviewID      text     `bun:"review_id"`
	Overtakes     text     `bun:"overtakes"`
	Principal     text     `bun:"principal"`
	ActorUserID   number   `bun:"actor_user_id"`
	SnapshotID    number   `bun:"snapshot_id"`
	RequestID     text     `bun:"request_id"`
	CreatedAt     stamp    `bun:"created_at"`
	UpdatedAt     stamp    `bun:"updated_at"`
}

// OpenDecisions returns the open decisions of those users; see ports.DecisionWriter.
func (u *unit) OpenDecisions(ctx context.Context, users []domain.UserID) ([]ports.DecisionRecord, error) {
	if len(users) == 0 {
		return nil, u.poison
	}
	var records []ports.DecisionRecord
	err := u.do(ctx, "look for open decisions", func() error {
		var rows []decisionRow
		err := u.tx.NewSelect().Model(&rows).
			Where(isOpen).Where("user_id IN (?)", bun.List(numbersOf(users))).OrderExpr("user_id").
			Scan(ctx)
		if err != nil {
			return err
		}
		records, err = each(rows, decisionFromRow)
		return err
	})
	if err != nil {
		return nil, err
	}
	return records, nil
}

// DecisionsFrom returns the decisions of a user from an id on; see ports.DecisionWriter.
func (u *unit) DecisionsFrom(
	ctx context.Context, user domain.UserID, from string, limit int,
) ([]ports.DecisionRecord, error) {
	var rows []decisionRow
	err := u.do(ctx, "read the decisions about a player", func() error {
		if limit <= 0 {
			return nil
		}
		return u.tx.NewSelect().Model(&rows).
			Where("user_id = ?", user.Int64()).Where("id >= ?", from).OrderExpr("id").Limit(int64(limit)).
			Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	return decisionsFromRows(ctx, rows)
}

// AddDecisions writes new records; see ports.DecisionWriter.
func (u *unit) AddDecisions(ctx context.Context, records []ports.DecisionRecord) error {
	if len(records) == 0 {
		return u.poison
	}
	return u.do(ctx, "add decisions", func() error {
		rows, err := each(records, rowFromDecision)
		if err != nil {
			return err
		}
		if _, err := u.tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return err
		}
		return u.beginTransitions(ctx, rows)
	})
}

// MoveDecision brings a decision to another status; see ports.DecisionWriter.
func (u *unit) MoveDecision(ctx context.Context, id string, next ports.Transition) (bool, error) {
	return u.moveDecision(ctx, id, domain.Predecessors(next.Status), next)
}

// ReviveDecision lets a decision stand again that was undone; see ports.DecisionWriter.
func (u *unit) ReviveDecision(ctx context.Context, id string, next ports.Transition) (bool, error) {
	if next.Status != domain.StatusApplied {
		return false, u.poison
	}
	return u.moveDecision(ctx, id, []domain.Status{domain.StatusUndone}, next)
}

// moveDecision brings a decision that has one of the statuses before to another.
func (u *unit) moveDecision(ctx context.Context, id string, before []domain.Status, next ports.Transition) (bool, error) {
	if len(before) == 0 {
		return false, u.poison // nothing leads there
	}
	moved := false
	err := u.do(ctx, "move a decision", func() error {
		changed, err := touched(u.tx.NewUpdate().Model((*decisionRow)(nil)).
			Set("status = ?", string(next.Status)).Set("detail = ?", text(next.Detail)).Set("updated_at = ?", stamp{next.At}).
			Where("id = ?", id).Where("status IN (?)", bun.List(before)).
			Exec(ctx))
		if err != nil || !changed {
			return err
		}
		moved = true
		return u.addTransition(ctx, id, next)
	})
	return moved && err == nil, err
}

// Decision returns the record of an id; see ports.DecisionReader.
func (s *Store) Decision(ctx context.Context, id string) (ports.DecisionRecord, error) {
	if strings.IndexByte(id, 0) >= 0 {
		return ports.DecisionRecord{}, notFound("decision") // no database holds such a text
	}
	var row decisionRow
	err := s.query(ctx, "read a decision", func() error {
		return s.read.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return ports.DecisionRecord{}, notFound("decision")
	}
	if err != nil {
		return ports.DecisionRecord{}, err
	}
	record, err := decisionFromRow(row)
	return record, translate(ctx, "read a decision", err)
}

func rowFromDecision(r ports.DecisionRecord) (decisionRow, error) {
	checks, err := documentFrom(checksDTO(r.Decision.Checks))
	if err != nil {
		return decisionRow{}, err
	}
	input, err := documentFrom(standingDTO(r.Input))
	if err != nil {
		return decisionRow{}, err
	}
	ordered, err := documentUnlessZero(orderDTO(r.Order))
	if err != nil {
		return decisionRow{}, err
	}
	returned, err := documentUnlessZero(returnedDTO(r.Decision.Returned))
	return decisionRow{
		ID: r.ID, UserID: r.UserID.Int64(), Action: r.Decision.Action.String(), From: r.Decision.From, To: r.Decision.To,
		ReasonCode: string(r.Decision.Reason), Until: instant{r.Decision.Until}, NeedsApproval: r.Decision.NeedsApproval,
		Checks: checks, Revision: text(r.Decision.Revision), Input: input, Status: string(r.Status), Detail: text(r.Detail),
		Reason: text(r.Reason), Apply: r.Apply, Origin: r.Origin.String(), Ordered: ordered, Hold: text(r.Decision.Hold.String()),
		Returned: returned, Undoes: text(r.Undoes), ReviewID: text(r.ReviewID),
		Overtakes: text(r.Overtakes), Principal: text(r.Principal), ActorUserID: number(r.Actor.Int64()), SnapshotID: number(r.SnapshotID),
		RequestID: text(r.RequestID), CreatedAt: stamp{r.CreatedAt}, UpdatedAt: stamp{r.UpdatedAt},
	}, err
}

func decisionFromRow(r decisionRow) (ports.DecisionRecord, error) {
	var checks []checkDoc
	if err := r.Checks.decode(&checks); err != nil {
		return ports.DecisionRecord{}, err
	}
	var input standingDoc
	if err := r.Input.decode(&input); err != nil {
		return ports.DecisionRecord{}, err
	}
	var ordered orderDoc
	if err := r.Ordered.decode(&ordered); err != nil {
		return ports.DecisionRecord{}, err
	}
	var returned returnedDoc
	if err := r.Returned.decode(&returned); err != nil {
		return ports.DecisionRecord{}, err
	}
	return ports.DecisionRecord{
		ID: r.ID, UserID: userFromNumber(r.UserID),
		Decision: domain.Decision{
			Action: actionFromText(r.Action), From: r.From, To: r.To, Reason: domain.ReasonCode(r.ReasonCode), Until: r.Until.at,
			NeedsApproval: r.NeedsApproval, Checks: checksFromDTO(checks), Revision: string(r.Revision),
			Hold: holdFromText(string(r.Hold)), Returned: returnedFromDTO(returned),
		},
		Input: standingFromDTO(input), Status: domain.Status(r.Status), Detail: string(r.Detail), Reason: string(r.Reason),
		Apply: r.Apply, Origin: originFromText(r.Origin), Order: orderFromDTO(ordered), Undoes: string(r.Undoes), ReviewID: string(r.ReviewID),
		Overtakes: string(r.Overtakes), Principal: string(r.Principal), Actor: userFromNumber(int64(r.ActorUserID)),
		SnapshotID: int64(r.SnapshotID), RequestID: string(r.RequestID), CreatedAt: r.CreatedAt.at, UpdatedAt: r.UpdatedAt.at,
	}, nil
}
