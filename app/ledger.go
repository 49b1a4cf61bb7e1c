package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// recordOnly explains a decision that Roblox never hears of.
const recordOnly = "applied to the record only: no Open Cloud key is configured"

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

// close ends an open decision.
func (l *ledger) close(e *entry, status domain.Status, detail string, at time.Time) {
	e.record.Status, e.record.Detail, e.record.UpdatedAt = status, detail, at
	if e.stored {
		l.closed = append(l.closed, e)
	}
	delete(l.open, e.record.UserID)
}
