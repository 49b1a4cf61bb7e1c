package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// MigrateFunc brings the empty database of an address to the schema that a test needs.
type MigrateFunc func(ctx context.Context, dsn string) error

// patience bounds each thing that a server is asked for.
const patience = time.Minute

// Database returns the address of a fresh database with the schema that migrate builds; it is dropped when the test ends. On a server
// that this package started, migrate runs once in a process and every test gets a copy of its result, so all callers of a process must
// bring the same. Without a server the test is skipped, or fails where CI=true.
func Database(tb testing.TB, migrate MigrateFunc) string {
	tb.Helper()
	s := serverFor(tb)
	ctx := soon(tb)
	if !s.own {
		dsn := s.create(ctx, tb, "")
		if err := migrate(ctx, dsn); err != nil {
			tb.Fatalf("migrate a test database: %v", err)
		}
		return dsn
	}
	s.once.Do(func() { s.fault = s.makeTemplate(ctx, migrate) })
	if s.fault != nil {
		tb.Fatalf("make the template of test databases: %v", s.fault)
	}
	return s.create(ctx, tb, template)
}

// Empty returns the address of a fresh database without any table, as Database does otherwise.
func Empty(tb testing.TB) string {
	tb.Helper()
	return serverFor(tb).create(soon(tb), tb, "")
}

// Execute runs statements in the database of an address.
func Execute(tb testing.TB, dsn string, statements ...string) {
	tb.Helper()
	if err := execute(soon(tb), dsn, statements...); err != nil {
		tb.Fatal(err)
	}
}

// template is the name of the migrated database that tests get copies of.
const template = "grps_template"

// server is a running server.
type server struct {
	started
	own bool // this package started it

	once  sync.Once // makes the template
	fault error     // of making it
}

// shared is the server that the tests of a process share: starting one costs seconds, and there is no other place to keep it.
var shared struct {
	once   sync.Once
	server *server
	fault  error
}

// serverFor returns the server of this process, or ends the test when there is none.
func serverFor(tb testing.TB) *server {
	tb.Helper()
	shared.once.Do(func() {
		if dsn := os.Getenv("GRPS_TEST_DATABASE_URL"); dsn != "" {
			shared.server = &server{started: started{dsn: dsn}}
			return
		}
		running, err := start("")
		shared.server, shared.fault = &server{started: running, own: true}, err
	})
	if shared.fault == nil {
		return shared.server
	}
	without(tb, shared.fault, "install PostgreSQL (Debian: apt-get install postgresql), or set GRPS_TEST_DATABASE_URL to a server where"+
		" databases may be created, such as postgres://postgres:secret@localhost:5432/postgres")
	return nil
}

// without ends a test for which there is no server.
func without(tb testing.TB, fault error, hint string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf("there is no PostgreSQL server to test on (%v): %s", fault, hint)
	}
	tb.Skipf("there is no PostgreSQL server to test on (%v): %s", fault, hint)
}

func (s *server) makeTemplate(ctx context.Context, migrate MigrateFunc) error {
	if err := execute(ctx, s.dsn, "CREATE DATABASE "+template); err != nil {
		return err
	}
	dsn, err := s.address(template)
	if err != nil {
		return err
	}
	return migrate(ctx, dsn)
}

// create makes a database, as a copy of another unless from is "", and drops it when the test ends.
func (s *server) create(ctx context.Context, tb testing.TB, from string) string {
	tb.Helper()
	name := "grps_test_" + strings.ToLower(rand.Text())
	statement := "CREATE DATABASE " + name
	if from != "" {
		statement += " TEMPLATE " + from
	}
	if err := execute(ctx, s.dsn, statement); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		if err := execute(ctx, s.dsn, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
	dsn, err := s.address(name)
	if err != nil {
		tb.Fatal(err)
	}
	return dsn
}

// address returns the address of a database of the server.
func (s *server) address(name string) (string, error) {
	address, err := url.Parse(s.dsn)
	if err != nil {
		return "", fmt.Errorf("GRPS_TEST_DATABASE_URL: write it as postgres://user:password@host:5432/name")
	}
	address.Path = "/" + name
	return address.String(), nil
}

func execute(ctx context.Context, dsn string, statements ...string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connect to the test server: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // what it was opened for is done
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func soon(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	tb.Cleanup(cancel)
	return ctx
}
