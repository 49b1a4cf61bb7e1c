package app

import (
	"context"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Decide implements ports.Decider.
func (s *Service) Decide(ctx context.Context, r ports.DecideRequest) (ports.DecideResult, error) {
	return s.decide(ctx, r, r.Apply)
}

// decide is Decide, which waits for what Roblox says only if told to.
func (s *Service) decide(ctx context.Context, r ports.DecideRequest, wait bool) (ports.DecideResult, error) {
	asked := request{
		Caller: r.Caller, id: s.parts.IDs.NewID(), apply: r.Apply, reason: r.Reason, order: r.Order, snapshot: -1, now: s.now(),
	}
	if r.Order != (domain.Order{}) {
		asked.origin = domain.OriginManual
	}
	result, err := s.one(ctx, r.User, asked, wait, func(ctx context.Context, l *ledger, p parties) (domain.Standing, ports.DecisionRecord, error) {
		if asked.origin == domain.OriginManual {
			return l.execute(p, asked)
		}
		return l.decide(ctx, p.target, asked)
	})
	return result, wrap("decide about the player", err)
}

// leads reports whether a person asks for something that leads beyond the record: an undo, or an order of more than a hold.
func (r request) leads() bool {
	return r.origin == domain.OriginUndo || r.origin == domain.OriginManual && r.order.Action != domain.ActionNone
}

// parties are who a decision is about, and who the caller says it is made by.
type parties struct {
	target domain.Standing
	actor  domain.Standing // of somebody unknown it holds the id only; the zero Standing when nobody was named, or nobody asks for their rank
}

// one makes one decision about a player in a unit of its own, then waits for what Roblox says to it, if told to.
func (s *Service) one(
	ctx context.Context, user domain.UserID, asked request, wait bool,
	decide func(context.Context, *ledger, parties) (domain.Standing, ports.DecisionRecord, error),
) (ports.DecideResult, error) {
	a := s.expect(asked.id, wait)
	defer a.forget()
	var result ports.DecideResult
	var changed []ports.DecisionRecord
	policy := s.parts.Policies.Current()
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		involved, err := lockParties(ctx, w, user, asked)
		if err != nil {
			return err
		}
		l, err := s.openLedger(ctx, w, policy, []domain.UserID{user})
		if err != nil {
			return err
		}
		if asked.apply && asked.leads() {
			if err := l.mayOrder(ctx); err != nil {
				return err
			}
		}
		after, record, err := decide(ctx, l, involved)
		if err != nil {
			return err
		}
		records, err := l.save(ctx, involved.target, after)
		if err != nil {
			return err
		}
		result, changed = ports.DecideResult{Decision: record, Player: place(policy, after)}, records
		return nil
	})
	if err != nil {
		return ports.DecideResult{}, err
	}
	if result.Decision.ID == asked.id && !kept(result.Decision) {
		changed = append(changed, result.Decision)
	}
	s.tell(ctx, changed)
	a.decision, a.player = &result.Decision, &result.Player
	s.follow(ctx, []*answer{a})
	return result, nil
}

// lockParties locks the player, and the actor too where the actor's own rank matters; domain.ErrNotFound when the player is unknown.
func lockParties(ctx context.Context, w ports.Writer, user domain.UserID, r request) (parties, error) {
	p := parties{}
	users := []domain.UserID{user}
	if r.origin != domain.OriginRules && !r.Actor.IsZero() {
		p.actor.UserID = r.Actor
		if r.Actor != user {
			users = append(users, r.Actor)
		}
	}
	standings, err := w.LockStandings(ctx, users)
	if err != nil {
		return parties{}, wrap("lock the player", err)
	}
	for _, standing := range standings {
		if standing.UserID == user {
			p.target = standing
		}
		if standing.UserID == p.actor.UserID {
			p.actor = standing
		}
	}
	if p.target.UserID.IsZero() {
		return parties{}, errUnknownPlayer
	}
	return p, nil
}
