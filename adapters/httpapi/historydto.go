package httpapi

import (
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// ledgerDTO is a decision as the ledger keeps it.
type ledgerDTO struct {
	decisionDTO

	UserID      int64   `json:"userId"`
	Principal   *string `json:"principal"`   // the name of the key that asked
	ActorUserID *int64  `json:"actorUserId"` // whom the caller named
	SnapshotID  *int64  `json:"snapshotId"`  // the report that led to it
	Origin      string  `json:"origin"`      // what made it: rules, manual, undo or drift
	Undoes      *string `json:"undoes"`      // the decision that it takes back
	ReviewID    *string `json:"reviewId"`    // the review that led to it
	Hold        *bool   `json:"hold"`        // what became of the player's hold; null where it was left alone
	UpdatedAt   *string `json:"updatedAt"`
	ExpiresAt   *string `json:"expiresAt"` // when it ends unanswered; null unless it awaits approval
}

// ledgerDTOFrom returns a decision of the ledger, where decisions wait for approval for that long.
func ledgerDTOFrom(record ports.DecisionRecord, wait time.Duration) ledgerDTO {
	dto := ledgerDTO{
		decisionDTO: decisionDTOFrom(record), UserID: record.UserID.Int64(), Principal: textOrNull(record.Principal),
		ActorUserID: numberOrNull(record.Actor.Int64()), SnapshotID: numberOrNull(record.SnapshotID),
		Origin: record.Origin.String(), Undoes: textOrNull(record.Undoes), ReviewID: textOrNull(record.ReviewID),
		Hold:      holdOrNull(record.Decision.Hold),
		UpdatedAt: instantText(record.UpdatedAt),
	}
	if record.Status == domain.StatusAwaitingApproval && wait > 0 {
		dto.ExpiresAt = instantText(record.CreatedAt.Add(wait))
	}
	return dto
}

type ledgerPageDTO struct {
	Decisions  []ledgerDTO `json:"decisions"`
	NextCursor *string     `json:"nextCursor"`
}

func ledgerPageDTOFrom(page ports.DecisionPage, wait time.Duration) ledgerPageDTO {
	dto := ledgerPageDTO{Decisions: make([]ledgerDTO, 0, len(page.Decisions)), NextCursor: textOrNull(page.Next)}
	for i := range page.Decisions {
		dto.Decisions = append(dto.Decisions, ledgerDTOFrom(page.Decisions[i], wait))
	}
	return dto
}

// traceDTO is a decision with what it was made of and every status that it came to.
type traceDTO struct {
	ledgerDTO

	Ordered     *orderDTO       `json:"ordered"`  // what a person ordered
	Returned    *returnedDTO    `json:"returned"` // what an undo gave back besides the rank
	Transitions []transitionDTO `json:"transitions"`
	Input       inputDTO        `json:"input"`
}

// transitionDTO is a status that a decision came to. Without a principal it came there by itself, or with the decision.
type transitionDTO struct {
	Status      string  `json:"status"`
	Detail      *string `json:"detail"`
	At          *string `json:"at"`
	Principal   *string `json:"principal"`
	ActorUserID *int64  `json:"actorUserId"`
}

func traceDTOFrom(trace ports.DecisionTrace, wait time.Duration) traceDTO {
	dto := traceDTO{
		ledgerDTO: ledgerDTOFrom(trace.Decision, wait), Transitions: make([]transitionDTO, 0, len(trace.Transitions)),
		Ordered: orderDTOFrom(trace.Decision.Order), Returned: returnedDTOFrom(trace.Decision), Input: inputDTOFrom(trace.Decision.Input),
	}
	for _, t := range trace.Transitions {
		dto.Transitions = append(dto.Transitions, transitionDTO{
			Status: string(t.Status), Detail: textOrNull(t.Detail), At: instantText(t.At),
			Principal: textOrNull(t.Principal), ActorUserID: numberOrNull(t.Actor.Int64()),
		})
	}
	return dto
}

// inputDTO is what the rules saw of a player. Names are not among it.
type inputDTO struct {
	Rank                string  `json:"rank"`
	RankPoints          int64   `json:"rankPoints"`
	Kos                 int64   `json:"kos"`
	Wos                 int64   `json:"wos"`
	Warnings            int64   `json:"warnings"`
	ServedWarnings      int64   `json:"servedWarnings"` // those that were punished already
	Recommendations     int64   `json:"recommendations"`
	PunishmentStatus    *string `json:"punishmentStatus"`
	PunishmentExpiresAt *string `json:"punishmentExpiresAt"`
	Hold                bool    `json:"hold"`
	FormerRank          *string `json:"formerRank"`
	RankSince           *string `json:"rankSince"`
}

func inputDTOFrom(s domain.Standing) inputDTO {
	return inputDTO{
		Rank: s.Rank, RankPoints: s.Points, Kos: s.Kos, Wos: s.Wos,
		Warnings: s.Warnings, ServedWarnings: s.Served, Recommendations: s.Recommendations,
		PunishmentStatus: textOrNull(s.Punishment.Status.String()), PunishmentExpiresAt: instantText(s.Punishment.Until),
		Hold: s.Hold, FormerRank: textOrNull(s.FormerRank), RankSince: instantText(s.RankSince),
	}
}

type historyDTO struct {
	Entries    []entryDTO `json:"entries"`
	NextCursor *string    `json:"nextCursor"`
}

// entryDTO is a report or a decision, as its type says; only that part of it is there.
type entryDTO struct {
	At       *string    `json:"at"`
	Type     string     `json:"type"`
	Report   *reportDTO `json:"report,omitempty"`
	Decision *ledgerDTO `json:"decision,omitempty"`
}

func historyDTOFrom(page ports.HistoryPage, wait time.Duration) historyDTO {
	dto := historyDTO{Entries: make([]entryDTO, 0, len(page.Entries)), NextCursor: textOrNull(page.Next)}
	for _, e := range page.Entries {
		dto.Entries = append(dto.Entries, entryDTOFrom(e.At, e.Snapshot, e.Decision, wait))
	}
	return dto
}

func entryDTOFrom(at time.Time, snapshot *ports.SnapshotRecord, decision *ports.DecisionRecord, wait time.Duration) entryDTO {
	dto := entryDTO{At: instantText(at)}
	switch {
	case snapshot != nil:
		report := reportDTOFrom(*snapshot)
		dto.Type, dto.Report = "report", &report
	case decision != nil:
		kept := ledgerDTOFrom(*decision, wait)
		dto.Type, dto.Decision = "decision", &kept
	}
	return dto
}

// reportDTO is what a game said of a player, and what became of it. What the game left out is null.
type reportDTO struct {
	ID               int64         `json:"id"`
	Outcome          string        `json:"outcome"`
	DisregardedBy    *string       `json:"disregardedBy"` // the rewind that took it out of account; null while it counts
	Source           string        `json:"source"`
	ActorUserID      *int64        `json:"actorUserId"`
	ObservedAt       *string       `json:"observedAt"`
	Username         string        `json:"username"`
	Rank             *string       `json:"rank"`
	RankPoints       int64         `json:"rankPoints"`
	Kos              int64         `json:"kos"`
	Wos              int64         `json:"wos"`
	Warnings         *int64        `json:"warnings"`
	Recommendations  *int64        `json:"recommendations"`
	PunishmentStatus *string       `json:"punishmentStatus"`
	Experience       experienceDTO `json:"experience"`
}

type experienceDTO struct {
	UniverseID    *int64  `json:"universeId"`
	PlaceID       *int64  `json:"placeId"`
	Server        *string `json:"server"`
	ExperienceKey *string `json:"experienceKey"`
}

func reportDTOFrom(record ports.SnapshotRecord) reportDTO {
	r := record.Snapshot.Report()
	return reportDTO{
		ID: record.ID, Outcome: record.Outcome.String(), DisregardedBy: textOrNull(record.Disregarded), Source: record.Source, ActorUserID: numberOrNull(record.Actor.Int64()),
		ObservedAt: instantText(r.ObservedAt), Username: r.Username, Rank: textOrNull(r.Rank),
		RankPoints: r.Points, Kos: r.Kos, Wos: r.Wos,
		Warnings: countOrNull(r.Warnings), Recommendations: countOrNull(r.Recommendations),
		PunishmentStatus: textOrNull(r.Punishment.String()),
		Experience:       experienceDTOFrom(r.Experience),
	}
}

func experienceDTOFrom(e domain.Experience) experienceDTO {
	return experienceDTO{
		UniverseID: numberOrNull(e.Universe.Int64()), PlaceID: numberOrNull(e.PlaceID), Server: textOrNull(e.Server), ExperienceKey: textOrNull(e.Key),
	}
}

// eligibilityDTO says what each way out of a player's rank would take.
type eligibilityDTO struct {
	UserID        int64      `json:"userId"`
	Rank          string     `json:"rank"`
	NextRank      *string    `json:"nextRank"`
	Eligible      bool       `json:"eligible"`
	NeedsApproval bool       `json:"needsApproval"`
	Up            []checkDTO `json:"up"`
	Blocked       []checkDTO `json:"blocked"`
	Down          []checkDTO `json:"down"`
}

func eligibilityDTOFrom(placed ports.PlacedStanding, x domain.Eligibility) eligibilityDTO {
	return eligibilityDTO{
		UserID: placed.Standing.UserID.Int64(), Rank: placed.Standing.Rank, NextRank: textOrNull(x.Next),
		Eligible: x.Eligible, NeedsApproval: x.Approval,
		Up: checkDTOsFrom(x.Up), Blocked: checkDTOsFrom(x.Blocked), Down: checkDTOsFrom(x.Down),
	}
}

// numberOrNull returns an id; null for 0, which stands for none.
func numberOrNull(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

func countOrNull(c domain.Count) *int64 {
	n, reported := c.Get()
	if !reported {
		return nil
	}
	return &n
}
