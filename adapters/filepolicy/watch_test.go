package filepolicy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/grps/grps/adapters/filepolicy"
)

func TestTheWatchFollowsTheFolderThatThePathNames(t *testing.T) {
	for _, c := range []struct {
		name string
		link bool // whether the path is a link to the folder
		move func(t *testing.T, path string, events <-chan fsnotify.Event)
	}{
		{"it was deleted and made again", false, func(t *testing.T, path string, events <-chan fsnotify.Event) {
			t.Helper()
			check(t, os.Remove(path))
			await(t, events, path, fsnotify.Remove)
			check(t, os.Mkdir(path, 0o755))
		}},
		{"it was moved away and made again", false, func(t *testing.T, path string, events <-chan fsnotify.Event) {
			t.Helper()
			check(t, os.Rename(path, path+".old"))
			await(t, events, path, fsnotify.Rename)
			check(t, os.Mkdir(path, 0o755))
		}},
		{"it is a link that was turned elsewhere", true, func(t *testing.T, path string, _ <-chan fsnotify.Event) {
			t.Helper()
			check(t, os.Symlink(t.TempDir(), path+".new"))
			check(t, os.Rename(path+".new", path))
		}},
		{"it was gone for a while", false, func(t *testing.T, path string, events <-chan fsnotify.Event) {
			t.Helper()
			check(t, os.Remove(path))
			await(t, events, path, fsnotify.Remove)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "policies")
			if c.link {
				check(t, os.Symlink(t.TempDir(), path))
			} else {
				check(t, os.Mkdir(path, 0o755))
			}
			watch, events := filepolicy.WatchFolder(path)
			defer watch.Close()

			c.move(t, path, events)
			watch.Renew()
			check(t, os.MkdirAll(path, 0o755))
			watch.Renew()
			write(t, filepath.Join(path, "policy.ranks.json"), smallPolicy)
			await(t, events, filepath.Join(path, "policy.ranks.json"), fsnotify.Create)
		})
	}
}

// await reads events until one says that op happened to name.
func await(t *testing.T, events <-chan fsnotify.Event, name string, op fsnotify.Op) {
	t.Helper()
	var seen []string
	for {
		select {
		case e := <-events:
			if e.Name == name && e.Has(op) {
				return
			}
			seen = append(seen, e.String())
		case <-time.After(patient):
			t.Fatalf("events: got %s, want %s of %s", strings.Join(seen, ", "), op, name)
		}
	}
}
