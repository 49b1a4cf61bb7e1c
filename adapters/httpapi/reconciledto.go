package httpapi

import (
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// reconciliationDTO is a walk over the group's members and how far it has come.
type reconciliationDTO struct {
	ID     string                  `json:"id"`
	Kind   string                  `json:"kind"`
	State  string                  `json:"state"`
	Apply  bool                    `json:"apply"`
	Counts reconciliationCountsDTO `json:"counts"`
	Asked  int64                   `json:"asked"` // members who are looked at once more, and brought in line

	sweepProgressDTO

	Schedule *string `json:"schedule"` // the instant that asked for it

	sweepTimesDTO
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
	return reconciliationDTO{
		ID: p.ID, Kind: string(p.Kind), State: string(p.State), Apply: p.Apply,
		Counts: reconciliationCountsDTOFrom(p.Found), Asked: p.Decided[ports.TallyAsked],
		sweepProgressDTO: sweepProgressDTOFrom(p.Sweep, p.ETA, now),
		Schedule:         textOrNull(p.Schedule), sweepTimesDTO: sweepTimesDTOFrom(p.Sweep),
	}
}

type reconciliationPageDTO struct {
	Reconciliations []reconciliationDTO `json:"reconciliations"`
	NextCursor      *string             `json:"nextCursor"`
}

func reconciliationPageDTOFrom(page ports.ReconciliationPage, now time.Time) reconciliationPageDTO {
	walks := each(page.Reconciliations, func(p ports.ReconciliationProgress) reconciliationDTO { return reconciliationDTOFrom(p, now) })
	return reconciliationPageDTO{Reconciliations: walks, NextCursor: textOrNull(page.Next)}
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
	return differencePageDTO{Differences: each(page.Differences, differenceDTOFrom), NextCursor: textOrNull(page.Next)}
}

func differenceDTOFrom(d ports.Difference) differenceDTO {
	return differenceDTO{
		UserID: d.User.Int64(), Recorded: d.Recorded, Holds: append([]string{}, d.Held...), Outcome: d.Outcome.String(),
	}
}
