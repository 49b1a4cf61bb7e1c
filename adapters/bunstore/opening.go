package bunstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/grps/grps/domain"
)

// cannotOpen is the error of a database that cannot be opened. Its message reads on from the name of the database, and says what is in
// the way: nobody waits for an answer yet, so there is nothing to repeat.
func cannotOpen(why string, cause error) error {
	return &domain.Error{Kind: domain.KindUnavailable, Code: "store_unavailable", Message: why, Cause: cause}
}

// unusable is the error of a file that opens, and will never do.
func unusable(why string, cause error) error {
	return &domain.Error{Kind: domain.KindInternal, Code: "store_failed", Message: why, Cause: cause}
}

// serverFault explains why a connection to the server of config cannot be made. It never shows the password.
func serverFault(ctx context.Context, config *pgx.ConnConfig, err error) error {
	cause := err
	if e, ok := errors.AsType[*domain.Error](err); ok && e.Cause != nil {
		cause = e.Cause
	}
	if ctx.Err() != nil {
		return translate(ctx, "connect to the database", cause)
	}
	at := address(config)
	if e, ok := errors.AsType[*pgconn.PgError](cause); ok {
		return cannotOpen(refusedBy(e, config, at), cause)
	}
	if e, ok := errors.AsType[*net.DNSError](cause); ok {
		if e.IsNotFound {
			return cannotOpen(fmt.Sprintf("there is no host %q", e.Name), cause)
		}
		return cannotOpen(fmt.Sprintf("the name %q cannot be looked up now", e.Name), cause)
	}
	switch {
	case errors.Is(cause, syscall.ECONNREFUSED):
		return cannotOpen("nothing listens at "+at, cause)
	case errors.Is(cause, os.ErrNotExist):
		return cannotOpen("there is no socket in "+config.Host, cause)
	case errors.Is(cause, os.ErrDeadlineExceeded), pgconn.Timeout(cause), errors.Is(cause, context.DeadlineExceeded):
		return cannotOpen(fmt.Sprintf("%s does not answer within %s", at, config.ConnectTimeout.Round(time.Second)), cause)
	}
	return cannotOpen(at+" does not take the connection: "+innermost(cause), cause)
}

// address returns where config leads, for people.
func address(config *pgx.ConnConfig) string {
	if strings.HasPrefix(config.Host, "/") {
		return config.Host
	}
	return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}

// refusedBy explains what the server said.
func refusedBy(e *pgconn.PgError, config *pgx.ConnConfig, at string) string {
	switch e.Code {
	case "28P01":
		return fmt.Sprintf("%s refuses user %q with the password in the address", at, config.User)
	case "28000":
		return fmt.Sprintf("%s does not let user %q in from here (its pg_hba.conf, or there is no such user)", at, config.User)
	case "3D000":
		return fmt.Sprintf("%s has no database %q; make it with: createdb %s", at, config.Database, config.Database)
	case "53300":
		return at + " has no connection left"
	case "57P03":
		return at + " is starting or stopping"
	}
	return fmt.Sprintf("%s refuses the connection: %s (%s)", at, e.Message, e.Code)
}

// innermost returns the text of what lies at the bottom of a chain of errors.
func innermost(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// fileFault explains why a SQLite file cannot be opened.
func fileFault(ctx context.Context, path string, err error) error {
	doing := "open the database file " + path
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok || ctx.Err() != nil {
		return translate(ctx, doing, err)
	}
	cause := fmt.Errorf("%s: %w", doing, err)
	if e.Code() == sqliteMoved {
		return cannotOpen("the file was replaced meanwhile; start again", cause)
	}
	switch e.Code() & 0xff {
	case sqliteCannotOpen, sqlitePermission:
		return cannotOpen(unopened(path), cause)
	case sqliteNotADatabase:
		return unusable("it is a file of something else, not a SQLite database", cause)
	case sqliteCorrupt:
		return unusable("the file is damaged", cause)
	case sqliteBusy, sqliteLocked:
		return cannotOpen("another process keeps it locked", cause)
	case sqliteReadOnly:
		return cannotOpen("it cannot be written", cause)
	case sqliteFull:
		return cannotOpen("the disk is full", cause)
	}
	return translate(ctx, doing, err)
}

// unopened says why a file that should be there, or be made, cannot be opened.
func unopened(path string) string {
	facts, err := os.Stat(path)
	switch {
	case err == nil && facts.IsDir():
		return "it is a folder"
	case err == nil:
		return "it cannot be opened"
	case errors.Is(err, os.ErrNotExist):
		return "it is not there and cannot be made"
	case errors.Is(err, os.ErrPermission):
		return "its folder cannot be looked into"
	}
	return "its folder is none"
}
