package bunstore_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/adapters/bunstore/pgtest"
)

// looked opens what is there only to look at it.
func looked(t *testing.T, path string) *bunstore.Store {
	t.Helper()
	s, err := bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: path, Look: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestTheSchemaSaysWhatIsMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grps.db")
	s, err := bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	none, err := s.Schema(t.Context())
	if err != nil || none.Version != 0 || none.Newest == 0 || len(none.Pending) < 13 || none.Ahead() {
		t.Fatalf("of an empty database: got %+v, %v", none, err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Schema(t.Context()); err != nil || all.Version != all.Newest || len(all.Pending) != 0 || all.Ahead() {
		t.Fatalf("of a migrated one: got %+v, %v", all, err)
	}
	if err := s.MigrateDown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if less, err := s.Schema(t.Context()); err != nil || less.Version >= less.Newest || len(less.Pending) != 1 {
		t.Fatalf("after one was taken back: got %+v, %v", less, err)
	}
}

func TestLookingMakesNoFileAndTellsOfOneThatCannotBeWritten(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "grps.db")
	if _, err := bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: path, Look: true}); err == nil {
		t.Fatal("a file that is not there was opened")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Fatalf("looking left %v behind, %v", left, err)
	}
	s, err := bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	c, err := looked(t, path).Condition(t.Context())
	if err != nil || c.ReadOnly != "" || time.Since(c.Now).Abs() > time.Minute || len(c.Risks) != 0 {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestAServerSaysHowItIs(t *testing.T) {
	dsn := pgtest.Empty(t)
	s, err := bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := s.Condition(t.Context())
	if err != nil || c.ReadOnly != "" || time.Since(c.Now).Abs() > time.Minute {
		t.Errorf("of an empty database: got %+v, %v", c, err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Condition(t.Context()); err != nil || c.ReadOnly != "" {
		t.Errorf("of a migrated one: got %+v, %v", c, err)
	}
}
