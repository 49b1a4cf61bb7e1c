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
		replace func(t *testing.T, dir string)
	}{
		{
			"it is written over", never, plainFolder,
			func(t *testing.T, dir string) {
				t.Helper()
				write(t, ranks(dir), harder())
			},
		},
		{
			"another file is renamed over it", never, plainFolder,
			func(t *testing.T, dir string) {
				t.Helper()
				write(t, ranks(dir)+".new", harder())
				check(t, os.Rename(ranks(dir)+".new", ranks(dir)))
			},
		},
		{
			"it is deleted and written anew", never, plainFolder,
			func(t *testing.T, dir string) {
				t.Helper()
				check(t, os.Remove(ranks(dir)))
				write(t, ranks(dir), harder())
			},
		},
		{
			"a config map is turned to its next version", never,
			func(t *testing.T) string {
				t.Helper()
				return configMap(t, smallPolicy)
			},
			func(t *testing.T, dir string) {
				t.Helper()
				mount(t, dir, "..2026_02", harder())
				check(t, os.RemoveAll(filepath.Join(dir, "..2026_01")))
			},
		},
		{
			"the folder is deleted and made again", often,
			func(t *testing.T) string {
				t.Helper()
				dir := filepath.Join(t.TempDir(), "policies")
				check(t, os.Rename(plainFolder(t), dir))
				return dir
			},
			func(t *testing.T, dir string) {
				t.Helper()
				check(t, os.RemoveAll(dir))
				check(t, os.Mkdir(dir, 0o755))
				write(t, ranks(dir), harder())
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
			func(t *testing.T, dir string) {
				t.Helper()
				check(t, os.Symlink(documents{"policy.ranks.json": harder()}.folder(t), dir+".new"))
				check(t, os.Rename(dir+".new", dir))
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.open(t)
			s, changes := open(t, dir, c.poll)
			before := s.Current().Revision()
			want := load(t, documents{"policy.ranks.json": harder()}).Revision()

			c.replace(t, dir)
			// A pause in the middle of a replacement may be told of; in the end the new rules are in force.
			for {
				got := next(t, changes)
				if got.Err != nil && got.Revision == before {
					continue
				}
				if got != (filepolicy.Change{Revision: want, Previous: before}) {
					t.Errorf("change: got %+v, want revision %s after %s", got, want, before)
				}
				break
			}
			if got := s.Current().Revision(); got != want || s.Status().Revision != want {
				t.Errorf("revision: got %s and status %+v, want %s", got, s.Status(), want)
			}
		})
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
			if s.Current().Revision() != before || s.Status().Revision != before || s.Status().Err == nil {
				t.Errorf("got revision %s and status %+v, want %s and an error", s.Current().Revision(), s.Status(), before)
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
	if _, ok := s.Current().Ladder().Rung("Volt Specialist II"); !ok || s.Status().Revision != s.Current().Revision() {
		t.Errorf("got status %+v and Volt Specialist II %t, want the shipped policy", s.Status(), ok)
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

func plainFolder(t *testing.T) string {
	t.Helper()
	return with(nil).folder(t)
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
