package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// restrictionPause is the least time between two tries for one player: Roblox allows two changes per minute, player and universe.
const restrictionPause = 30 * time.Second

// errNotConfigured says that a part of Roblox which an effect needs was configured when it was wished for, and is not now.
var errNotConfigured = &domain.Error{
	Kind: domain.KindUnavailable, Code: "not_configured", RetryAfter: time.Minute,
	Message: "Open Cloud is not configured; the effect waits until it is",
}

// confirmAfter is how long to wait before a contradiction is looked at again: Roblox may answer a read with what was true before the
// last write.
const confirmAfter = time.Second

// groupRole makes the member hold one managed role, the right one. It looks before it writes, and is done only when Roblox shows it.
func (d *Dispatcher) groupRole(ctx context.Context, c ports.Claim) verdict {
	if d.parts.Remote.Roles == nil {
		return d.failed(c, errNotConfigured, 0)
	}
	o, err := d.origin(ctx, c)
	if err != nil {
		return d.failed(c, wrap("read the decision", err), 0)
	}
	policy := d.parts.Policies.Current()
	shown, plan, err := d.plan(ctx, policy.Ladder(), c.Entry)
	if err != nil {
		return d.refused(o, d.failed(c, wrap("look at the member", err), 0))
	}
	switch plan.Outcome {
	case domain.PlanDone:
		return d.shown(o, c.Entry.Effect.Rank)
	case domain.PlanNotMember:
		return d.notMember(o)
	case domain.PlanUnmapped:
		return d.refused(o, dead(fmt.Sprintf("unmapped: the rank %q has no roleId in policy.ranks.json", c.Entry.Effect.Rank)))
	case domain.PlanSuperseded:
		return d.contradicted(o, plan.Observed)
	case domain.PlanRemember:
		return remember(c, plan.Expect)
	case domain.PlanMove:
	}
	if o.outdated(policy) {
		return d.superseded(o, "the policy changed before it was carried out", o.before.Rank, wayBack)
	}
	if shown, err = d.carryOut(ctx, c.Entry, plan.Steps, shown); err != nil {
		return d.refused(o, d.failed(c, wrap("change the member's roles", err), 0))
	}
	if after := domain.PlanRoles(policy.Ladder(), c.Entry.Effect, shown.Member, shown.Roles); after.Outcome != domain.PlanDone {
		return d.failed(c, fmt.Errorf("change the member's roles: Roblox shows %q afterwards", after.Observed), 0)
	}
	return d.shown(o, c.Entry.Effect.Rank)
}

// shown is the verdict that Roblox shows the rank that was wished for. Where no decision wished for it, the record may have gone another
// way meanwhile: then the two are brought together.
func (d *Dispatcher) shown(o origin, rank string) verdict {
	v := delivered()
	if o.known {
		return v
	}
	v.settle = func(ctx context.Context, w ports.Writer, s domain.Standing) ([]ports.DecisionRecord, error) {
		if s.Rank == rank {
			return nil, nil
		}
		return d.after(ctx, w, s, lookAgain)
	}
	return v
}

// plan looks at the member and says what to do. What contradicts the wish is looked at twice, and so is that there is nothing to do about one
// that no decision caused: nobody looks again after that.
func (d *Dispatcher) plan(ctx context.Context, l domain.Ladder, wish ports.OutboxEntry) (ports.Membership, domain.RolePlan, error) {
	for second := false; ; second = true {
		shown, err := d.parts.Remote.Roles.Membership(ctx, wish.Effect.User, wish.Lane)
		if err != nil {
			return ports.Membership{}, domain.RolePlan{}, err
		}
		plan := domain.PlanRoles(l, wish.Effect, shown.Member, shown.Roles)
		doubtful := plan.Outcome == domain.PlanSuperseded || plan.Outcome == domain.PlanNotMember ||
			plan.Outcome == domain.PlanDone && wish.DecisionID == ""
		if second || !doubtful {
			return shown, plan, nil
		}
		if !sleep(ctx, confirmAfter) {
			return ports.Membership{}, domain.RolePlan{}, ctx.Err()
		}
	}
}

