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
	id := s.parts.IDs.NewID()
	a := s.expect(id, wait)
	defer a.forget()
	var result ports.DecideResult
	var changed []ports.DecisionRecord
	policy, now := s.parts.Policies.Current(), s.now()
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		decided, records, err := s.decideOne(ctx, w, policy, r.User, request{
			Caller: r.Caller, id: id, apply: r.Apply, reason: r.Reason, snapshot: -1, now: now,
		})
		if err != nil {
			return err
		}
		result, changed = decided, records
		return nil
	})
	if err != nil {
		return ports.DecideResult{}, wrap("decide about the player", err)
	}
	if result.Decision.ID == id && !kept(result.Decision) {
		changed = append(changed, result.Decision)
	}
	s.tell(ctx, changed)
	a.decision, a.player = &result.Decision, &result.Player
	s.follow(ctx, []*answer{a})
	return result, nil
}

// decideOne decides about one player inside a unit. It returns the decisions that began or ended, too.
func (s *Service) decideOne(
	ctx context.Context, w ports.Writer, policy domain.Policy, user domain.UserID, r request,
) (ports.DecideResult, []ports.DecisionRecord, error) {
	standing, err := lockOne(ctx, w, user)
	if err != nil {
		return ports.DecideResult{}, nil, err
	}
	l, err := s.openLedger(ctx, w, policy, []domain.UserID{user})
	if err != nil {
		return ports.DecideResult{}, nil, err
	}
	after, record := l.decide(standing, r)
	player := place(policy, after)
	if after != standing {
		if err := w.SaveStandings(ctx, []ports.PlacedStanding{player}); err != nil {
			return ports.DecideResult{}, nil, wrap("save the player", err)
		}
	}
	return ports.DecideResult{Decision: record, Player: player}, l.changed(), l.write(ctx)
}

// lockOne locks and returns a player; domain.ErrNotFound when unknown.
func lockOne(ctx context.Context, w ports.Writer, user domain.UserID) (domain.Standing, error) {
	standings, err := w.LockStandings(ctx, []domain.UserID{user})
	if err != nil {
		return domain.Standing{}, wrap("lock the player", err)
	}
	if len(standings) == 0 {
		return domain.Standing{}, errUnknownPlayer
	}
	return standings[0], nil
}
