package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// recordOnly explains a decision that Roblox never hears of.
const recordOnly = "applied to the record only: no Open Cloud key is configured"

// byHand explains a decision that automation does not carry out on its own.
const byHand = "needs a person: an administrator approves or rejects it (POST /decisions/{id}/approve or /reject)"

// ledger makes decisions inside one unit and collects what must be written for them: records, endings of older records, wishes.
type ledger struct {
	service *Service
	w       ports.Writer
	policy  domain.Policy
	open    map[domain.UserID]*entry
	added   []*entry
	closed  []*entry // those that were stored before and came to another status
	wishes  []ports.OutboxEntry
	trace   string // continues the trace of the request, for what is wished for

	automation switched
}

// entry is a decision of the ledger.
type entry struct {
	record   ports.DecisionRecord
	by       ports.Caller // who brought a stored one to the status that it has now; nobody where it came there by itself
	stored   bool         // it was in the ledger before this unit
	revived  bool         // it was undone, and stands again
	snapshot int          // index of the snapshot that led to it, in the batch; -1 for none
}

// request is who asks for a decision, and for what.
type request struct {
	ports.Caller
	id       string // the decision's, should one be made
	apply    bool
	reason   string
	review   string // the review that asks; "" for none
	origin   domain.Origin
	order    domain.Order // for what a person ordered, or asked of an undo
	undoes   string       // for an undo: the decision that it takes back
	snapshot int          // index in the batch; -1 for none
	again    bool         // what is held is to be taken up
	asks     bool         // a person must approve it, whatever the rules and the key allow
	reported *string      // the highest rank that what was reported may grant, "" for any; nil where the store has to tell
	now      time.Time
}

// openLedger reads the open decisions of the players, whose rows must be locked.
func (s *Service) openLedger(ctx context.Context, w ports.Writer, p domain.Policy, users []domain.UserID) (*ledger, error) {
	l := &ledger{service: s, w: w, policy: p, open: make(map[domain.UserID]*entry), trace: s.mark(ctx)}
	if len(users) == 0 {
		return l, nil
	}
	open, err := w.OpenDecisions(ctx, users)
	if err != nil {
		return nil, wrap("read the open decisions", err)
	}
	for _, record := range open {
		l.open[record.UserID] = &entry{record: record, stored: true, snapshot: -1}
	}
	return l, nil
}

// decide evaluates a standing and, if asked to, carries the decision into it. It returns the standing after that and the decision.
func (l *ledger) decide(ctx context.Context, s domain.Standing, r request) (domain.Standing, ports.DecisionRecord, error) {
	record := l.record(s, domain.Evaluate(l.policy, s, r.now), r)
	if !r.apply {
		return s, record, nil
	}
	open := l.open[s.UserID]
	if record.Decision.Action == domain.ActionNone {
		record.Status = domain.StatusNone
		if open != nil && open.record.Status != domain.StatusPending {
			l.close(open, domain.StatusSuperseded, "the rules do not ask for it any more", r.now)
		}
		return s, record, nil
	}
	if err := l.heed(ctx, record, &r); err != nil {
		return s, record, err
	}
	asks := l.mustAsk(record.Decision, r) != ""
	if asks && !record.Decision.NeedsApproval && s.Rejected.Refuses(record.Decision, r.now) {
		record.Detail = "an administrator refused it"
		return s, record, nil
	}
	same := open != nil && sameQuestion(open.record, record, asks)
	up := same && r.again && open.record.Status == domain.StatusHeld
	if same && !up || open != nil && open.record.Status == domain.StatusPending && asks {
		return s, open.record, nil // what is under way comes first; the question can be asked after it
	}
	if !asks {
		why, err := l.holds(ctx, record.Decision.Action)
		switch {
		case err != nil:
			return s, record, err
		case why != "" && up:
			return s, open.record, nil
		case why != "":
			return s, l.hold(s, record, why, r), nil
		case up:
			s, record = l.takeUp(s, open, record, r)
			return s, record, nil
		}
	}
	s, record = l.carry(s, record, r)
	return s, record, nil
}

