package httpapi

import (
	"math"
	"time"

	"github.com/grps/grps/ports"
)

// reviewDTO is a review and how far it has come.
type reviewDTO struct {
	ID             string           `json:"id"`
	Kind           string           `json:"kind"`
	State          string           `json:"state"`
	Phase          string           `json:"phase"`
	Filter         reviewFilterDTO  `json:"filter"`
	Apply          bool             `json:"apply"`
	Override       *string          `json:"override"` // why its brake is passed over
	Counts         reviewCountsDTO  `json:"counts"`   // what the rules ask for
	Decided        reviewCountsDTO  `json:"decided"`  // what became of it
	Reasons        map[string]int64 `json:"reasons"`  // by reason code
	Scanned        int64            `json:"scanned"`  // in this phase
	Total          int64            `json:"total"`    // likewise; an estimate until it is done
	Percent        float64          `json:"percent"`  // likewise
	ETA            *string          `json:"eta"`
	ETASeconds     *int64           `json:"etaSeconds"`
	Detail         *string          `json:"detail"`
	Principal      *string          `json:"principal"`
	ActorUserID    *int64           `json:"actorUserId"`
	RequestID      *string          `json:"requestId"`
	Schedule       *string          `json:"schedule"` // the instant that asked for it
	PolicyRevision string           `json:"policyRevision"`
	CreatedAt      *string          `json:"createdAt"`
	StartedAt      *string          `json:"startedAt"`
	UpdatedAt      *string          `json:"updatedAt"`
	EndedAt        *string          `json:"endedAt"`
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
		Scanned: p.Scanned, Total: p.Total, Percent: percentOf(p.Sweep), ETA: instantText(p.ETA), ETASeconds: secondsTo(p.ETA, now), Detail: textOrNull(p.Detail),
		Principal: textOrNull(p.Principal), ActorUserID: numberOrNull(p.Actor.Int64()), RequestID: textOrNull(p.RequestID),
		Schedule: textOrNull(p.Schedule), PolicyRevision: p.Revision,
		CreatedAt: instantText(p.CreatedAt), StartedAt: instantText(p.StartedAt), UpdatedAt: instantText(p.UpdatedAt), EndedAt: instantText(p.EndedAt),
	}
	if dto.Reasons == nil {
		dto.Reasons = map[string]int64{}
	}
	return dto
}

// percentOf returns how much of its phase a walk has behind it, with one decimal, and 100 only when that is all.
func percentOf(p ports.Sweep) float64 {
	switch {
	case p.State == ports.SweepDone || p.Total > 0 && p.Scanned >= p.Total:
		return 100
	case p.Total == 0:
		return 0
	}
	return math.Floor(float64(p.Scanned)*1000/float64(p.Total)) / 10
}

type reviewPageDTO struct {
	Reviews    []reviewDTO `json:"reviews"`
	NextCursor *string     `json:"nextCursor"`
}

func reviewPageDTOFrom(page ports.ReviewPage, now time.Time) reviewPageDTO {
	dto := reviewPageDTO{Reviews: make([]reviewDTO, 0, len(page.Reviews)), NextCursor: textOrNull(page.Next)}
	for _, review := range page.Reviews {
		dto.Reviews = append(dto.Reviews, reviewDTOFrom(review, now))
	}
	return dto
}
