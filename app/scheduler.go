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
	scheduleRetry = 5 * time.Second  // when the store did not take it
)

// Scheduler begins something at each instant of a schedule: reviews that apply, or walks over the group. Any number of them may run on one
// store: the instant is the key there, so one of them begins it and the others find it begun. While another of the kind is under way the
// instant is left out.
type Scheduler struct {
	service *Service
	doing   string // what it does, for errors
	next    func(time.Time) time.Time
	begin   func(ctx context.Context, instant string) error // unless somebody did, or another is under way
	grace   time.Duration                                   // an instant that passed is made up for so long
}

// Scheduler returns what begins reviews that apply, under the name SchedulePrincipal, at the instants that next gives: the first after the
// one that it is asked about, in UTC, and the zero time when there is none. It does nothing until it is run.
func (s *Service) Scheduler(next func(time.Time) time.Time) *Scheduler {
	return &Scheduler{
		service: s, doing: "begin a review by schedule", next: next, grace: scheduleGrace,
		begin: func(ctx context.Context, instant string) error {
			request := ports.ReviewRequest{Caller: ports.Caller{Principal: SchedulePrincipal}, Apply: true}
			_, _, err := s.addReview(ctx, request, instant)
			return err
		},
	}
}

// Run begins what is due until ctx ends. An instant that passed just before is made up for, unless somebody else did what it asks for.
func (s *Scheduler) Run(ctx context.Context) {
	begun := time.Time{}
	for ctx.Err() == nil {
		now := s.service.now()
		from := now.Add(-s.grace)
		if begun.After(from) {
			from = begun
		}
		wait := scheduleLook
		if next := s.next(now); !next.IsZero() {
			wait = min(wait, next.Sub(now))
		}
		if due := s.latest(from, now); !due.IsZero() {
			begun = due
			if err := s.begin(ctx, domain.Instant(due).Format(time.RFC3339)); err != nil {
				begun, wait = from, scheduleRetry
				if ctx.Err() == nil {
					s.service.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: s.doing, Err: err})
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
