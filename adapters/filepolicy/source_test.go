package filepolicy_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/filepolicy"
)

const (
	never   = time.Hour             // a poll that does not come during a test, so that only events can tell of a change
	often   = 10 * time.Millisecond // a poll that finds what no event tells
	patient = 20 * time.Second      // how long a test waits for what must happen
)

// harder is smallPolicy with another rule.
func harder() string { return strings.Replace(smallPolicy, "400", "500", 1) }

func TestEveryWayToReplaceADocumentIsNoticed(t *testing.T) {
	ranks := func(dir string) string { return filepath.Join(dir, "policy.ranks.json") }
	for _, c := range []struct {
		name    string
		poll    time.Duration
		open    func(t *testing.T) string // returns the folder
		replace func(t *testing.T, dir, content string)
	}{
		{
			"it is written over", never, plainFolder,
			func(t *testing.T, dir, content string) {
				t.Helper()
				write(t, ranks(dir), content)
			},
		},
		{
			"another file is renamed over it", never, plainFolder,
			func(t *testing.T, dir, content string) {
				t.Helper()
				write(t, ranks(dir)+".new", content)
				check(t, os.Rename(ranks(dir)+".new", ranks(dir)))
			},
		},
		{
			"it is deleted and written anew", never, plainFolder,
			func(t *testing.T, dir, content string) {
				t.Helper()
				check(t, os.Remove(ranks(dir)))
				write(t, ranks(dir), content)
			},
		},
		{
			"a config map is turned to its next version", never,
			func(t *testing.T) string {
				t.Helper()
				return configMap(t, smallPolicy)
			},
			func(t *testing.T, dir, content string) {
				t.Helper()
				old, err := os.Readlink(filepath.Join(dir, "..data"))
				check(t, err)
				mount(t, dir, old+"x", content)
				check(t, os.RemoveAll(filepath.Join(dir, old)))
			},
		},
		{
			"the folder is deleted and made again", often, plainFolder,
			func(t *testing.T, dir, content string) {
				t.Helper()
				check(t, os.RemoveAll(dir))
				check(t, os.Mkdir(dir, 0o755))
				write(t, ranks(dir), content)
			},
		},
		{
			"the folder is a link and turned elsewhere", often,
			func(t *testing.T) string {
				t.Helper()
				dir := filepath.Join(t.TempDir(), "policies")
				check(t, os.Symlink(plainFolder(t), dir))
				return dir
			},
			func(t *testing.T, dir, content string) {
				t.Helper()
				check(t, os.Symlink(documents{"policy.ranks.json": content}.folder(t), dir+".new"))
				check(t, os.Rename(dir+".new", dir))
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.open(t)
			s, changes := open(t, dir, c.poll)
			// The first look of all finds what changed before the watch began, so one replacement would prove little.
			for _, content := range []string{harder(), smallPolicy, harder()} {
				before := s.Current().Revision()
				want := load(t, documents{"policy.ranks.json": content}).Revision()
				c.replace(t, dir, content)
				got := next(t, changes)
				for got.Err != nil && got.Revision == before {
					got = next(t, changes) // a pause in the middle of the replacement
				}
				if got.Err != nil || got.Revision != want || got.Previous != before || s.Current().Revision() != want {
					t.Errorf("change: got %+v and %s in force, want %s after %s", got, s.Current().Revision(), want, before)
				}
			}
		})
	}
}

func TestAFolderThatWasMadeAgainIsWatchedAgain(t *testing.T) {
	dir, poll, changes := plainFolder(t), make(chan time.Time), make(chan filepolicy.Change, 16)
	s, err := filepolicy.OpenPolled(t.Context(), filepolicy.Options{
		Dir: dir, Settle: often, OnChange: func(c filepolicy.Change) { changes <- c },
	}, poll)
	check(t, err)
	defer func() { check(t, s.Close()) }()

	check(t, os.RemoveAll(dir))
	if gone := next(t, changes); gone.Err == nil || !strings.Contains(gone.Err.Error(), "cannot be opened as a folder") {
		t.Fatalf("change: got %+v, want an error that names the folder", gone)
	}
	check(t, os.Mkdir(dir, 0o755))
	write(t, filepath.Join(dir, "policy.ranks.json"), harder())
	poll <- time.Time{}
	if found := next(t, changes); found.Err != nil {
		t.Fatalf("change: got %+v, want the rules of the new folder", found)
	}
	write(t, filepath.Join(dir, "policy.ranks.json"), smallPolicy) // no poll tells of this one
	if got := next(t, changes); got.Err != nil || s.Current().Revision() != got.Revision {
		t.Errorf("change: got %+v, want the first rules again", got)
	}
}

