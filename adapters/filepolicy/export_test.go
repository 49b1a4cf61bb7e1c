package filepolicy

import (
	"context"
	"io/fs"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/grps/grps/domain"
)

// ReadRanks reads the ranks document of a folder without judging what it says, often enough for a race to show.
func ReadRanks(dir string) ([]byte, error) {
	files, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	defer files.close()
	return readFile(files, ranksFile)
}

// OpenUnwatched returns a Source that looks at its folder only when Look is called.
func OpenUnwatched(options Options) (*Source, error) {
	s := &Source{options: options, compiler: newCompiler()}
	return s, s.load(readDir(options.Dir))
}

// OpenPolled returns a Source that polls its folder when poll says so.
func OpenPolled(ctx context.Context, options Options, poll <-chan time.Time) (*Source, error) {
	s := &Source{options: options, compiler: newCompiler(), done: make(chan struct{})}
	if err := s.load(readDir(options.Dir)); err != nil {
		return nil, err
	}
	ctx, s.stop = context.WithCancel(ctx)
	go s.follow(ctx, watchFolder(options.Dir), poll)
	return s, nil
}

// Look reads the folder once, as the watching goroutine does, and reports whether it would read again soon.
func (s *Source) Look() bool { return s.look() }

// WatchFolder returns a watch on dir, and its events.
func WatchFolder(dir string) (watch *folderWatch, events <-chan fsnotify.Event) {
	w := watchFolder(dir)
	return w, w.events
}

// Renew is what every poll does to the watch.
func (w *folderWatch) Renew() { w.renew() }

// Close ends the watch.
func (w *folderWatch) Close() { w.close() }

// Loader returns Load without its preparation, which takes most of its time: the schemas are compiled once.
func Loader() func(fs.FS) (domain.Policy, error) {
	c := newCompiler()
	return func(documents fs.FS) (domain.Policy, error) { return c.policy(read(documents)) }
}
