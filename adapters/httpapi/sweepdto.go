package httpapi

import (
	"math"
	"time"

	"github.com/grps/grps/ports"
)

// sweepProgressDTO is how far a review, a reconciliation or a rewind has come, and who wants it.
type sweepProgressDTO struct {
	Scanned     int64   `json:"scanned"` // in its phase
	Total       int64   `json:"total"`   // likewise; an estimate until it is done
	Percent     float64 `json:"percent"` // likewise
	ETA         *string `json:"eta"`
	ETASeconds  *int64  `json:"etaSeconds"`
	Detail      *string `json:"detail"`
	Principal   *string `json:"principal"`
	ActorUserID *int64  `json:"actorUserId"`
	RequestID   *string `json:"requestId"`
}

func sweepProgressDTOFrom(s ports.Sweep, eta, now time.Time) sweepProgressDTO {
	return sweepProgressDTO{
		Scanned: s.Scanned, Total: s.Total, Percent: percentOf(s), ETA: instantText(eta), ETASeconds: secondsTo(eta, now),
		Detail: textOrNull(s.Detail), Principal: textOrNull(s.Principal), ActorUserID: numberOrNull(s.Actor.Int64()), RequestID: textOrNull(s.RequestID),
	}
}

// sweepTimesDTO is under which rules one of them goes, and when it did.
type sweepTimesDTO struct {
	PolicyRevision string  `json:"policyRevision"`
	CreatedAt      *string `json:"createdAt"`
	StartedAt      *string `json:"startedAt"`
	UpdatedAt      *string `json:"updatedAt"`
	EndedAt        *string `json:"endedAt"`
}

func sweepTimesDTOFrom(s ports.Sweep) sweepTimesDTO {
	return sweepTimesDTO{
		PolicyRevision: s.Revision,
		CreatedAt:      instantText(s.CreatedAt), StartedAt: instantText(s.StartedAt),
		UpdatedAt: instantText(s.UpdatedAt), EndedAt: instantText(s.EndedAt),
	}
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

// secondsTo returns how long it is until then, in whole seconds; null where nobody can tell.
func secondsTo(then, now time.Time) *int64 {
	if then.IsZero() {
		return nil
	}
	seconds := max(0, int64(math.Round(then.Sub(now).Seconds())))
	return &seconds
}
