package app

import (
	"context"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// rewound is what a unit of a rewind did.
type rewound struct {
	players []ports.Rewound
	changed []ports.DecisionRecord // that began or ended
}

// carry takes the reports of players out of account inside a unit, and lets each player be what the other reports say: what was decided on
// the former is taken back, newest first, as an undo takes it back, and then the rules are asked about what is left.
func (r rewind) carry(ctx context.Context, w ports.Writer, s ports.Sweep, told []*hearing, now time.Time) (rewound, error) {
	users := make([]domain.UserID, 0, len(told)+1)
	for _, h := range told {
		users = append(users, h.found.User)
	}
	if !s.Actor.IsZero() {
		users = append(users, s.Actor)
	}
	standings, err := w.LockStandings(ctx, users)
	if err != nil {
		return rewound{}, wrap("lock the players", err)
	}
	known := make(map[domain.UserID]domain.Standing, len(standings))
	for _, standing := range standings {
		known[standing.UserID] = standing
	}
	done, policy := rewound{}, r.service.parts.Policies.Current()
	for _, h := range told {
		player, ok := known[h.found.User]
		if !ok {
			continue // another program took the player away
		}
		heard, err := h.catchUp(ctx, w)
		if err != nil {
			return rewound{}, err
		}
		t := retaking{
			service: r.service, policy: policy, w: w, sweep: s, now: now, hearing: heard, before: player, player: player, actor: known[s.Actor],
		}
		if t.actor.UserID = s.Actor; h.found.User == s.Actor {
			t.actor = player
		}
		if err := t.all(ctx); err != nil {
			return rewound{}, err
		}
		done.players = append(done.players, t.outcome())
		done.changed = append(done.changed, t.changed...)
	}
	return done, nil
}

// retaking is one player on the way through a unit of a rewind.
type retaking struct {
	service   *Service
	policy    domain.Policy
	w         ports.Writer
	sweep     ports.Sweep
	now       time.Time
	hearing   *hearing
	before    domain.Standing
	player    domain.Standing
	actor     domain.Standing
	decisions []ports.RewoundDecision
	changed   []ports.DecisionRecord
}

// all does everything for the player.
func (t *retaking) all(ctx context.Context) error {
	if t.sweep.Phase == ports.PhaseApply {
		if err := t.w.DisregardSnapshots(ctx, t.hearing.ids(), t.sweep.ID); err != nil {
			return wrap("take reports out of account", err)
		}
	}
	ledger, err := t.w.DecisionsFrom(ctx, t.before.UserID, t.hearing.ledger, 2*maxLater)
	if err != nil {
		return wrap("read the decisions about the player", err)
	}
	if err := t.save(ctx, t.hearing.retelling.Rewind(t.player, t.imposed(ledger))); err != nil {
		return err
	}
	for _, record := range slices.Backward(ledger) {
		if !t.takesBack(record) {
			continue
		}
		if err := t.undo(ctx, record); err != nil {
			return err
		}
	}
	if t.outcome().Outcome == ports.RewoundSame {
		return nil // what the rules would decide about them has nothing to do with this
	}
	return t.judge(ctx)
}

// takesBack reports whether a decision is to be taken back. The end of a suspension is not: nobody is to be suspended again for it.
func (t *retaking) takesBack(record ports.DecisionRecord) bool {
	d, stands := record.Decision, record.Status == domain.StatusApplied || record.Status == domain.StatusPending
	moves := d.Action != domain.ActionNone && d.Action != domain.ActionRestore && !d.Reason.KeepsRecord()
	byItself := record.Origin == domain.OriginRules || record.Origin == domain.OriginDrift
	return stands && moves && byItself && t.hearing.restsOn(record)
}

// imposed returns the gravest punishment that was imposed on other grounds than the reports that do not count any more.
func (t *retaking) imposed(ledger []ports.DecisionRecord) domain.PunishmentStatus {
	gravest, inForce := domain.PunishmentNone, t.player.Punishment.Status
	for _, record := range ledger {
		status := domain.PunishmentNone
		switch record.Decision.Action {
		case domain.ActionSuspend:
			status = domain.PunishmentTrial
		case domain.ActionBan:
			status = domain.PunishmentSevere
		case domain.ActionNone, domain.ActionPromote, domain.ActionDemote, domain.ActionRestore:
			continue
		}
		switch record.Status {
		case domain.StatusApplied, domain.StatusPending, domain.StatusUndone:
		default:
			continue
		}
		if t.hearing.restsOn(record) {
			if status >= inForce {
				inForce = domain.PunishmentNone
			}
			continue
		}
		gravest = max(gravest, status)
	}
	return max(gravest, inForce)
}

// save writes the player as they are now.
func (t *retaking) save(ctx context.Context, after domain.Standing) error {
	if after == t.player {
		return nil
	}
	err := t.w.SaveStandings(ctx, []ports.PlacedStanding{place(t.policy, after)})
	if err != nil {
		return wrap("save the player", err)
	}
	after.Version++
	t.player = after
	return nil
}

// open returns the ledger about the player.
func (t *retaking) open(ctx context.Context) (*ledger, error) {
	return t.service.openLedger(ctx, t.w, t.policy, []domain.UserID{t.player.UserID})
}

// write writes what a ledger collected, and the player after it.
func (t *retaking) write(ctx context.Context, l *ledger, after domain.Standing) error {
	if err := t.save(ctx, after); err != nil {
		return err
	}
	t.changed = append(t.changed, l.changed()...)
	return l.write(ctx)
}

// asked returns the request for a decision in the name of whoever asked for the rewind. It is made an instant after what was decided last:
// at the same instant the rules ask for nothing.
func (t *retaking) asked(origin domain.Origin) request {
	now := t.now
	if !now.After(t.player.DecidedAt) {
		now = t.player.DecidedAt.Add(time.Microsecond)
	}
	return request{
		Caller: ports.Caller{Principal: t.sweep.Principal, Actor: t.sweep.Actor, RequestID: t.sweep.RequestID},
		id:     t.service.parts.IDs.NewID(), apply: true, review: t.sweep.ID, origin: origin, snapshot: -1, now: now,
	}
}

// undo takes a decision back, or notes why that cannot be. The hold stays as it is: the rules are asked at once.
func (t *retaking) undo(ctx context.Context, record ports.DecisionRecord) error {
	l, err := t.open(ctx)
	if err != nil {
		return err
	}
	if t.sweep.Phase == ports.PhaseApply {
		if err := l.mayOrder(ctx); err != nil {
			return err
		}
	}
	r := t.asked(domain.OriginUndo)
	r.undoes, r.reason, r.order = record.ID, "made on reports that do not count any more", domain.Order{Hold: domain.HoldOff}
	if t.player.Hold {
		r.order.Hold = domain.HoldOn
	}
	original, err := l.undoable(ctx, record)
	var after domain.Standing
	var made ports.DecisionRecord
	if err == nil {
		after, made, err = l.undo(parties{t.player, t.actor}, original, r)
	}
	if left(err) {
		t.decisions = append(t.decisions, leftDecision(record, err))
		return nil
	}
	if err != nil {
		return err
	}
	after.Moves = original.Input.Moves // what was forged uses up nothing of what the policy allows in a day
	if original.Decision.Action.Punishes() {
		after.Served = min(after.Served, original.Input.Served) // nobody was warned for what was punished
	}
	t.decisions = append(t.decisions, rewoundDecision(made))
	return t.write(ctx, l, after)
}

// left reports whether a decision is refused for what it is about, so that everything else can go on.
func left(err error) bool {
	kind := domain.KindOf(err)
	return err != nil && (kind == domain.KindBlocked || kind == domain.KindDenied)
}

// judge puts somebody of whom nothing is known any more on hold, and asks the rules about what is left.
func (t *retaking) judge(ctx context.Context) error {
	l, err := t.open(ctx)
	if err != nil {
		return err
	}
	after := t.player
	if !t.hearing.retelling.Heard() {
		if after, err = t.hold(l); err != nil {
			return err
		}
		lookAgain(l, after)
	}
	r := t.asked(domain.OriginRules)
	r.reported = &t.hearing.bound
	after, made, err := l.decide(ctx, after, r)
	if err != nil {
		return err
	}
	if made.ID == r.id && kept(made) {
		t.decisions = append(t.decisions, rewoundDecision(made))
	}
	if after != t.before {
		l.wish("", domain.ActionNone, domain.Effect{Kind: domain.EffectMirror, User: after.UserID})
	}
	return t.write(ctx, l, after)
}

// hold puts the player on hold, as a person's order, so that automation leaves them alone until somebody has looked.
func (t *retaking) hold(l *ledger) (domain.Standing, error) {
	if t.player.Hold {
		return t.player, nil
	}
	r := t.asked(domain.OriginManual)
	r.reason, r.order = "no report that counts is known", domain.Order{Hold: domain.HoldOn}
	after, made, err := l.execute(parties{t.player, t.actor}, r)
	if left(err) {
		t.decisions = append(t.decisions, leftDecision(ports.DecisionRecord{
			Decision: domain.Decision{From: t.player.Rank, To: t.player.Rank, Reason: domain.ReasonManual},
		}, err))
		return t.player, nil
	}
	if err == nil {
		t.decisions = append(t.decisions, rewoundDecision(made))
	}
	return after, err
}

// outcome returns what the rewind comes to for the player.
func (t *retaking) outcome() ports.Rewound {
	r := t.hearing.found
	r.Snapshots, r.Applied, r.Decisions = int64(len(t.hearing.lost)), true, t.decisions
	r.Before, r.After = stateOf(t.before), stateOf(t.player)
	switch {
	case !t.hearing.retelling.Heard():
		r.Outcome = ports.RewoundUnseen
	case r.Before != r.After || len(r.Decisions) > 0:
		r.Outcome = ports.RewoundChanged
	default:
		r.Outcome = ports.RewoundSame
	}
	return r
}

func stateOf(s domain.Standing) ports.RewoundState {
	return ports.RewoundState{
		Rank: s.Rank, Points: s.Points, Kos: s.Kos, Wos: s.Wos, Warnings: s.Warnings, Recommendations: s.Recommendations,
		Punishment: s.Punishment, Hold: s.Hold,
	}
}

func rewoundDecision(r ports.DecisionRecord) ports.RewoundDecision {
	d := r.Decision
	return ports.RewoundDecision{
		ID: r.ID, Action: d.Action, From: d.From, To: d.To, Reason: d.Reason, Status: r.Status, Undoes: r.Undoes,
	}
}

// leftDecision returns a decision that stays, and why.
func leftDecision(r ports.DecisionRecord, why error) ports.RewoundDecision {
	d := rewoundDecision(r)
	d.Left = reasonOf(why)
	return d
}
