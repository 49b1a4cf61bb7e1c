package bunstore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestWhatSQLiteCommitsIsOnTheDisk(t *testing.T) {
	s := openSQLite(t, freshSQLite(t))
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "temp_store": "2", "wal_autocheckpoint": "4000",
	} {
		if got := textsFrom(t, s.Writer(), "PRAGMA "+pragma); !slices.Equal(got, []string{want}) {
			t.Errorf("%s of the writer: got %q, want %q", pragma, got, want)
		}
	}
	if got := texts(t, s, "PRAGMA query_only"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("query_only of a reader: got %q, want 1", got)
	}
}

func TestNobodyButItsOwnerReadsAFileOfSQLite(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no such rights there")
	}
	path := filepath.Join(t.TempDir(), "grps.db")
	s, err := bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		kept, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := kept.Mode().Perm(); got != 0o600 {
			t.Errorf("%s: got the rights %v, want its owner's alone", filepath.Base(name), got)
		}
	}
}

func TestReadersOfSQLiteGoOnBesideAWriter(t *testing.T) {
	s := openSQLite(t, freshSQLite(t))
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		if err := w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: domain.Standing{UserID: user(7), Username: "Seven"}}}); err != nil {
			return err
		}
		_, err := s.Standing(ctx, user(7))
		if !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("Standing before the commit: got error %v, want not found", err)
		}
		return nil
	})
}

func TestAnotherProcessThatWritesTooLongMakesSQLiteUnavailable(t *testing.T) {
	path := freshSQLite(t)
	other := openSQLite(t, path)
	s := opened(t)(bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: path, BusyTimeout: 20 * time.Millisecond}))
	write(t, other, func(ctx context.Context, _ ports.Writer) error {
		err := s.Write(ctx, func(context.Context, ports.Writer) error { return nil })
		if domain.KindOf(err) != domain.KindUnavailable || errors.Is(err, domain.ErrClosed) {
			t.Errorf("Write: got %v of kind %s, want unavailable", err, domain.KindOf(err))
		}
		return nil
	})
	write(t, s, func(context.Context, ports.Writer) error { return nil })
}

func TestAFileThatCannotBeOpenedIsSaid(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]domain.Kind{
		filepath.Join(folder, "no such folder", "grps.db"): domain.KindUnavailable,
		folder:                      domain.KindUnavailable,
		garbage:                     domain.KindInternal,
		":memory:":                  domain.KindInvalid,
		"file::memory:?cache=share": domain.KindInvalid,
		"grps\x00.db":               domain.KindInvalid,
	} {
		s, err := bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: path})
		if err == nil {
			s.Close()
			t.Errorf("%q: got no error, want one", path)
		} else if got := domain.KindOf(err); got != want {
			t.Errorf("%q: got %v of kind %s, want %s", path, err, got, want)
		}
	}
}

func TestWithoutAPathTheFileIsInTheWorkingFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	migrate(t, opened(t)(bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{})))
	if _, err := os.Stat("grps.db"); err != nil {
		t.Errorf("got %v, want a file grps.db", err)
	}
}
