package httpapi

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The shapes of answers. A key is always there; null says that there is nothing to say. Instants are RFC 3339 in UTC.

type liveDTO struct {
	Status    string  `json:"status"`
	Timestamp *string `json:"timestamp"`
}

// playerDTO is a player with the context that dashboards show.
type playerDTO struct {
	UserID                     int64           `json:"userId"`
	Username                   string          `json:"username"`
	DisplayName                *string         `json:"displayName"`
	Rank                       string          `json:"rank"`
	RankPoints                 int64           `json:"rankPoints"`
	Kos                        int64           `json:"kos"`
	Wos                        int64           `json:"wos"`
	Warnings                   int64           `json:"warnings"`
	Recommendations            int64           `json:"recommendations"`
	NextRank                   *string         `json:"nextRank"`
	NextRankRequiredPoints     *int64          `json:"nextRankRequiredPoints"`
	PreviousRank               *string         `json:"previousRank"` // the rung below
	PreviousRankRequiredPoints *int64          `json:"previousRankRequiredPoints"`
	Privileged                 bool            `json:"privileged"`
	PunishmentStatus           *string         `json:"punishmentStatus"`
	PunishmentExpiresAt        *string         `json:"punishmentExpiresAt"`
	DecisionsBlocked           bool            `json:"decisionsBlocked"`
	Hold                       bool            `json:"hold"` // automation is paused for the player
	FormerRank                 *string         `json:"formerRank"`
	RankSince                  *string         `json:"rankSince"`
	CreatedAt                  *string         `json:"createdAt"`
	LastSyncedAt               *string         `json:"lastSyncedAt"`
	Metadata                   json.RawMessage `json:"metadata"`
}

func playerDTOFrom(placed ports.PlacedStanding) playerDTO {
	s, p := &placed.Standing, placed.Position
	dto := playerDTO{
		UserID: s.UserID.Int64(), Username: s.Username, DisplayName: textOrNull(s.DisplayName),
		Rank: s.Rank, RankPoints: s.Points, Kos: s.Kos, Wos: s.Wos,
		Warnings: s.Warnings, Recommendations: s.Recommendations,
		NextRank: textOrNull(p.Next), PreviousRank: textOrNull(p.Previous),
		Privileged: p.Privileged, DecisionsBlocked: p.Blocked, Hold: s.Hold,
		PunishmentStatus: textOrNull(s.Punishment.Status.String()), PunishmentExpiresAt: instantText(s.Punishment.Until),
		FormerRank: textOrNull(s.FormerRank), RankSince: instantText(s.RankSince),
		CreatedAt: instantText(s.CreatedAt), LastSyncedAt: instantText(s.LastSyncedAt),
		Metadata: documentOrNull(s.Metadata),
	}
	if p.Next != "" {
		dto.NextRankRequiredPoints = &p.NextPoints
	}
	if p.Previous != "" {
		dto.PreviousRankRequiredPoints = &p.PreviousPoints
	}
	return dto
}

// decisionDTO is a decision and how far it has come.
type decisionDTO struct {
	Action         string     `json:"action"`
	TargetRank     *string    `json:"targetRank"` // null for NONE
	Reason         string     `json:"reason"`     // the caller's words if there are any
	Apply          bool       `json:"apply"`
	RequestID      string     `json:"requestId"` // the decision's id
	ReasonCode     string     `json:"reasonCode"`
	FromRank       *string    `json:"fromRank"`
	Status         string     `json:"status"`
	Detail         *string    `json:"detail"` // why it has this status
	NeedsApproval  bool       `json:"needsApproval"`
	Until          *string    `json:"until"`
	Checks         []checkDTO `json:"checks"`
	PolicyRevision string     `json:"policyRevision"`
	CreatedAt      *string    `json:"createdAt"`
}

// Document returns what the API would answer about a decision, for JSON.
func Document(record ports.DecisionRecord) any { return decisionDTOFrom(record) }

func decisionDTOFrom(record ports.DecisionRecord) decisionDTO {
	d := &record.Decision
	dto := decisionDTO{
		Action: d.Action.String(), Reason: record.Reason, Apply: record.Apply, RequestID: record.ID,
		ReasonCode: string(d.Reason), FromRank: textOrNull(d.From),
		Status: string(record.Status), Detail: textOrNull(record.Detail),
		NeedsApproval: d.NeedsApproval || record.Status == domain.StatusAwaitingApproval, Until: instantText(d.Until),
		Checks: checkDTOsFrom(d.Checks.All()), PolicyRevision: d.Revision, CreatedAt: instantText(record.CreatedAt),
	}
	if d.Action != domain.ActionNone {
		dto.TargetRank = textOrNull(d.To)
	}
	if dto.Reason == "" {
		dto.Reason = d.Sentence()
	}
	return dto
}

