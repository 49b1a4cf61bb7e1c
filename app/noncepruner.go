package app

import (
	"context"
	"time"

	"github.com/grps/grps/ports"
)

// The pace of forgetting nonces.
const (
	nonceEvery = time.Minute
	nonceLimit = 1000 // of one step, so that nobody waits for it
)

// NoncePruner forgets nonces that are to be kept no longer. Any number of them may run on one store.
type NoncePruner struct{ service *Service }

// NoncePruner returns what forgets nonces. It does nothing until it is run.
func (s *Service) NoncePruner() *NoncePruner { return &NoncePruner{s} }

// Run prunes every minute until ctx ends. Faults of the store are recorded and outlasted.
func (p *NoncePruner) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := p.prune(ctx); err != nil && ctx.Err() == nil {
			p.service.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: "prune the nonces", Err: err})
		}
		sleep(ctx, nonceEvery)
	}
}

func (p *NoncePruner) prune(ctx context.Context) error {
	for ctx.Err() == nil {
		forgotten, err := p.service.parts.Store.PruneNonces(ctx, p.service.now(), nonceLimit)
		if err != nil {
			return wrap("prune a step", err)
		}
		if forgotten < nonceLimit {
			return nil
		}
		sleep(ctx, prunePause)
	}
	return nil
}
