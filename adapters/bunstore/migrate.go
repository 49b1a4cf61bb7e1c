package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/migrations"
)

// Migration is one step of the schema that this release knows.
type Migration struct {
	Version   int64
	Name      string    // of its file
	AppliedAt time.Time // zero while it is pending
}

// lockPatience is how many seconds a migration waits for another process that migrates.
const lockPatience = 300

// migrator is how a database is migrated.
type migrator struct {
	dialect database.Dialect
	files   fs.FS
	noted   string // asks whether the table exists in which applied migrations are noted
	lock    string // the file that locks out other processes; "" when the database itself can
	open    func() (*sql.DB, error)
}

func postgresMigrator(open func() (*sql.DB, error)) migrator {
	return migrator{
		dialect: database.DialectPostgres, files: migrations.Postgres(), open: open,
		noted: "SELECT to_regclass('" + goose.DefaultTablename + "') IS NOT NULL",
	}
}

func sqliteMigrator(lock string, open func() (*sql.DB, error)) migrator {
	return migrator{
		dialect: database.DialectSQLite3, files: migrations.SQLite(), lock: lock, open: open,
		noted: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '" + goose.DefaultTablename + "')",
	}
}

// Migrate applies what is pending. Any number of processes may call it at once: each migration is applied once, and whoever comes
// second waits. A migration that fails, or is killed, leaves nothing behind and can be tried again.
func (s *Store) Migrate(ctx context.Context) error {
	return s.migrate(ctx, "migrate the database", func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// MigrateDown takes the last applied migration back, with everything that was stored in its tables. Without one it does nothing.
func (s *Store) MigrateDown(ctx context.Context) error {
	return s.migrate(ctx, "take a migration back", func(p *goose.Provider) error {
		_, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		return err
	})
}

// MigrationStatus returns every migration that this release knows, in order. It changes nothing.
func (s *Store) MigrationStatus(ctx context.Context) ([]Migration, error) {
	var all []Migration
	err := s.query(ctx, "read the state of migrations", func() (err error) {
		all, err = s.migrator.status(ctx, s.read.DB)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Behind reports whether a migration is pending. A database that a newer release migrated further is not behind. It changes nothing.
func (s *Store) Behind(ctx context.Context) (bool, error) {
	all, err := s.MigrationStatus(ctx)
	for _, m := range all {
		if m.AppliedAt.IsZero() {
			return true, err
		}
	}
	return false, err
}

// migrate runs fn with a provider, on connections of its own, while no other process migrates.
func (s *Store) migrate(ctx context.Context, doing string, fn func(*goose.Provider) error) error {
	if !s.gate.enter() {
		return domain.ErrClosed
	}
	defer s.gate.leave()
	pool, err := s.migrator.open()
	if err != nil {
		return translate(ctx, doing, err)
	}
	defer pool.Close()
	provider, err := s.migrator.provider(pool)
	if err != nil {
		return internal(fmt.Errorf("%s: %w", doing, err))
	}
	unlock, err := lockFile(ctx, s.migrator.lock)
	if err != nil {
		return translate(ctx, doing, err)
	}
	defer unlock()
	return translate(ctx, doing, fn(provider))
}

func (m migrator) provider(pool *sql.DB) (*goose.Provider, error) {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if m.lock == "" {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, lockPatience))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(m.dialect, pool, m.files, options...)
}

// status compares the files with what the database has noted.
func (m migrator) status(ctx context.Context, db *sql.DB) ([]Migration, error) {
	notes, err := database.NewStore(m.dialect, goose.DefaultTablename)
	if err != nil {
		return nil, err
	}
	var noted bool
	if err := db.QueryRowContext(ctx, m.noted).Scan(&noted); err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(m.dialect, db, m.files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, err
	}
	var all []Migration
	for _, source := range provider.ListSources() {
		migration := Migration{Version: source.Version, Name: path.Base(source.Path)}
		if noted {
			note, err := notes.GetMigration(ctx, db, source.Version)
			if err != nil && !errors.Is(err, database.ErrVersionNotFound) {
				return nil, err
			}
			if err == nil && note.IsApplied {
				migration.AppliedAt = instantOf(note.Timestamp)
			}
		}
		all = append(all, migration)
	}
	return all, nil
}

// lockFile takes a lock that the system lets go of when the process ends, however it ends. The file is an empty SQLite database next to
// the one that is migrated, and stays: a lock file that is removed can be locked twice. "" locks nothing.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	address := url.URL{Scheme: "file", Path: path}
	pool, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		_, err := pool.ExecContext(ctx, "BEGIN EXCLUSIVE")
		if err == nil {
			tick.Stop()
			return func() { pool.Close() }, nil
		}
		if e, ok := errors.AsType[*sqlite.Error](err); !ok || e.Code()&0xff != sqliteBusy {
			pool.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			pool.Close()
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}
