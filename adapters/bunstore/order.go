package bunstore

import (
	"context"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// orderDoc is what a person ordered, under the names of the HTTP body.
type orderDoc struct {
	Action string `json:"action,omitempty"`
	To     string `json:"targetRank,omitempty"`
	Days   int64  `json:"durationDays,omitempty"`
	Hold   string `json:"hold,omitempty"`
}

// returnedDoc is what an undo gave back besides the rank.
type returnedDoc struct {
	RankSince       string `json:"rankSince,omitempty"`
	FormerRank      string `json:"formerRank,omitempty"`
	Punishment      string `json:"punishmentStatus,omitempty"`
	PunishmentUntil string `json:"punishmentExpiresAt,omitempty"`
}

func orderDTO(o domain.Order) orderDoc {
	doc := orderDoc{To: o.To, Days: o.Days, Hold: o.Hold.String()}
	if o.Action != domain.ActionNone {
		doc.Action = o.Action.String()
	}
	return doc
}

func orderFromDTO(d orderDoc) domain.Order {
	return domain.Order{Action: actionFromText(d.Action), To: d.To, Days: d.Days, Hold: holdFromText(d.Hold)}
}

func returnedDTO(r domain.Returned) returnedDoc {
	return returnedDoc{
		RankSince: timeDTO(r.RankSince), FormerRank: r.FormerRank,
		Punishment: r.Punishment.Status.String(), PunishmentUntil: timeDTO(r.Punishment.Until),
	}
}

func returnedFromDTO(d returnedDoc) domain.Returned {
	return domain.Returned{
		RankSince: parseInstant(d.RankSince), FormerRank: d.FormerRank,
		Punishment: domain.Punishment{Status: punishmentFromText(d.Punishment), Until: parseInstant(d.PunishmentUntil)},
	}
}

// documentUnlessZero returns the JSON text of a value, and "" for the zero value.
func documentUnlessZero[T comparable](value T) (document, error) {
	if value == *new(T) {
		return "", nil
	}
	return documentFrom(value)
}

// holdFromText returns the mode that a text names, and unsaid for a text that names nothing.
func holdFromText(text string) domain.HoldMode {
	mode, err := domain.ParseHoldMode(text)
	if err != nil {
		return domain.HoldUnsaid
	}
	return mode
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
