package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Transitions returns every status that the decision came to, first to last; see ports.DecisionReader.
func (s *Store) Transitions(ctx context.Context, id string) ([]ports.Transition, error) {
	return read(ctx, s, "read the transitions of a decision", func(kept *tables) ([]ports.Transition, error) {
		return slices.Clone(kept.transitions[id]), nil
	})
}

// Decisions returns a page of the ledger, newest first; see ports.DecisionReader.
func (s *Store) Decisions(
	ctx context.Context, filter ports.DecisionFilter, before string, limit int,
) ([]ports.DecisionRecord, error) {
	filter.Since, filter.Until = domain.Instant(filter.Since), domain.Instant(filter.Until)
	return read(ctx, s, "list decisions", func(kept *tables) ([]ports.DecisionRecord, error) {
		var records []ports.DecisionRecord
		for id, r := range kept.decisions {
			if (before == "" || id < before) && chooses(filter, r) {
				records = append(records, r)
			}
		}
		slices.SortFunc(records, func(a, b ports.DecisionRecord) int { return cmp.Compare(b.ID, a.ID) })
		return records[:min(max(limit, 0), len(records))], nil
	})
}

// DueApprovals returns decisions that nobody approved in time; see ports.DecisionReader.
func (s *Store) DueApprovals(ctx context.Context, age time.Duration, after ports.Due, limit int) ([]ports.Due, error) {
	return read(ctx, s, "look for approvals that are due", func(kept *tables) ([]ports.Due, error) {
		var due []ports.Due
		last := now().Add(-max(age, 0))
		for _, id := range kept.open {
			if r := kept.decisions[id]; r.Status == domain.StatusAwaitingApproval && !r.CreatedAt.After(last) {
				due = append(due, ports.Due{User: r.UserID, Decision: id, Place: placeOf(r.CreatedAt)})
			}
		}
		return pageOf(due, after, limit), nil
	})
}

// CountDecisions returns how many records the filter chooses; see ports.DecisionReader.
func (s *Store) CountDecisions(ctx context.Context, filter ports.DecisionFilter) (int64, error) {
	filter.Since, filter.Until = domain.Instant(filter.Since), domain.Instant(filter.Until)
	return read(ctx, s, "count decisions", func(kept *tables) (int64, error) {
		n := int64(0)
		for _, r := range kept.decisions {
			if chooses(filter, r) {
				n++
			}
		}
		return n, nil
	})
}

// chooses reports whether everything that the filter sets holds for the record.
func chooses(f ports.DecisionFilter, r ports.DecisionRecord) bool {
	return (f.User.IsZero() || f.User == r.UserID) &&
		(f.Actor.IsZero() || f.Actor == r.Actor) &&
		(f.Action == domain.ActionNone || f.Action == r.Decision.Action) &&
		(f.Status == "" || f.Status == r.Status) &&
		(f.Policy == "" || f.Policy == r.Decision.Revision) &&
		(f.Review == "" || f.Review == r.ReviewID) &&
		!r.CreatedAt.Before(f.Since) &&
		(f.Until.IsZero() || r.CreatedAt.Before(f.Until))
}
