package httpapi

import (
	"time"

	"github.com/grps/grps/ports"
)

// rewindDTO is a rewind and how far it has come.
type rewindDTO struct {
	ID             string          `json:"id"`
	Kind           string          `json:"kind"`
	State          string          `json:"state"`
	Phase          string          `json:"phase"`
	Scope          rewindScopeDTO  `json:"scope"`
	Apply          bool            `json:"apply"`
	Counts         rewindCountsDTO `json:"counts"`  // what it comes to
	Decided        rewindCountsDTO `json:"decided"` // what became of it
	Scanned        int64           `json:"scanned"` // in this phase
	Total          int64           `json:"total"`   // likewise; an estimate until it is done
	Percent        float64         `json:"percent"` // likewise
	ETA            *string         `json:"eta"`
	ETASeconds     *int64          `json:"etaSeconds"`
	Detail         *string         `json:"detail"`
	Principal      *string         `json:"principal"`
	ActorUserID    *int64          `json:"actorUserId"`
	RequestID      *string         `json:"requestId"`
	PolicyRevision string          `json:"policyRevision"`
	CreatedAt      *string         `json:"createdAt"`
	StartedAt      *string         `json:"startedAt"`
	UpdatedAt      *string         `json:"updatedAt"`
	EndedAt        *string         `json:"endedAt"`
}

type rewindScopeDTO struct {
	Key        *string `json:"key"`
	Experience *string `json:"experience"`
	Server     *string `json:"server"`
	Since      *string `json:"since"`
	Until      *string `json:"until"`
}

// rewindCountsDTO counts reports, players by outcome, decisions that are taken back, and players by what the rules decide afterwards. The
// last two count among the others.
type rewindCountsDTO struct {
	Snapshots        int64 `json:"snapshots"`
	Players          int64 `json:"players"`
	Changed          int64 `json:"changed"`
	Unseen           int64 `json:"unseen"`
	Same             int64 `json:"same"`
	Undone           int64 `json:"undone"`
	Left             int64 `json:"left"`
	Promote          int64 `json:"promote"`
	Demote           int64 `json:"demote"`
	Suspend          int64 `json:"suspend"`
	Ban              int64 `json:"ban"`
	Restore          int64 `json:"restore"`
	AwaitingApproval int64 `json:"awaitingApproval"`
	Held             int64 `json:"held"`
}

func rewindCountsDTOFrom(t ports.Tally) rewindCountsDTO {
	return rewindCountsDTO{
		Snapshots: t[ports.TallySnapshots], Players: t[ports.TallyPlayers],
		Changed: t[string(ports.RewoundChanged)], Unseen: t[string(ports.RewoundUnseen)], Same: t[string(ports.RewoundSame)],
		Undone: t[ports.TallyUndone], Left: t[ports.TallyLeft],
		Promote: t["promote"], Demote: t["demote"], Suspend: t["suspend"], Ban: t["ban"], Restore: t["restore"],
		AwaitingApproval: t["awaitingApproval"], Held: t["held"],
	}
}

func rewindDTOFrom(p ports.RewindProgress, now time.Time) rewindDTO {
	dto := rewindDTO{
		ID: p.ID, Kind: string(p.Kind), State: string(p.State), Phase: string(p.Phase),
		Scope: rewindScopeDTO{
			Key: textOrNull(p.Scope.Principal), Experience: textOrNull(p.Scope.Experience), Server: textOrNull(p.Scope.Server),
			Since: instantText(p.Scope.Since), Until: instantText(p.Scope.Until),
		},
		Apply: p.Apply, Counts: rewindCountsDTOFrom(p.Found), Decided: rewindCountsDTOFrom(p.Decided),
		Scanned: p.Scanned, Total: p.Total, Percent: percentOf(p.Sweep), ETA: instantText(p.ETA), ETASeconds: secondsTo(p.ETA, now), Detail: textOrNull(p.Detail),
		Principal: textOrNull(p.Principal), ActorUserID: numberOrNull(p.Actor.Int64()), RequestID: textOrNull(p.RequestID),
		PolicyRevision: p.Revision,
		CreatedAt:      instantText(p.CreatedAt), StartedAt: instantText(p.StartedAt), UpdatedAt: instantText(p.UpdatedAt), EndedAt: instantText(p.EndedAt),
	}
	return dto
}

