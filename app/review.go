package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The pace of reviews.
const (
	reviewPage = 1000                   // players that are read at once
	reviewUnit = 50                     // players whom one unit decides about at most: enough to be fast, few enough not to hold players locked for long
	reviewStep = 500 * time.Millisecond // how long to look before it is saved how far that came
)

// The words in which a review counts, besides those of the actions.
const (
	tallyNone     = "none"             // the rules ask for nothing, or the decision that they ask for is under way already
	tallyAwaiting = "awaitingApproval" // of the others: how many a person must approve
	tallyHeld     = "held"             // of the others: how many wait until automation is not paused any more
)

// review is the walk over all players that a filter chooses. It walks twice: first it looks at everybody and changes nothing, so that its
// brake can stop it before anything was applied; then it decides about those whom the rules do not leave where they are.
type review struct{ service *Service }

// step implements walk.
func (r review) step(ctx context.Context, s ports.Sweep) (ports.Sweep, error) {
	policy := r.service.parts.Policies.Current()
	s = counting(s)
	if s.Revision != policy.Revision() {
		s = anew(s, policy.Revision(), "the policy changed: everybody is looked at anew")
	}
	if s.Phase == ports.PhaseApply {
		return r.apply(ctx, s, policy)
	}
	return r.evaluate(ctx, s, policy)
}

// anew returns the review at the beginning of its first walk, under a policy for which it was not overridden. What it decided already still counts.
func anew(s ports.Sweep, revision, detail string) ports.Sweep {
	s.Phase, s.Cursor, s.Override, s.Revision, s.Detail = ports.PhaseEvaluate, "", "", revision, detail
	s.Found, s.Reasons, s.Total, s.Scanned, s.Pace = make(ports.Tally), make(ports.Tally), 0, 0, 0
	return s
}

// evaluate looks at players, without a lock, for as long as a step may take.
func (r review) evaluate(ctx context.Context, s ports.Sweep, policy domain.Policy) (ports.Sweep, error) {
	if s.Scanned == 0 {
		total, err := r.service.parts.Store.CountStandings(ctx, s.Filter)
		if err != nil {
			return s, wrap("count the players", err)
		}
		s.Total = total
	}
	began := r.service.parts.Clock.Now()
	took, looked := time.Duration(0), 0
	for took < reviewStep {
		players, err := r.page(ctx, s)
		if err != nil {
			return s, err
		}
		if len(players) == 0 {
			return r.service.save(ctx, r.judge(s))
		}
		now := r.service.now()
		for i := range players {
			found(s, domain.Evaluate(policy, players[i], now))
		}
		s = past(s, players, len(players))
		looked += len(players)
		took = r.service.parts.Clock.Now().Sub(began)
	}
	return r.service.save(ctx, paced(s, looked, took))
}

// page returns the players that come next.
func (r review) page(ctx context.Context, s ports.Sweep) ([]domain.Standing, error) {
	after := domain.UserID{}
	if s.Cursor != "" {
		var err error
		if after, err = domain.ParseUserID(s.Cursor); err != nil {
			return nil, wrap("read where the review is", err)
		}
	}
	players, err := r.service.parts.Store.Standings(ctx, s.Filter, after, reviewPage)
	return players, wrap("read the players", err)
}

// past returns the review behind the first n of those players.
func past(s ports.Sweep, players []domain.Standing, n int) ports.Sweep {
	s.Cursor, s.Scanned = players[n-1].UserID.String(), s.Scanned+int64(n)
	s.Total = max(s.Total, s.Scanned)
	return s
}

// paced returns the review with the pace at which it came so far.
func paced(s ports.Sweep, players int, took time.Duration) ports.Sweep {
	if took > 0 {
		s.Pace = max(1, int64(float64(players)/took.Seconds()))
	}
	return s
}

// found counts what the rules ask for.
func found(s ports.Sweep, d domain.Decision) {
	s.Reasons[string(d.Reason)]++
	s.Found[tallyOf(d.Action)]++
	if d.NeedsApproval {
		s.Found[tallyAwaiting]++
	}
}

// judge returns the review after its first walk: at its end, stopped by its brake, or at the beginning of the second walk.
func (r review) judge(s ports.Sweep) ports.Sweep {
	s.Total = s.Scanned
	b := brake{percent: int64(r.service.parts.MaxPunishPercent), players: s.Scanned, punished: punished(s.Found) + punished(s.Decided)}
	switch {
	case !s.Apply && b.holds():
		return finished(s, "nothing was applied, as nobody asked for it. Applied, it would stop: "+b.sentence(s.Found))
	case !s.Apply:
		return finished(s, "nothing was applied, as nobody asked for it")
	case b.holds() && s.Override == "":
		return stopped(s, "stopped before anything was applied: "+b.sentence(s.Found)+
			". If that is meant, resume it with override and a reason; otherwise mend the policy or the reports, and resume it without")
	case moves(s.Found) == 0:
		return finished(s, "the rules ask for nothing")
	}
	return toApply(s)
}

// toApply returns the review at the beginning of its second walk, which is as long as the first was.
func toApply(s ports.Sweep) ports.Sweep {
	s.Phase, s.Cursor, s.Total, s.Scanned, s.Detail = ports.PhaseApply, "", s.Scanned, 0, ""
	return s
}
