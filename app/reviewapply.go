package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// apply decides about one page of players, in units of a few.
func (r review) apply(ctx context.Context, s ports.Sweep, policy domain.Policy) (ports.Sweep, error) {
	players, err := r.page(ctx, s)
	if err != nil {
		return s, err
	}
	if len(players) == 0 {
		s.Total = s.Scanned
		return r.service.save(ctx, finished(s, ""))
	}
	began, all := r.service.parts.Clock.Now(), len(players)
	for len(players) > 0 && s.State == ports.SweepRunning {
		acting, n := whoMoves(policy, players, r.service.now(), reviewUnit)
		next := past(s, players, n)
		if n == len(players) {
			next = paced(next, all, r.service.parts.Clock.Now().Sub(began))
		}
		if s, err = r.decide(ctx, s, next, policy, acting); err != nil {
			return s, err
		}
		players = players[n:]
	}
	return s, nil
}

// whoMoves returns those of the first n players whom the rules do not leave where they are, at most limit of them, and n.
func whoMoves(policy domain.Policy, players []domain.Standing, now time.Time, limit int) (acting []domain.UserID, n int) {
	for ; n < len(players) && len(acting) < limit; n++ {
		if domain.Evaluate(policy, players[n], now).Action != domain.ActionNone {
			acting = append(acting, players[n].UserID)
		}
	}
	return acting, n
}

// decide decides about the players that act, and brings the review from s to next, in one unit. When that would punish more than the first
// walk was let go on with, nobody is decided about and the review stops.
func (r review) decide(
	ctx context.Context, s, next ports.Sweep, policy domain.Policy, acting []domain.UserID,
) (ports.Sweep, error) {
	var changed []ports.DecisionRecord
	ids := make([]string, len(acting)) // chosen first, so that a repeated unit keeps them
	for i := range ids {
		ids[i] = r.service.parts.IDs.NewID()
	}
	now := r.service.now()
	saved, err := r.service.advance(ctx, func(ctx context.Context, w ports.Writer) (ports.Sweep, error) {
		done := counting(next)
		done.Decided[tallyNone] += next.Scanned - s.Scanned - int64(len(acting))
		l, players, err := r.service.lockAll(ctx, w, policy, acting)
		if err != nil {
			return s, err
		}
		var moved []ports.PlacedStanding
		for i, player := range players {
			after, record, err := l.decide(ctx, player, request{
				Caller: ports.Caller{Principal: s.Principal, Actor: s.Actor, RequestID: s.RequestID},
				id:     ids[i], apply: true, review: s.ID, snapshot: -1, now: now,
			})
			if err != nil {
				return s, err
			}
			decided(done, record, record.ID == ids[i])
			if after != player {
				moved = append(moved, place(policy, after))
			}
		}
		b := brake{percent: int64(r.service.parts.MaxPunishPercent), players: done.Total, punished: punished(done.Decided)}
		if s.Override == "" && b.holds() {
			return stopped(s, "stopped, as more players are to be punished by now than the first look found: "+b.sentence(done.Decided)), nil
		}
		if len(moved) > 0 {
			if err := w.SaveStandings(ctx, moved); err != nil {
				return s, wrap("save the players", err)
			}
		}
		changed = l.changed()
		return done, l.write(ctx)
	})
	if err != nil {
		return s, err
	}
	if len(changed) > 0 && saved.State == ports.SweepRunning {
		r.service.tell(ctx, changed)
		r.service.settled.wake()
	}
	return saved, nil
}

// lockAll locks players and opens their ledger.
func (s *Service) lockAll(
	ctx context.Context, w ports.Writer, policy domain.Policy, users []domain.UserID,
) (*ledger, []domain.Standing, error) {
	players, err := w.LockStandings(ctx, users)
	if err != nil {
		return nil, nil, wrap("lock the players", err)
	}
	l, err := s.openLedger(ctx, w, policy, users)
	return l, players, err
}

// decided counts what became of a player. A decision that was there before is not the review's.
func decided(s ports.Sweep, record ports.DecisionRecord, new bool) {
	if !new || record.Decision.Action == domain.ActionNone {
		s.Decided[tallyNone]++
		return
	}
	s.Decided[tallyOf(record.Decision.Action)]++
	switch record.Status {
	case domain.StatusAwaitingApproval:
		s.Decided[tallyAwaiting]++
	case domain.StatusHeld:
		s.Decided[tallyHeld]++
	default:
	}
}
