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
	releasePause = time.Hour   // until somebody whom the rules do not release is looked at again
	releaseRetry = time.Minute // until a release that came to nothing is tried again; it doubles up to releasePause
	maxPaused    = 10_000
)

// Releaser ends suspensions on time. The due dates are in the store, so it goes on after a restart, and any number of them may run on one
// store: whoever locks the player first releases, the others find nothing to do.
type Releaser struct {
	service *Service
	paused  map[domain.UserID]pause // who was decided about
}

// pause is how long somebody is left alone who was decided about: those who are due all the same were not released by the rules, or not at
// Roblox.
type pause struct {
	until  time.Time
	length time.Duration
}

// Releaser returns what ends suspensions on time. It does nothing until it is run.
func (s *Service) Releaser() *Releaser {
	return &Releaser{service: s, paused: make(map[domain.UserID]pause)}
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
	r.forget()
	due, err := r.service.parts.Store.DueReleases(ctx, releaseBatch+len(r.paused))
	if err != nil {
		return wrap("look for due releases", err)
	}
	for _, user := range due {
		if r.service.now().Before(r.paused[user].until) {
			continue
		}
		result, err := r.service.decide(ctx, ports.DecideRequest{
			Caller: ports.Caller{Principal: SchedulePrincipal}, User: user, Apply: true,
		}, false)
		if err != nil {
			return wrap("release a player", err)
		}
		r.pause(user, result.Decision.Decision.Action)
	}
	return nil
}

// pause leaves somebody alone after a decision about them.
func (r *Releaser) pause(user domain.UserID, decided domain.Action) {
	length := releasePause
	if decided != domain.ActionNone {
		length = min(max(2*r.paused[user].length, releaseRetry), releasePause)
	}
	if _, known := r.paused[user]; known || len(r.paused) < maxPaused {
		r.paused[user] = pause{r.service.now().Add(length), length}
	}
}

// forget drops those who did not become due again for as long as they had been left alone.
func (r *Releaser) forget() {
	now := r.service.now()
	for user, p := range r.paused {
		if !now.Before(p.until.Add(p.length)) {
			delete(r.paused, user)
		}
	}
}
