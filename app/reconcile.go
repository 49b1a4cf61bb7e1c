package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The names under which decisions are kept that nobody asked for here: what somebody did by hand at Roblox, and what GRPS does about what
// it saw there.
const (
	RobloxPrincipal    = "roblox"
	ReconcilePrincipal = "reconcile"
)

// Why a member is looked at, as targets of looks: each has a place of its own in the outbox, so that none makes another forgotten.
const (
	lookForReport  = ""        // a game saw the player, and something may be wrong
	lookForRecheck = "recheck" // the role was changed a while ago: a write may have landed late
	lookForWalk    = "walk"    // a walk over the group's members found a difference
)

// sighting is a look at Roblox on its way into the store.
type sighting struct {
	seen     domain.Sight
	joinable []domain.UniverseID // those where a restriction that should be in force is not
	looked   time.Time
	warrant  domain.Warrant
	entry    ports.OutboxEntry // the look
}

// reconcile brings the record and what Roblox showed together, inside a unit that has locked the player. What is being carried out goes
// first: its effects look themselves. What was decided since the look is looked at again. It returns what the comparison came to, and
// whether there was one.
func (s *Service) reconcile(
	ctx context.Context, w ports.Writer, player domain.Standing, policy domain.Policy, look sighting,
) (outcome domain.ReconcileOutcome, compared bool, changed []ports.DecisionRecord, err error) {
	l, err := s.openLedger(ctx, w, policy, []domain.UserID{player.UserID})
	if err != nil {
		return 0, false, nil, err
	}
	if open := l.open[player.UserID]; open != nil && open.record.Status == domain.StatusPending {
		return 0, false, nil, nil
	}
	if !player.DecidedAt.IsZero() && !player.DecidedAt.Before(look.looked) {
		look.entry.Delay = confirmAfter
		l.enqueue(look.entry)
		return 0, false, nil, l.write(ctx)
	}
	r := domain.Reconcile(policy, player, look.seen, look.warrant)
	after, err := l.settle(ctx, player, r, look)
	if err != nil {
		return 0, false, nil, err
	}
	changed, err = l.save(ctx, player, after)
	return r.Outcome, true, changed, err
}

// settle carries the answer of a comparison into the record, and wishes for what is to change at Roblox. It returns the standing then.
// Taking back what people did, and mending, are limited like everything that moves players: beyond a limit they wait for a later look.
func (l *ledger) settle(
	ctx context.Context, s domain.Standing, r domain.Reconciliation, look sighting,
) (domain.Standing, error) {
	after := s.Seen(look.seen.Member, look.looked)
	switch r.Outcome {
	case domain.ReconcileAdopt:
		after = l.adopt(after, r.Decision, request{Caller: ports.Caller{Principal: RobloxPrincipal}, snapshot: -1, now: look.looked})
		after.ConfirmedAt = look.looked
		if r.Again {
			l.enqueue(look.entry)
		}
	case domain.ReconcileRestore, domain.ReconcileMend:
		why, err := l.holds(ctx, countsAs(r))
		if err != nil {
			return s, err
		}
		if why == "" {
			l.converge(after, r, look)
		}
	case domain.ReconcilePunish:
		l.converge(after, r, look)
	case domain.ReconcileSame:
		after = l.confirmed(after, look.looked)
	case domain.ReconcileAbsent, domain.ReconcileLeave, domain.ReconcileUnmanaged:
	}
	return after, nil
}

// countsAs returns the action that the limits of an hour count an answer as. Mending is no end of a suspension: a slip in the policy's roles
// would have it give everybody another role.
func countsAs(r domain.Reconciliation) domain.Action {
	if r.Outcome == domain.ReconcileMend {
		return domain.ActionPromote
	}
	return r.Decision.Action
}

// confirmed returns the standing of somebody of whom Roblox showed what the record says, where the policy asks for that.
func (l *ledger) confirmed(s domain.Standing, looked time.Time) domain.Standing {
	if l.policy.Drift() == domain.DriftRestore && s.ConfirmedAt.Before(l.service.began) {
		s.ConfirmedAt = looked
	}
	return s
}

// adopt takes over the rank that somebody gave by hand and records that, in the caller's name. It ends whatever question was open.
func (l *ledger) adopt(s domain.Standing, d domain.Decision, r request) domain.Standing {
	if open := l.open[s.UserID]; open != nil {
		l.close(open, domain.StatusSuperseded, "somebody changed the rank to "+d.To, r.now)
	}
	r.id, r.apply, r.origin = l.service.parts.IDs.NewID(), true, domain.OriginDrift
	record := l.record(s, d, r)
	record.Status = domain.StatusApplied
	if l.service.parts.Remote.Roles == nil {
		record.Detail = recordOnly
	}
	l.added = append(l.added, &entry{record: record, snapshot: r.snapshot})
	l.wish(record.ID, d.Action, domain.Effect{Kind: domain.EffectMirror, User: s.UserID})
	l.announce(record)
	return domain.Adopt(s, d.To, r.now)
}

// converge records that Roblox is to be brought in line with the record, and wishes for it.
func (l *ledger) converge(s domain.Standing, r domain.Reconciliation, look sighting) {
	asked := request{
		Caller: ports.Caller{Principal: ReconcilePrincipal}, id: l.service.parts.IDs.NewID(), apply: true, origin: domain.OriginDrift,
		snapshot: -1, now: l.service.now(),
	}
	record := l.record(s, r.Decision, asked)
	if open := l.open[s.UserID]; open != nil {
		l.putOff(open, record.ID, asked.now)
	}
	record.Status = domain.StatusPending
	added := &entry{record: record, snapshot: -1}
	l.added, l.open[s.UserID] = append(l.added, added), added
	for _, universe := range look.joinable {
		l.enqueue(ports.OutboxEntry{
			Effect: domain.Effect{Kind: domain.EffectRestriction, User: s.UserID, Active: true}, Target: universe.String(),
			DecisionID: record.ID, Lane: lane(r.Decision.Action, domain.EffectRestriction),
		})
	}
	if r.Role {
		l.wish(record.ID, r.Decision.Action, domain.Effect{
			Kind: domain.EffectGroupRole, User: s.UserID, Rank: s.Rank, Expect: r.Expect,
		})
	}
	l.announce(record)
}

// announce tells others of a decision.
func (l *ledger) announce(record ports.DecisionRecord) {
	for _, kind := range [...]domain.EffectKind{domain.EffectAnnounce, domain.EffectWebhook} {
		l.wish(record.ID, record.Decision.Action, domain.Effect{Kind: kind, User: record.UserID})
	}
}

// lookAgain wishes for a look at the member, after a decision that Roblox contradicted.
func lookAgain(l *ledger, s domain.Standing) {
	l.wish("", domain.ActionNone, domain.Effect{Kind: domain.EffectObserve, User: s.UserID})
}
