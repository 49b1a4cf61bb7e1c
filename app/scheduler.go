package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The pace of the schedule.
const (
	scheduleGrace = 10 * time.Minute // an instant that passed while nothing ran, or the store was down, is made up for so long
	scheduleLook  = time.Minute      // how often to look at the clock at least, which may be set while the service sleeps
	scheduleRetry = 5 * time.Second  // when the store did not take a review
)

// Scheduler begins a review that applies at each instant of a schedule, under the name SchedulePrincipal. Any number of them may run on one
// store: the instant is the review's key there, so one of them begins it and the others find it begun. While another review is under way
// the instant is left out.
type Scheduler struct {
	service *Service
	next    func(time.Time) time.Time
}

// Scheduler returns what begins reviews at the instants that next gives: the first after the one that it is asked about, in UTC, and the zero time when
// there is none. It does nothing until it is run.
func (s *Service) Scheduler(next func(time.Time) time.Time) *Scheduler {
	return &Scheduler{service: s, next: next}
}

// Run begins reviews until ctx ends. An instant that passed just before is made up for, unless somebody else began its review.
func (s *Scheduler) Run(ctx context.Context) {
	begun := time.Time{}
	for ctx.Err() == nil {
		now := s.service.now()
		from := now.Add(-scheduleGrace)
		if begun.After(from) {
			from = begun
		}
		wait := scheduleLook
		if next := s.next(now); !next.IsZero() {
			wait = min(wait, next.Sub(now))
		}
		if due := s.latest(from, now); !due.IsZero() {
			begun = due
			if err := s.begin(ctx, due); err != nil {
				begun, wait = from, scheduleRetry
				if ctx.Err() == nil {
					s.service.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: "begin a review by schedule", Err: err})
				}
			}
		}
		sleep(ctx, wait)
	}
}

// latest returns the last instant of the schedule after from that is not after now; zero when there is none.
func (s *Scheduler) latest(from, now time.Time) time.Time {
	last := time.Time{}
	for at := s.next(from); !at.IsZero() && !at.After(now); at = s.next(at) {
		last = at
	}
	return last
}

// begin begins the review of an instant, unless somebody did, or another is under way.
func (s *Scheduler) begin(ctx context.Context, at time.Time) error {
	request := ports.ReviewRequest{Caller: ports.Caller{Principal: SchedulePrincipal}, Apply: true}
	_, _, err := s.service.addReview(ctx, request, domain.Instant(at).Format(time.RFC3339))
	return wrap("begin the review of "+at.Format(time.RFC3339), err)
}