// checkDTO is one criterion that mattered. The numbers are null for a plain fact.
type checkDTO struct {
	Criterion string  `json:"criterion"`
	Rank      *string `json:"rank"`
	Unit      *string `json:"unit"`
	Required  *int64  `json:"required"`
	Actual    *int64  `json:"actual"` // null when unknown, which counts as met
	Met       bool    `json:"met"`
	Missing   *int64  `json:"missing"`
	Detail    string  `json:"detail"`

	unit            string // what the pointers above point to
	rank            string
	required        int64
	actual, missing int64
}

func checkDTOsFrom(checks []domain.Check) []checkDTO {
	dtos := make([]checkDTO, len(checks))
	for i, check := range checks {
		dtos[i].fill(check)
	}
	return dtos
}

// fill makes an empty shape that of a check. It must stay where it is, because it points into itself: that spares an allocation for each
// number and each word of each check.
func (c *checkDTO) fill(check domain.Check) {
	c.Criterion, c.Met, c.Detail = check.Criterion.String(), check.Met, check.Sentence()
	if c.rank = check.Rank; c.rank != "" {
		c.Rank = &c.rank
	}
	if c.unit = check.Criterion.Unit(); c.unit == "" {
		return
	}
	c.Unit = &c.unit
	if endless := check.Criterion == domain.CriterionSuspension && check.Required == 0; endless {
		return
	}
	c.required, c.actual, c.missing = check.Required, check.Actual, check.Missing()
	c.Required, c.Missing = &c.required, &c.missing
	if !check.Unknown {
		c.Actual = &c.actual
	}
}

type leaderboardDTO struct {
	Players      []standingDTO `json:"players"`
	LastSyncedAt *string       `json:"lastSyncedAt"`
	NextCursor   *string       `json:"nextCursor,omitempty"` // absent on the last page
}

type standingDTO struct {
	UserID       int64   `json:"userId"`
	Username     string  `json:"username"`
	Rank         string  `json:"rank"`
	Points       int64   `json:"points"`
	Kos          int64   `json:"kos"`
	Wos          int64   `json:"wos"`
	LastSyncedAt *string `json:"lastSyncedAt"`
}

func leaderboardDTOFrom(board ports.Leaderboard) leaderboardDTO {
	dto := leaderboardDTO{
		Players: make([]standingDTO, 0, len(board.Players)), LastSyncedAt: instantText(board.LastSyncedAt), NextCursor: textOrNull(board.Next),
	}
	for _, e := range board.Players {
		dto.Players = append(dto.Players, standingDTOFrom(e))
	}
	return dto
}

func standingDTOFrom(e ports.LeaderboardEntry) standingDTO {
	return standingDTO{
		UserID: e.UserID.Int64(), Username: e.Username, Rank: e.Rank, Points: e.Points, Kos: e.Kos, Wos: e.Wos,
		LastSyncedAt: instantText(e.LastSyncedAt),
	}
}

type recordsDTO struct {
	Kos []kosDTO `json:"kos"`
	Wos []wosDTO `json:"wos"`
}

type kosDTO struct {
	UserID   int64  `json:"userId"`
	Username string `json:"username"`
	Kos      int64  `json:"kos"`
}

type wosDTO struct {
	UserID   int64  `json:"userId"`
	Username string `json:"username"`
	Wos      int64  `json:"wos"`
}

func recordsDTOFrom(records ports.Records) recordsDTO {
	dto := recordsDTO{Kos: make([]kosDTO, 0, len(records.Kos)), Wos: make([]wosDTO, 0, len(records.Wos))}
	for _, e := range records.Kos {
		dto.Kos = append(dto.Kos, kosDTO{e.UserID.Int64(), e.Username, e.Kos})
	}
	for _, e := range records.Wos {
		dto.Wos = append(dto.Wos, wosDTO{e.UserID.Int64(), e.Username, e.Wos})
	}
	return dto
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func instantText(at time.Time) *string {
	if at.IsZero() {
		return nil
	}
	text := at.UTC().Format(time.RFC3339Nano)
	return &text
}

// documentOrNull returns a stored JSON text; null for none, and for one that another program wrote and that is no JSON.
func documentOrNull(text string) json.RawMessage {
	if document := json.RawMessage(text); json.Valid(document) {
		return document
	}
	return nil
}

func jsonText(dto any) ([]byte, error) {
	text, err := json.Marshal(dto)
	if err != nil {
		return nil, fmt.Errorf("write the answer as JSON: %w", err)
	}
	return text, nil
}
