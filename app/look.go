package app

import (
	"context"
	"errors"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// recheckAfter is how long after a change at Roblox the member is looked at once more: a write whose outcome nobody saw may land late.
const recheckAfter = time.Minute

// observe looks at what Roblox shows of a player, and brings it together with the record. What is doubtful is looked at twice: Roblox may
// answer a read with what was true before the last write.
func (d *Dispatcher) observe(ctx context.Context, c ports.Claim) verdict {
	if c.Entry.Target == lookForHeld || c.Entry.Target == lookForQuestion {
		v := delivered()
		v.settle = func(ctx context.Context, w ports.Writer, s domain.Standing) ([]ports.DecisionRecord, error) {
			return d.service.askAgain(ctx, w, s, c.Entry)
		}
		return v
	}
	if d.parts.Remote.Roles == nil {
		return d.failed(c, errNotConfigured, 0)
	}
	policy := d.parts.Policies.Current()
	look := sighting{
		entry: c.Entry, warrant: domain.Warrant{Since: d.service.began, Ordered: c.Entry.Effect.Active},
	}
	for second := false; ; second = true { // also for a walk: what that saw may be older than the last decision
		player, err := d.parts.Store.Standing(ctx, c.Entry.Effect.User)
		if errors.Is(err, domain.ErrNotFound) {
			return delivered() // there is nobody to compare any more
		}
		look.looked = d.service.now()
		if err == nil {
			err = d.see(ctx, player, &look)
		}
		if err != nil {
			return d.failed(c, wrap("look at the member", err), 0)
		}
		r := domain.Reconcile(policy, player, look.seen, look.warrant)
		if second || !doubtful(r.Outcome, player, look.looked) {
			return d.seen(policy, look)
		}
		if !sleep(ctx, confirmAfter) {
			return d.failed(c, wrap("look at the member again", ctx.Err()), 0)
		}
	}
}

// doubtful reports whether a stale read could have led to the outcome: any that calls for a change at Roblox, and a rank to adopt when a
// role was changed not long ago.
func doubtful(o domain.ReconcileOutcome, player domain.Standing, looked time.Time) bool {
	switch o {
	case domain.ReconcileMend, domain.ReconcileRestore, domain.ReconcilePunish, domain.ReconcileAbsent:
		return true
	case domain.ReconcileAdopt:
		return looked.Sub(player.DecidedAt) < recheckAfter
	case domain.ReconcileSame, domain.ReconcileLeave, domain.ReconcileUnmanaged:
	}
	return false
}

// see asks Roblox: for the roles, and of somebody who is banned whether every universe keeps them out.
func (d *Dispatcher) see(ctx context.Context, player domain.Standing, look *sighting) error {
	shown, err := d.parts.Remote.Roles.Membership(ctx, player.UserID, look.entry.Lane)
	if err != nil {
		return err
	}
	look.seen, look.joinable = domain.Sight{Member: shown.Member, Held: shown.Roles}, nil
	if player.Punishment.Status != domain.PunishmentSevere || d.parts.Remote.Restrictions == nil {
		return nil
	}
	for _, universe := range d.parts.Remote.Universes {
		restricted, err := d.parts.Remote.Restrictions.Restricted(ctx, player.UserID, universe)
		if err != nil {
			return err
		}
		if !restricted {
			look.seen.Joinable, look.joinable = true, append(look.joinable, universe)
		}
	}
	return nil
}

// seen is the verdict that the look was taken, and is to be carried into the store.
func (d *Dispatcher) seen(policy domain.Policy, look sighting) verdict {
	v := delivered()
	told := &looked{event: ports.LookEvent{User: look.entry.Effect.User, Cause: causeOf(look.entry.Target)}}
	v.looked = told
	v.settle = func(ctx context.Context, w ports.Writer, s domain.Standing) (changed []ports.DecisionRecord, err error) {
		told.event.Outcome, told.compared, changed, err = d.service.reconcile(ctx, w, s, policy, look)
		return changed, err
	}
	return v
}

// looked is what a look came to, once it is settled.
type looked struct {
	event    ports.LookEvent
	compared bool // false where something else went first
}

// causeOf returns why a member was looked at, in a word for logs and figures.
func causeOf(target string) string {
	if target == lookForReport {
		return "report"
	}
	return target
}