func TestCloseWaitsForWhoIsBeingTold(t *testing.T) {
	dir, told, finished := plainFolder(t), make(chan struct{}), false
	s, err := filepolicy.Open(t.Context(), filepolicy.Options{Dir: dir, Settle: often, OnChange: func(filepolicy.Change) {
		close(told)
		time.Sleep(50 * time.Millisecond) // long enough for a Close that does not wait to return
		finished = true
	}})
	check(t, err)

	write(t, filepath.Join(dir, "policy.ranks.json"), harder())
	<-told
	check(t, s.Close())
	if !finished {
		t.Errorf("Close returned while OnChange was running")
	}
}

func TestTheLastGoodPolicyOutlivesEveryKindOfDamage(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, path string)
	}{
		{"a half-written document", func(t *testing.T, path string) {
			t.Helper()
			write(t, path, smallPolicy[:40])
		}},
		{"an emptied document", func(t *testing.T, path string) {
			t.Helper()
			write(t, path, "")
		}},
		{"a deleted document", func(t *testing.T, path string) {
			t.Helper()
			check(t, os.Remove(path))
		}},
		{"a document that everybody may write", func(t *testing.T, path string) {
			t.Helper()
			write(t, path, harder())
			check(t, os.Chmod(path, 0o666))
		}},
		{"a deleted folder", func(t *testing.T, path string) {
			t.Helper()
			check(t, os.RemoveAll(filepath.Dir(path)))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := plainFolder(t)
			s, changes := open(t, dir, often)
			before := s.Current().Revision()

			c.damage(t, filepath.Join(dir, "policy.ranks.json"))
			got := next(t, changes)
			if got.Err == nil || got.Revision != before || got.Previous != before {
				t.Errorf("change: got %+v, want an error and revision %s", got, before)
			}
			if s.Current().Revision() != before || s.Newest() == nil {
				t.Errorf("got revision %s and status %+v, want %s and an error", s.Current().Revision(), s.Newest(), before)
			}
		})
	}
}

func TestOpenRefusesAFolderWithoutAGoodPolicy(t *testing.T) {
	dir := documents{"policy.ranks.json": "{half"}.folder(t)

	s, err := filepolicy.Open(t.Context(), filepolicy.Options{Dir: dir, Settle: time.Millisecond})
	if s != nil {
		t.Errorf("source: got one, want none")
	}
	if got := fieldsOf(t, err); len(got) != 1 || got[0].Field != "policy.ranks.json" {
		t.Errorf("faults: got %q, want one at policy.ranks.json", got)
	}
}

func TestOpenStopsWaitingWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := filepolicy.Open(ctx, filepolicy.Options{Dir: plainFolder(t), Settle: never})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error: got %v, want context.Canceled", err)
	}
}

func TestWithoutAFolderTheShippedPolicyIsServed(t *testing.T) {
	s, err := filepolicy.Open(t.Context(), filepolicy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Current().Ladder().Rung("Volt Specialist II"); !ok || s.Newest() != nil {
		t.Errorf("got status %+v and Volt Specialist II %t, want the shipped policy", s.Newest(), ok)
	}
	check(t, s.Close())
}

func TestAClosedSourceKeepsItsPolicyAndCanBeClosedAgain(t *testing.T) {
	s, _ := open(t, plainFolder(t), often)
	check(t, s.Close())
	check(t, s.Close())

	if got, want := s.Current().Revision(), load(t, with(nil)).Revision(); got != want {
		t.Errorf("revision: got %s, want %s", got, want)
	}
}

func TestAFolderThatNobodyMayWriteIsServed(t *testing.T) {
	dir := plainFolder(t)
	check(t, os.Chmod(dir, 0o555))
	t.Cleanup(func() { check(t, os.Chmod(dir, 0o755)) })

	s, _ := open(t, dir, often)
	if got, want := s.Current().Revision(), load(t, with(nil)).Revision(); got != want {
		t.Errorf("revision: got %s, want %s", got, want)
	}
}

// plainFolder returns a folder that holds smallPolicy and can itself be deleted.
func plainFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "policies")
	check(t, os.Rename(with(nil).folder(t), dir))
	return dir
}

// open returns a source on dir, which is closed with the test, and what it tells of.
func open(t *testing.T, dir string, poll time.Duration) (*filepolicy.Source, <-chan filepolicy.Change) {
	t.Helper()
	changes := make(chan filepolicy.Change, 16)
	s, err := filepolicy.Open(t.Context(), filepolicy.Options{
		Dir: dir, Poll: poll, Settle: 20 * time.Millisecond, OnChange: func(c filepolicy.Change) { changes <- c },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, s.Close()) })
	return s, changes
}

func next(t *testing.T, changes <-chan filepolicy.Change) filepolicy.Change {
	t.Helper()
	select {
	case c := <-changes:
		return c
	case <-time.After(patient):
		t.Fatal("no change was told of")
		return filepolicy.Change{}
	}
}
