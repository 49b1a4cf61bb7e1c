package bunstore

import "github.com/grps/grps/domain"

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
