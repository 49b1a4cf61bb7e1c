package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"modernc.org/sqlite"

	"github.com/grps/grps/domain"
)

// Contents is what a database file holds.
type Contents struct {
	Version   int64 // of its schema
	Players   int64
	Snapshots int64
	Decisions int64
	Bytes     int64 // of the file
}

// BackupOptions says what is copied and where to. Path and To are required.
type BackupOptions struct {
	Path      string                // the SQLite file
	To        string                // the copy
	Overwrite bool                  // whether a file that is at To is replaced
	Progress  func(done, total int) // is told of the pages that are copied; may be nil
}

// pagesPerStep is how much is copied between two looks at the context.
const pagesPerStep = 256

// Backup writes the file as it is at one instant to another place, while others go on reading and writing it. What was committed before it
// was called is in the copy. The copy is on the disk, was checked and is in its place when it returns nil; otherwise nothing is there, or
// what was there before. Errors: invalid when something is at To and must not be replaced, or what is there is the database itself.
func Backup(ctx context.Context, o BackupOptions) (Contents, error) {
	if err := errors.Join(absolute(&o.Path), absolute(&o.To)); err != nil {
		return Contents{}, err
	}
	if err := free(o); err != nil {
		return Contents{}, err
	}
	source, err := lookAt(ctx, o.Path)
	if err != nil {
		return Contents{}, err
	}
	defer source.Close()
	discardStale(o.To)
	temp, err := beside(o.To)
	if err != nil {
		return Contents{}, err
	}
	defer discard(temp)
	contents, err := copied(ctx, source, temp, o.Progress)
	if err != nil {
		return Contents{}, translate(ctx, "copy the database", err)
	}
	if err := install(temp, o.To, o.Overwrite); err != nil {
		return Contents{}, err
	}
	return contents, nil
}

// absolute makes a path one that does not depend on the working folder, as an address of SQLite must be.
func absolute(path *string) error {
	whole, err := filepath.Abs(*path)
	if err != nil {
		return fileError("find "+*path, err)
	}
	*path = whole
	return nil
}

// free returns an error unless there is room for the copy.
func free(o BackupOptions) error {
	there, err := os.Stat(o.To)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fileError("look at "+o.To, err)
	}
	if own, err := os.Stat(o.Path); err == nil && os.SameFile(there, own) {
		return &domain.Error{Kind: domain.KindInvalid, Code: "backup_place", Message: o.To + " is the database itself; name another file"}
	}
	if !there.Mode().IsRegular() {
		return &domain.Error{Kind: domain.KindInvalid, Code: "backup_place", Message: o.To + " is no file that could be replaced; name another"}
	}
	if !o.Overwrite {
		return occupied(o.To)
	}
	return nil
}

func occupied(path string) error {
	return &domain.Error{Kind: domain.KindInvalid, Code: "backup_place", Message: path + " is there already; name another file, or replace it with --force"}
}

// lookAt returns one connection to a file that is there, which changes nothing in it.
func lookAt(ctx context.Context, path string) (*sql.DB, error) {
	pool, err := sqlitePool(path, 5*time.Second, url.Values{"mode": {"rw"}, "_query_only": {"1"}}, 1)
	if err != nil {
		return nil, err
	}
	if _, err := pool.ExecContext(ctx, sqliteDialect().ping); err != nil {
		pool.Close()
		return nil, fileFault(ctx, path, err)
	}
	return pool, nil
}

// beside makes an empty file in the folder of path, for this user alone.
func beside(path string) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*.part")
	if err != nil {
		return "", fileError("make a file beside "+path, err)
	}
	return file.Name(), file.Close()
}

// stalePart is how long nothing was written to a file beside a copy until whoever made it is taken for gone: one that is at work writes all the
// time, or reads for a while what it wrote.
const stalePart = time.Hour

// discardStale takes away what was made beside path for it, has its name from beside, and was left there by a process that was killed. What it
// cannot take away, or is not sure of, stays.
func discardStale(path string) {
	folder, before := filepath.Dir(path), "."+filepath.Base(path)+"-"
	entries, err := os.ReadDir(folder)
	if err != nil {
		return // whoever makes a file there will be told why not
	}
	for _, e := range entries {
		number, ours := strings.CutPrefix(e.Name(), before)
		number, whole := strings.CutSuffix(number, ".part")
		if !ours || !whole || number == "" || strings.Trim(number, "0123456789") != "" {
			continue
		}
		facts, err := e.Info()
		if err == nil && facts.Mode().IsRegular() && time.Since(facts.ModTime()) > stalePart {
			discard(filepath.Join(folder, e.Name()))
		}
	}
}

// discard takes a file away that did not become what it was made for, with all that SQLite put beside it.
func discard(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal", "-migrate.lock"} {
		_ = os.Remove(path + suffix) // of most there is none
	}
}

// pageCopier is what the driver's connections can do besides.
type pageCopier interface {
	NewBackup(to string) (*sqlite.Backup, error)
}

