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
	now, phase := s.now(), ports.PhaseEvaluate
	if r.Apply {
		phase = ports.PhaseApply
	}
	wanted := ports.Sweep{
		ID: s.parts.IDs.NewID(), Kind: ports.SweepReconcile, Apply: r.Apply, Principal: r.Principal, Actor: r.Actor, RequestID: r.RequestID,
		Schedule: schedule, State: ports.SweepQueued, Phase: phase, Revision: s.parts.Policies.Current().Revision(), CreatedAt: now, UpdatedAt: now,
	}
	var sweep ports.Sweep
	added := false
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) (err error) {
		sweep, added, err = w.AddSweep(ctx, wanted)
		return err
	})
	if added && err == nil {
		s.settled.begin(ports.SweepReconcile)
	}
	return sweep, added, err
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
	sweeps, err := s.parts.Store.Sweeps(ctx, ports.SweepReconcile, cursor, limit+1) // one more tells whether there is a next page
	if err != nil {
		return ports.ReconciliationPage{}, wrap("list the walks", err)
	}
	page := ports.ReconciliationPage{}
	if len(sweeps) > limit {
		sweeps = sweeps[:limit]
		page.Next = sweeps[limit-1].ID
	}
	for _, sweep := range sweeps {
		page.Reconciliations = append(page.Reconciliations, s.walked(sweep))
	}
	return page, nil
}

// Differences implements ports.Reconciler.
func (s *Service) Differences(ctx context.Context, id, cursor string, limit int) (ports.DifferencePage, error) {
	after := domain.UserID{}
	if cursor != "" {
		var err error
		if after, err = domain.ParseUserID(cursor); err != nil {
			return ports.DifferencePage{}, errCursor
		}
	}
	if _, err := s.Reconciliation(ctx, id); err != nil {
		return ports.DifferencePage{}, err
	}
	found, err := s.parts.Store.Differences(ctx, id, after, limit+1)
	if err != nil {
		return ports.DifferencePage{}, wrap("read what the walk found", err)
	}
	page := ports.DifferencePage{Differences: found}
	if len(found) > limit {
		page.Differences, page.Next = found[:limit], found[limit-1].User.String()
	}
	return page, nil
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
	p := ports.ReconciliationProgress{Sweep: sweep}
	if sweep.State.UnderWay() && sweep.Pace > 0 {
		p.ETA = s.now().Add(lasts(sweep.Total-sweep.Scanned, float64(sweep.Pace)))
	}
	return p
}
