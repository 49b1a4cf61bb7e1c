package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// SchedulePrincipal is who decisions are made for that nobody asked for: releases at the end of a suspension.
const SchedulePrincipal = "schedule"

// The pace of releases.
const (
	releasePoll  = 5 * time.Second
	releaseBatch = 100
	releasePause = time.Hour // until somebody whom the rules do not release is looked at again
	maxPaused    = 10_000
)

// Releaser ends suspensions on time. The due dates are in the store, so it goes on after a restart, and any number of them may run on one
// store: whoever locks the player first releases, the others find nothing to do.
type Releaser struct {
	service *Service
	paused  map[domain.UserID]time.Time // whom the rules did not release, and until when they are left alone
}

// Releaser returns what ends suspensions on time. It does nothing until it is run.
func (s *Service) Releaser() *Releaser {
	return &Releaser{service: s, paused: make(map[domain.UserID]time.Time)}
}

// Run releases whoever is due until ctx ends. Faults of the store are recorded and outlasted.
func (r *Releaser) Run(ctx context.Context) {
	ticker := time.NewTicker(releasePoll)
	defer ticker.Stop()
	for {
		if err := r.release(ctx); err != nil && ctx.Err() == nil {
			r.service.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: "release suspensions", Err: err})
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// release decides about everybody whose suspension is over.
func (r *Releaser) release(ctx context.Context) error {
	r.wakePaused()
	due, err := r.service.parts.Store.DueReleases(ctx, releaseBatch+len(r.paused))
	if err != nil {
		return wrap("look for due releases", err)
	}
	for _, user := range due {
		if _, paused := r.paused[user]; paused {
			continue
		}
		result, err := r.service.decide(ctx, ports.DecideRequest{
			Caller: ports.Caller{Principal: SchedulePrincipal}, User: user, Apply: true,
		}, false)
		if err != nil {
			return wrap("release a player", err)
		}
		if result.Decision.Decision.Action == domain.ActionNone && len(r.paused) < maxPaused {
			r.paused[user] = r.service.now().Add(releasePause)
		}
	}
	return nil
}

func (r *Releaser) wakePaused() {
	now := r.service.now()
	for user, until := range r.paused {
		if !now.Before(until) {
			delete(r.paused, user)
		}
	}
}