// copied copies what the source holds into the empty file at to, all of one instant, and checks what came of it.
func copied(ctx context.Context, source *sql.DB, to string, progress func(done, total int)) (Contents, error) {
	conn, err := source.Conn(ctx)
	if err != nil {
		return Contents{}, err
	}
	defer conn.Close()
	// The transaction holds on to one instant for the counts and all pages, whoever writes meanwhile.
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return Contents{}, err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") //nolint:errcheck // it only read
	want, err := contentsOf(ctx, conn)
	if err != nil {
		return Contents{}, err
	}
	if err := conn.Raw(func(driver any) error {
		copier, ok := driver.(pageCopier)
		if !ok {
			return errors.New("the driver cannot copy a database")
		}
		return copyPages(ctx, copier, to, progress)
	}); err != nil {
		return Contents{}, err
	}
	got, err := checked(ctx, to)
	if err != nil {
		return Contents{}, err
	}
	want.Bytes = got.Bytes
	if got != want {
		return Contents{}, fmt.Errorf("the copy holds %+v, and not %+v", got, want)
	}
	return got, nil
}

func copyPages(ctx context.Context, from pageCopier, to string, progress func(done, total int)) error {
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(to)}
	backup, err := from.NewBackup(address.String())
	if err != nil {
		return err
	}
	for more := true; more; {
		if err = ctx.Err(); err != nil {
			break
		}
		if more, err = backup.Step(pagesPerStep); err != nil {
			break
		}
		if progress != nil {
			progress(backup.PageCount()-backup.Remaining(), backup.PageCount())
		}
	}
	return errors.Join(err, backup.Finish())
}

// querier is a connection or a pool.
type querier interface {
	QueryRowContext(ctx context.Context, query string, arguments ...any) *sql.Row
}

// contentsOf counts what a database holds. It is a domain error of kind invalid for one that is not of GRPS.
func contentsOf(ctx context.Context, q querier) (Contents, error) {
	var c Contents
	var tables int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table'
		AND name IN ('goose_db_version', 'players', 'player_snapshots', 'decisions')`).Scan(&tables)
	if err == nil && tables != 4 {
		return c, &domain.Error{Kind: domain.KindInvalid, Code: "store_foreign", Message: "it is a database of something else, or one that never was in use"}
	}
	if err == nil {
		err = q.QueryRowContext(ctx, `SELECT (SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version), (SELECT count(*) FROM players),
			(SELECT count(*) FROM player_snapshots), (SELECT count(*) FROM decisions)`).Scan(&c.Version, &c.Players, &c.Snapshots, &c.Decisions)
	}
	return c, err
}

// checked makes a copy a file that stands alone, looks whether it is whole, and returns what it holds.
func checked(ctx context.Context, path string) (Contents, error) {
	pool, err := sqlitePool(path, 5*time.Second, url.Values{"mode": {"rw"}, "_journal_mode": {"DELETE"}}, 1)
	if err != nil {
		return Contents{}, err
	}
	defer pool.Close()
	if err := whole(ctx, pool); err != nil {
		return Contents{}, err
	}
	c, err := contentsOf(ctx, pool)
	if err != nil {
		return Contents{}, err
	}
	if err := pool.Close(); err != nil {
		return Contents{}, err
	}
	facts, err := os.Stat(path)
	if err != nil {
		return Contents{}, err
	}
	c.Bytes = facts.Size()
	return c, nil
}

// whole returns nil when SQLite finds no damage.
func whole(ctx context.Context, q querier) error {
	var said string
	if err := q.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return &domain.Error{Kind: domain.KindInternal, Code: "store_damaged", Message: "the database is damaged: " + said}
	}
	return nil
}

// install puts a file in its place, in a way that a crash leaves either what was there or the whole of the new one.
func install(temp, path string, overwrite bool) error {
	if err := onDisk(temp); err != nil {
		return fileError("write "+temp, err)
	}
	var err error
	if overwrite {
		err = os.Rename(temp, path)
	} else if err = os.Link(temp, path); err == nil {
		err = os.Remove(temp)
	} else if !errors.Is(err, fs.ErrExist) {
		err = renameNew(temp, path) // not every file system has links
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return occupied(path)
	case err != nil:
		return fileError("put "+path+" in its place", err)
	}
	if runtime.GOOS == "windows" { // where folders cannot be written out
		return nil
	}
	if err := onDisk(filepath.Dir(path)); err != nil {
		return fileError("write the folder of "+path, err)
	}
	return nil
}

func renameNew(temp, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fs.ErrExist
	}
	return os.Rename(temp, path)
}

// onDisk returns once the file or folder is on the disk.
func onDisk(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// fileError is the error of what the file system refused.
func fileError(doing string, err error) error {
	reason := err.Error()
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		reason = e.Err.Error()
	} else if e, ok := errors.AsType[*os.LinkError](err); ok {
		reason = e.Err.Error()
	}
	return &domain.Error{Kind: domain.KindUnavailable, Code: "store_file", Message: doing + ": " + reason, Cause: err}
}
