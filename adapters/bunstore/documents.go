package bunstore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// standingDoc is a standing in a JSON column: what a decision was made of, and what a request was answered with. Metadata is a text
// here, so that it comes back byte by byte.
type standingDoc struct {
	UserID          int64         `json:"userId"`
	Version         int64         `json:"version"`
	Username        string        `json:"username"`
	DisplayName     string        `json:"displayName,omitempty"`
	Rank            string        `json:"rank"`
	FormerRank      string        `json:"formerRank,omitempty"`
	RankSince       string        `json:"rankSince,omitempty"`
	LeftRanks       []string      `json:"leftRanks,omitempty"`
	Points          int64         `json:"rankPoints"`
	Kos             int64         `json:"kos"`
	Wos             int64         `json:"wos"`
	Warnings        int64         `json:"warnings"`
	Recommendations int64         `json:"recommendations"`
	Served          int64         `json:"servedWarnings,omitempty"`
	Punishment      string        `json:"punishmentStatus,omitempty"`
	PunishmentUntil string        `json:"punishmentExpiresAt,omitempty"`
	OwedStatus      string        `json:"owedStatus,omitempty"`
	OwedUntil       string        `json:"owedUntil,omitempty"`
	OwedImposed     bool          `json:"owedImposed,omitempty"`
	Hold            bool          `json:"hold,omitempty"`
	Rejected        rejectionDoc  `json:"rejected,omitzero"`
	DecidedAt       string        `json:"decidedAt,omitempty"`
	Moves           []string      `json:"moves,omitempty"`
	Growth          string        `json:"growth,omitempty"`
	AbsentSince     string        `json:"absentSince,omitempty"`
	ConfirmedAt     string        `json:"confirmedAt,omitempty"`
	ObservedAt      string        `json:"observedAt,omitempty"`
	CreatedAt       string        `json:"createdAt,omitempty"`
	LastSyncedAt    string        `json:"lastSyncedAt,omitempty"`
	Experience      experienceDoc `json:"experience,omitzero"`
	Metadata        string        `json:"metadata,omitempty"`
}

// rejectionDoc is a move that an administrator refused.
type rejectionDoc struct {
	Action string `json:"action"`
	From   string `json:"fromRank"`
	To     string `json:"targetRank"`
	Until  string `json:"until"`
}

// experienceDoc is an experience under the names of the HTTP body.
type experienceDoc struct {
	UniverseID int64  `json:"universeId,omitempty"`
	PlaceID    int64  `json:"placeId,omitempty"`
	Server     string `json:"server,omitempty"`
	Key        string `json:"experienceKey,omitempty"`
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

// answerDoc is what a request was answered with.
type answerDoc struct {
	Standing standingDoc  `json:"standing"`
	Position positionDoc  `json:"position"`
	Outcome  string       `json:"outcome"`
	Decision *decisionDoc `json:"decision,omitempty"`
}

// positionDoc is where a standing was on the ladder.
type positionDoc struct {
	Next           string `json:"nextRank,omitempty"`
	NextPoints     int64  `json:"nextRankRequiredPoints,omitempty"`
	Previous       string `json:"previousRank,omitempty"`
	PreviousPoints int64  `json:"previousRankRequiredPoints,omitempty"`
	Privileged     bool   `json:"privileged,omitempty"`
	Blocked        bool   `json:"decisionsBlocked,omitempty"`
}

// effectDoc is what an effect says besides its kind and its player.
type effectDoc struct {
	Rank   string   `json:"rank,omitempty"`
	Expect []string `json:"expect,omitempty"`
	Active bool     `json:"active,omitempty"`
	Until  string   `json:"until,omitempty"`
	Alert  alertDoc `json:"alert,omitzero"`
}

// alertDoc is something to tell that concerns no player.
type alertDoc struct {
	ID    string `json:"id"`
	Topic string `json:"topic"`
	Text  string `json:"text"`
}

// documentFrom returns the JSON text of a value.
func documentFrom(value any) (document, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("write a JSON column: %w", err)
	}
	return document(encoded), nil
}

// decode reads the JSON text into value; "" leaves it as it is.
func (d document) decode(value any) error {
	if d == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(d), value); err != nil {
		return fmt.Errorf("read a JSON column: %w", err)
	}
	return nil
}

