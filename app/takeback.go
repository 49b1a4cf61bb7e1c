package app

import (
	"context"
	"errors"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// maxOvertaken bounds how far back an unconfirmed state is traced.
const maxOvertaken = 16

// origin is the decision behind a wish, and the last standing before it that Roblox is not known to contradict.
type origin struct {
	known  bool // false for a wish that no decision caused
	record ports.DecisionRecord
	before domain.Standing
}

// origin reads the decision behind a claim. Where that overtook decisions which Roblox never confirmed, the standing before those counts.
func (d *Dispatcher) origin(ctx context.Context, c ports.Claim) (origin, error) {
	record, err := d.parts.Store.Decision(ctx, c.Entry.DecisionID)
	if errors.Is(err, domain.ErrNotFound) {
		return origin{}, nil
	}
	if err != nil {
		return origin{}, err
	}
	o := origin{known: true, record: record, before: record.Input}
	older := record.Overtakes
	for n := 0; older != "" && n < maxOvertaken; n++ {
		overtaken, err := d.parts.Store.Decision(ctx, older)
		if err != nil {
			return origin{}, err
		}
		o.before, older = overtaken.Input, overtaken.Overtakes
	}
	return o, nil
}

// outdated reports whether the rules in force would not decide so any more.
func (o origin) outdated(p domain.Policy) bool {
	made := o.record.Decision
	if !o.known || made.Revision == p.Revision() {
		return false
	}
	now := domain.Evaluate(p, o.record.Input, o.record.CreatedAt)
	return now.Action != made.Action || now.To != made.To || now.NeedsApproval && !made.NeedsApproval
}

// superseded is the verdict that the decision must be taken back and the rank observed be adopted. What a punishment was meant for is
// decided anew at once, from there. after is called with the standing then, unless another decision is open; nil does nothing.
func (d *Dispatcher) superseded(o origin, detail, observed string, after func(l *ledger, s domain.Standing)) verdict {
	v := delivered()
	v.settlement.Reason = "superseded: " + detail
	policy, now, next := d.parts.Policies.Current(), d.service.now(), d.parts.IDs.NewID()
	v.settle = func(ctx context.Context, w ports.Writer, s domain.Standing) ([]ports.DecisionRecord, error) {
		l, err := d.service.openLedger(ctx, w, policy, []domain.UserID{s.UserID})
		if err != nil {
			return nil, err
		}
		taken := l.takeBack(s, o, domain.StatusSuperseded, detail, observed, now)
		if o.known && o.record.Decision.Action.Punishes() {
			taken, _ = l.decide(taken, request{
				Caller: ports.Caller{Principal: o.record.Principal, Actor: o.record.Actor, RequestID: o.record.RequestID},
				id:     next, apply: true, reason: o.record.Reason, snapshot: -1, now: now,
			})
		}
		if l.open[s.UserID] == nil && after != nil {
			after(l, taken)
		}
		return l.save(ctx, s, taken)
	}
	return v
}

// refused takes the decision back where v gives its role up: the record must not show what Roblox refused. Some of it may have been done
// before, so the member is brought back to the rank from before too. A ban stays, as far as it went.
func (d *Dispatcher) refused(o origin, v verdict) verdict {
	if v.settlement.Result != ports.SettleDead || !o.known || o.record.Decision.Action == domain.ActionBan {
		return v
	}
	return d.failing(o, v, wayBack)
}

// wayBack wishes for the rank that the record shows, of which a decision that was taken back may have left something undone.
func wayBack(l *ledger, s domain.Standing) {
	if r, ok := l.policy.Ladder().Rank(s.Rank); ok && !r.Role.IsZero() {
		l.wish("", domain.ActionDemote, domain.Effect{Kind: domain.EffectGroupRole, User: s.UserID, Rank: s.Rank})
	}
}

// notMember ends a wish for somebody who is not in the group. A move along the ladder is taken back, as nothing confirms it. Punishments and
// their ends hold in the record, where games look, and the role follows with the next decision after the player has joined.
func (d *Dispatcher) notMember(o origin) verdict {
	v := dead("not_member: the player is not in the group, so there is no role to change")
	switch o.record.Decision.Action {
	case domain.ActionPromote, domain.ActionDemote:
		return d.failing(o, v, nil)
	case domain.ActionNone, domain.ActionSuspend, domain.ActionBan, domain.ActionRestore:
	}
	return v
}

// failing adds to v that the decision is taken back as failed. after is called with the standing before it, unless another decision was
// made on top; nil does nothing.
func (d *Dispatcher) failing(o origin, v verdict, after func(l *ledger, s domain.Standing)) verdict {
	policy, now := d.parts.Policies.Current(), d.service.now()
	v.settle = func(ctx context.Context, w ports.Writer, s domain.Standing) ([]ports.DecisionRecord, error) {
		l, err := d.service.openLedger(ctx, w, policy, []domain.UserID{s.UserID})
		if err != nil {
			return nil, err
		}
		taken := l.takeBack(s, o, domain.StatusFailed, v.settlement.Reason, o.before.Rank, now)
		if l.open[s.UserID] == nil && after != nil {
			after(l, taken)
		}
		return l.save(ctx, s, taken)
	}
	return v
}

// takeBack closes the decision that Roblox contradicts, or refuses, and undoes what it did. Where another decision is open by now, that
// one was made on top of it and stays; only the rank observed is adopted.
func (l *ledger) takeBack(
	s domain.Standing, o origin, status domain.Status, detail, observed string, now time.Time,
) domain.Standing {
	open := l.open[s.UserID]
	if !o.known || open != nil && open.record.ID != o.record.ID {
		return domain.Adopt(s, observed, now)
	}
	if open != nil {
		l.close(open, status, detail, now)
	}
	if o.record.Decision.Action == domain.ActionBan {
		l.wish(o.record.ID, domain.ActionBan, domain.Effect{Kind: domain.EffectRestriction, User: s.UserID})
	}
	l.wish("", domain.ActionNone, domain.Effect{Kind: domain.EffectMirror, User: s.UserID})
	return domain.Supersede(s, o.before, observed, now)
}

// save writes the player, if anything about them changed, and the ledger. It returns the decisions that began or ended.
func (l *ledger) save(ctx context.Context, before, after domain.Standing) ([]ports.DecisionRecord, error) {
	if after != before {
		if err := l.w.SaveStandings(ctx, []ports.PlacedStanding{place(l.policy, after)}); err != nil {
			return nil, wrap("save the player", err)
		}
	}
	return l.changed(), l.write(ctx)
}

// adopt takes over, inside a unit that has locked the player, the rank that Roblox showed at an instant. A decision that is being carried
// out and a punishment in force go first: their effects look themselves. What was decided since then is looked at again.
func (s *Service) adopt(
	ctx context.Context, w ports.Writer, standing domain.Standing, policy domain.Policy, observed string, looked time.Time,
) ([]ports.DecisionRecord, error) {
	l, err := s.openLedger(ctx, w, policy, []domain.UserID{standing.UserID})
	if err != nil {
		return nil, err
	}
	open := l.open[standing.UserID]
	switch {
	case standing.Rank == observed, standing.Punishment.InForce(), open != nil && open.record.Status == domain.StatusPending:
		return nil, nil
	case !standing.DecidedAt.IsZero() && !standing.DecidedAt.Before(looked):
		l.wish("", domain.ActionNone, domain.Effect{Kind: domain.EffectObserve, User: standing.UserID})
		return nil, l.write(ctx)
	}
	now := s.now()
	if open != nil {
		l.close(open, domain.StatusSuperseded, "somebody changed the rank to "+observed, now)
	}
	l.wish("", domain.ActionNone, domain.Effect{Kind: domain.EffectMirror, User: standing.UserID})
	return l.save(ctx, standing, domain.Adopt(standing, observed, now))
}
