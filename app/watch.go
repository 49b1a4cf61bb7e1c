package app

import (
	"sync"

	"github.com/grps/grps/ports"
)

// watch joins requests and this process's dispatcher: requests wake it when there is work, and it wakes them when their decision is
// settled. What another replica settles is not seen.
type watch struct {
	work     chan struct{}
	erasures chan struct{}
	sweeps   map[ports.SweepKind]chan struct{}
	mu       sync.Mutex
	waiting  map[string]*expected
}

// expected is a decision whose end somebody waits for.
type expected struct {
	settled chan struct{}
	waiters int
}

func newWatch() *watch {
	sweeps := make(map[ports.SweepKind]chan struct{})
	for _, kind := range [...]ports.SweepKind{ports.SweepReview, ports.SweepReconcile, ports.SweepRewind} {
		sweeps[kind] = make(chan struct{}, 1)
	}
	return &watch{work: make(chan struct{}, 1), erasures: make(chan struct{}, 1), sweeps: sweeps, waiting: make(map[string]*expected)}
}

// wake tells the dispatcher to look for work now.
func (w *watch) wake() {
	select {
	case w.work <- struct{}{}:
	default: // it will look anyway
	}
}

// begin tells the sweeper that there is a sweep of that kind to work on.
func (w *watch) begin(kind ports.SweepKind) {
	select {
	case w.sweeps[kind] <- struct{}{}:
	default: // it will look anyway
	}
}

// erase tells the eraser that there is somebody to be forgotten.
func (w *watch) erase() {
	select {
	case w.erasures <- struct{}{}:
	default: // it will look anyway
	}
}

// expect returns a channel that is closed when the decision is settled, and a function to call when nobody waits any more.
func (w *watch) expect(decision string) (<-chan struct{}, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e, ok := w.waiting[decision]
	if !ok {
		e = &expected{settled: make(chan struct{})}
		w.waiting[decision] = e
	}
	e.waiters++
	return e.settled, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if e.waiters--; e.waiters == 0 && w.waiting[decision] == e {
			delete(w.waiting, decision)
		}
	}
}

// settle wakes whoever waits for the decision.
func (w *watch) settle(decision string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e, ok := w.waiting[decision]; ok {
		close(e.settled)
		delete(w.waiting, decision)
	}
}