func standingDTO(s domain.Standing) standingDoc {
	return standingDoc{
		UserID: s.UserID.Int64(), Version: s.Version, Username: s.Username, DisplayName: s.DisplayName,
		Rank: s.Rank, FormerRank: s.FormerRank, RankSince: timeDTO(s.RankSince), LeftRanks: s.Left.Names(),
		Points: s.Points, Kos: s.Kos, Wos: s.Wos, Warnings: s.Warnings, Recommendations: s.Recommendations, Served: s.Served,
		Punishment: s.Punishment.Status.String(), PunishmentUntil: timeDTO(s.Punishment.Until),
		OwedStatus: s.Owed.Status.String(), OwedUntil: timeDTO(s.Owed.Until), OwedImposed: s.Owed.Imposed,
		Hold: s.Hold, Rejected: rejectionDTO(s.Rejected), DecidedAt: timeDTO(s.DecidedAt),
		Moves: timesDTO(s.Moves.Instants()), Growth: s.Growth.String(), AbsentSince: timeDTO(s.AbsentSince),
		ConfirmedAt: timeDTO(s.ConfirmedAt), ObservedAt: timeDTO(s.ObservedAt), CreatedAt: timeDTO(s.CreatedAt),
		LastSyncedAt: timeDTO(s.LastSyncedAt), Experience: experienceDTO(s.Experience), Metadata: s.Metadata,
	}
}

// standingFromDTO returns the standing; the zero Standing when the document names no player.
func standingFromDTO(d standingDoc) domain.Standing {
	s, err := domain.RestoreStanding(domain.Standing{
		UserID: userFromNumber(d.UserID), Version: d.Version, Username: d.Username, DisplayName: d.DisplayName,
		Rank: d.Rank, FormerRank: d.FormerRank, RankSince: parseInstant(d.RankSince), Left: domain.TrailOf(d.LeftRanks...),
		Points: d.Points, Kos: d.Kos, Wos: d.Wos, Warnings: d.Warnings, Recommendations: d.Recommendations, Served: d.Served,
		Punishment: domain.Punishment{Status: punishmentFromText(d.Punishment), Until: parseInstant(d.PunishmentUntil)},
		Owed: domain.Owed{
			Status: punishmentFromText(d.OwedStatus), Until: parseInstant(d.OwedUntil), Imposed: d.OwedImposed,
		},
		Hold: d.Hold, Rejected: rejectionFromDTO(d.Rejected), DecidedAt: parseInstant(d.DecidedAt),
		Moves: movesFromTexts(d.Moves), Growth: domain.GrowthOf(d.Growth), AbsentSince: parseInstant(d.AbsentSince),
		ConfirmedAt: parseInstant(d.ConfirmedAt), ObservedAt: parseInstant(d.ObservedAt), CreatedAt: parseInstant(d.CreatedAt),
		LastSyncedAt: parseInstant(d.LastSyncedAt), Experience: experienceFromDTO(d.Experience), Metadata: d.Metadata,
	})
	if err != nil {
		return domain.Standing{}
	}
	return s
}

func rejectionDTO(r domain.Rejection) rejectionDoc {
	if r == (domain.Rejection{}) {
		return rejectionDoc{}
	}
	return rejectionDoc{Action: r.Action.String(), From: r.From, To: r.To, Until: timeDTO(r.Until)}
}

func rejectionFromDTO(d rejectionDoc) domain.Rejection {
	return domain.Rejection{Action: actionFromText(d.Action), From: d.From, To: d.To, Until: parseInstant(d.Until)}
}

func documentFromRejection(r domain.Rejection) document {
	if r == (domain.Rejection{}) {
		return ""
	}
	text, err := documentFrom(rejectionDTO(r))
	if err != nil {
		panic(err) // texts always have a JSON form
	}
	return text
}

// rejectionFromDocument returns the refusal, and none when the document is something else.
func rejectionFromDocument(d document) domain.Rejection {
	var doc rejectionDoc
	if d.decode(&doc) != nil {
		return domain.Rejection{}
	}
	return rejectionFromDTO(doc)
}

func experienceDTO(e domain.Experience) experienceDoc {
	return experienceDoc{UniverseID: e.Universe.Int64(), PlaceID: e.PlaceID, Server: e.Server, Key: e.Key}
}

