package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/domain"
)

// The embedded databases of an empty DATABASE_URL, in the working folder. What a sandbox invents must not mix with what is real.
const (
	defaultDatabase = "grps.db"
	sandboxDatabase = "grps-sandbox.db"
)

// database is where standings are kept, as DATABASE_URL says.
type database struct {
	postgres string // the DSN; "" for SQLite
	path     string // of the SQLite file
}

// databaseOf understands DATABASE_URL.
func databaseOf(url Secret) (database, error) {
	text := url.Reveal()
	switch {
	case text == "":
		return database{path: defaultDatabase}, nil
	case strings.HasPrefix(text, "sqlite://"):
		if path := strings.TrimPrefix(strings.TrimPrefix(text, "sqlite://"), "/"); path != "" {
			return database{path: path}, nil
		}
	default:
		for _, scheme := range []string{"postgres://", "postgresql://", "postgresql+asyncpg://"} {
			if strings.HasPrefix(text, scheme) {
				return database{postgres: text}, nil
			}
		}
	}
	return database{}, &domain.Error{
		Kind: domain.KindInvalid, Code: "config_invalid", Message: "the configuration cannot be used",
		Fields: []domain.FieldError{{
			Field: "DATABASE_URL", Message: "must be postgres://user@host/name, sqlite:///path (sqlite:////path from the root), or empty",
		}},
	}
}

// embedded reports whether the database is a file of ours, whose schema serve brings up to date by itself.
func (d database) embedded() bool { return d.postgres == "" }

// lanes returns how many units of reports the database works on at once: SQLite has one writer.
func (d database) lanes() int {
	if d.embedded() {
		return 1
	}
	return 2
}

// String names the database for people, without its password.
func (d database) String() string {
	if !d.embedded() {
		if u, err := url.Parse(d.postgres); err == nil && u.Host != "" {
			return fmt.Sprintf("Postgres, %s at %s", cmp.Or(strings.Trim(u.Path, "/"), "the database of the user"), u.Host)
		}
		return "Postgres"
	}
	path, err := filepath.Abs(d.path)
	if err != nil {
		return "SQLite, " + d.path
	}
	return "SQLite, " + path
}

func (d database) open(ctx context.Context) (*bunstore.Store, error) {
	if d.embedded() {
		store, err := bunstore.OpenSQLite(ctx, bunstore.SQLiteOptions{Path: d.path})
		return store, explained(err, d, "is its folder there, and may this user write in it? Or set DATABASE_URL to another file")
	}
	store, err := bunstore.OpenPostgres(ctx, bunstore.PostgresOptions{DSN: d.postgres})
	return store, explained(err, d, unreachedHint(err))
}

// unreachedHint says what to do about a Postgres that cannot be opened.
func unreachedHint(err error) string {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "start the server, or correct DATABASE_URL"
	}
	return "see whether DATABASE_URL is right: server, user, password and database"
}

// absent is the error of an embedded database that a command needs and that is not there.
func (d database) absent() error {
	if d.path == defaultDatabase {
		if _, err := os.Stat(sandboxDatabase); err == nil {
			return fmt.Errorf("%s does not exist; that of 'serve --sandbox' is here: DATABASE_URL=sqlite:///%s leads to it", d, sandboxDatabase)
		}
	}
	return fmt.Errorf("%s does not exist; 'grps serve' makes it, or set DATABASE_URL to another", d)
}

// look opens the database as it is, for a command that changes nothing.
func (d database) look(ctx context.Context) (*bunstore.Store, error) {
	if d.embedded() {
		return bunstore.OpenSQLite(ctx, bunstore.SQLiteOptions{Path: d.path, Look: true})
	}
	return bunstore.OpenPostgres(ctx, bunstore.PostgresOptions{DSN: d.postgres})
}

// openExisting opens the configured database for a command that looks at what serve left there.
func openExisting(ctx context.Context) (*bunstore.Store, error) {
	c, err := loadConfig(nil)
	if err != nil {
		return nil, err
	}
	db, err := databaseOf(c.databaseURL)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(db.path); db.embedded() && errors.Is(err, fs.ErrNotExist) {
		return nil, db.absent()
	}
	store, err := db.open(ctx)
	if err != nil {
		return nil, err
	}
	behind, err := store.Behind(ctx)
	if err == nil && behind {
		err = fmt.Errorf("the schema of %s is behind this version; run 'grps migrate up'", db)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

func explained(err error, d database, hint string) error {
	if err == nil {
		return nil
	}
	return &plainError{fmt.Sprintf("open %s: %s; %s", d, shortError(err), hint), err}
}
