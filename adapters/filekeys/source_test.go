package filekeys_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/grps/grps/adapters/filekeys"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watched is a source that is looked at quickly, and what it told.
type watched struct {
	*filekeys.Source
	path    string
	changes chan filekeys.Change
}

func watch(t *testing.T, content string, options filekeys.Options) *watched {
	t.Helper()
	w := &watched{path: file(t, content), changes: make(chan filekeys.Change, 1000)}
	options.File, options.OnChange = w.path, func(c filekeys.Change) { w.changes <- c }
	var err error
	if w.Source, err = filekeys.Open(context.WithoutCancel(t.Context()), options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, w.Close()) })
	return w
}

func (w *watched) names() string {
	var names []string
	for _, key := range w.Keys() {
		names = append(names, key.Name)
	}
	return strings.Join(names, " ")
}

// next returns the next change.
func (w *watched) next(t *testing.T) filekeys.Change {
	t.Helper()
	select {
	case c := <-w.changes:
		return c
	case <-time.After(10 * time.Second):
		t.Fatal("no change was told")
		panic("unreachable")
	}
}

var quick = filekeys.Options{Poll: 5 * time.Millisecond, Settle: 5 * time.Millisecond}

func TestWhatIsTakenOutOpensNothingTwoSecondsLater(t *testing.T) {
	w := watch(t, document(entry("kept"), entry("revoked")), filekeys.Options{})
	if got := w.names(); got != "kept revoked" {
		t.Fatalf("keys: got %q", got)
	}
	began := time.Now()
	write(t, w.path, document(entry("kept")), 0o640)
	for w.names() != "kept" {
		if time.Since(began) > 2*time.Second {
			t.Fatalf("keys two seconds later: got %q, want kept alone", w.names())
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("gone after %s", time.Since(began).Round(time.Millisecond))
}

func TestABrokenFileLeavesTheLastGoodKeysInForceAndIsToldOnce(t *testing.T) {
	w := watch(t, document(entry("a")), quick)
	for _, step := range []struct {
		what    string
		change  func()
		broken  bool
		inForce string
	}{
		{"a half-written file", func() { write(t, w.path, `{"keys":[`, 0o640) }, true, "a"},
		{"another fault", func() { write(t, w.path, document(entry("b", `"scope":1`)), 0o640) }, true, "a"},
		{"a file that everybody may write", func() { write(t, w.path, document(entry("b")), 0o666) }, true, "a"},
		{"a file that is gone", func() { must(t, os.Remove(w.path)) }, true, "a"},
		{"the same file again", func() { write(t, w.path, document(entry("a")), 0o640) }, false, "a"},
		{"another key", func() { write(t, w.path, document(entry("a"), entry("b")), 0o640) }, false, "a b"},
		{"no key", func() { write(t, w.path, document(), 0o640) }, false, ""},
	} {
		step.change()
		c := w.next(t)
		if (c.Err != nil) != step.broken || w.names() != step.inForce {
			t.Errorf("%s: got error %v and the keys %q, want a fault: %t, and the keys %q", step.what, c.Err, w.names(), step.broken, step.inForce)
		}
	}
	time.Sleep(50 * time.Millisecond)
	if len(w.changes) > 0 {
		t.Errorf("told once more: %+v", <-w.changes)
	}
}

func TestAChangeOfTheSameSizeAndTimeIsSeen(t *testing.T) {
	w := watch(t, document(entry("a")), quick)
	facts, err := os.Stat(w.path)
	must(t, err)
	must(t, os.WriteFile(w.path, []byte(document(entry("b"))), 0o600))
	must(t, os.Chtimes(w.path, facts.ModTime(), facts.ModTime()))
	if c := w.next(t); c.Err != nil || w.names() != "b" || c.Previous[0].Name != "a" {
		t.Errorf("got %+v and the keys %q, want b in place of a", c, w.names())
	}
}

// TestAFileThatIsSwappedIsJudgedAsItWasOpened swaps files that must not be used in and out, a thousand times.
func TestAFileThatIsSwappedIsJudgedAsItWasOpened(t *testing.T) {
	w := watch(t, document(entry("good-0")), filekeys.Options{Poll: time.Millisecond, Settle: time.Millisecond})
	for i := range 1000 {
		write(t, w.path, document(entry("evil")), 0o666)
		if i%10 == 0 {
			time.Sleep(3 * time.Millisecond)
		}
		if i%3 == 0 {
			must(t, os.Remove(w.path))
			must(t, os.Symlink("/dev/zero", w.path))
		}
		write(t, w.path, document(entry([]string{"good-1", "good-2"}[i%2])), 0o640)
		if got := w.names(); !strings.HasPrefix(got, "good-") {
			t.Fatalf("swap %d: got the keys %q, want good ones only", i, got)
		}
	}
}

func TestABrokenFileIsAnErrorAtFirst(t *testing.T) {
	if _, err := filekeys.Open(t.Context(), filekeys.Options{File: file(t, `{}`)}); err == nil {
		t.Error("got no error")
	}
}

func TestTheEndOfTheContextEndsTheWatch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := filekeys.Open(ctx, filekeys.Options{File: file(t, document(entry("a")))})
	must(t, err)
	cancel()
	must(t, s.Close())
	must(t, s.Close())
	if len(s.Keys()) != 1 {
		t.Error("the keys are gone with the watch")
	}
}
