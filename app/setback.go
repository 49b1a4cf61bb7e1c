package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// RestorePrincipal is the name under which a restored store is prepared.
const RestorePrincipal = "restore"

// setBackKinds are the sweeps that may be under way in a backup.
func setBackKinds() []ports.SweepKind {
	return []ports.SweepKind{ports.SweepReview, ports.SweepReconcile, ports.SweepRewind}
}

// SetBack prepares a store that was restored from a backup, before any service works on it: it pauses automation for the given reason, so that
// what the points of that day ask for is held until a person resumes; it stops every sweep that was under way; and it has the record compared
// with the whole group as soon as a service runs. before is the switch of the store that it takes the place of: what was stopped there stays
// stopped.
func SetBack(ctx context.Context, store ports.Store, clock ports.Clock, ids ports.IDSource, before domain.Automation, reason string) error {
	now := domain.Instant(clock.Now())
	// It has a schedule, so that it is nobody's word: it mends no more than those that RECONCILE_EVERY begins.
	comparison := ports.Sweep{
		ID: ids.NewID(), Kind: ports.SweepReconcile, Apply: true, Principal: RestorePrincipal, Schedule: RestorePrincipal + " " + now.Format(time.RFC3339Nano),
		State: ports.SweepQueued, Phase: ports.PhaseApply, CreatedAt: now, UpdatedAt: now,
	}
	var stopping []ports.Sweep
	for _, kind := range setBackKinds() {
		found, ok, err := store.SweepUnderWay(ctx, kind)
		if err != nil {
			return wrap("look for what is under way", err)
		}
		if ok {
			found = stopped(found, "the database was restored from a backup that was made while this was under way; begin another")
			found.UpdatedAt, found.EndedAt = now, now
			stopping = append(stopping, found)
		}
	}
	// Nobody else has the store yet, so that there is nothing to repeat.
	return store.Write(ctx, func(ctx context.Context, w ports.Writer) error {
		for _, sweep := range stopping {
			if _, err := w.SaveSweep(ctx, sweep); err != nil {
				return wrap("stop what was under way", err)
			}
		}
		if _, _, err := w.AddSweep(ctx, comparison); err != nil {
			return wrap("ask for a comparison with the group", err)
		}
		automation, _, err := w.LockAutomation(ctx)
		if err != nil {
			return wrap("read the switch of automation", err)
		}
		return wrap("pause automation", w.SaveAutomation(ctx, automation.SetBack(before, reason, RestorePrincipal, now)))
	})
}