// record returns a decision about a standing as it is before anything came of it.
func (l *ledger) record(s domain.Standing, d domain.Decision, r request) ports.DecisionRecord {
	return ports.DecisionRecord{
		ID: r.id, UserID: s.UserID, Decision: d, Input: s, Status: domain.StatusAdvisory,
		Reason: r.reason, ReviewID: r.review, Apply: r.apply, Origin: r.origin, Order: r.order, Undoes: r.undoes,
		Principal: r.Principal, Actor: r.Actor, RequestID: r.RequestID, CreatedAt: r.now, UpdatedAt: r.now,
	}
}

// carry carries a decision into the standing that it was made for, in place of the open one about that player, or asks for approval. A
// decision about nothing but the hold leaves the open one alone.
func (l *ledger) carry(s domain.Standing, record ports.DecisionRecord, r request) (domain.Standing, ports.DecisionRecord) {
	if open := l.open[s.UserID]; open != nil && record.Decision.Action != domain.ActionNone {
		if open.record.Status == domain.StatusPending {
			record.Overtakes = open.record.ID
		}
		l.close(open, domain.StatusSuperseded, "overtaken by decision "+record.ID, r.now)
	}
	added := &entry{record: record, snapshot: r.snapshot}
	l.added = append(l.added, added)
	if why := l.mustAsk(record.Decision, r); why != "" {
		added.record.Status, added.record.Detail = domain.StatusAwaitingApproval, why
		l.open[s.UserID] = added
		return s, added.record
	}
	after := l.begin(s, added, r.now)
	return after, added.record
}

// begin carries the decision of an entry, approved if it needed that, into the standing, and puts what it wishes for on its way.
func (l *ledger) begin(s domain.Standing, e *entry, now time.Time) domain.Standing {
	d := e.record.Decision
	after, effects := domain.Apply(l.policy, s, d.Approved(), now)
	e.record.Status, e.record.Detail = domain.StatusApplied, ""
	if l.service.parts.Remote.Roles == nil && d.Action != domain.ActionNone {
		e.record.Detail = recordOnly
	}
	for _, effect := range effects {
		if l.wish(e.record.ID, d.Action, effect) && effect.Kind.Settles() {
			e.record.Status, e.record.Detail = domain.StatusPending, ""
		}
	}
	if e.record.Status == domain.StatusPending {
		l.open[s.UserID] = e
	} else if l.open[s.UserID] == e {
		delete(l.open, s.UserID)
	}
	return after
}

// mustAsk returns why a person must approve a decision before it is carried out: because the rules say so, because it was a question
// before, or because it grants a rank that is beyond the key of whoever asks for it, or beyond that of whoever reported what it rests on; ""
// when nobody need be asked.
func (l *ledger) mustAsk(d domain.Decision, r request) string {
	switch {
	case d.NeedsApproval || r.asks:
		return byHand
	case l.policy.Exceeds(d, r.MaxRank):
		return fmt.Sprintf("the key %s grants ranks up to %s only; %s", r.Principal, r.MaxRank, byHand)
	case r.reported != nil && l.policy.Exceeds(d, *r.reported):
		return fmt.Sprintf("the key that reported last grants ranks up to %s only; %s", *r.reported, byHand)
	}
	return ""
}

// heed looks up which rank what was reported may grant, where a decision grants one and does not come of a report itself: whoever asks for it,
// and however much later, it grants no more than the report could.
func (l *ledger) heed(ctx context.Context, record ports.DecisionRecord, r *request) error {
	if r.snapshot >= 0 || r.reported != nil || !l.policy.Grants(record.Decision) {
		return nil
	}
	bound, err := l.w.LatestBound(ctx, record.UserID)
	if err != nil {
		return wrap("look for the bound of the newest report", err)
	}
	r.reported = &bound
	return nil
}

