package app

import (
	"context"
	"fmt"
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
		return r.service.save(ctx, decidedAll(s))
	}
	why, err := r.waits(ctx)
	if err != nil {
		return s, err
	}
	if why != "" {
		return r.service.save(ctx, waiting(s, why))
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

// decidedAll returns the review at its end.
func decidedAll(s ports.Sweep) ports.Sweep {
	s.Total = s.Scanned
	if held := s.Decided[tallyHeld]; held > 0 {
		return finished(s, fmt.Sprintf("%d of its decisions were held; each is looked at again once automation goes on", held))
	}
	return finished(s, "")
}

// waits returns why nothing can be carried out now; "" when it can.
func (r review) waits(ctx context.Context) (string, error) {
	if r.service.parts.Stopped {
		return stoppedBySetting, nil
	}
	automation, err := r.service.parts.Store.Automation(ctx)
	if err != nil {
		return "", wrap("read the switch of automation", err)
	}
	if automation.State == domain.AutomationRunning {
		return "", nil
	}
	return heldBecause(automation), nil
}

// waiting returns the review as one that stopped because nothing can be carried out for that reason.
func waiting(s ports.Sweep, why string) ports.Sweep {
	return stopped(s, "stopped, as "+why+". Resume automation, then the review, which goes on where it is")
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

// handful is a few players whom a review decides about in one unit.
type handful struct {
	before, after ports.Sweep // the review before and behind them
	acting        []domain.UserID
	ids           []string // of their decisions; chosen first, so that a repeated unit keeps them
	now           time.Time
}

// decide decides about the players that act, and brings the review from s to next, in one unit.
func (r review) decide(
	ctx context.Context, s, next ports.Sweep, policy domain.Policy, acting []domain.UserID,
) (ports.Sweep, error) {
	h := handful{before: s, after: next, acting: acting, ids: make([]string, len(acting)), now: r.service.now()}
	for i := range h.ids {
		h.ids[i] = r.service.parts.IDs.NewID()
	}
	var changed []ports.DecisionRecord
	saved, err := r.service.advance(ctx, func(ctx context.Context, w ports.Writer) (done ports.Sweep, err error) {
		done, changed, err = r.decideAbout(ctx, w, policy, h)
		return done, err
	})
	if err != nil {
		return s, err
	}
	r.service.tell(ctx, changed)
	return saved, nil
}

// decideAbout decides about a handful inside a unit. It returns the review behind them and the decisions that began or ended. When that would
// punish more than the first look let pass, nobody is decided about and the review stops before them.
func (r review) decideAbout(
	ctx context.Context, w ports.Writer, policy domain.Policy, h handful,
) (ports.Sweep, []ports.DecisionRecord, error) {
	s, done := h.before, counting(h.after)
	done.Decided[tallyNone] += done.Scanned - s.Scanned - int64(len(h.acting))
	l, players, err := r.service.lockAll(ctx, w, policy, h.acting)
	if err != nil {
		return s, nil, err
	}
	var moved []ports.PlacedStanding
	for i, player := range players {
		after, record, err := l.decide(ctx, player, request{
			Caller: ports.Caller{Principal: s.Principal, Actor: s.Actor, RequestID: s.RequestID},
			id:     h.ids[i], apply: true, review: s.ID, snapshot: -1, now: h.now,
		})
		if err != nil {
			return s, nil, err
		}
		decided(done, record, record.ID == h.ids[i])
		if after != player {
			moved = append(moved, place(policy, after))
		}
	}
	b := brake{percent: int64(r.service.parts.MaxPunishPercent), players: done.Total, punished: punished(done.Decided)}
	if s.Override == "" && b.holds() {
		return stopped(s, "stopped, as more players are to be punished by now than the first look found: "+b.sentence(done.Decided)), nil, nil
	}
	if done.Decided[tallyHeld] > s.Decided[tallyHeld] && done.Scanned < done.Total { // the others would be held too, without need
		done = waiting(done, heldBecause(l.automation.Automation))
	}
	if len(moved) > 0 {
		if err := w.SaveStandings(ctx, moved); err != nil {
			return s, nil, wrap("save the players", err)
		}
	}
	return done, l.changed(), l.write(ctx)
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

// decided counts what became of a player; made says whether the review made the decision, or found it there.
func decided(s ports.Sweep, record ports.DecisionRecord, made bool) {
	if !made || record.Decision.Action == domain.ActionNone {
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
