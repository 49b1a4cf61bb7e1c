package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"time"

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