// sameQuestion reports whether an administrator has been asked already, or whether it waits for automation to go on already. asks tells
// whether what is asked for now is a question too.
func sameQuestion(open, asked ports.DecisionRecord, asks bool) bool {
	a, b := open.Decision, asked.Decision
	waits := open.Status == domain.StatusAwaitingApproval && asks || open.Status == domain.StatusHeld && !b.NeedsApproval
	return waits && a.Action == b.Action && a.From == b.From && a.To == b.To
}

// close ends an open decision.
func (l *ledger) close(e *entry, status domain.Status, detail string, at time.Time) {
	e.record.Status, e.record.Detail, e.record.UpdatedAt = status, detail, at
	if e.stored {
		l.closed = append(l.closed, e)
	}
	delete(l.open, e.record.UserID)
}

// wish puts an effect on its way, once for each target. It reports whether there is anybody to carry it out.
func (l *ledger) wish(decision string, action domain.Action, effect domain.Effect) bool {
	remote := l.service.parts.Remote
	out := ports.OutboxEntry{Effect: effect, DecisionID: decision, Lane: lane(action, effect.Kind)}
	switch effect.Kind {
	case domain.EffectGroupRole, domain.EffectObserve:
		if remote.Roles == nil {
			return false
		}
	case domain.EffectRestriction:
		if remote.Restrictions == nil {
			return false
		}
		for _, universe := range remote.Universes {
			out.Target = universe.String()
			l.enqueue(out)
		}
		return len(remote.Universes) > 0
	case domain.EffectMirror:
		if remote.Mirror == nil {
			return false
		}
	case domain.EffectAnnounce:
		if remote.Announcer == nil {
			return false
		}
	case domain.EffectWebhook:
		return l.tell(out, action)
	case domain.EffectErase: // no decision wishes for that
		return false
	}
	l.enqueue(out)
	return true
}

// tell puts a message on its way to every webhook that wants to hear of such decisions. It reports whether there is any.
func (l *ledger) tell(out ports.OutboxEntry, action domain.Action) bool {
	heard := false
	for _, w := range l.service.parts.Remote.Targets {
		if w.Wants(action) {
			out.Target, heard = w.Name, true
			l.enqueue(out)
		}
	}
	return heard
}

// alert puts something that concerns no player on its way to every webhook.
func (l *ledger) alert(a domain.Alert) {
	for _, w := range l.service.parts.Remote.Targets {
		l.enqueue(ports.OutboxEntry{
			Effect: domain.Effect{Kind: domain.EffectWebhook, Alert: a}, Target: w.Name, Lane: lane(domain.ActionNone, domain.EffectWebhook),
		})
	}
}

// enqueue adds a wish, or replaces the one that this unit made for the same place.
func (l *ledger) enqueue(out ports.OutboxEntry) {
	out.Trace = l.trace
	for i, older := range l.wishes {
		if out.Effect.Kind.Replaces() && samePlace(older, out) {
			out.Effect = out.Effect.After(older.Effect)
			l.wishes[i] = out
			return
		}
	}
	l.wishes = append(l.wishes, out)
}

func samePlace(a, b ports.OutboxEntry) bool {
	return a.Effect.User == b.Effect.User && a.Effect.Kind == b.Effect.Kind && a.Target == b.Target
}

// changed returns the decisions that ended or began in this unit, as the unit leaves them.
func (l *ledger) changed() []ports.DecisionRecord {
	var records []ports.DecisionRecord
	for _, e := range l.closed {
		records = append(records, e.record)
	}
	for _, e := range l.added {
		records = append(records, e.record)
	}
	return records
}

// fromSnapshot tells the decision that came of the batch's snapshot i under which id that was stored.
func (l *ledger) fromSnapshot(i int, id int64) {
	for _, e := range l.added {
		if e.snapshot == i {
			e.record.SnapshotID = id
		}
	}
}

// blank reports whether there is nothing to write.
func (l *ledger) blank() bool {
	return !l.automation.changed && len(l.closed)+len(l.added)+len(l.wishes) == 0
}

