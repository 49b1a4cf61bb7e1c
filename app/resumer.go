package app

import (
	"context"
	"errors"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The pace at which held decisions are taken up, and at which it is noted how automation stands.
const (
	resumePoll  = time.Second
	resumeBatch = 100
	gaugeEvery  = 15 * time.Second
)

// Resumer takes up the decisions that are held, longest held first, whenever automation runs. Any number of them may run on one store:
// whoever locks the player first decides, the others find nothing to do.
type Resumer struct {
	service *Service
	lap     lap
	gauged  time.Time
}

// Resumer returns what takes up held decisions. It does nothing until it is run.
func (s *Service) Resumer() *Resumer { return &Resumer{service: s} }

// Run takes up what is held until ctx ends. Faults of the store are recorded and outlasted.
func (r *Resumer) Run(ctx context.Context) {
	ticker := time.NewTicker(resumePoll)
	defer ticker.Stop()
	for {
		if err := errors.Join(r.resume(ctx), r.gauge(ctx)); err != nil && ctx.Err() == nil {
			r.service.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: "take up held decisions", Err: err})
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// resume looks at everything that is held, as long as automation runs, but at no more than a batch once something failed. What cannot be looked
// at does not hold up the rest.
func (r *Resumer) resume(ctx context.Context) error {
	if r.service.parts.Stopped {
		return nil
	}
	for ctx.Err() == nil {
		automation, err := r.service.parts.Store.Automation(ctx)
		if err != nil || automation.State != domain.AutomationRunning {
			return wrap("read the switch of automation", err)
		}
		more, err := r.lap.step(ctx, resumeBatch, r.held, func(ctx context.Context, due ports.Due) (bool, error) {
			held, err := r.service.takeUp(ctx, due.User)
			return held, wrap("take up what is held", err) // while it is held automation does not run any more
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// held lists whose decisions are held.
func (r *Resumer) held(ctx context.Context, after ports.Due, limit int) ([]ports.Due, error) {
	held, err := r.service.parts.Store.HeldPlayers(ctx, after, limit)
	return held, wrap("look for what is held", err)
}

// gauge notes once in a while how automation stands.
func (r *Resumer) gauge(ctx context.Context) error {
	now := r.service.parts.Clock.Now()
	if since := now.Sub(r.gauged); since >= 0 && since < gaugeEvery {
		return nil
	}
	status, err := r.service.Automation(ctx)
	if err != nil {
		return err
	}
	r.gauged = now
	r.service.parts.Recorder.Record(ctx, ports.AutomationGauge{State: status.State, Held: status.Held})
	return nil
}

// takeUp decides anew about a player whose decision is held. It reports whether that stays held, as automation does not run.
func (s *Service) takeUp(ctx context.Context, user domain.UserID) (bool, error) {
	waits := false
	var changed []ports.DecisionRecord
	policy, now, id := s.parts.Policies.Current(), s.now(), s.parts.IDs.NewID()
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		waits, changed = false, nil
		l, players, err := s.lockAll(ctx, w, policy, []domain.UserID{user})
		if err != nil {
			return err
		}
		held := l.open[user]
		switch {
		case held == nil || held.record.Status != domain.StatusHeld: // somebody was first
			return nil
		case len(players) == 0:
			l.close(held, domain.StatusSuperseded, "nothing is known about the player any more", now)
			changed = l.changed()
			return l.write(ctx)
		}
		made := held.record
		after, record, err := l.decide(ctx, players[0], request{
			Caller: ports.Caller{Principal: made.Principal, Actor: made.Actor, RequestID: made.RequestID},
			id:     id, apply: true, reason: made.Reason, review: made.ReviewID, snapshot: -1, again: true, now: now,
		})
		if err != nil {
			return err
		}
		changed, err = l.save(ctx, players[0], after)
		waits = record.Status == domain.StatusHeld
		return err
	})
	if err != nil {
		return false, err
	}
	s.tell(ctx, changed)
	return waits, nil
}
