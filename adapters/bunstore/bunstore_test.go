package bunstore_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/adapters/bunstore/pgtest"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// database is one of the two kinds of database, for tests that both must pass.
type database struct {
	name string

	// fresh returns the address or path of a migrated database.
	fresh func(t *testing.T) string

	// empty returns the address or path of a database without tables.
	empty func(t *testing.T) string

	// open opens it. The test closes it.
	open func(t *testing.T, at string) *bunstore.Store
}

func databases() []database {
	return []database{
		{"postgres", freshPostgres, func(t *testing.T) string { t.Helper(); return pgtest.Empty(t) }, openPostgres},
		{"sqlite", freshSQLite, newFile, openSQLite},
	}
}

func freshPostgres(t *testing.T) string {
	t.Helper()
	return pgtest.Database(t, func(ctx context.Context, dsn string) error {
		s, err := bunstore.OpenPostgres(ctx, bunstore.PostgresOptions{DSN: dsn})
		if err != nil {
			return err
		}
		defer s.Close()
		return s.Migrate(ctx)
	})
}

func openPostgres(t *testing.T, dsn string) *bunstore.Store {
	t.Helper()
	return opened(t)(bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{DSN: dsn, MaxConns: 6}))
}

func openSQLite(t *testing.T, path string) *bunstore.Store {
	t.Helper()
	return opened(t)(bunstore.OpenSQLite(t.Context(), bunstore.SQLiteOptions{Path: path}))
}

func opened(t *testing.T) func(*bunstore.Store, error) *bunstore.Store {
	t.Helper()
	return func(s *bunstore.Store, err error) *bunstore.Store {
		t.Helper()
		if err != nil {
			t.Fatalf("open: got error %v, want none", err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Errorf("close: got error %v, want none", err)
			}
		})
		return s
	}
}

func newFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "grps test #1 100%.db") // every character here must be written differently in an address
}

// migratedFile is a migrated SQLite file that tests copy.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "bunstore")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "template.db")
	s, err := bunstore.OpenSQLite(context.Background(), bunstore.SQLiteOptions{Path: path})
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(context.Background()); err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
})

func freshSQLite(t *testing.T) string {
	t.Helper()
	content, err := migratedFile()
	if err != nil {
		t.Fatalf("make the template of test databases: %v", err)
	}
	path := newFile(t)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// user returns the id for n.
func user(n int64) domain.UserID {
	id, err := domain.NewUserID(n)
	if err != nil {
		panic(err)
	}
	return id
}

// write runs fn in a unit, and ends the test when it is not kept.
func write(t *testing.T, s *bunstore.Store, fn func(ctx context.Context, w ports.Writer) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatalf("Write: got error %v, want none", err)
	}
}

// execute runs statements beside the store, as another program would.
func execute(t *testing.T, s *bunstore.Store, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := s.Writer().ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
