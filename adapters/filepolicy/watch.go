package filepolicy

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// follow looks at the folder after every event in it and after every poll, and once more whenever it holds something new.
// However many events there are, it looks once in each Settle.
func (s *Source) follow(ctx context.Context, watch *folderWatch, poll <-chan time.Time) {
	defer close(s.done)
	defer watch.close()
	settle := time.NewTimer(s.options.Settle) // for what changed before the watch began
	defer settle.Stop()
	armed := true
	arm := func() {
		if !armed {
			settle.Reset(s.options.Settle)
			armed = true
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-watch.events:
			arm()
		case err := <-watch.errors:
			if err != nil { // events were lost
				arm()
			}
		case <-poll:
			watch.renew()
			arm()
		case <-settle.C:
			armed = false
			if s.look() {
				arm()
			}
		}
	}
}

// folderWatch tells of changes in a folder as the system reports them. It watches the folder and not the files, which are
// replaced more often than they are written. Where the system grants no watch it stays silent, and the poll alone remains.
type folderWatch struct {
	dir     string
	watcher *fsnotify.Watcher // nil where there is none
	folder  os.FileInfo       // what is watched; nil for nothing
	events  <-chan fsnotify.Event
	errors  <-chan error
}

func watchFolder(dir string) *folderWatch {
	w := &folderWatch{dir: dir}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return w
	}
	w.watcher, w.events, w.errors = watcher, watcher.Events, watcher.Errors
	w.renew()
	return w
}

// renew watches what the folder's path names now: the folder may have been deleted and made again, or be a link that was
// turned elsewhere. A system may give a new folder the number of the old one, so the watcher's own list is asked too.
func (w *folderWatch) renew() {
	if w.watcher == nil {
		return
	}
	folder, err := os.Stat(w.dir)
	if err != nil {
		w.folder = nil
		return
	}
	if w.folder != nil && os.SameFile(w.folder, folder) && slices.Contains(w.watcher.WatchList(), w.dir) {
		return
	}
	// A watch on what the path named before may be gone already.
	_ = w.watcher.Remove(w.dir)
	w.folder = nil
	if w.watcher.Add(w.dir) == nil {
		w.folder = folder
	}
}

func (w *folderWatch) close() {
	if w.watcher != nil {
		// It only ends the reports; there is nothing to be lost.
		_ = w.watcher.Close()
	}
}