// carryOut takes the steps and returns what the member holds after them.
func (d *Dispatcher) carryOut(
	ctx context.Context, wish ports.OutboxEntry, steps []domain.RoleStep, shown ports.Membership,
) (ports.Membership, error) {
	for _, step := range steps {
		change := d.parts.Remote.Roles.UnassignRole
		if step.Assign {
			change = d.parts.Remote.Roles.AssignRole
		}
		var err error
		if shown, err = change(ctx, wish.Effect.User, step.Role, wish.Lane); err != nil {
			return ports.Membership{}, err
		}
	}
	return shown, nil
}

// remember replaces the wish by one that may be found half done.
func remember(c ports.Claim, expect domain.Trail) verdict {
	v := delivered()
	v.settlement.Reason = "the member holds several managed roles"
	v.settle = func(ctx context.Context, w ports.Writer, _ domain.Standing) ([]ports.DecisionRecord, error) {
		wish := c.Entry
		wish.Effect.Expect = expect
		return nil, wrap("replace the wish", w.Enqueue(ctx, []ports.OutboxEntry{wish}))
	}
	return v
}

// restriction forbids or allows joining one universe.
func (d *Dispatcher) restriction(ctx context.Context, c ports.Claim) verdict {
	if d.parts.Remote.Restrictions == nil {
		return d.failed(c, errNotConfigured, restrictionPause)
	}
	n, err := strconv.ParseInt(c.Entry.Target, 10, 64)
	if err != nil {
		return dead("the effect names no universe")
	}
	universe, err := domain.NewUniverseID(n)
	if err != nil {
		return dead("the effect names no universe")
	}
	effect := c.Entry.Effect
	wish := ports.Restriction{
		User: effect.User, Universe: universe, Active: effect.Active, Until: effect.Until, FirstTried: c.FirstTried,
		Key: fmt.Sprintf("%s-%s-%t", c.Entry.DecisionID, c.Entry.Target, effect.Active),
	}
	if effect.Active {
		wish.DisplayReason = "Banned from the group's games by its conduct rules."
		wish.PrivateReason = "GRPS decision " + c.Entry.DecisionID
	}
	if err := d.parts.Remote.Restrictions.Restrict(ctx, wish); err != nil {
		v := d.failed(c, wrap("restrict the player", err), restrictionPause)
		if effect.Active {
			return v
		}
		return d.notLifted(ctx, c, v)
	}
	return delivered()
}

// mirror shows the newest standing to the games.
func (d *Dispatcher) mirror(ctx context.Context, c ports.Claim) verdict {
	if d.parts.Remote.Mirror == nil {
		return d.failed(c, errNotConfigured, 0)
	}
	standing, err := d.parts.Store.Standing(ctx, c.Entry.Effect.User)
	if errors.Is(err, domain.ErrNotFound) {
		return delivered() // there is nobody to show any more
	}
	if err == nil {
		err = d.parts.Remote.Mirror.PutStanding(ctx, place(d.parts.Policies.Current(), standing))
	}
	if err != nil {
		return d.failed(c, wrap("mirror the standing", err), 0)
	}
	return delivered()
}

// announce tells live servers.
func (d *Dispatcher) announce(ctx context.Context, c ports.Claim) verdict {
	if d.parts.Remote.Announcer == nil {
		return d.failed(c, errNotConfigured, 0)
	}
	record, err := d.parts.Store.Decision(ctx, c.Entry.DecisionID)
	if errors.Is(err, domain.ErrNotFound) {
		return delivered()
	}
	if err == nil {
		err = d.parts.Remote.Announcer.Announce(ctx, record)
	}
	if err != nil {
		return d.failed(c, wrap("announce the decision", err), 0)
	}
	return delivered()
}

// reasonOf returns what may be shown of an error: the sentence of the first domain error in its chain, never a cause.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*domain.Error](err); ok {
		return e.Code + ": " + e.Message
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return "timeout: Roblox did not answer in time"
	}
	return "internal: an unexpected fault; the log names it"
}
