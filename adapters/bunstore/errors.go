package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/grps/grps/domain"
)

// askAgain is how long a caller is told to wait when the database does not answer.
const askAgain = time.Second

// translate turns an error of a driver into a domain error, by its code, and says what was being done. A domain error stays what it is.
// When ctx has ended that is the reason, whatever the driver made of it.
func translate(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*domain.Error](err); ok {
		return err
	}
	cause := fmt.Errorf("%s: %w", doing, err)
	if ended := ctx.Err(); ended != nil {
		return &domain.Error{
			Kind: domain.KindUnavailable, Code: "interrupted", Cause: fmt.Errorf("%s: %w", doing, ended),
			Message: "the request ended before its work was done; repeat it",
		}
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return byState(e.Code, cause)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return byResult(e.Code(), cause)
	}
	if unreachable(err) {
		return unavailable(cause)
	}
	return internal(cause)
}

// byState translates a SQLSTATE of PostgreSQL.
func byState(code string, cause error) error {
	switch code {
	case "40001", "40P01", "23505", // serialization failure, deadlock, unique violation
		"26000", "42P05", "0A000": // a prepared statement that is gone, another's, or out of date: the next try does without
		return conflict(cause)
	case "42P01", "42703", "3F000": // no such table, column, schema
		return &domain.Error{
			Kind: domain.KindInternal, Code: "store_schema", Cause: cause,
			Message: "the database does not have the tables that this release needs; run \"grps migrate up\"",
		}
	case "57014", "57P01", "57P02", "57P03", "57P05", // statement timeout; shut down, crashed, starting, idle too long
		"55P03", "25P03", "25006", // lock timeout; idle in a transaction; a server that only reads
		"3D000": // no such database
		return unavailable(cause)
	}
	switch code[:min(2, len(code))] {
	case "08", "28", "53", "58": // connection, authorization, resources, the system below
		return unavailable(cause)
	case "22": // a value that the database cannot hold
		return unstorable(cause)
	}
	return internal(cause)
}

// The result codes of SQLite that are told apart (https://sqlite.org/rescode.html). The low byte is the primary code.
const (
	sqlitePermission   = 3
	sqliteBusy         = 5
	sqliteLocked       = 6
	sqliteNoMemory     = 7
	sqliteReadOnly     = 8
	sqliteInterrupted  = 9
	sqliteIOError      = 10
	sqliteCorrupt      = 11
	sqliteFull         = 13
	sqliteCannotOpen   = 14
	sqliteProtocol     = 15
	sqliteTooBig       = 18
	sqliteMismatch     = 20
	sqliteNotADatabase = 26
	sqliteBusySnapshot = 517
	sqliteMoved        = 1032
	sqlitePrimaryKey   = 1555
	sqliteUnique       = 2067
	sqliteRowID        = 2579
)

// byResult translates a result code of SQLite.
func byResult(code int, cause error) error {
	switch code {
	case sqliteUnique, sqlitePrimaryKey, sqliteRowID, sqliteBusySnapshot:
		return conflict(cause)
	}
	switch code & 0xff {
	case sqliteBusy, sqliteLocked, sqliteNoMemory, sqliteReadOnly, sqliteInterrupted, sqliteIOError, sqliteFull, sqliteCannotOpen,
		sqliteProtocol:
		return unavailable(cause)
	case sqliteTooBig, sqliteMismatch:
		return unstorable(cause)
	}
	return internal(cause)
}

func conflict(cause error) error {
	e := *domain.ErrConflict
	e.Cause = cause
	return &e
}

func unavailable(cause error) error {
	return &domain.Error{
		Kind: domain.KindUnavailable, Code: "store_unavailable", Cause: cause, RetryAfter: askAgain,
		Message: "the database does not answer; repeat the request",
	}
}

func unstorable(cause error) error {
	return &domain.Error{
		Kind: domain.KindInvalid, Code: "store_value", Cause: cause,
		Message: "the database cannot hold a value of the request; it is too large, or not a text or JSON that can be stored",
	}
}

func internal(cause error) error {
	return &domain.Error{
		Kind: domain.KindInternal, Code: "store_failed", Cause: cause,
		Message: "the database refused a statement; the log says why",
	}
}

func notFound(what string) error {
	e := *domain.ErrNotFound
	e.Message = "there is no such " + what
	return &e
}

// unreachable reports whether err means that a connection could not be made or was lost.
func unreachable(err error) bool {
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return connecting || network || pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// lost reports whether err means that a connection which stood before is gone. A new one may work at once.
func lost(err error) bool {
	if _, connecting := errors.AsType[*pgconn.ConnectError](err); connecting || err == nil {
		return false
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "57P01" || e.Code == "57P02" || e.Code == "57P05"
	}
	return unreachable(err)
}