type rewindPageDTO struct {
	Rewinds    []rewindDTO `json:"rewinds"`
	NextCursor *string     `json:"nextCursor"`
}

func rewindPageDTOFrom(page ports.RewindPage, now time.Time) rewindPageDTO {
	dto := rewindPageDTO{Rewinds: make([]rewindDTO, 0, len(page.Rewinds)), NextCursor: textOrNull(page.Next)}
	for _, rewind := range page.Rewinds {
		dto.Rewinds = append(dto.Rewinds, rewindDTOFrom(rewind, now))
	}
	return dto
}

// rewoundDTO is what a rewind comes to for a player.
type rewoundDTO struct {
	UserID    int64                `json:"userId"`
	Outcome   string               `json:"outcome"`
	Snapshots int64                `json:"snapshots"` // that are taken out of account
	Applied   bool                 `json:"applied"`
	Before    rewoundStateDTO      `json:"before"`
	After     rewoundStateDTO      `json:"after"`
	Decisions []rewoundDecisionDTO `json:"decisions"` // taken back first, then made
}

type rewoundStateDTO struct {
	Rank                string  `json:"rank"`
	RankPoints          int64   `json:"rankPoints"`
	Kos                 int64   `json:"kos"`
	Wos                 int64   `json:"wos"`
	Warnings            int64   `json:"warnings"`
	Recommendations     int64   `json:"recommendations"`
	PunishmentStatus    *string `json:"punishmentStatus"`
	PunishmentExpiresAt *string `json:"punishmentExpiresAt"`
	Hold                bool    `json:"hold"`
}

// rewoundDecisionDTO is a decision that a rewind takes back or makes, or one that it cannot take back.
type rewoundDecisionDTO struct {
	RequestID  *string `json:"requestId"`
	Action     string  `json:"action"`
	FromRank   string  `json:"fromRank"`
	TargetRank string  `json:"targetRank"`
	ReasonCode string  `json:"reasonCode"`
	Status     *string `json:"status"`
	Undoes     *string `json:"undoes"` // the decision that it takes back
	Left       *string `json:"left"`   // why it stays
}

type rewoundPageDTO struct {
	Players    []rewoundDTO `json:"players"`
	NextCursor *string      `json:"nextCursor"`
}

func rewoundPageDTOFrom(page ports.RewoundPage) rewoundPageDTO {
	dto := rewoundPageDTO{Players: make([]rewoundDTO, 0, len(page.Players)), NextCursor: textOrNull(page.Next)}
	for _, p := range page.Players {
		player := rewoundDTO{
			UserID: p.User.Int64(), Outcome: string(p.Outcome), Snapshots: p.Snapshots, Applied: p.Applied,
			Before: rewoundStateDTOFrom(p.Before), After: rewoundStateDTOFrom(p.After),
			Decisions: make([]rewoundDecisionDTO, 0, len(p.Decisions)),
		}
		for _, d := range p.Decisions {
			player.Decisions = append(player.Decisions, rewoundDecisionDTO{
				RequestID: textOrNull(d.ID), Action: d.Action.String(), FromRank: d.From, TargetRank: d.To, ReasonCode: string(d.Reason),
				Status: textOrNull(string(d.Status)), Undoes: textOrNull(d.Undoes), Left: textOrNull(d.Left),
			})
		}
		dto.Players = append(dto.Players, player)
	}
	return dto
}

func rewoundStateDTOFrom(s ports.RewoundState) rewoundStateDTO {
	return rewoundStateDTO{
		Rank: s.Rank, RankPoints: s.Points, Kos: s.Kos, Wos: s.Wos, Warnings: s.Warnings, Recommendations: s.Recommendations,
		PunishmentStatus: textOrNull(s.Punishment.Status.String()), PunishmentExpiresAt: instantText(s.Punishment.Until), Hold: s.Hold,
	}
}
