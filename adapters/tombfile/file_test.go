package tombfile_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/tombfile"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

var asked = time.Date(2026, 11, 22, 12, 0, 0, 250_000_000, time.UTC)

func erasure(n int, state ports.ErasureState) ports.Erasure {
	return ports.Erasure{
		ID: fmt.Sprintf("id %d", n), Mark: fmt.Sprintf("mark %d", n), KeyID: "key", Notification: "n", Principal: "admin \"x\"\n", Banned: true,
		State: state, AskedAt: asked, EndedAt: asked,
	}
}

func want(t *testing.T, f *tombfile.File, erasures ...ports.Erasure) {
	t.Helper()
	got, err := f.Erasures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(erasures, got, cmp.Comparer(func(a, b domain.UserID) bool { return a == b })); diff != "" {
		t.Errorf("Erasures: (-want +got)\n%s", diff)
	}
}

func keep(t *testing.T, f *tombfile.File, erasures ...ports.Erasure) {
	t.Helper()
	if err := f.Keep(t.Context(), erasures); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsKeptComesBackAndTheLastWordCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "erasures")
	f := tombfile.New(path)
	want(t, f)
	keep(t, f)
	queued := erasure(1, ports.ErasureQueued)
	user, err := domain.NewUserID(770077)
	if err != nil {
		t.Fatal(err)
	}
	queued.User = user
	keep(t, f, queued, erasure(2, ports.ErasureDone))
	want(t, f, erasure(1, ports.ErasureDone), erasure(2, ports.ErasureDone))
	keep(t, tombfile.New(path), erasure(1, ports.ErasureLifted), erasure(3, ports.ErasureDone))
	want(t, f, erasure(1, ports.ErasureLifted), erasure(2, ports.ErasureDone), erasure(3, ports.ErasureDone))
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "770077") {
		t.Errorf("the file: got %q and error %v, want no user in it", text, err)
	}
	if state, err := os.Stat(path); err != nil || state.Mode().Perm() != 0o600 {
		t.Errorf("the file: got %v and error %v, want it for its owner alone", state, err)
	}
}

func TestALineThatWasCutOffIsNotKeptAndHarmsNoOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "erasures")
	f := tombfile.New(path)
	keep(t, f, erasure(1, ports.ErasureDone), erasure(2, ports.ErasureDone))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text[:len(text)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, f, erasure(1, ports.ErasureDone))

	// Nor is it in the way of what is kept later.
	keep(t, f, erasure(3, ports.ErasureDone))
	want(t, f, erasure(1, ports.ErasureDone), erasure(3, ports.ErasureDone))
	keep(t, tombfile.New(path), erasure(2, ports.ErasureDone))
	want(t, f, erasure(1, ports.ErasureDone), erasure(3, ports.ErasureDone), erasure(2, ports.ErasureDone))
}

func TestWhereTheDiskLostTheEndOfALineNothingElseIsLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "erasures")
	f := tombfile.New(path)
	keep(t, f, erasure(1, ports.ErasureDone))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, lost := range []string{"\x00\x00\x00", string(text[1:20]) + "\x00\x00"} {
		if err := os.WriteFile(path, append(text[:len(text):len(text)], lost...), 0o600); err != nil {
			t.Fatal(err)
		}
		want(t, f, erasure(1, ports.ErasureDone))
		keep(t, f, erasure(2, ports.ErasureDone))
		want(t, f, erasure(1, ports.ErasureDone), erasure(2, ports.ErasureDone))
	}
}

func TestAFileThatIsNoneOfOursIsAnErrorThatSaysWhere(t *testing.T) {
	for _, text := range []string{"nonsense\n", "{}\n", "\n\n[1]\n", "[1]"} {
		path := filepath.Join(t.TempDir(), "erasures")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tombfile.New(path).Erasures(t.Context()); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: got error %v, want one that names the line", text, err)
		}
	}
	folder := tombfile.New(t.TempDir())
	if _, err := folder.Erasures(t.Context()); domain.KindOf(err) != domain.KindUnavailable || err == nil {
		t.Errorf("a folder: got error %v, want one of kind unavailable", err)
	}
	if err := folder.Keep(t.Context(), []ports.Erasure{erasure(1, ports.ErasureDone)}); domain.KindOf(err) != domain.KindUnavailable || err == nil {
		t.Errorf("Keep in a folder: got error %v, want one of kind unavailable", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tombfile.New(filepath.Join(t.TempDir(), "x")).Keep(ended, []ports.Erasure{erasure(1, ports.ErasureDone)}); err == nil {
		t.Error("Keep after the context ended: got no error, want one")
	}
}

func TestSeveralProcessesKeepWithoutDisturbingEachOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "erasures")
	var keeping sync.WaitGroup
	for i := range 8 {
		keeping.Go(func() {
			f := tombfile.New(path)
			for j := range 20 {
				if err := f.Keep(t.Context(), []ports.Erasure{erasure(100*i+j, ports.ErasureDone)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	keeping.Wait()
	if got, err := tombfile.New(path).Erasures(t.Context()); err != nil || len(got) != 160 {
		t.Errorf("got %d erasures and error %v, want 160", len(got), err)
	}
}
