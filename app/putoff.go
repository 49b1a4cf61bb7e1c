package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// lookForQuestion is the target of a wish to ask an administrator once more what the wish's decision asked, which gave way to another. Nobody
// is looked at for it.
const lookForQuestion = "question"

// putOff ends the open decision about a player for one that sets right what Roblox shows and changes nothing in the record: a player has one
// open decision at most, and roles that are wrong cannot wait for days. What was asked, or held, is worth an answer still, so that is asked
// again after it.
func (l *ledger) putOff(open *entry, by string, at time.Time) {
	again := ports.OutboxEntry{
		Effect: domain.Effect{Kind: domain.EffectObserve, User: open.record.UserID}, Target: lookForHeld,
		Lane: lane(open.record.Decision.Action, domain.EffectGroupRole), Delay: confirmAfter,
	}
	why := "; the rules are asked again after that"
	if open.record.Status == domain.StatusAwaitingApproval {
		again.Target, again.DecisionID = lookForQuestion, open.record.ID
		why = "; an administrator is asked again after that, if the rules still ask for it"
	}
	l.enqueue(again)
	l.close(open, domain.StatusSuperseded, "gave way to decision "+by+", which sets right what Roblox shows"+why, at)
}

// questionAgain asks an administrator what a decision asked that gave way, in the words of whoever led to that, unless the rules do not ask
// for that move any more or something else is asked by now. It is a question whatever the rules allow: the key that led to the first may have
// been bound. It returns the decisions that began or ended by that.
func (l *ledger) questionAgain(ctx context.Context, s domain.Standing, id string, r request) ([]ports.DecisionRecord, error) {
	found, err := l.w.DecisionsFrom(ctx, s.UserID, id, 1)
	if err != nil {
		return nil, wrap("read the question", err)
	}
	if len(found) == 0 || found[0].ID != id || l.open[s.UserID] != nil || l.outdated(s, found[0].Decision, r.now) != "" {
		return nil, nil
	}
	first := found[0]
	r.Caller, r.reason, r.review = ports.Caller{Principal: first.Principal, Actor: first.Actor, RequestID: first.RequestID}, first.Reason, first.ReviewID
	r.asks = true
	after, made, err := l.decide(ctx, s, r)
	if err != nil {
		return nil, err
	}
	for _, e := range l.added {
		if e.record.ID == made.ID {
			e.record.SnapshotID = first.SnapshotID
		}
	}
	return l.save(ctx, s, after)
}
