package app

import (
	"context"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Decide implements ports.Decider.
func (s *Service) Decide(ctx context.Context, r ports.DecideRequest) (ports.DecideResult, error) {
	id := s.parts.IDs.NewID()
	a := s.expect(id, r.Apply)
	defer a.forget()
	var result ports.DecideResult
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		player, record, err := s.decideOne(ctx, w, r.User, request{
			Caller: r.Caller, id: id, apply: r.Apply, reason: r.Reason, snapshot: -1, now: s.now(),
		})
		if err != nil {
			return err
		}
		result = ports.DecideResult{Decision: record, Player: player}
		return nil
	})
	if err != nil {
		return ports.DecideResult{}, wrap("decide about the player", err)
	}
	s.parts.Recorder.Record(ctx, ports.DecisionEvent{Decision: result.Decision})
	a.decision, a.player = &result.Decision, &result.Player
	s.follow(ctx, []*answer{a})
	return result, nil
}

func (s *Service) decideOne(
	ctx context.Context, w ports.Writer, user domain.UserID, r request,
) (ports.PlacedStanding, ports.DecisionRecord, error) {
	standing, err := lockOne(ctx, w, user)
	if err != nil {
		return ports.PlacedStanding{}, ports.DecisionRecord{}, err
	}
	policy := s.parts.Policies.Current()
	l, err := s.openLedger(ctx, w, policy, []domain.UserID{user})
	if err != nil {
		return ports.PlacedStanding{}, ports.DecisionRecord{}, err
	}
	after, record := l.decide(standing, r)
	player := place(policy, after)
	if after != standing {
		if err := w.SaveStandings(ctx, []ports.PlacedStanding{player}); err != nil {
			return ports.PlacedStanding{}, ports.DecisionRecord{}, wrap("save the player", err)
		}
	}
	return player, record, l.write(ctx)
}

// lockOne locks and returns a player; domain.ErrNotFound when unknown.
func lockOne(ctx context.Context, w ports.Writer, user domain.UserID) (domain.Standing, error) {
	standings, err := w.LockStandings(ctx, []domain.UserID{user})
	if err != nil {
		return domain.Standing{}, wrap("lock the player", err)
	}
	if len(standings) == 0 {
		return domain.Standing{}, &domain.Error{
			Kind: domain.KindNotFound, Code: "not_found", Message: "no report about this player was ever received",
		}
	}
	return standings[0], nil
}
