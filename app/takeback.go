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
	actor  domain.Standing        // for an order: who gave it, as they stand; as in parties
	undone []ports.DecisionRecord // what it, and the decisions that it overtook, took back, and what stands again if they fail
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
	if err := d.trace(ctx, &o, record); err != nil {
		return origin{}, err
	}
	older := record.Overtakes
	for n := 0; older != "" && n < maxOvertaken; n++ {
		overtaken, err := d.parts.Store.Decision(ctx, older)
		if err != nil {
			return origin{}, err
		}
		if err := d.trace(ctx, &o, overtaken); err != nil {
			return origin{}, err
		}
		o.before, older = overtaken.Input, overtaken.Overtakes
	}
	return o, nil
}

// trace adds to o what besides the standing hangs on one of its decisions: what that took back, unless that was never confirmed either,
// and who ordered it.
func (d *Dispatcher) trace(ctx context.Context, o *origin, record ports.DecisionRecord) error {
	if record.Undoes != "" && record.Undoes != record.Overtakes {
		undone, err := d.parts.Store.Decision(ctx, record.Undoes)
		if err != nil {
			return err
		}
		if undone.Status == domain.StatusUndone {
			o.undone = append(o.undone, undone)
		}
	}
	if record.ID != o.record.ID || record.Origin != domain.OriginManual || record.Actor.IsZero() {
		return nil
	}
	o.actor.UserID = record.Actor
	actor, err := d.parts.Store.Standing(ctx, record.Actor)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	o.actor = actor
	return err
}

// outdated reports whether the rules in force would not decide so any more. What a person said, or approved, does not hang on the rules: it
// was held against them when the person did.
func (o origin) outdated(p domain.Policy) bool {
	made := o.record.Decision
	if !o.known || o.record.Origin != domain.OriginRules || made.NeedsApproval || made.Revision == p.Revision() {
		return false
	}
	now := domain.Evaluate(p, o.record.Input, o.record.CreatedAt)
	return now.Action != made.Action || now.To != made.To || now.NeedsApproval
}

// contradicted is the verdict that Roblox shows a rank which nobody expected. It is adopted at once; where the policy gives recorded ranks
// back, and where nothing was decided about the record, another look brings the two together.
func (d *Dispatcher) contradicted(o origin, observed string) verdict {
	action, origin := o.record.Decision.Action, o.record.Origin
	moves := action == domain.ActionPromote || action == domain.ActionDemote
	restored := d.parts.Policies.Current().Drift() == domain.DriftRestore && moves && origin == domain.OriginRules
	switch {
	case !o.known:
		v := delivered()
		v.settlement.Reason = "Roblox showed the rank " + observed
		v.settle = func(ctx context.Context, w ports.Writer, s domain.Standing) ([]ports.DecisionRecord, error) {
			return d.after(ctx, w, s, lookAgain)
		}
		return v
	case origin == domain.OriginDrift, restored:
		return d.superseded(o, "Roblox showed the rank "+observed, o.before.Rank, lookAgain)
	}
	return d.superseded(o, "Roblox showed the rank "+observed+", which was adopted", observed, nil)
}

// after wishes for something about a player of whom nothing else changes.
func (d *Dispatcher) after(
	ctx context.Context, w ports.Writer, s domain.Standing, wish func(l *ledger, s domain.Standing),
) ([]ports.DecisionRecord, error) {
	l, err := d.service.openLedger(ctx, w, d.parts.Policies.Current(), []domain.UserID{s.UserID})
	if err != nil {
		return nil, err
	}
	wish(l, s)
	return nil, l.write(ctx)
}

