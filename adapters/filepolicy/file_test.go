package filepolicy_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/grps/grps/adapters/filepolicy"
)

func TestFilesThatAreNotPlainDocumentsAreRefused(t *testing.T) {
	outside := with(nil).folder(t)
	for _, c := range []struct {
		name    string
		place   func(t *testing.T, path string)
		message string
	}{
		{"a folder", func(t *testing.T, path string) {
			t.Helper()
			check(t, os.Mkdir(path, 0o755))
		}, "is not a regular file"},
		{"a named pipe", func(t *testing.T, path string) {
			t.Helper()
			check(t, syscall.Mkfifo(path, 0o644))
		}, "is not a regular file"},
		{"a file that everybody may write", func(t *testing.T, path string) {
			t.Helper()
			write(t, path, "{}")
			check(t, os.Chmod(path, 0o666))
		}, "run: chmod o-w permissions.json"},
		{"a link out of the folder", func(t *testing.T, path string) {
			t.Helper()
			to, err := filepath.Rel(filepath.Dir(path), filepath.Join(outside, "policy.ranks.json"))
			check(t, err)
			check(t, os.Symlink(to, path))
		}, "let it lead to a file inside the folder"},
		{"an absolute link", func(t *testing.T, path string) {
			t.Helper()
			check(t, os.Symlink(filepath.Join(outside, "policy.ranks.json"), path))
		}, "let it lead to a file inside the folder"},
		{"a link that leads nowhere", func(t *testing.T, path string) {
			t.Helper()
			check(t, os.Symlink("gone.json", path))
		}, "is a link that cannot be followed"},
		{"a link in a circle", func(t *testing.T, path string) {
			t.Helper()
			check(t, os.Symlink(filepath.Base(path), path))
		}, "is a link that cannot be followed"},
		{"a file of more than 1 MiB", func(t *testing.T, path string) {
			t.Helper()
			write(t, path, "{}"+strings.Repeat(" ", 1<<20))
		}, "is larger than 1 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := with(nil).folder(t)
			c.place(t, filepath.Join(dir, "permissions.json"))
			_, err := filepolicy.LoadDir(dir)
			got := fieldsOf(t, err)
			if len(got) != 1 || got[0].Field != "permissions.json" || !strings.Contains(got[0].Message, c.message) {
				t.Errorf("faults: got %q, want one at permissions.json that says %q", got, c.message)
			}
		})
	}
}

func TestAFileThatCannotBeReadSaysWhoMustBeAbleTo(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("the superuser reads every file")
	}
	dir := with(nil).folder(t)
	check(t, os.Chmod(filepath.Join(dir, "policy.ranks.json"), 0o200))

	_, err := filepolicy.LoadDir(dir)
	if got := fieldsOf(t, err); len(got) != 1 || !strings.Contains(got[0].Message, "let the user that GRPS runs as read it") {
		t.Errorf("faults: got %q, want one that says who must be able to read the file", got)
	}
}

func TestAFolderThatIsNotThereIsNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "policies")

	_, err := filepolicy.LoadDir(dir)
	if got := fieldsOf(t, err); len(got) != 1 || got[0].Field != dir || !strings.Contains(got[0].Message, "no such file") {
		t.Errorf("faults: got %q, want one at %s", got, dir)
	}
}

func TestADocumentOfExactlyOneMebibyteIsRead(t *testing.T) {
	dir := documents{"policy.ranks.json": smallPolicy + strings.Repeat(" ", 1<<20-len(smallPolicy))}.folder(t)

	if _, err := filepolicy.LoadDir(dir); err != nil {
		t.Errorf("got %v, want a policy", err)
	}
}

func TestLinksInsideTheFolderAreFollowedAsConfigMapsUseThem(t *testing.T) {
	dir := configMap(t, smallPolicy)

	p, err := filepolicy.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Revision(), load(t, with(nil)).Revision(); got != want {
		t.Errorf("revision: got %s, want %s", got, want)
	}
}

func TestAFolderThatNobodyMayWriteIsEnough(t *testing.T) {
	dir := with(nil).folder(t)
	check(t, os.Chmod(filepath.Join(dir, "policy.ranks.json"), 0o444))
	check(t, os.Chmod(dir, 0o555))
	t.Cleanup(func() { check(t, os.Chmod(dir, 0o755)) })

	if _, err := filepolicy.LoadDir(dir); err != nil {
		t.Errorf("got %v, want a policy", err)
	}
}

// While another process keeps replacing the document by one that must not be used, no read may return the latter.
func TestASwapBetweenTheCheckAndTheReadIsNeverUsed(t *testing.T) {
	const good, evil, reads = "good", "evil", 1000
	outside := filepath.Join(t.TempDir(), "evil.json")
	write(t, outside, evil)
	dir := documents{"good": good, "evil": evil}.folder(t)
	check(t, os.Chmod(filepath.Join(dir, "evil"), 0o666))
	check(t, os.Symlink(outside, filepath.Join(dir, "link")))
	check(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	path := filepath.Join(dir, "policy.ranks.json")
	check(t, os.Link(filepath.Join(dir, "good"), path))

	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			// A second name for the file is put in place of the document at once, as an attacker would.
			fresh := filepath.Join(dir, "fresh")
			err := os.Link(filepath.Join(dir, []string{"evil", "good", "link", "good", "pipe", "good"}[i%6]), fresh)
			if err == nil {
				err = os.Rename(fresh, path)
			}
			// Renaming a file over another name of itself leaves both names.
			_ = os.Remove(fresh)
			if err != nil {
				done <- err
				return
			}
		}
	}()
	counts, read := map[string]int{}, 0
	for deadline := time.Now().Add(20 * time.Second); ; read++ { // on, while one of the two was never met
		if met := counts[good] > 0 && counts["refused"] > 0; read >= reads && (met || time.Now().After(deadline)) {
			break
		}
		content, err := filepolicy.ReadRanks(dir)
		if err != nil {
			content = []byte("refused")
		}
		counts[string(content)]++
		runtime.Gosched()
	}
	close(stop)
	check(t, <-done)
	if counts[good] == 0 || counts["refused"] == 0 || counts[good]+counts["refused"] != read {
		t.Errorf("reads: got %v, want some %q, some refused and nothing else", counts, good)
	}
}

// configMap returns a folder laid out as Kubernetes mounts a config map: the document is a link through ..data, which is a
// link to the folder of the present version.
func configMap(t *testing.T, ranks string) string {
	t.Helper()
	dir := t.TempDir()
	check(t, os.Symlink("..data/policy.ranks.json", filepath.Join(dir, "policy.ranks.json")))
	mount(t, dir, "..2026_01", ranks)
	return dir
}

// mount puts another version into a config map in one step, as the kubelet does.
func mount(t *testing.T, dir, version, ranks string) {
	t.Helper()
	check(t, os.Mkdir(filepath.Join(dir, version), 0o755))
	write(t, filepath.Join(dir, version, "policy.ranks.json"), ranks)
	check(t, os.Symlink(version, filepath.Join(dir, "..data_tmp")))
	check(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
