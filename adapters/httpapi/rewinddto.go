package httpapi

import (
	"time"

	"github.com/grps/grps/ports"
)

// rewindDTO is a rewind and how far it has come.
type rewindDTO struct {
	ID      string          `json:"id"`
	Kind    string          `json:"kind"`
	State   string          `json:"state"`
	Phase   string          `json:"phase"`
	Scope   rewindScopeDTO  `json:"scope"`
	Apply   bool            `json:"apply"`
	Counts  rewindCountsDTO `json:"counts"`  // what it comes to
	Decided rewindCountsDTO `json:"decided"` // what became of it

	sweepProgressDTO

	sweepTimesDTO
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
	return rewindDTO{
		ID: p.ID, Kind: string(p.Kind), State: string(p.State), Phase: string(p.Phase),
		Scope: rewindScopeDTO{
			Key: textOrNull(p.Scope.Principal), Experience: textOrNull(p.Scope.Experience), Server: textOrNull(p.Scope.Server),
			Since: instantText(p.Scope.Since), Until: instantText(p.Scope.Until),
		},
		Apply: p.Apply, Counts: rewindCountsDTOFrom(p.Found), Decided: rewindCountsDTOFrom(p.Decided),
		sweepProgressDTO: sweepProgressDTOFrom(p.Sweep, p.ETA, now),
		sweepTimesDTO:    sweepTimesDTOFrom(p.Sweep),
	}
}

type rewindPageDTO struct {
	Rewinds    []rewindDTO `json:"rewinds"`
	NextCursor *string     `json:"nextCursor"`
}

func rewindPageDTOFrom(page ports.RewindPage, now time.Time) rewindPageDTO {
	rewinds := each(page.Rewinds, func(p ports.RewindProgress) rewindDTO { return rewindDTOFrom(p, now) })
	return rewindPageDTO{Rewinds: rewinds, NextCursor: textOrNull(page.Next)}
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
	return rewoundPageDTO{Players: each(page.Players, rewoundDTOFrom), NextCursor: textOrNull(page.Next)}
}

func rewoundDTOFrom(r ports.Rewound) rewoundDTO {
	return rewoundDTO{
		UserID: r.User.Int64(), Outcome: string(r.Outcome), Snapshots: r.Snapshots, Applied: r.Applied,
		Before: rewoundStateDTOFrom(r.Before), After: rewoundStateDTOFrom(r.After), Decisions: each(r.Decisions, rewoundDecisionDTOFrom),
	}
}

func rewoundDecisionDTOFrom(d ports.RewoundDecision) rewoundDecisionDTO {
	return rewoundDecisionDTO{
		RequestID: textOrNull(d.ID), Action: d.Action.String(), FromRank: d.From, TargetRank: d.To, ReasonCode: string(d.Reason),
		Status: textOrNull(string(d.Status)), Undoes: textOrNull(d.Undoes), Left: textOrNull(d.Left),
	}
}

func rewoundStateDTOFrom(s ports.RewoundState) rewoundStateDTO {
	return rewoundStateDTO{
		Rank: s.Rank, RankPoints: s.Points, Kos: s.Kos, Wos: s.Wos, Warnings: s.Warnings, Recommendations: s.Recommendations,
		PunishmentStatus: textOrNull(s.Punishment.Status.String()), PunishmentExpiresAt: instantText(s.Punishment.Until), Hold: s.Hold,
	}
}
