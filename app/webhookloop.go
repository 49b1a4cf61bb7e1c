package app

import (
	"context"
	"sync"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The pace of what webhooks are told.
const (
	slowPoll      = time.Minute      // without webhooks: there may be something left for those that were configured before
	longestRepose = time.Minute      // of a webhook that fails, unless it asks for more
	freshFault    = 10 * time.Second // for so long a failure says that the next try would fail too
	sparePoll     = 5 * time.Second  // of a webhook that failed last: what waits for it may be a lot to look through
)

// runWebhooks tells webhooks until ctx ends: one thing at a time to each of them, beside the workers that carry decisions out, so that
// one that hangs holds up nothing but what it is told itself.
func (d *Dispatcher) runWebhooks(ctx, work context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	poll := d.options.Poll
	if len(d.parts.Remote.Targets) == 0 {
		poll = slowPoll
	}
	s, faults := newSinks(), 0
	for ctx.Err() == nil {
		now := d.parts.Clock.Now()
		claims, err := d.parts.Store.ClaimWebhooks(ctx, s.engaged(now), d.options.Lease)
		for _, c := range claims {
			s.take(c.Entry.Target)
			working.Go(func() { d.tell(work, c, s) })
		}
		switch {
		case err == nil:
			faults = 0
			s.spare(now)
			s.wait(ctx, poll)
		case ctx.Err() == nil: // else it was stopped, which is no fault of the store
			faults++
			d.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: "claim what webhooks are told", Err: err})
			sleep(ctx, min(domain.RetryDelay(faults, d.options.Jitter(), d.options.Poll), longestPause))
		}
	}
}

// tell tells a webhook and settles that, within the lease.
func (d *Dispatcher) tell(ctx context.Context, c ports.Claim, s *sinks) {
	began := d.parts.Clock.Now()
	ctx, cancel := context.WithTimeout(ctx, d.options.Lease)
	defer cancel()
	name, late := c.Entry.Target, d.overdue(c)
	if last := s.lastFault(name, began); late && last != nil {
		defer s.free(name)
		d.conclude(ctx, began, c, dead(pastDeadline+reasonOf(last)))
		return
	}
	trying, stop := context.WithTimeout(ctx, d.options.Lease/2) // what is left of the lease is for settling
	defer stop()
	v, fault := d.webhook(trying, c)
	d.conclude(ctx, began, c, v)
	s.judge(name, fault, late, d.parts.Clock.Now())
	s.free(name)
}

// sinks is what is known of webhooks: which are being told something, and which had better be left alone for a while.
type sinks struct {
	freed chan struct{} // holds a token when a webhook may be told again

	mu     sync.Mutex
	byName map[string]sink
}

type sink struct {
	busy     bool
	failures int       // in a row
	fault    error     // the last of them
	failedAt time.Time // when that was
	until    time.Time // nothing is to be told before
}

func newSinks() *sinks {
	return &sinks{freed: make(chan struct{}, 1), byName: make(map[string]sink)}
}

// engaged returns the webhooks that are to be told nothing now.
func (s *sinks) engaged(now time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, k := range s.byName {
		if k.busy || now.Before(k.until) {
			names = append(names, name)
		}
	}
	return names
}

// spare leaves webhooks alone for a while that failed last and for which nothing was due now.
func (s *sinks) spare(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, k := range s.byName {
		if k.failures > 0 && !k.busy && !now.Before(k.until) {
			k.until = now.Add(sparePoll)
			s.byName[name] = k
		}
	}
}

func (s *sinks) take(name string) { s.change(name, func(k *sink) { k.busy = true }) }

// free lets the webhook be told the next thing.
func (s *sinks) free(name string) {
	s.change(name, func(k *sink) { k.busy = false })
	select {
	case s.freed <- struct{}{}:
	default: // it is looked for already
	}
}

// wait returns when the time is over, or a webhook may be told the next thing, or ctx ended.
func (s *sinks) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.freed:
	case <-timer.C:
	}
}

// lastFault returns how the webhook has just failed; nil when it did not, or when that was too long ago to say anything.
func (s *sinks) lastFault(name string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.byName[name]; now.Sub(k.failedAt) < freshFault {
		return k.fault
	}
	return nil
}

// judge remembers how a try ended. A webhook that fails, or asks for it, is left alone for a while, so that what waits for it is not tried
// in vain one by one; unless it failed with something that is too old, because more of that may be given up at once. One that refuses
// refuses only what it was told.
func (s *sinks) judge(name string, fault error, late bool, now time.Time) {
	s.change(name, func(k *sink) {
		*k = sink{busy: k.busy, failures: k.failures, fault: k.fault, failedAt: k.failedAt}
		switch kind := domain.KindOf(fault); {
		case fault == nil || final(kind):
			k.failures, k.fault, k.failedAt = 0, nil, time.Time{}
		case kind == domain.KindExhausted:
			k.until = now.Add(max(domain.RetryAfterOf(fault), plainRest))
		default:
			k.failures++
			k.fault, k.failedAt = fault, now
			if !late {
				k.until = now.Add(max(domain.RetryAfterOf(fault), min(domain.RetryDelay(k.failures, 1, 0), longestRepose)))
			}
		}
	})
}

func (s *sinks) change(name string, fn func(*sink)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.byName[name]
	fn(&k)
	s.byName[name] = k
}
