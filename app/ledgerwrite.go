package app

import (
	"context"

	"github.com/grps/grps/ports"
)

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
