package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// SweeperOptions tunes the sweeper; the zero value works.
type SweeperOptions struct {
	Lease time.Duration // how long a sweep stays with a process that does not say that it still works on it; 0 means 15 s
	Poll  time.Duration // how often to look for a sweep without being woken; 0 means 1 s
}

func (o SweeperOptions) withDefaults() SweeperOptions {
	if o.Lease <= 0 {
		o.Lease = 15 * time.Second
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	return o
}

// maxFaults is how often in a row a step may fail for a reason that waiting does not cure before its sweep is given up.
const maxFaults = 5

// walk is what a kind of sweep does. A new kind is a constant in ports, a walk, and a line in [Service.Sweeper].
type walk interface {
	// step takes a sweep that is running further, for a second or so, and saves how far it came with Service.advance, in the units in which it
	// decided. It returns the sweep as it was saved last; one that is still running is given to step again. Any error but errSweepLost is
	// outlasted: step is called again with the sweep as the store has it.
	step(ctx context.Context, sweep ports.Sweep) (ports.Sweep, error)
}

// Sweeper works on sweeps, one of each kind at a time. Any number of them may run on one store: whoever has the lease works, and when that
// process is gone another goes on from where the store says, once the lease is over.
type Sweeper struct {
	service *Service
	options SweeperOptions
	walks   map[ports.SweepKind]walk
}

// Sweeper returns what works on sweeps. It does nothing until it is run.
func (s *Service) Sweeper(options SweeperOptions) *Sweeper {
	walks := make(map[ports.SweepKind]walk)
	walks[ports.SweepReview] = review{s}
	walks[ports.SweepRewind] = rewind{s}
	if s.parts.Remote.Roster != nil { // else a process that sees the group goes on with it
		walks[ports.SweepReconcile] = groupWalk{s}
	}
	return &Sweeper{service: s, options: options.withDefaults(), walks: walks}
}

// Run works until ctx ends; what it has under way then is given back. Faults of the store are recorded and outlasted.
func (w *Sweeper) Run(ctx context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	for kind, walk := range w.walks {
		working.Go(func() { w.run(ctx, kind, walk) })
	}
}

// run works on sweeps of one kind.
func (w *Sweeper) run(ctx context.Context, kind ports.SweepKind, walk walk) {
	for ctx.Err() == nil {
		sweep, ok, err := w.service.parts.Store.ClaimSweep(ctx, kind, w.options.Lease)
		if ok {
			w.carry(ctx, walk, sweep)
			continue
		}
		if err != nil {
			w.fault(ctx, "look for a sweep", err)
		}
		w.rest(ctx, kind)
	}
}

// rest waits until it is time to look again, or a sweep of that kind begins.
func (w *Sweeper) rest(ctx context.Context, kind ports.SweepKind) {
	timer := time.NewTimer(w.options.Poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-w.service.settled.sweeps[kind]:
	case <-timer.C:
	}
}

// carry works on a sweep until it is not under way any more, is somebody else's, or ctx ends.
func (w *Sweeper) carry(ctx context.Context, walk walk, sweep ports.Sweep) {
	began := w.tell(ctx, sweep, ports.SweepBegun, w.service.parts.Clock.Now())
	working, stop := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		defer stop()
		w.renew(working, sweep)
	})
	last := w.walk(working, walk, sweep)
	stop()
	renewing.Wait()
	if last.State == ports.SweepRunning {
		last = w.leave(ctx, last)
	}
	w.tell(ctx, last, ports.SweepLeft, began)
}

// renew keeps the lease. It returns when ctx ends or somebody else has the sweep.
func (w *Sweeper) renew(ctx context.Context, sweep ports.Sweep) {
	for sleep(ctx, w.options.Lease/3) {
		if held, err := w.service.parts.Store.RenewSweep(ctx, sweep.ID, sweep.Term, w.options.Lease); err == nil && !held {
			return
		}
	}
}

// leave returns the sweep as whoever took it has it. When this process is about to end it gives the lease back, so that the next need not
// wait for its end.
func (w *Sweeper) leave(ctx context.Context, sweep ports.Sweep) ports.Sweep {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	if ctx.Err() != nil {
		if _, err := w.service.parts.Store.RenewSweep(last, sweep.ID, sweep.Term, 0); err != nil {
			w.fault(last, "give a sweep back", err)
		}
		return sweep
	}
	if now, err := w.service.parts.Store.Sweep(last, sweep.ID); err == nil {
		return now
	}
	return sweep
}

// lastWord bounds what is done for a sweep that this process does not work on any more.
const lastWord = 2 * time.Second

// walk takes step after step and returns the sweep as it last was.
func (w *Sweeper) walk(ctx context.Context, walk walk, sweep ports.Sweep) ports.Sweep {
	at, faults := w.service.parts.Clock.Now(), 0
	for sweep.State == ports.SweepRunning && ctx.Err() == nil {
		next, err := walk.step(ctx, sweep)
		if err == nil {
			sweep, faults = next, 0
			at = w.tell(ctx, sweep, ports.SweepPaged, at)
			continue
		}
		if ctx.Err() != nil || errors.Is(err, errSweepLost) {
			break
		}
		faults++
		w.fault(ctx, "take a sweep further", err)
		if sweep = w.again(ctx, sweep, err, faults); sweep.State != ports.SweepRunning {
			break
		}
	}
	return sweep
}

// again returns the sweep from which to try again after a step that failed: whether that step was kept is not known, but the store knows.
// It gives the sweep up when waiting does not help.
func (w *Sweeper) again(ctx context.Context, sweep ports.Sweep, fault error, faults int) ports.Sweep {
	for sleep(ctx, min(domain.RetryDelay(faults, 0, domain.RetryAfterOf(fault)), longestPause)) {
		now, err := w.service.parts.Store.Sweep(ctx, sweep.ID)
		switch {
		case err != nil:
			w.fault(ctx, "read a sweep", err)
			continue
		case now.Term != sweep.Term && now.State == ports.SweepRunning:
			return sweep // somebody else has it, which the next step will find out
		case now.Term != sweep.Term || faults < maxFaults || domain.KindOf(fault) == domain.KindUnavailable:
			return now
		}
		now.State, now.Detail = ports.SweepFailed, "given up: "+reasonOf(fault)+"; resume it to try again"
		if now, err = w.service.save(ctx, now); err == nil {
			return now
		}
		w.fault(ctx, "give a sweep up", err)
	}
	return sweep
}

func (w *Sweeper) fault(ctx context.Context, doing string, err error) {
	if ctx.Err() == nil { // else it was stopped, which is no fault of the store
		w.service.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: doing, Err: err})
	}
}

// tell records a step, and returns when.
func (w *Sweeper) tell(ctx context.Context, sweep ports.Sweep, step ports.SweepStep, before time.Time) time.Time {
	now := w.service.parts.Clock.Now()
	w.service.parts.Recorder.Record(ctx, ports.SweepEvent{Sweep: sweep, Step: step, Took: now.Sub(before)})
	return now
}

// sleep waits, and returns false when ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
