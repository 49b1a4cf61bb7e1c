package httpapi

import (
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// reconciliationDTO is a walk over the group's members and how far it has come.
type reconciliationDTO struct {
	ID             string                  `json:"id"`
	Kind           string                  `json:"kind"`
	State          string                  `json:"state"`
	Apply          bool                    `json:"apply"`
	Counts         reconciliationCountsDTO `json:"counts"`
	Asked          int64                   `json:"asked"` // members who are looked at once more, and brought in line
	Scanned        int64                   `json:"scanned"`
	Total          int64                   `json:"total"` // an estimate until it is done
	Percent        float64                 `json:"percent"`
	ETA            *string                 `json:"eta"`
	ETASeconds     *int64                  `json:"etaSeconds"`
	Detail         *string                 `json:"detail"`
	Principal      *string                 `json:"principal"`
	ActorUserID    *int64                  `json:"actorUserId"`
	RequestID      *string                 `json:"requestId"`
	Schedule       *string                 `json:"schedule"` // the instant that asked for it
	PolicyRevision string                  `json:"policyRevision"`
	CreatedAt      *string                 `json:"createdAt"`
	StartedAt      *string                 `json:"startedAt"`
	UpdatedAt      *string                 `json:"updatedAt"`
	EndedAt        *string                 `json:"endedAt"`
}

// reconciliationCountsDTO counts members by what comparing them with the record came to. Those who are absent are no members.
type reconciliationCountsDTO struct {
	Same      int64 `json:"same"`
	Mend      int64 `json:"mend"`
	Adopt     int64 `json:"adopt"`
	Restore   int64 `json:"restore"`
	Punish    int64 `json:"punish"`
	Leave     int64 `json:"leave"`
	Unmanaged int64 `json:"unmanaged"`
	Pending   int64 `json:"pending"`
	Unknown   int64 `json:"unknown"`
	Skipped   int64 `json:"skipped"`
	Absent    int64 `json:"absent"`
}

func reconciliationCountsDTOFrom(t ports.Tally) reconciliationCountsDTO {
	of := func(o domain.ReconcileOutcome) int64 { return t[o.String()] }
	return reconciliationCountsDTO{
		Same: of(domain.ReconcileSame), Mend: of(domain.ReconcileMend), Adopt: of(domain.ReconcileAdopt), Restore: of(domain.ReconcileRestore),
		Punish: of(domain.ReconcilePunish), Leave: of(domain.ReconcileLeave), Unmanaged: of(domain.ReconcileUnmanaged),
		Pending: t[ports.TallyPending], Unknown: t[ports.TallyUnknown], Skipped: t[ports.TallySkipped], Absent: of(domain.ReconcileAbsent),
	}
}

func reconciliationDTOFrom(p ports.ReconciliationProgress, now time.Time) reconciliationDTO {
	dto := reconciliationDTO{
		ID: p.ID, Kind: string(p.Kind), State: string(p.State), Apply: p.Apply,
		Counts: reconciliationCountsDTOFrom(p.Found), Asked: p.Decided[ports.TallyAsked],
		Scanned: p.Scanned, Total: p.Total, Percent: percentOf(p.Sweep), ETA: instantText(p.ETA), ETASeconds: secondsTo(p.ETA, now), Detail: textOrNull(p.Detail),
		Principal: textOrNull(p.Principal), ActorUserID: numberOrNull(p.Actor.Int64()), RequestID: textOrNull(p.RequestID),
		Schedule: textOrNull(p.Schedule), PolicyRevision: p.Revision,
		CreatedAt: instantText(p.CreatedAt), StartedAt: instantText(p.StartedAt), UpdatedAt: instantText(p.UpdatedAt), EndedAt: instantText(p.EndedAt),
	}
	return dto
}

type reconciliationPageDTO struct {
	Reconciliations []reconciliationDTO `json:"reconciliations"`
	NextCursor      *string             `json:"nextCursor"`
}

func reconciliationPageDTOFrom(page ports.ReconciliationPage, now time.Time) reconciliationPageDTO {
	dto := reconciliationPageDTO{
		Reconciliations: make([]reconciliationDTO, 0, len(page.Reconciliations)), NextCursor: textOrNull(page.Next),
	}
	for _, walk := range page.Reconciliations {
		dto.Reconciliations = append(dto.Reconciliations, reconciliationDTOFrom(walk, now))
	}
	return dto
}

// differenceDTO is where the record of a player and what the member held differed.
type differenceDTO struct {
	UserID   int64    `json:"userId"`
	Recorded string   `json:"recorded"`
	Holds    []string `json:"holds"` // managed ranks, lowest first
	Outcome  string   `json:"outcome"`
}

type differencePageDTO struct {
	Differences []differenceDTO `json:"differences"`
	NextCursor  *string         `json:"nextCursor"`
}

func differencePageDTOFrom(page ports.DifferencePage) differencePageDTO {
	dto := differencePageDTO{Differences: make([]differenceDTO, 0, len(page.Differences)), NextCursor: textOrNull(page.Next)}
	for _, d := range page.Differences {
		dto.Differences = append(dto.Differences, differenceDTO{
			UserID: d.User.Int64(), Recorded: d.Recorded, Holds: append([]string{}, d.Held...), Outcome: d.Outcome.String(),
		})
	}
	return dto
}
