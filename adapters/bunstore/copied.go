package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"

	"github.com/grps/grps/domain"
)

// pagesPerStep is how much is copied between two looks at the context.
const pagesPerStep = 256

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
