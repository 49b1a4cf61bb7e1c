package filekeys

import (
	"cmp"
	"context"
	"crypto/sha256"
	"sync/atomic"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The defaults of Options.
const (
	defaultPoll   = time.Second
	defaultSettle = 100 * time.Millisecond
)

// Options are the choices of [Open]. File is required.
type Options struct {
	// File is where the keys are.
	File string

	// Taken are keys from elsewhere, whose names and secrets the file must not hold.
	Taken []domain.Key

	// Reserved are further names that no key may have.
	Reserved []string

	// Poll is how often the file is looked at; 0 means every second.
	Poll time.Duration

	// Settle is how long the file must stay the same before it is used; 0 means 100 ms. Whatever is taken out of the file opens nothing once
	// Poll and Settle have passed.
	Settle time.Duration

	// OnChange is told of every change after the first load: once when other keys come into force, once when the file is found to be broken,
	// once when it is good again. One goroutine calls it, which looks at nothing meanwhile. Nil means that nobody is told.
	OnChange func(Change)
}

// Change says what came of a change of the file.
type Change struct {
	Keys     []domain.Key // in force now
	Previous []domain.Key // in force before
	Err      error        // why what the file holds is not in force, as Load returns it; nil when it is
}

// Source holds the keys of a file and follows the changes in it. A change takes effect when two readings in a row were equal and are good;
// until then, and when the file is broken, half-written or gone, the keys before it stay in force. All methods may be called from any
// goroutine.
type Source struct {
	options Options
	keys    atomic.Pointer[[]domain.Key]

	used [sha256.Size]byte // belongs to the watching goroutine: the reading that was judged last

	stop context.CancelFunc
	done chan struct{} // closed when the watching goroutine has ended
}

var _ ports.Keys = (*Source)(nil)

// Open reads the keys and begins to watch their file, until Close is called or ctx ends. The error is the one that [Load] documents.
func Open(ctx context.Context, options Options) (*Source, error) {
	options.Poll = cmp.Or(max(options.Poll, 0), defaultPoll)
	options.Settle = cmp.Or(max(options.Settle, 0), defaultSettle)
	s := &Source{options: options, done: make(chan struct{})}
	first := read(options.File)
	keys, err := s.judge(first)
	if err != nil {
		return nil, err
	}
	s.used = first.fingerprint()
	s.keys.Store(&keys)
	ctx, s.stop = context.WithCancel(ctx)
	go s.follow(ctx)
	return s, nil
}

// Keys implements ports.Keys.
func (s *Source) Keys() []domain.Key { return *s.keys.Load() }

// Close ends the watching and waits until it has ended. The keys stay in force. It may be called more than once; the error is always nil.
func (s *Source) Close() error {
	s.stop()
	<-s.done
	return nil
}

func (s *Source) judge(r reading) ([]domain.Key, error) {
	return keysOf(s.options.File, r, s.options.Taken, s.options.Reserved)
}

// follow looks at the file every Poll. The whole of it is read each time, for a file that was changed may have the size and the time of the
// one before it.
func (s *Source) follow(ctx context.Context) {
	defer close(s.done)
	poll := time.NewTicker(s.options.Poll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		}
		seen := read(s.options.File)
		if seen.fingerprint() == s.used {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(s.options.Settle):
		}
		if settled := read(s.options.File); settled.fingerprint() == seen.fingerprint() {
			s.use(settled)
		}
	}
}

// use puts a reading into force if it is good, and tells what came of it.
func (s *Source) use(r reading) {
	s.used = r.fingerprint()
	change := Change{Keys: s.Keys(), Previous: s.Keys()}
	keys, err := s.judge(r)
	if err == nil {
		s.keys.Store(&keys)
		change.Keys = keys
	}
	change.Err = err
	if s.options.OnChange != nil {
		s.options.OnChange(change)
	}
}
