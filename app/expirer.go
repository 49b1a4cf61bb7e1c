package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The pace of expiry.
const (
	expirePoll  = 5 * time.Second
	expireBatch = 100
)

// Expirer ends decisions that nobody approved in time. Their age is in the store, and measured by its clock, so it goes on after a restart,
// and any number of them may run on one store: whoever locks the player first ends the decision, the others find nothing to do.
type Expirer struct {
	service *Service
	lap     lap
}

// Expirer returns what ends decisions that nobody approved in time. It does nothing until it is run.
func (s *Service) Expirer() *Expirer { return &Expirer{service: s} }

// Run ends what is due until ctx ends. Faults of the store are recorded and outlasted.
func (x *Expirer) Run(ctx context.Context) {
	ticker := time.NewTicker(expirePoll)
	defer ticker.Stop()
	for {
		if err := x.expire(ctx); err != nil && ctx.Err() == nil {
			x.service.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: "expire approvals", Err: err})
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// expire ends a batch of what is due; the rest is due still the next time. What cannot be ended does not hold up the rest.
func (x *Expirer) expire(ctx context.Context) error {
	list := func(ctx context.Context, after ports.Due, limit int) ([]ports.Due, error) {
		due, err := x.service.parts.Store.DueApprovals(ctx, x.service.approvalTTL(), after, limit)
		return due, wrap("look for approvals that are due", err)
	}
	_, err := x.lap.step(ctx, expireBatch, list, func(ctx context.Context, due ports.Due) (bool, error) {
		return false, wrap("expire a decision", x.end(ctx, due))
	})
	return err
}

// end ends a decision, unless somebody answered it meanwhile.
func (x *Expirer) end(ctx context.Context, due ports.Due) error {
	s := x.service
	var changed []ports.DecisionRecord
	policy, now := s.parts.Policies.Current(), s.now()
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		changed = nil
		if _, err := w.LockStandings(ctx, []domain.UserID{due.User}); err != nil {
			return wrap("lock the player", err)
		}
		l, err := s.openLedger(ctx, w, policy, []domain.UserID{due.User})
		if err != nil {
			return err
		}
		e := l.open[due.User]
		if e == nil || e.record.ID != due.Decision || e.record.Status != domain.StatusAwaitingApproval {
			return nil
		}
		l.close(e, domain.StatusExpired, expiredDetail, now)
		if err := l.write(ctx); err != nil {
			return err
		}
		changed = l.changed()
		return nil
	})
	if err == nil {
		s.tell(ctx, changed)
	}
	return err
}