// write stores what was collected: endings before beginnings, as a player has one open decision at most. A decision never stands there
// without the policy that it was made under.
func (l *ledger) write(ctx context.Context) error {
	if err := l.saveSwitch(ctx); err != nil {
		return err
	}
	for _, e := range l.closed {
		r := e.record
		next := ports.Transition{Status: r.Status, Detail: r.Detail, At: r.UpdatedAt, Principal: e.by.Principal, Actor: e.by.Actor}
		move := l.w.MoveDecision
		if e.revived {
			move = l.w.ReviveDecision
		}
		if _, err := move(ctx, r.ID, next); err != nil {
			return wrap("close a decision", err)
		}
	}
	if len(l.added) > 0 {
		records := make([]ports.DecisionRecord, len(l.added))
		for i, e := range l.added {
			records[i] = e.record
		}
		if documents := l.policy.Documents(); documents != "" {
			if err := l.w.KeepPolicy(ctx, l.policy.Revision(), documents); err != nil {
				return wrap("keep the policy", err)
			}
		}
		if err := l.w.AddDecisions(ctx, records); err != nil {
			return wrap("record the decisions", err)
		}
	}
	if len(l.wishes) == 0 {
		return nil
	}
	if err := l.widen(ctx); err != nil {
		return err
	}
	return wrap("enqueue the effects", l.w.Enqueue(ctx, l.wishes))
}

// widen lets wishes for a role go ahead from wherever an undelivered older wish may have left the member, and takes wishes for a
// restriction to every universe where an undelivered older one is on its way, also to those that are not configured any more. A look goes
// on being a person's where an older one was. What a walk asks for is dropped where the same waits already: walks that follow each other
// faster than looks are taken would put the look off for ever.
func (l *ledger) widen(ctx context.Context) error {
	waiting := make(map[domain.UserID][]ports.OutboxEntry)
	asked := make(map[domain.UserID]bool) // of whom a walk's look waits already
	for i, out := range l.wishes {        // as they are now: what is added needs no widening
		user, kind := out.Effect.User, out.Effect.Kind
		if kind != domain.EffectGroupRole && kind != domain.EffectRestriction && kind != domain.EffectObserve {
			continue
		}
		if _, read := waiting[user]; !read {
			var err error
			if waiting[user], err = l.w.Waiting(ctx, user); err != nil {
				return wrap("read the waiting effects", err)
			}
		}
		for _, older := range waiting[user] {
			switch {
			case samePlace(older, out):
				l.wishes[i].Effect = out.Effect.After(older.Effect)
				asked[user] = asked[user] || out.Target == lookForWalk && l.wishes[i].Effect == older.Effect
			case kind == domain.EffectObserve: // each reason to look has a place of its own
			case older.Effect.Kind == kind && !slices.ContainsFunc(l.wishes, func(w ports.OutboxEntry) bool { return samePlace(w, older) }):
				further := out
				further.Target = older.Target
				l.wishes = append(l.wishes, further)
			}
		}
	}
	l.wishes = slices.DeleteFunc(l.wishes, func(w ports.OutboxEntry) bool {
		return w.Effect.Kind == domain.EffectObserve && w.Target == lookForWalk && asked[w.Effect.User]
	})
	return nil
}

// lane returns where an effect stands in the order in which things are done at Roblox.
func lane(action domain.Action, kind domain.EffectKind) ports.Lane {
	switch kind {
	case domain.EffectObserve:
		return ports.LaneObserve
	case domain.EffectMirror, domain.EffectErase:
		return ports.LaneMirror
	case domain.EffectAnnounce:
		return ports.LaneMessage
	case domain.EffectWebhook:
		return ports.LaneWebhook
	case domain.EffectGroupRole, domain.EffectRestriction:
	}
	switch action {
	case domain.ActionBan:
		return ports.LaneBan
	case domain.ActionSuspend:
		return ports.LaneSuspend
	case domain.ActionDemote:
		return ports.LaneDemote
	case domain.ActionRestore:
		return ports.LaneRestore
	case domain.ActionPromote, domain.ActionNone:
	}
	return ports.LanePromote
}
