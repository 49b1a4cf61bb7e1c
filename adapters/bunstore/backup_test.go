package bunstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/domain"
)

// filled makes a database of several hundred pages and returns where, and a connection to it.
func filled(t *testing.T) (string, *sql.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grps.db")
	s, err := bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Migrate(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_busy_timeout=5000&_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	report(t, db, 2000)
	return path, db
}

// report adds reports of a kilobyte.
func report(t *testing.T, db *sql.DB, n int) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), `WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)
		INSERT INTO player_snapshots (user_id, payload, source, created_at)
		SELECT i, json_object('fill', ?), 'test', '2026-01-01T00:00:00.000000Z' FROM c`, n, strings.Repeat("x", 1000)); err != nil {
		t.Fatal(err)
	}
}

func TestABackupIsOfOneInstantWhoeverWritesMeanwhile(t *testing.T) {
	path, db := filled(t)
	to, steps := filepath.Join(t.TempDir(), "copy.db"), 0
	got, err := bunstore.Backup(t.Context(), bunstore.BackupOptions{Path: path, To: to, Progress: func(done, total int) {
		if steps++; steps > 100 {
			t.Fatalf("it begins again and again: %d of %d pages", done, total)
		}
		report(t, db, 50)
	}})
	if err != nil || got.Snapshots != 2000 || steps < 2 {
		t.Fatalf("after %d steps: got %+v, %v; want the 2000 reports of its beginning", steps, got, err)
	}
	copied, err := sql.Open("sqlite", to)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	var n int
	var whole, journal string
	for query, into := range map[string]any{
		"SELECT count(*) FROM player_snapshots": &n, "PRAGMA integrity_check": &whole, "PRAGMA journal_mode": &journal,
	} {
		if err := copied.QueryRowContext(t.Context(), query).Scan(into); err != nil {
			t.Fatal(err)
		}
	}
	if n != 2000 || whole != "ok" || journal != "delete" {
		t.Errorf("the copy has %d reports, is %s and keeps its journal as %s", n, whole, journal)
	}
}

func TestABackupThatIsInterruptedLeavesNothing(t *testing.T) {
	path, _ := filled(t)
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := bunstore.Backup(ctx, bunstore.BackupOptions{Path: path, To: filepath.Join(folder, "copy.db"), Progress: func(int, int) { cancel() }})
	if domain.KindOf(err) != domain.KindUnavailable {
		t.Errorf("got %v, want that it was interrupted", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("it left %v behind, %v", left, err)
	}
}

func TestABackupTakesAwayWhatAKilledOneLeftAndNothingElse(t *testing.T) {
	path, _ := filled(t)
	folder, now := t.TempDir(), time.Now()
	for name, age := range map[string]time.Duration{
		".copy.db-123.part": 2 * time.Hour, ".copy.db-123.part-journal": 2 * time.Hour, // of a backup that was killed
		".copy.db-456.part":       time.Minute,   // of one that is at work
		".copy.db-.part":          2 * time.Hour, // of somebody else, like all that follow
		".copy.db-12x.part":       2 * time.Hour,
		".copy.db-2.db-123.part":  2 * time.Hour,
		".other.db-123.part":      2 * time.Hour,
		"copy.db-123.part":        2 * time.Hour,
		".copy.db-123.part.saved": 2 * time.Hour,
	} {
		at := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(at, []byte("x"), 0o600), os.Chtimes(at, now, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, ".copy.db-789.part"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(folder, ".copy.db-789.part"), now, now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := bunstore.Backup(t.Context(), bunstore.BackupOptions{Path: path, To: filepath.Join(folder, "copy.db")}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	want := []string{
		".copy.db-.part", ".copy.db-123.part.saved", ".copy.db-12x.part", ".copy.db-2.db-123.part", ".copy.db-456.part", ".copy.db-789.part",
		".other.db-123.part", "copy.db", "copy.db-123.part",
	}
	if !slices.Equal(left, want) {
		t.Errorf("afterwards there are %q, want %q", left, want)
	}
}

// restoreInto makes a backup and puts it in the place of the database that it is of.
func restoreInto(t *testing.T, path string, prepare func(ctx context.Context, restored, replaced *bunstore.Store) error) (bunstore.Restored, error) {
	t.Helper()
	backup := filepath.Join(t.TempDir(), "backup.db")
	if _, err := bunstore.Backup(t.Context(), bunstore.BackupOptions{Path: path, To: backup}); err != nil {
		t.Fatal(err)
	}
	return bunstore.Restore(t.Context(), bunstore.RestoreOptions{From: backup, Path: path, Prepare: prepare})
}

func TestARestorationThatFailsChangesNothing(t *testing.T) {
	path, db := filled(t)
	db.Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := restoreInto(t, path, func(context.Context, *bunstore.Store, *bunstore.Store) error { return fmt.Errorf("no") }); err == nil {
		t.Fatal("it did not fail")
	}
	s, err := bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || len(after) != len(before) {
		t.Errorf("the file has %d bytes and had %d, %v", len(after), len(before), err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	for _, entry := range left {
		if strings.Contains(entry.Name(), ".part") || strings.Contains(entry.Name(), "before-restore") {
			t.Errorf("it left %s behind, %v", entry.Name(), err)
		}
	}
}

func TestAnOpenDatabaseIsNotReplaced(t *testing.T) {
	path, db := filled(t)
	if err := db.PingContext(t.Context()); err != nil { // open, and idle
		t.Fatal(err)
	}
	_, err := restoreInto(t, path, nil)
	if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "store_in_use" || e.Kind != domain.KindBlocked {
		t.Errorf("got %v, want store_in_use", err)
	}
}

func TestWhoOpensADatabaseWhileItIsReplacedDoesNotGetTheOldOne(t *testing.T) {
	path, db := filled(t)
	db.Close()
	opened := make(chan error, 1)
	restored, err := restoreInto(t, path, func(ctx context.Context, _, replaced *bunstore.Store) error {
		if replaced == nil {
			t.Error("the old database is not shown")
		}
		go func() {
			s, err := bunstore.OpenSQLite(ctx, bunstore.SQLiteOptions{Path: path, BusyTimeout: 30 * time.Second})
			if err == nil {
				s.Close()
			}
			opened <- err
		}()
		time.Sleep(300 * time.Millisecond) // it waits for the file by now
		select {
		case err := <-opened:
			t.Errorf("it was opened while it is being replaced: %v", err)
		default:
		}
		return nil
	})
	if err != nil || restored.Contents.Snapshots != 2000 || restored.Replaced == "" {
		t.Fatalf("got %+v, %v", restored, err)
	}
	select {
	case err := <-opened:
		if err == nil || !strings.Contains(err.Error(), "was replaced meanwhile") {
			t.Errorf("who waited got %v, want to be told to start again", err)
		}
	case <-time.After(time.Minute):
		t.Error("who waited for the file waits still")
	}
}
