package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// StartReconciliation implements ports.Reconciler.
func (s *Service) StartReconciliation(
	ctx context.Context, r ports.ReconciliationRequest,
) (ports.ReconciliationProgress, error) {
	if s.parts.Remote.Roster == nil {
		return ports.ReconciliationProgress{}, &domain.Error{
			Kind: domain.KindBlocked, Code: "group_not_configured",
			Message: "there is no group to walk over; set ROBLOX_OPEN_CLOUD_API_KEY and ROBLOX_GROUP_ID",
		}
	}
	sweep, added, err := s.addReconciliation(ctx, r, "")
	if err != nil {
		return ports.ReconciliationProgress{}, wrap("start a walk over the group", err)
	}
	if !added {
		return ports.ReconciliationProgress{}, &domain.Error{
			Kind: domain.KindConflict, Code: "reconciliation_running",
			Message: "the walk " + sweep.ID + " is under way, and one goes at a time; wait for its end, or cancel it",
		}
	}
	return s.walked(sweep), nil
}

// addReconciliation adds a walk, which whoever works on it finds. It returns the one in its way and false when there is one.
func (s *Service) addReconciliation(
	ctx context.Context, r ports.ReconciliationRequest, schedule string,
) (ports.Sweep, bool, error) {
	walk := s.queued(ports.SweepReconcile, r.Caller)
	walk.Apply, walk.Schedule, walk.Phase = r.Apply, schedule, ports.PhaseEvaluate
	if r.Apply {
		walk.Phase = ports.PhaseApply
	}
	return s.addSweep(ctx, walk)
}

// ReconcileScheduler returns what begins a walk that applies at each whole multiple of a period, in UTC, under the name SchedulePrincipal.
// The first begins at once, unless it was begun before: so after a start the record is compared with Roblox first. It does nothing until
// it is run.
func (s *Service) ReconcileScheduler(every time.Duration) *Scheduler {
	return &Scheduler{
		service: s, doing: "begin a walk over the group by schedule", grace: every,
		next: func(after time.Time) time.Time { return after.UTC().Truncate(every).Add(every) },
		begin: func(ctx context.Context, instant string) error {
			request := ports.ReconciliationRequest{Caller: ports.Caller{Principal: SchedulePrincipal}, Apply: true}
			_, _, err := s.addReconciliation(ctx, request, instant)
			return err
		},
	}
}

// Reconciliation implements ports.Reconciler.
func (s *Service) Reconciliation(ctx context.Context, id string) (ports.ReconciliationProgress, error) {
	sweep, err := s.sweepOf(ctx, ports.SweepReconcile, id)
	if err != nil {
		return ports.ReconciliationProgress{}, wrap("read the walk", err)
	}
	return s.walked(sweep), nil
}

// Reconciliations implements ports.Reconciler.
func (s *Service) Reconciliations(ctx context.Context, cursor string, limit int) (ports.ReconciliationPage, error) {
	sweeps, next, err := s.sweepsOf(ctx, ports.SweepReconcile, cursor, limit)
	if err != nil {
		return ports.ReconciliationPage{}, wrap("list the walks", err)
	}
	page := ports.ReconciliationPage{Next: next}
	for _, sweep := range sweeps {
		page.Reconciliations = append(page.Reconciliations, s.walked(sweep))
	}
	return page, nil
}

// Differences implements ports.Reconciler.
func (s *Service) Differences(ctx context.Context, id, cursor string, limit int) (ports.DifferencePage, error) {
	after, err := userOf(cursor)
	if err != nil {
		return ports.DifferencePage{}, err
	}
	if _, err := s.Reconciliation(ctx, id); err != nil {
		return ports.DifferencePage{}, err
	}
	found, err := s.parts.Store.Differences(ctx, id, after, limit+1)
	if err != nil {
		return ports.DifferencePage{}, wrap("read what the walk found", err)
	}
	differences, next := paged(found, limit, func(d ports.Difference) string { return d.User.String() })
	return ports.DifferencePage{Differences: differences, Next: next}, nil
}

// CancelReconciliation implements ports.Reconciler.
func (s *Service) CancelReconciliation(
	ctx context.Context, caller ports.Caller, id string,
) (ports.ReconciliationProgress, error) {
	sweep, err := s.cancelSweep(ctx, ports.SweepReconcile, caller, id, &domain.Error{
		Kind: domain.KindBlocked, Code: "reconciliation_over", Message: "the walk came to its end; there is nothing to cancel",
	})
	if err != nil {
		return ports.ReconciliationProgress{}, wrap("cancel the walk", err)
	}
	return s.walked(sweep), nil
}

// walked returns how far a walk has come, and when it will have come to its end.
func (s *Service) walked(sweep ports.Sweep) ports.ReconciliationProgress {
	return ports.ReconciliationProgress{Sweep: sweep, ETA: s.endOfPhase(sweep)}
}
