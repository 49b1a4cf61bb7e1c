package app

import (
	"context"
	"errors"
	"time"

	"github.com/grps/grps/ports"
)

// The pace of pruning.
const (
	pruneEvery = time.Hour
	pruneLimit = 1000                   // reports of one step, so that nobody waits for it
	prunePause = 100 * time.Millisecond // between two steps
)

// Pruner forgets old reports, and what was found about them, in small steps. Any number of them may run on one store: one prunes.
type Pruner struct {
	service *Service
	keep    time.Duration
}

// Pruner returns what forgets reports that are older than keep, but never the newest of a player. It does nothing until it is run.
func (s *Service) Pruner(keep time.Duration) *Pruner { return &Pruner{s, keep} }

// Run prunes every hour until ctx ends. Faults of the store are recorded and outlasted.
func (p *Pruner) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := p.prune(ctx); err != nil && ctx.Err() == nil {
			p.service.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: "prune the history", Err: err})
		}
		sleep(ctx, pruneEvery)
	}
}

// prune goes once through everything that is old enough. A step of which nothing can be removed holds up neither those behind it nor the
// findings.
func (p *Pruner) prune(ctx context.Context) error {
	step := ports.PruneStep{Before: p.service.now().Add(-p.keep), Limit: pruneLimit}
	var faults []error
	for ctx.Err() == nil {
		pruned, err := p.service.parts.Store.PruneSnapshots(ctx, step)
		if err != nil && len(faults) < maxFaults { // else it is told often enough
			faults = append(faults, wrap("prune a step", err))
		}
		if pruned.Busy {
			break
		}
		if pruned.Next == 0 {
			faults = append(faults, p.pruneFindings(ctx, step.Before))
			break
		}
		step.After = pruned.Next
		sleep(ctx, prunePause)
	}
	return errors.Join(faults...)
}

// pruneFindings forgets what was found before an instant.
func (p *Pruner) pruneFindings(ctx context.Context, before time.Time) error {
	for ctx.Err() == nil {
		n, err := p.service.parts.Store.PruneFindings(ctx, before, pruneLimit)
		if err != nil {
			return wrap("prune what was found", err)
		}
		if n < pruneLimit {
			return nil
		}
		sleep(ctx, prunePause)
	}
	return nil
}
