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

// groupRole makes the member hold one managed role, the right one. It looks before it writes, and is done only when Roblox shows it.
func (d *Dispatcher) groupRole(ctx context.Context, c ports.Claim) verdict {
	roles := d.parts.Remote.Roles
	if roles == nil {
		return d.failed(c, errNotConfigured, 0)
	}
	effect, ladder := c.Entry.Effect, d.parts.Policies.Current().Ladder()
	shown, err := roles.Membership(ctx, effect.User)
	if err != nil {
		return d.failed(c, wrap("look at the member", err), 0)
	}
	plan := domain.PlanRoles(ladder, effect, shown.Member, shown.Roles)
	switch plan.Outcome {
	case domain.PlanDone:
		return delivered()
	case domain.PlanNotMember:
		return dead("not_member: the player is not in the group, so there is no role to change")
	case domain.PlanUnmapped:
		return dead(fmt.Sprintf("unmapped: the rank %q has no roleId in policy.ranks.json", effect.Rank))
	case domain.PlanSuperseded:
		return d.superseded(plan.Observed)
	case domain.PlanRemember:
		return remember(plan.Expect)
	case domain.PlanMove:
	}
	for _, step := range plan.Steps {
		change := roles.UnassignRole
		if step.Assign {
			change = roles.AssignRole
		}
		if shown, err = change(ctx, effect.User, step.Role); err != nil {
			return d.failed(c, wrap("change the member's roles", err), 0)
		}
	}
	if after := domain.PlanRoles(ladder, effect, shown.Member, shown.Roles); after.Outcome != domain.PlanDone {
		return d.failed(c, fmt.Errorf("change the member's roles: Roblox shows %q afterwards", after.Observed), 0)
	}
	return delivered()
}

// remember replaces the wish by one that may be found half done.
func remember(expect domain.Trail) verdict {
	v := delivered()
	v.settlement.Reason = "the member holds several managed roles"
	v.settle = func(ctx context.Context, w ports.Writer, c ports.Claim) error {
		c.Entry.Effect.Expect = expect
		return wrap("replace the wish", w.Enqueue(ctx, []ports.OutboxEntry{c.Entry}))
	}
	return v
}

// superseded takes the decision back, because Roblox shows a rank that it was not decided from, and adopts that rank. What a punishment
// was meant for is decided anew at once.
func (d *Dispatcher) superseded(observed string) verdict {
	v := delivered()
	v.settlement.Reason = "superseded: Roblox shows the rank " + observed
	v.settle = func(ctx context.Context, w ports.Writer, c ports.Claim) error {
		return d.service.supersede(ctx, w, c, observed)
	}
	return v
}

// observe adopts the rank that Roblox shows, unless something of ours is under way.
func (d *Dispatcher) observe(ctx context.Context, c ports.Claim) verdict {
	if d.parts.Remote.Roles == nil {
		return d.failed(c, errNotConfigured, 0)
	}
	shown, err := d.parts.Remote.Roles.Membership(ctx, c.Entry.Effect.User)
	if err != nil {
		return d.failed(c, wrap("look at the member", err), 0)
	}
	observed, ok := domain.ObservedRank(d.parts.Policies.Current().Ladder(), shown.Roles)
	v := delivered()
	if ok {
		v.settle = func(ctx context.Context, w ports.Writer, c ports.Claim) error {
			return d.service.adopt(ctx, w, c.Entry.Effect.User, observed)
		}
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
		return d.failed(c, wrap("restrict the player", err), restrictionPause)
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

// supersede takes back, inside a unit that has locked the player, the decision behind a claim.
func (s *Service) supersede(ctx context.Context, w ports.Writer, c ports.Claim, observed string) error {
	user, now := c.Entry.Effect.User, s.now()
	standing, err := lockOne(ctx, w, user)
	if err != nil {
		return err
	}
	policy := s.parts.Policies.Current()
	l, err := s.openLedger(ctx, w, policy, []domain.UserID{user})
	if err != nil {
		return err
	}
	open := l.open[user]
	if open == nil || open.record.ID != c.Entry.DecisionID {
		standing = domain.Adopt(standing, observed, now)
	} else {
		standing = l.takeBack(standing, open, observed, now)
	}
	if err := w.SaveStandings(ctx, []ports.PlacedStanding{place(policy, standing)}); err != nil {
		return wrap("save the player", err)
	}
	return l.write(ctx)
}

// takeBack closes a decision that Roblox contradicts and undoes what it wished for. A punishment is decided again, from the rank that
// the player really has.
func (l *ledger) takeBack(s domain.Standing, open *entry, observed string, now time.Time) domain.Standing {
	old := open.record
	l.close(open, domain.StatusSuperseded, "Roblox showed the rank "+observed+", which was adopted", now)
	s = domain.Supersede(s, old.Input, old.Decision, observed, now)
	if old.Decision.Action == domain.ActionBan {
		l.wish(old.ID, old.Decision.Action, domain.Effect{Kind: domain.EffectRestriction, User: s.UserID})
	}
	l.wish("", domain.ActionNone, domain.Effect{Kind: domain.EffectMirror, User: s.UserID})
	if !old.Decision.Action.Punishes() {
		return s
	}
	s, _ = l.decide(s, request{
		Caller: ports.Caller{Principal: old.Principal, Actor: old.Actor, RequestID: old.RequestID},
		id:     l.service.parts.IDs.NewID(), apply: true, reason: old.Reason, snapshot: -1, now: now,
	})
	return s
}

// adopt takes over, inside a unit that has locked the player, the rank that Roblox shows. An open decision and a punishment in force go
// first: their effects will look themselves.
func (s *Service) adopt(ctx context.Context, w ports.Writer, user domain.UserID, observed string) error {
	standing, err := lockOne(ctx, w, user)
	if err != nil {
		return err
	}
	policy := s.parts.Policies.Current()
	l, err := s.openLedger(ctx, w, policy, []domain.UserID{user})
	if err != nil {
		return err
	}
	if standing.Rank == observed || l.open[user] != nil || standing.Punishment.InForce() {
		return nil
	}
	standing = domain.Adopt(standing, observed, s.now())
	if err := w.SaveStandings(ctx, []ports.PlacedStanding{place(policy, standing)}); err != nil {
		return wrap("save the player", err)
	}
	l.wish("", domain.ActionNone, domain.Effect{Kind: domain.EffectMirror, User: user})
	return l.write(ctx)
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
