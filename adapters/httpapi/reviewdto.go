package httpapi

import (
	"time"

	"github.com/grps/grps/ports"
)

// reviewDTO is a review and how far it has come.
type reviewDTO struct {
	ID       string           `json:"id"`
	Kind     string           `json:"kind"`
	State    string           `json:"state"`
	Phase    string           `json:"phase"`
	Filter   reviewFilterDTO  `json:"filter"`
	Apply    bool             `json:"apply"`
	Override *string          `json:"override"` // why its brake is passed over
	Counts   reviewCountsDTO  `json:"counts"`   // what the rules ask for
	Decided  reviewCountsDTO  `json:"decided"`  // what became of it
	Reasons  map[string]int64 `json:"reasons"`  // by reason code

	sweepProgressDTO

	Schedule *string `json:"schedule"` // the instant that asked for it

	sweepTimesDTO
}

type reviewFilterDTO struct {
	Ranks     []string `json:"ranks"`
	MinPoints *int64   `json:"minPoints"`
	SeenSince *string  `json:"seenSince"`
}

// reviewCountsDTO counts players by action; the last two count among the others.
type reviewCountsDTO struct {
	Promote          int64 `json:"promote"`
	Demote           int64 `json:"demote"`
	Suspend          int64 `json:"suspend"`
	Ban              int64 `json:"ban"`
	Restore          int64 `json:"restore"`
	None             int64 `json:"none"`
	AwaitingApproval int64 `json:"awaitingApproval"`
	Held             int64 `json:"held"`
}

func reviewCountsDTOFrom(t ports.Tally) reviewCountsDTO {
	return reviewCountsDTO{
		Promote: t["promote"], Demote: t["demote"], Suspend: t["suspend"], Ban: t["ban"], Restore: t["restore"], None: t["none"],
		AwaitingApproval: t["awaitingApproval"], Held: t["held"],
	}
}

func reviewDTOFrom(p ports.ReviewProgress, now time.Time) reviewDTO {
	dto := reviewDTO{
		ID: p.ID, Kind: string(p.Kind), State: string(p.State), Phase: string(p.Phase),
		Filter: reviewFilterDTO{
			Ranks: append([]string{}, p.Filter.Ranks...), MinPoints: countOrNull(p.Filter.MinPoints), SeenSince: instantText(p.Filter.SeenSince),
		},
		Apply: p.Apply, Override: textOrNull(p.Override),
		Counts: reviewCountsDTOFrom(p.Found), Decided: reviewCountsDTOFrom(p.Decided), Reasons: p.Reasons,
		sweepProgressDTO: sweepProgressDTOFrom(p.Sweep, p.ETA, now),
		Schedule:         textOrNull(p.Schedule), sweepTimesDTO: sweepTimesDTOFrom(p.Sweep),
	}
	if dto.Reasons == nil {
		dto.Reasons = map[string]int64{}
	}
	return dto
}

type reviewPageDTO struct {
	Reviews    []reviewDTO `json:"reviews"`
	NextCursor *string     `json:"nextCursor"`
}

func reviewPageDTOFrom(page ports.ReviewPage, now time.Time) reviewPageDTO {
	reviews := each(page.Reviews, func(p ports.ReviewProgress) reviewDTO { return reviewDTOFrom(p, now) })
	return reviewPageDTO{Reviews: reviews, NextCursor: textOrNull(page.Next)}
}
