package app

import (
	"context"
	"time"

	"github.com/grps/grps/ports"
)

// movesPerMinute is how many members Roblox lets one key move in a minute: that many calls of each kind.
const movesPerMinute = 300

// progress returns how far a review has come, and when it will have come to its end.
func (s *Service) progress(ctx context.Context, sweep ports.Sweep) (ports.ReviewProgress, error) {
	p := ports.ReviewProgress{Sweep: sweep}
	if !sweep.State.UnderWay() || sweep.Pace == 0 {
		return p, nil
	}
	walk := lasts(sweep.Total-sweep.Scanned, float64(sweep.Pace))
	moving := moves(sweep.Found) - sweep.Found[tallyAwaiting]
	switch {
	case !sweep.Apply:
		moving = 0
	case sweep.Phase == ports.PhaseEvaluate: // the rest will be as what was seen, and then the second walk comes
		moving = moving * sweep.Total / max(sweep.Scanned, 1)
		walk += lasts(sweep.Total, float64(sweep.Pace))
	default:
		moving -= moves(sweep.Decided) - sweep.Decided[tallyAwaiting]
	}
	if moving > 0 && s.parts.Remote.Roles != nil {
		depth, err := s.parts.Store.Depth(ctx)
		if err != nil {
			return p, wrap("measure the outbox", err)
		}
		walk = max(walk, lasts(moving+int64(depth.Settling), movesPerMinute/60.0))
	}
	p.ETA = s.now().Add(walk)
	return p, nil
}

// lasts returns how long n take at a pace in a second, in whole seconds.
func lasts(n int64, pace float64) time.Duration {
	return time.Duration(float64(max(n, 0))/pace+0.5) * time.Second
}
