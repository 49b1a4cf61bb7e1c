package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Decision returns the record; domain.ErrNotFound when there is none of that id.
func (s *Store) Decision(ctx context.Context, id string) (ports.DecisionRecord, error) {
	return read(ctx, s, "read the decision", func(kept *tables) (ports.DecisionRecord, error) {
		record, ok := kept.decisions[id]
		if !ok {
			return ports.DecisionRecord{}, fmt.Errorf("read the decision %q: %w", id, domain.ErrNotFound)
		}
		return record, nil
	})
}

func (u *unit) OpenDecisions(ctx context.Context, users []domain.UserID) ([]ports.DecisionRecord, error) {
	var records []ports.DecisionRecord
	err := u.call(ctx, "look up open decisions", func() error {
		for _, user := range ascending(users) {
			if id, ok := u.open.get(user); ok {
				record, _ := u.decisions.get(id)
				records = append(records, record)
			}
		}
		return nil
	})
	return records, err
}

func (u *unit) DecisionsFrom(
	ctx context.Context, user domain.UserID, from string, limit int,
) ([]ports.DecisionRecord, error) {
	var records []ports.DecisionRecord
	err := u.call(ctx, "read the decisions about a player", func() error {
		for r := range u.decisions.values() {
			if r.UserID == user && r.ID >= from {
				records = append(records, r)
			}
		}
		slices.SortFunc(records, func(a, b ports.DecisionRecord) int { return cmp.Compare(a.ID, b.ID) })
		records = records[:min(max(limit, 0), len(records))]
		return nil
	})
	return records, err
}

func (u *unit) AddDecisions(ctx context.Context, records []ports.DecisionRecord) error {
	return u.call(ctx, "add decisions", func() error {
		for _, r := range records {
			if _, ok := u.decisions.get(r.ID); ok {
				return fmt.Errorf("decision %q exists: %w", r.ID, domain.ErrConflict)
			}
			if id, ok := u.open.get(r.UserID); ok && r.Status.Open() {
				return fmt.Errorf("user %s has the open decision %q: %w", r.UserID, id, domain.ErrConflict)
			}
			if r.Status.Open() {
				u.open.put(r.UserID, r.ID)
			}
			r = normalRecord(r)
			u.keep(r, ports.Transition{Status: r.Status, Detail: r.Detail, At: r.UpdatedAt})
		}
		return nil
	})
}

func (u *unit) MoveDecision(ctx context.Context, id string, next ports.Transition) (bool, error) {
	return u.moveDecision(ctx, id, next, func(now domain.Status) bool { return now.MayBecome(next.Status) })
}

func (u *unit) ReviveDecision(ctx context.Context, id string, next ports.Transition) (bool, error) {
	return u.moveDecision(ctx, id, next, func(now domain.Status) bool {
		return now == domain.StatusUndone && next.Status == domain.StatusApplied
	})
}

// moveDecision brings a decision to another status where that may follow on the one that it has now.
func (u *unit) moveDecision(
	ctx context.Context, id string, next ports.Transition, follows func(now domain.Status) bool,
) (bool, error) {
	moved := false
	err := u.call(ctx, "move the decision", func() error {
		record, ok := u.decisions.get(id)
		if !ok || !follows(record.Status) {
			return nil
		}
		wasOpen := record.Status.Open()
		next.At = domain.Instant(next.At)
		record.Status, record.Detail, record.UpdatedAt = next.Status, next.Detail, next.At
		u.keep(record, next)
		if wasOpen && !next.Status.Open() {
			u.open.remove(record.UserID)
		}
		moved = true
		return nil
	})
	return moved, err
}

// keep writes the record and its next transition.
func (u *unit) keep(r ports.DecisionRecord, next ports.Transition) {
	u.decisions.put(r.ID, r)
	before, _ := u.transitions.get(r.ID)
	u.transitions.put(r.ID, append(slices.Clone(before), next))
}
