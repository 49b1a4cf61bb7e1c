package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"

	"github.com/grps/grps/domain"
)

// RestoreOptions says which backup takes the place of which database. From and Path are required.
type RestoreOptions struct {
	From     string                // the backup
	Path     string                // the SQLite file that it takes the place of, which may be absent
	Blind    bool                  // whether a file that cannot be read is replaced, of which nobody can tell whether it is in use
	Progress func(done, total int) // is told of the pages that are copied; may be nil

	// Prepare is given the new database, migrated, before it is in its place, and the old one, to which nobody else has access; nil where
	// there is none that can be read. Its error ends the restoration, and everything is as it was.
	Prepare func(ctx context.Context, restored, replaced *Store) error
}

// Restored is what came of a restoration.
type Restored struct {
	Contents Contents
	Replaced string // where the database is that was there before; "" when there was none
}

// Restore puts a copy of a backup in the place of a database, migrated to this release. The backup is checked first and stays as it is; the
// database that was there stays beside it, under another name. Errors: blocked with code "store_in_use" while anybody else has the database
// open; invalid when the backup is none of GRPS, or of a newer release. When it fails everything is as it was.
func Restore(ctx context.Context, o RestoreOptions) (Restored, error) {
	if err := errors.Join(absolute(&o.Path), absolute(&o.From)); err != nil {
		return Restored{}, err
	}
	if one, err := os.Stat(o.From); err != nil {
		return Restored{}, fileError("look at "+o.From, err)
	} else if other, err := os.Stat(o.Path); err == nil && os.SameFile(one, other) {
		return Restored{}, &domain.Error{Kind: domain.KindInvalid, Code: "backup_place", Message: o.From + " is the database itself; name a backup of it"}
	}
	backup, err := lookAt(ctx, o.From)
	if err != nil {
		return Restored{}, err
	}
	defer backup.Close()
	if err := fits(ctx, backup); err != nil {
		return Restored{}, translate(ctx, "look at the backup", err)
	}
	replaced, err := seize(ctx, o.Path, o.Blind)
	if err != nil {
		return Restored{}, err
	}
	if replaced != nil {
		defer replaced.Close() //nolint:errcheck // nothing was written in it
	}
	discardStale(o.Path)
	temp, err := beside(o.Path)
	if err != nil {
		return Restored{}, err
	}
	defer discard(temp)
	if _, err := copied(ctx, backup, temp, o.Progress); err != nil {
		return Restored{}, translate(ctx, "copy the backup", err)
	}
	contents, err := readied(ctx, temp, replaced, o.Prepare)
	if err != nil {
		return Restored{}, err
	}
	aside, err := exchange(temp, o.Path)
	if err != nil {
		return Restored{}, err
	}
	return Restored{Contents: contents, Replaced: aside}, nil
}

// fits returns an error unless the backup is whole, and of this release or an earlier one.
func fits(ctx context.Context, backup *sql.DB) error {
	if _, err := contentsOf(ctx, backup); err != nil {
		return err
	}
	schema, err := sqliteMigrator("", nil).schema(ctx, backup)
	if err != nil {
		return err
	}
	if schema.Ahead() {
		return &domain.Error{
			Kind: domain.KindInvalid, Code: "store_schema",
			Message: fmt.Sprintf("the backup is of a newer release: its schema has version %d, and this release knows %d; restore it with that one",
				schema.Version, schema.Newest),
		}
	}
	return whole(ctx, backup)
}

// errInUse says that somebody else has the database open.
func errInUse(path string) error {
	return &domain.Error{
		Kind: domain.KindBlocked, Code: "store_in_use", Message: path + " is in use; stop every service and program that has it open, then repeat this",
	}
}

// seize opens the database of which nobody else may have a connection, and keeps everybody else out until it is closed. The file stands alone
// then: its write-ahead log is in it. Whoever waits for it meanwhile cannot turn that on again in a file that has lost its name, and so never
// writes in the old one. nil when there is no file, or, if that is allowed, when it cannot be read.
func seize(ctx context.Context, path string, blind bool) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no file is no fault
	}
	pool, err := sqlitePool(path, time.Second, url.Values{"mode": {"rw"}}, 1)
	if err != nil {
		return nil, err
	}
	// Leaving the write-ahead log takes the whole file, which every open connection holds a part of, also an idle one.
	for _, statement := range []string{"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE", "COMMIT"} {
		if _, err = pool.ExecContext(ctx, statement); err != nil {
			break
		}
	}
	var mode string
	if err == nil {
		err = pool.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode)
	}
	if err == nil && mode == "delete" {
		db := bun.NewDB(pool, sqlitedialect.New())
		return newStore(db, db, 1, 1, sqliteDialect(), sqliteMigrator("", nil)), nil
	}
	pool.Close()
	e, ok := errors.AsType[*sqlite.Error](err)
	switch {
	case err == nil, ok && (e.Code()&0xff == sqliteBusy || e.Code()&0xff == sqliteLocked):
		return nil, errInUse(path)
	case ok && (e.Code()&0xff == sqliteNotADatabase || e.Code()&0xff == sqliteCorrupt) && blind:
		return nil, nil //nolint:nilnil // what cannot be read is to be replaced unread
	case ok && (e.Code()&0xff == sqliteNotADatabase || e.Code()&0xff == sqliteCorrupt):
		return nil, &domain.Error{
			Kind: domain.KindBlocked, Code: "store_damaged", Cause: err,
			Message: path + " cannot be read, so nobody can tell whether it is in use; stop every service that has it open, then repeat this with --force",
		}
	}
	return nil, fileFault(ctx, path, err)
}

// readied migrates the copy of the backup, lets prepare see to it, and returns what it holds.
func readied(ctx context.Context, path string, replaced *Store, prepare func(ctx context.Context, restored, replaced *Store) error) (Contents, error) {
	restored, err := OpenSQLite(ctx, SQLiteOptions{Path: path})
	if err != nil {
		return Contents{}, err
	}
	err = restored.Migrate(ctx)
	if err == nil && prepare != nil {
		err = prepare(ctx, restored, replaced)
	}
	if err := errors.Join(err, restored.Close()); err != nil {
		return Contents{}, err
	}
	c, err := checked(ctx, path)
	return c, translate(ctx, "check what was restored", err)
}

// exchange puts the new file in the place of the old one, and the old one beside it. There is always a database in the place.
func exchange(temp, path string) (string, error) {
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", install(temp, path, false)
	}
	if err != nil {
		return "", fileError("look at "+path, err)
	}
	if err := os.Chmod(temp, there.Mode().Perm()); err != nil {
		return "", fileError("let others read "+temp, err)
	}
	if err := sameOwner(temp, there); err != nil {
		return "", fileError("give "+temp+" to the owner of the database", err)
	}
	aside := path + ".before-restore-" + time.Now().UTC().Format("20060102T150405.000Z")
	if err := os.Link(path, aside); err != nil {
		if err := os.Rename(path, aside); err != nil { // not every file system has links
			return "", fileError("keep "+path+" as "+aside, err)
		}
	}
	for _, suffix := range []string{"-wal", "-shm"} { // only what could not be read has any
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fileError("keep "+path+suffix, err)
		}
	}
	return aside, install(temp, path, true)
}
