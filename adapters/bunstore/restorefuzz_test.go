package bunstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/domain"
)

// FuzzRestore restores a backup in which some bytes are others, or which ends early. It becomes a database that can be used, or an error
// that says what is wrong, and then nothing is left of it.
func FuzzRestore(f *testing.F) {
	good := smallBackup(f)
	f.Add(uint32(0), []byte{}, uint32(0))
	for _, at := range []uint32{0, 16, 18, 24, 28, 52, 56, 68, 96, 100, 103, 105, 4096, 4100, 8200, uint32(len(good) - 8)} {
		f.Add(at, []byte{0xff, 0, 0xff, 1}, uint32(0))
	}
	for _, size := range []uint32{1, 16, 100, 4096, 6000, uint32(len(good) - 4096)} {
		f.Add(uint32(0), []byte{}, size)
	}
	f.Fuzz(func(t *testing.T, at uint32, patch []byte, size uint32) {
		text := slices.Clone(good)
		if size > 0 {
			text = text[:int(size)%len(text)]
		}
		if len(text) > 0 {
			copy(text[int(at)%len(text):], patch)
		}
		folder := t.TempDir()
		from, to := filepath.Join(folder, "backup.db"), filepath.Join(folder, "data", "grps.db")
		if err := errors.Join(os.WriteFile(from, text, 0o600), os.Mkdir(filepath.Dir(to), 0o700)); err != nil {
			t.Fatal(err)
		}
		_, err := bunstore.Restore(t.Context(), bunstore.RestoreOptions{From: from, Path: to})
		if err != nil {
			if e, ok := errors.AsType[*domain.Error](err); !ok || e.Message == "" {
				t.Errorf("got the error %#v, want one that says what is wrong", err)
			}
			if left, err := os.ReadDir(filepath.Dir(to)); err != nil || len(left) > 0 {
				t.Errorf("it failed and left %v (%v)", left, err)
			}
			return
		}
		store, err := bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: to})
		if err != nil {
			t.Fatal(err)
		}
		behind, err := store.Behind(t.Context())
		if err := errors.Join(err, store.Ping(t.Context()), store.Close()); err != nil || behind {
			t.Errorf("what was restored: behind %t, %v", behind, err)
		}
	})
}

// smallBackup returns a backup of a database of this release.
func smallBackup(f *testing.F) []byte {
	f.Helper()
	path, to := filepath.Join(f.TempDir(), "grps.db"), filepath.Join(f.TempDir(), "backup.db")
	store, err := bunstore.OpenSQLite(f.Context(), bunstore.SQLiteOptions{Path: path})
	if err != nil {
		f.Fatal(err)
	}
	if err := errors.Join(store.Migrate(f.Context()), store.Close()); err != nil {
		f.Fatal(err)
	}
	if _, err := bunstore.Backup(f.Context(), bunstore.BackupOptions{Path: path, To: to}); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		f.Fatal(err)
	}
	return text
}
