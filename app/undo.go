package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// maxLater bounds how many decisions are looked through that came after one which is to be undone; more of them stand in the way anyway.
const maxLater = 500

// Undo implements ports.Undoer.
func (s *Service) Undo(ctx context.Context, r ports.UndoRequest) (ports.DecideResult, error) {
	original, err := s.parts.Store.Decision(ctx, r.ID)
	if err != nil {
		return ports.DecideResult{}, wrap("read the decision", err)
	}
	asked := request{
		Caller: r.Caller, id: s.parts.IDs.NewID(), apply: !r.DryRun, reason: r.Reason, snapshot: -1, now: s.now(),
		origin: domain.OriginUndo, order: domain.Order{Hold: r.Hold}, undoes: original.ID,
	}
	result, err := s.one(ctx, original.UserID, asked, asked.apply,
		func(ctx context.Context, l *ledger, p parties) (domain.Standing, ports.DecisionRecord, error) {
			original, err := l.undoable(ctx, original)
			if err != nil {
				return domain.Standing{}, ports.DecisionRecord{}, err
			}
			return l.undo(p, original, asked)
		})
	return result, wrap("undo the decision", err)
}

// undo takes a decision back, if the actor who was named may, and carries that out if asked to.
func (l *ledger) undo(p parties, original ports.DecisionRecord, r request) (domain.Standing, ports.DecisionRecord, error) {
	d, err := domain.Undo(l.policy, p.target, original.Decision, original.Input, r.order.Hold, r.now)
	if err != nil {
		return domain.Standing{}, ports.DecisionRecord{}, err
	}
	if err := l.authorize(p, d, r.Caller); err != nil {
		return domain.Standing{}, ports.DecisionRecord{}, err
	}
	record := l.record(p.target, d, r)
	if !r.apply {
		return p.target, record, nil
	}
	ended := &entry{record: original, by: r.Caller, stored: true, snapshot: -1}
	ended.record.Status, ended.record.Detail, ended.record.UpdatedAt = domain.StatusUndone, "by decision "+record.ID, r.now
	l.closed = append(l.closed, ended)
	if original.Status == domain.StatusPending { // it is the open one, and what it wished for was never confirmed
		record.Overtakes = original.ID
		delete(l.open, original.UserID)
	}
	after, record := l.carry(p.target, record, r)
	return after, record, nil
}

// undoable returns the decision as it stands now, inside the unit, or why it cannot be undone.
func (l *ledger) undoable(ctx context.Context, original ports.DecisionRecord) (ports.DecisionRecord, error) {
	found, err := l.w.DecisionsFrom(ctx, original.UserID, original.ID, maxLater+1)
	if err != nil {
		return ports.DecisionRecord{}, wrap("read the later decisions", err)
	}
	if len(found) == 0 || found[0].ID != original.ID {
		return ports.DecisionRecord{}, domain.ErrNotFound
	}
	original = found[0]
	switch original.Status {
	case domain.StatusApplied, domain.StatusPending:
	case domain.StatusUndone:
		return ports.DecisionRecord{}, notUndoable("the decision was undone already")
	default:
		return ports.DecisionRecord{}, notUndoable(fmt.Sprintf(
			"the decision is %s; only one that is applied or pending can be undone", original.Status))
	}
	switch {
	case original.Decision.Reason.KeepsRecord():
		return ports.DecisionRecord{}, notUndoable("the decision changed nothing in the record, so there is nothing to undo")
	case original.Origin == domain.OriginDrift && original.Decision.Action == domain.ActionRestore:
		return ports.DecisionRecord{}, notUndoable("no punishment was in force that could be put in force again; order one instead")
	}
	if original.Decision.Action == domain.ActionNone {
		return original, nil // nothing stands on a hold
	}
	if on := standing(found[1:]); len(on) > 0 {
		return ports.DecisionRecord{}, &domain.Error{
			Kind: domain.KindBlocked, Code: "undo_conflict", Message: "later decisions stand on it: " + listed(on) + "; undo those first",
		}
	}
	return original, nil
}

func notUndoable(why string) error {
	return &domain.Error{Kind: domain.KindBlocked, Code: "not_undoable", Message: why}
}

// standing returns those of a player's decisions, oldest first, that are carried out or being so and that no undo among them took back. An
// undo of one of them takes it away with itself; the undo of such an undo brings it back.
func standing(records []ports.DecisionRecord) []ports.DecisionRecord {
	among := make(map[string]ports.DecisionRecord, len(records))
	for _, r := range records {
		among[r.ID] = r
	}
	var on []ports.DecisionRecord
	for _, r := range records {
		open := r.Status == domain.StatusApplied || r.Status == domain.StatusPending
		if open && r.Decision.Action != domain.ActionNone && !r.Decision.Reason.KeepsRecord() && !takesAway(r, among) {
			on = append(on, r)
		}
	}
	return on
}

// takesAway reports whether a decision does nothing but take back one of those among which it is.
func takesAway(r ports.DecisionRecord, among map[string]ports.DecisionRecord) bool {
	away := false
	for r.Undoes != "" {
		undone, ok := among[r.Undoes]
		if !ok {
			return false
		}
		away, r = !away, undone
	}
	return away
}

// listed names decisions for people, the first few by id.
func listed(records []ports.DecisionRecord) string {
	const most = 5
	var names []string
	for _, r := range records[:min(len(records), most)] {
		names = append(names, fmt.Sprintf("%s (%s to %s)", r.ID, r.Decision.Action, r.Decision.To))
	}
	if more := len(records) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
