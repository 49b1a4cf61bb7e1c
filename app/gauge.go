package app

import (
	"context"
	"time"

	"github.com/grps/grps/ports"
)

// Gauge notes from time to time how the process does, for those who watch figures.
type Gauge struct{ service *Service }

// Gauge returns what notes how the process does. It does nothing until it is run.
func (s *Service) Gauge() *Gauge { return &Gauge{s} }

// Run notes how the process does until ctx ends. It never asks Roblox for that.
func (g *Gauge) Run(ctx context.Context) {
	ticker := time.NewTicker(gaugeEvery)
	defer ticker.Stop()
	for {
		found := g.service.probe.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		g.service.parts.Recorder.Record(ctx, ports.ReadinessGauge{Readiness: found})
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