func experienceFromDTO(d experienceDoc) domain.Experience {
	return domain.Experience{Universe: universeFromNumber(d.UniverseID), PlaceID: d.PlaceID, Server: d.Server, Key: d.Key}
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

func decisionDTO(r ports.DecisionRecord) decisionDoc {
	return decisionDoc{
		ID: r.ID, UserID: r.UserID.Int64(), Action: r.Decision.Action.String(), From: r.Decision.From, To: r.Decision.To,
		ReasonCode: string(r.Decision.Reason), Until: timeDTO(r.Decision.Until), NeedsApproval: r.Decision.NeedsApproval,
		Checks: checksDTO(r.Decision.Checks), Revision: r.Decision.Revision, Input: standingDTO(r.Input), Status: string(r.Status),
		Detail: r.Detail, Reason: r.Reason, Apply: r.Apply, Origin: r.Origin.String(), Ordered: orderDTO(r.Order), Hold: r.Decision.Hold.String(),
		Returned: returnedDTO(r.Decision.Returned), Undoes: r.Undoes, ReviewID: r.ReviewID,
		Overtakes: r.Overtakes, Principal: r.Principal, ActorUserID: r.Actor.Int64(), SnapshotID: r.SnapshotID, RequestID: r.RequestID, CreatedAt: timeDTO(r.CreatedAt), UpdatedAt: timeDTO(r.UpdatedAt),
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
		Origin: originFromText(d.Origin), Order: orderFromDTO(d.Ordered), Undoes: d.Undoes, ReviewID: d.ReviewID, Overtakes: d.Overtakes, Principal: d.Principal, Actor: userFromNumber(d.ActorUserID), SnapshotID: d.SnapshotID, RequestID: d.RequestID,
		CreatedAt: parseInstant(d.CreatedAt), UpdatedAt: parseInstant(d.UpdatedAt),
	}
}

func answerDTO(a ports.Answer) answerDoc {
	doc := answerDoc{Standing: standingDTO(a.Standing), Position: positionDoc(a.Position), Outcome: a.Outcome.String()}
	if a.Decision != nil {
		decision := decisionDTO(*a.Decision)
		doc.Decision = &decision
	}
	return doc
}

func answerFromDTO(d answerDoc) ports.Answer {
	answer := ports.Answer{
		Standing: standingFromDTO(d.Standing), Position: domain.Position(d.Position), Outcome: outcomeFromText(d.Outcome),
	}
	if d.Decision != nil {
		decision := decisionFromDTO(*d.Decision)
		answer.Decision = &decision
	}
	return answer
}

func effectDTO(e domain.Effect) effectDoc {
	return effectDoc{
		Rank: e.Rank, Expect: e.Expect.Names(), Active: e.Active, Until: timeDTO(e.Until), Alert: alertDoc(e.Alert),
	}
}

func effectFromDTO(kind domain.EffectKind, user domain.UserID, d effectDoc) domain.Effect {
	return domain.Effect{
		Kind: kind, User: user, Rank: d.Rank, Expect: domain.TrailOf(d.Expect...), Active: d.Active, Until: parseInstant(d.Until),
		Alert: domain.Alert(d.Alert),
	}
}

// timeDTO returns "" for the zero time.
func timeDTO(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return formatInstant(t)
}

func timesDTO(instants []time.Time) []string {
	var texts []string
	for _, t := range instants {
		texts = append(texts, timeDTO(t))
	}
	return texts
}

// movesFromTexts leaves out what is no instant.
func movesFromTexts(texts []string) domain.Moves {
	var instants []time.Time
	for _, text := range texts {
		instants = append(instants, parseInstant(text))
	}
	return domain.MovesOf(instants...)
}

// actionFromText returns the action that a text names, and none for a text that names nothing.
func actionFromText(text string) domain.Action {
	action, err := domain.ParseAction(text)
	if err != nil {
		return domain.ActionNone
	}
	return action
}

// originFromText returns the origin that a text names, and the rules for a text that names nothing.
func originFromText(text string) domain.Origin {
	origin, err := domain.ParseOrigin(text)
	if err != nil {
		return domain.OriginRules
	}
	return origin
}

// outcomeFromText returns the outcome that a text names; rows without one were written by other programs and changed something.
func outcomeFromText(text string) domain.FoldOutcome {
	for _, outcome := range [...]domain.FoldOutcome{domain.FoldFirst, domain.FoldStale} {
		if outcome.String() == text {
			return outcome
		}
	}
	return domain.FoldUpdated
}

// metadataFromDocument returns the text of a JSON object without spaces between its parts, and "" when it is something else.
func metadataFromDocument(d document) string {
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(d)) != nil || !bytes.HasPrefix(compact.Bytes(), []byte("{")) {
		return ""
	}
	return compact.String()
}
