package app

import (
	"context"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// answer is what a request is about to be told: a decision that may come further while the request waits.
type answer struct {
	decision *ports.DecisionRecord // nil when none was asked for
	player   *ports.PlacedStanding
	first    bool            // the first answer again: there is nothing to wait for
	settled  <-chan struct{} // nil when the request does not wait
	forget   func()
}

// expect prepares for the end of a decision, which must happen before the decision is committed.
func (s *Service) expect(decision string, wait bool) *answer {
	if !wait || s.parts.ApplyWait <= 0 {
		return &answer{forget: func() {}}
	}
	settled, forget := s.settled.expect(decision)
	return &answer{settled: settled, forget: forget}
}

// follow waits for open decisions, for no longer than ApplyWait in all, and brings the answers up to date. Everything
// is stored by then, so nothing here can fail: an answer that cannot be refreshed is true, only not the newest.
func (s *Service) follow(ctx context.Context, answers []*answer) {
	waiting, cancel := context.WithTimeout(ctx, s.parts.ApplyWait)
	defer cancel()
	for _, a := range answers {
		if a.decision == nil || !a.decision.Status.Open() {
			continue
		}
		if a.settled != nil && !a.first && a.decision.Status == domain.StatusPending {
			select {
			case <-a.settled:
			case <-waiting.Done():
			}
		}
		s.refresh(ctx, a)
	}
}

// tell records what became of decisions and wakes whoever waits for those that ended.
func (s *Service) tell(ctx context.Context, decisions []ports.DecisionRecord) {
	for _, record := range decisions {
		s.parts.Recorder.Record(ctx, ports.DecisionEvent{Decision: record})
		if !record.Status.Open() {
			s.settled.settle(record.ID)
		}
	}
}

// kept reports whether the ledger keeps the decision: advice and decisions to do nothing are only answered.
func kept(d ports.DecisionRecord) bool {
	return d.Status != domain.StatusAdvisory && d.Status != domain.StatusNone
}

// refresh brings an answer up to date with the ledger.
func (s *Service) refresh(ctx context.Context, a *answer) {
	record, err := s.parts.Store.Decision(ctx, a.decision.ID)
	if err != nil || record.Status == a.decision.Status {
		return
	}
	*a.decision = record
	if record.Status == domain.StatusApplied {
		return // the player is what the decision made of them
	}
	if player, err := s.Player(ctx, record.UserID); err == nil {
		*a.player = player // taking the decision back changed the player too
	}
}