// superseded is the verdict that the decision must be taken back and the rank observed be adopted. What a punishment was meant for is
// decided anew at once, from there. after is called with the standing then, unless another decision is open; nil does nothing.
func (d *Dispatcher) superseded(o origin, detail, observed string, after func(l *ledger, s domain.Standing)) verdict {
	v := delivered()
	v.settlement.Reason = "superseded: " + detail
	policy, now := d.parts.Policies.Current(), d.service.now()
	v.settle = func(ctx context.Context, w ports.Writer, s domain.Standing) ([]ports.DecisionRecord, error) {
		l, err := d.service.openLedger(ctx, w, policy, []domain.UserID{s.UserID})
		if err != nil {
			return nil, err
		}
		taken := l.takeBack(s, o, domain.StatusSuperseded, detail, observed, now)
		if o.known {
			if taken, err = l.again(ctx, taken, o, d.parts.IDs.NewID(), now); err != nil {
				return nil, err
			}
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
	if o.record.Origin == domain.OriginDrift {
		return d.failing(o, v, nil) // the record is as it was, and so is the member
	}
	return d.failing(o, v, wayBack)
}

// wayBack wishes for the rank that the record shows, of which a decision that was taken back may have left something undone.
func wayBack(l *ledger, s domain.Standing) {
	if r, ok := l.policy.Ladder().Rank(s.Rank); ok && !r.Role.IsZero() {
		l.wish("", domain.ActionDemote, domain.Effect{Kind: domain.EffectGroupRole, User: s.UserID, Rank: s.Rank})
	}
}

// notLifted takes a decision back that was to lift a ban where v gives that up: the record must not show somebody free whom Roblox keeps
// out. The role goes back too.
func (d *Dispatcher) notLifted(ctx context.Context, c ports.Claim, v verdict) verdict {
	if v.settlement.Result != ports.SettleDead {
		return v
	}
	o, err := d.origin(ctx, c)
	switch {
	case err != nil:
		return d.failed(c, wrap("read the decision", err), 0)
	case !o.known || o.record.Status != domain.StatusPending || o.before.Punishment.Status != domain.PunishmentSevere:
		return v
	}
	return d.failing(o, v, func(l *ledger, s domain.Standing) {
		l.wish("", domain.ActionBan, domain.Effect{
			Kind: domain.EffectGroupRole, User: s.UserID, Rank: s.Rank, Expect: domain.TrailOf(o.record.Decision.To),
		})
	})
}

// notMember ends a wish for somebody who is not in the group. A move along the ladder is taken back, as nothing confirms it. Punishments and
// their ends are carried out by that: they hold in the record, where games look, and the role follows when the player is seen as a member
// again.
func (d *Dispatcher) notMember(o origin) verdict {
	action := o.record.Decision.Action
	if action == domain.ActionPromote || action == domain.ActionDemote {
		return d.failing(o, dead("not_member: the player is not in the group, so there is no role to change"), nil)
	}
	v := delivered()
	v.settlement.Reason = "not_member: the player is not in the group; the record holds, and the role follows when they are seen there again"
	policy, looked := d.parts.Policies.Current(), d.service.now()
	v.settle = func(ctx context.Context, w ports.Writer, s domain.Standing) ([]ports.DecisionRecord, error) {
		l, err := d.service.openLedger(ctx, w, policy, []domain.UserID{s.UserID})
		if err != nil {
			return nil, err
		}
		return l.save(ctx, s, s.Seen(false, looked))
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
	if o.record.Origin == domain.OriginDrift {
		return s // it changed nothing in the record
	}
	for _, e := range o.undone {
		l.revive(e, o.record.ID+" could not take it back: "+detail, now)
	}
	made := o.record.Decision
	was, is := o.before.Punishment.Status == domain.PunishmentSevere, s.Punishment.Status == domain.PunishmentSevere
	if made.Action == domain.ActionBan || was != is {
		l.wish(o.record.ID, domain.ActionBan, domain.Effect{Kind: domain.EffectRestriction, User: s.UserID, Active: was})
	}
	l.wish("", domain.ActionNone, domain.Effect{Kind: domain.EffectMirror, User: s.UserID})
	after := domain.Supersede(s, o.before, o.before.Rank, now)
	if made.Hold != domain.HoldUnsaid && s.Hold == made.Hold.After(s.Hold) {
		after.Hold = o.before.Hold
	}
	if observed == after.Rank {
		return after
	}
	return l.adopt(after, domain.Adopted(l.policy, after.Rank, observed), request{
		Caller: ports.Caller{Principal: RobloxPrincipal}, snapshot: -1, now: now,
	})
}

// revive lets a decision stand again that could not be taken back.
func (l *ledger) revive(record ports.DecisionRecord, detail string, at time.Time) {
	record.Status, record.Detail, record.UpdatedAt = domain.StatusApplied, detail, at
	l.closed = append(l.closed, &entry{record: record, stored: true, revived: true, snapshot: -1})
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
