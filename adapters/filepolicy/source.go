package filepolicy

import (
	"cmp"
	"context"
	"crypto/sha256"
	"path/filepath"
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

// maxFirstReads bounds how often Open reads a folder that does not come to rest.
const maxFirstReads = 50

// Options are the choices of [Open]. The zero value works: it serves the shipped documents.
type Options struct {
	// Dir is the folder of the documents. With "" the shipped ones are served and nothing is watched.
	Dir string

	// Poll is how often the folder is looked at even if the system reported no change in it; 0 means every second.
	Poll time.Duration

	// Settle is how long the documents must stay the same before they are used; 0 means 100 ms.
	Settle time.Duration

	// OnChange is told of every change after the first load: once when other rules come into force, once when the newest
	// documents are found to be broken, once when they are good again. It is called by one goroutine, which watches nothing
	// meanwhile, and must not call Close. Nil means that nobody is told.
	OnChange func(Change)
}

// Change says what came of a change in the folder.
type Change struct {
	Revision string // of the rules in force now
	Previous string // of those before; equal to Revision when the rules stayed the same
	Err      error  // why the newest documents are not in force, as Load returns it; nil when they are
}

// Source holds the policy of a folder and follows the changes in it. A change takes effect when two readings in a row were
// equal and make up a good policy; until then, and when a document is broken, half-written or gone, the policy before it
// stays in force. A document that the policy was made from and that is deleted counts as gone, not as absent: rules do not
// fall back to defaults by accident. All methods may be called from any goroutine.
type Source struct {
	options  Options
	compiler compiler
	state    atomic.Pointer[state]

	// What follows belongs to the watching goroutine.
	used    [sha256.Size]byte // the reading that state tells of
	pending [sha256.Size]byte // another one, seen once
	present map[string][]byte // the documents of the policy in force

	stop context.CancelFunc
	done chan struct{} // closed when the watching goroutine has ended
}

// state is what callers see.
type state struct {
	policy domain.Policy
	err    error // why the newest documents are not in force, as Load returns it; nil when they are
}

var (
	_ ports.Policies     = (*Source)(nil)
	_ ports.PolicyNewest = (*Source)(nil)
)

// Open loads the policy and begins to watch its folder, until Close is called or ctx ends. It waits for the documents to come
// to rest first. The error is the one that [Load] documents, or ctx's.
func Open(ctx context.Context, options Options) (*Source, error) {
	options.Poll = cmp.Or(max(options.Poll, 0), defaultPoll)
	options.Settle = cmp.Or(max(options.Settle, 0), defaultSettle)
	s := &Source{options: options, compiler: newCompiler(), done: make(chan struct{}), stop: func() {}}
	if options.Dir == "" {
		close(s.done)
		if err := s.load(readDir("")); err != nil {
			return nil, err
		}
		return s, nil
	}
	s.options.Dir = filepath.Clean(options.Dir)
	watch := watchFolder(s.options.Dir)
	first, err := s.firstReading(ctx)
	if err == nil {
		err = s.load(first)
	}
	if err != nil {
		watch.close()
		return nil, err
	}
	ctx, s.stop = context.WithCancel(ctx)
	poll := time.NewTicker(s.options.Poll)
	go func() {
		defer poll.Stop()
		s.follow(ctx, watch, poll.C)
	}()
	return s, nil
}

// Current returns the policy in force.
func (s *Source) Current() domain.Policy { return s.state.Load().policy }

// Newest implements ports.PolicyNewest.
func (s *Source) Newest() error { return s.state.Load().err }

// Close ends the watching and waits until it has ended. The policy stays readable. It may be called more than once; the error
// is always nil.
func (s *Source) Close() error {
	s.stop()
	<-s.done
	return nil
}

// firstReading returns what the folder holds once two readings in a row were equal.
func (s *Source) firstReading(ctx context.Context) (reading, error) {
	last := readDir(s.options.Dir)
	for range maxFirstReads {
		select {
		case <-ctx.Done():
			return reading{}, context.Cause(ctx)
		case <-time.After(s.options.Settle):
		}
		next := readDir(s.options.Dir)
		if next.fingerprint() == last.fingerprint() {
			return next, nil
		}
		last = next
	}
	return reading{faults: []fault{{file: s.options.Dir, message: "does not come to rest: its documents keep changing"}}}, nil
}

// load puts the first reading into force.
func (s *Source) load(r reading) error {
	policy, err := s.compiler.policy(r)
	if err != nil {
		return err
	}
	s.used, s.present = r.fingerprint(), r.contents
	s.state.Store(&state{policy: policy})
	return nil
}

// look reads the folder and reports whether it must be read again soon, because what it holds is new.
func (s *Source) look() (again bool) {
	r := readDir(s.options.Dir)
	switch seen := r.fingerprint(); seen {
	case s.used:
		s.pending = seen
		return false
	case s.pending:
		s.used = seen
		s.use(r)
		return false
	default:
		s.pending = seen
		return true
	}
}

// use puts a reading into force if it is good, and tells what came of it.
func (s *Source) use(r reading) {
	before := s.state.Load()
	after := &state{policy: before.policy}
	if policy, err := s.compiler.policy(s.withoutGone(r)); err != nil {
		after.err = err
	} else {
		s.present, after.policy = r.contents, policy
	}
	s.state.Store(after)
	revision, previous := after.policy.Revision(), before.policy.Revision()
	if s.options.OnChange != nil && (revision != previous || text(after.err) != text(before.err)) {
		s.options.OnChange(Change{Revision: revision, Previous: previous, Err: after.err})
	}
}

// withoutGone adds a fault for each document that the policy in force was made from and that is no longer there. Of a file
// that is there and cannot be used, the fault that is known already is the one that is told.
func (s *Source) withoutGone(r reading) reading {
	if r.contents == nil {
		return r // the folder itself is gone, which says it all
	}
	for _, file := range fileNames() {
		_, had := s.present[file]
		_, has := r.contents[file]
		if had && !has {
			r.faults = append(r.faults, fault{file: file, message: "was deleted while in use; put it back, write {} into it for the " +
				"defaults, or restart to run without it"})
		}
	}
	return r
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
