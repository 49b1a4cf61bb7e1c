package app

import (
	"sync"

	"github.com/grps/grps/ports"
)

// watch joins requests and this process's dispatcher: requests wake it when there is work, and it wakes them when their decision is
// settled. What another replica settles is not seen.
type watch struct {
	work    chan struct{}
	sweeps  map[ports.SweepKind]chan struct{}
	mu      sync.Mutex
	waiting map[string]chan struct{}
}

func newWatch() *watch {
	sweeps := make(map[ports.SweepKind]chan struct{})
	for _, kind := range [...]ports.SweepKind{ports.SweepReview, ports.SweepReconcile} {
		sweeps[kind] = make(chan struct{}, 1)
	}
	return &watch{work: make(chan struct{}, 1), sweeps: sweeps, waiting: make(map[string]chan struct{})}
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

// expect returns a channel that is closed when the decision is settled, and a function to call when nobody waits any more.
func (w *watch) expect(decision string) (<-chan struct{}, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := make(chan struct{})
	w.waiting[decision] = ch
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.waiting, decision)
	}
}

// settle wakes whoever waits for the decision.
func (w *watch) settle(decision string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ch, ok := w.waiting[decision]; ok {
		close(ch)
		delete(w.waiting, decision)
	}
}
