package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// SchedulePrincipal is who decisions are made for that nobody asked for then: releases at the end of a suspension, and what could not be
// held because another decision was under way.
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
	lap     lap
	paused  map[domain.UserID]pause // who was decided about, or could not be
}

// pause is how long somebody is left alone who was decided about: those who are due all the same were not released by the rules, not at
// Roblox, or not by the store.
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

// release decides about everybody whose suspension is over. Whom it cannot decide about does not hold up the rest, and is left alone for a
// while.
func (r *Releaser) release(ctx context.Context) error {
	r.forget()
	list := func(ctx context.Context, after ports.Due, limit int) ([]ports.Due, error) {
		due, err := r.service.parts.Store.DueReleases(ctx, after, limit)
		return due, wrap("look for due releases", err)
	}
	_, err := r.lap.step(ctx, releaseBatch+len(r.paused), list, func(ctx context.Context, due ports.Due) (bool, error) {
		return false, wrap("release a player", r.releaseOne(ctx, due.User))
	})
	return err
}

// releaseOne decides about somebody whose suspension is over, unless they are to be left alone still.
func (r *Releaser) releaseOne(ctx context.Context, user domain.UserID) error {
	if r.service.now().Before(r.paused[user].until) {
		return nil
	}
	result, err := r.service.decide(ctx, ports.DecideRequest{
		Caller: ports.Caller{Principal: SchedulePrincipal}, User: user, Apply: true,
	}, false)
	switch {
	case err != nil:
		r.pause(user, r.longer(user, releasePoll))
	case result.Decision.Decision.Action == domain.ActionNone:
		r.pause(user, releasePause)
	default:
		r.pause(user, r.longer(user, releaseRetry))
	}
	return err
}

// longer returns twice the pause that somebody has had, within least and releasePause.
func (r *Releaser) longer(user domain.UserID, least time.Duration) time.Duration {
	return min(max(2*r.paused[user].length, least), releasePause)
}

// pause leaves somebody alone for that long.
func (r *Releaser) pause(user domain.UserID, length time.Duration) {
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
