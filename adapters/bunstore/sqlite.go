package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite" // also the driver, under the name "sqlite"

	"github.com/grps/grps/domain"
)

// SQLiteOptions says which file to use and how. All may be left zero.
type SQLiteOptions struct {
	// Path is the file, made when absent; its folder must exist. "grps.db" in the working folder if empty. A database in memory is not
	// offered: every connection would have its own.
	Path string

	// BusyTimeout is how long to wait for another process that writes; 5 s if zero.
	BusyTimeout time.Duration

	// Look opens a file that is there only to look at it: it is not made when absent, and its journal stays what it is.
	Look bool

	// Readers is how many readers go on at once beside the writer; 4 if zero.
	Readers int
}

// OpenSQLite opens a SQLite file. One connection writes, others read beside it. What was committed is on the disk before a commit
// returns. The schema is not looked at; see [Store.Behind]. Errors: invalid for a path that names no file, unavailable when the file
// cannot be opened.
func OpenSQLite(ctx context.Context, o SQLiteOptions) (*Store, error) {
	path := o.Path
	if path == "" {
		path = "grps.db"
	}
	if strings.Contains(path, ":memory:") || strings.IndexByte(path, 0) >= 0 {
		return nil, &domain.Error{
			Kind: domain.KindInvalid, Code: "store_address", Message: "the path of the database names no file; give the path of one",
		}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, internal(fmt.Errorf("find the database file: %w", err))
	}
	busy := orElse(o.BusyTimeout, 5*time.Second)
	journal := url.Values{"_journal_mode": {"WAL"}}
	if o.Look {
		journal = url.Values{"mode": {"rw"}}
	} else {
		makePrivate(path)
	}
	settings := func(more, value string) url.Values {
		all := maps.Clone(journal)
		all.Set(more, value)
		return all
	}
	writer, err := sqlitePool(path, busy, settings("_txlock", "immediate"), 1)
	if err != nil {
		return nil, err
	}
	readers := o.Readers
	if readers <= 0 {
		readers = 4
	}
	reader, err := sqlitePool(path, busy, settings("_query_only", "1"), readers)
	if err != nil {
		writer.Close()
		return nil, err
	}
	s := newStore(bun.NewDB(writer, sqlitedialect.New()), bun.NewDB(reader, sqlitedialect.New()), 1, readers, sqliteDialect(),
		sqliteMigrator(path+"-migrate.lock", func() (*sql.DB, error) {
			return sqlitePool(path, busy, settings("_txlock", "immediate"), 2)
		}))
	// The writer comes first: it makes the file and turns on its write-ahead log, which readers must not do.
	if err = firstLook(ctx, writer, busy); err == nil {
		_, err = reader.ExecContext(ctx, s.dialect.ping)
	}
	if err != nil {
		s.Close() //nolint:errcheck // the error that matters is the one of opening
		return nil, fileFault(ctx, path, err)
	}
	return s, nil
}

// makePrivate makes the file, where it is absent, for its owner alone: people's standings are in it. SQLite would let everybody read it, and
// gives what it keeps beside a file the rights of the file. Where it cannot be made SQLite says why.
func makePrivate(path string) {
	if file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		file.Close()
	}
}

// firstLook makes the file a database, where it is empty, and turns on its write-ahead log. Of several processes that do so at once SQLite refuses some
// without any wait, as they would wait for each other, so it is tried again while the patience lasts.
func firstLook(ctx context.Context, writer *sql.DB, patience time.Duration) error {
	for began := time.Now(); ; {
		_, err := writer.ExecContext(ctx, sqliteDialect().ping)
		if e, ok := errors.AsType[*sqlite.Error](err); !ok || e.Code()&0xff != sqliteBusy || time.Since(began) >= patience {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// pagesInLog is how many pages, of 4 KiB, the write-ahead log gathers before they go into the file: the more, the more changes of one page go
// there together, and the longer the unit takes whose turn it is.
const pagesInLog = 4000

// sqlitePool returns a pool of connections to a file with what every connection needs.
func sqlitePool(path string, busy time.Duration, settings url.Values, conns int) (*sql.DB, error) {
	settings.Set("_busy_timeout", strconv.FormatInt(busy.Milliseconds(), 10))
	settings.Set("_synchronous", "FULL")
	settings.Set("_foreign_keys", "1")
	settings.Set("_dqs", "0")
	settings.Set("_pragma", "temp_store(MEMORY)") // what a statement would need to be undone, which SQLite else keeps in a file
	settings.Add("_pragma", fmt.Sprintf("wal_autocheckpoint(%d)", pagesInLog))
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: settings.Encode()}
	pool, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, internal(fmt.Errorf("open the database file: %w", err))
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool, nil
}
