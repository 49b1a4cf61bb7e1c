package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// execute decides as a person ordered, if the actor who was named may, and carries it out if asked to.
func (l *ledger) execute(p parties, r request) (domain.Standing, ports.DecisionRecord, error) {
	d, err := domain.Execute(l.policy, p.target, r.order, r.now)
	if err != nil {
		return domain.Standing{}, ports.DecisionRecord{}, err
	}
	if err := l.authorize(p, d, r.Caller); err != nil {
		return domain.Standing{}, ports.DecisionRecord{}, err
	}
	record := l.record(p.target, d, r)
	if !r.apply {
		return p.target, record, nil
	}
	after, record := l.carry(p.target, record, r)
	return after, record, nil
}

// authorize returns why the caller may not do this: because it grants a rank that is beyond the key, or because the actor who was named may
// not. When nobody was named the key alone speaks.
func (l *ledger) authorize(p parties, d domain.Decision, by ports.Caller) error {
	switch {
	case l.policy.Exceeds(d, by.MaxRank):
		return beyondKey(by)
	case p.actor.UserID.IsZero():
		return nil
	case p.actor.Version == 0:
		return &domain.Error{
			Kind: domain.KindDenied, Code: "actor_not_allowed",
			Message: "nothing is known about the actor " + p.actor.UserID.String() + "; a rank on record decides who may do what",
		}
	}
	return domain.Authorize(l.policy, p.actor, p.target, d)
}

func beyondKey(by ports.Caller) error {
	return &domain.Error{
		Kind: domain.KindDenied, Code: "rank_above_key",
		Message: "the key " + by.Principal + " grants ranks up to " + by.MaxRank + " only",
	}
}

// again decides anew, from the rank that was adopted, what a punishment, or the end of one, was meant for: by the rules where they decided,
// and as it was ordered where a person did, if the actor still may. An undo that failed leaves what it was to take back as it was.
func (l *ledger) again(ctx context.Context, after domain.Standing, o origin, id string, now time.Time) (domain.Standing, error) {
	made := o.record
	r := request{
		Caller: ports.Caller{Principal: made.Principal, Actor: made.Actor, RequestID: made.RequestID},
		id:     id, apply: true, reason: made.Reason, origin: made.Origin, order: made.Order, snapshot: -1, now: now,
	}
	switch {
	case made.Origin == domain.OriginRules && made.Decision.Action.Punishes():
		after, _, err := l.decide(ctx, after, r)
		return after, err
	case made.Origin == domain.OriginManual && (made.Decision.Action.Punishes() || made.Decision.Action == domain.ActionRestore):
		r.MaxRank = made.Decision.To // whatever the key could, it is asked for no more than it did
		if ordered, _, err := l.execute(parties{after, o.actor}, r); err == nil {
			return ordered, nil
		}
	}
	return after, nil
}
