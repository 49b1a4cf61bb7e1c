package bunstore

import (
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// decisionDoc is a decision record inside an answer.
type decisionDoc struct {
	ID            string      `json:"requestId"`
	UserID        int64       `json:"userId"`
	Action        string      `json:"action"`
	From          string      `json:"fromRank"`
	To            string      `json:"targetRank"`
	ReasonCode    string      `json:"reasonCode"`
	Until         string      `json:"until,omitempty"`
	NeedsApproval bool        `json:"needsApproval,omitempty"`
	Checks        []checkDoc  `json:"checks,omitempty"`
	Revision      string      `json:"policyRevision,omitempty"`
	Input         standingDoc `json:"input"`
	Status        string      `json:"status"`
	Detail        string      `json:"detail,omitempty"`
	Reason        string      `json:"reason,omitempty"`
	Apply         bool        `json:"apply,omitempty"`
	Origin        string      `json:"origin,omitempty"`
	Ordered       orderDoc    `json:"ordered,omitzero"`
	Hold          string      `json:"hold,omitempty"`
	Returned      returnedDoc `json:"returned,omitzero"`
	Undoes        string      `json:"undoes,omitempty"`
	ReviewID      string      `json:"reviewId,omitempty"`
	Overtakes     string      `json:"overtakes,omitempty"`
	Principal     string      `json:"principal,omitempty"`
	ActorUserID   int64       `json:"actorUserId,omitempty"`
	SnapshotID    int64       `json:"snapshotId,omitempty"`
	RequestID     string      `json:"httpRequestId,omitempty"`
	CreatedAt     string      `json:"createdAt,omitempty"`
	UpdatedAt     string      `json:"updatedAt,omitempty"`
}

// checkDoc is one check of a decision.
type checkDoc struct {
	Criterion string `json:"criterion"`
	Rank      string `json:"rank,omitempty"`
	Required  int64  `json:"required"`
	Actual    int64  `json:"actual"`
	Action    string `json:"action,omitempty"`
	Unknown   bool   `json:"unknown,omitempty"`
	Met       bool   `json:"met"`
}

func decisionDTO(r ports.DecisionRecord) decisionDoc {
	return decisionDoc{
		ID: r.ID, UserID: r.UserID.Int64(), Action: r.Decision.Action.String(), From: r.Decision.From, To: r.Decision.To,
		ReasonCode: string(r.Decision.Reason), Until: timeDTO(r.Decision.Until), NeedsApproval: r.Decision.NeedsApproval,
		Checks: checksDTO(r.Decision.Checks), Revision: r.Decision.Revision, Input: standingDTO(r.Input), Status: string(r.Status),
		Detail: r.Detail, Reason: r.Reason, Apply: r.Apply, Origin: r.Origin.String(), Ordered: orderDTO(r.Order), Hold: r.Decision.Hold.String(),
		Returned: returnedDTO(r.Decision.Returned), Undoes: r.Undoes, ReviewID: r.ReviewID, Overtakes: r.Overtakes,
		Principal: r.Principal, ActorUserID: r.Actor.Int64(), SnapshotID: r.SnapshotID, RequestID: r.RequestID,
		CreatedAt: timeDTO(r.CreatedAt), UpdatedAt: timeDTO(r.UpdatedAt),
	}
}

func decisionFromDTO(d decisionDoc) ports.DecisionRecord {
	return ports.DecisionRecord{
		ID: d.ID, UserID: userFromNumber(d.UserID),
		Decision: domain.Decision{
			Action: actionFromText(d.Action), From: d.From, To: d.To, Reason: domain.ReasonCode(d.ReasonCode), Until: parseInstant(d.Until),
			NeedsApproval: d.NeedsApproval, Checks: checksFromDTO(d.Checks), Revision: d.Revision,
			Hold: holdFromText(d.Hold), Returned: returnedFromDTO(d.Returned),
		},
		Input: standingFromDTO(d.Input), Status: domain.Status(d.Status), Detail: d.Detail, Reason: d.Reason, Apply: d.Apply,
		Origin: originFromText(d.Origin), Order: orderFromDTO(d.Ordered), Undoes: d.Undoes, ReviewID: d.ReviewID, Overtakes: d.Overtakes,
		Principal: d.Principal, Actor: userFromNumber(d.ActorUserID), SnapshotID: d.SnapshotID, RequestID: d.RequestID,
		CreatedAt: parseInstant(d.CreatedAt), UpdatedAt: parseInstant(d.UpdatedAt),
	}
}

func checksDTO(checks domain.Checks) []checkDoc {
	var docs []checkDoc
	for _, c := range checks.All() {
		doc := checkDoc{
			Criterion: c.Criterion.String(), Rank: c.Rank, Required: c.Required, Actual: c.Actual, Unknown: c.Unknown, Met: c.Met,
		}
		if c.Action != domain.ActionNone {
			doc.Action = c.Action.String()
		}
		docs = append(docs, doc)
	}
	return docs
}

// checksFromDTO returns the checks, without those of a criterion that this release does not know.
func checksFromDTO(docs []checkDoc) domain.Checks {
	var checks []domain.Check
	for _, d := range docs {
		criterion, err := domain.ParseCriterion(d.Criterion)
		if err != nil {
			continue
		}
		checks = append(checks, domain.Check{
			Rank: d.Rank, Required: d.Required, Actual: d.Actual, Criterion: criterion, Action: actionFromText(d.Action),
			Unknown: d.Unknown, Met: d.Met,
		})
	}
	return domain.ChecksOf(checks...)
}
