package bunstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/domain"
)

func TestErrorsOfPostgresAreTranslatedByTheirState(t *testing.T) {
	for state, want := range map[string]domain.Kind{
		"40001": domain.KindConflict,    // serialization failure
		"40P01": domain.KindConflict,    // deadlock
		"23505": domain.KindConflict,    // unique violation
		"57P01": domain.KindUnavailable, // shut down
		"57P03": domain.KindUnavailable, // starting up
		"57014": domain.KindUnavailable, // statement timeout
		"55P03": domain.KindUnavailable, // lock timeout
		"25P03": domain.KindUnavailable, // idle in a transaction
		"25006": domain.KindUnavailable, // a standby
		"53100": domain.KindUnavailable, // disk full
		"53300": domain.KindUnavailable, // too many connections
		"58030": domain.KindUnavailable, // I/O
		"08006": domain.KindUnavailable, // connection failure
		"28P01": domain.KindUnavailable, // password
		"3D000": domain.KindUnavailable, // no such database
		"22003": domain.KindInvalid,     // number out of range
		"22P05": domain.KindInvalid,     // NUL in JSON
		"42P01": domain.KindInternal,    // no such table
		"42601": domain.KindInternal,    // syntax
		"23514": domain.KindInternal,    // check violation
		"":      domain.KindInternal,
	} {
		err := bunstore.Translate(t.Context(), "try", fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: state, Message: "conflict 23505"}))
		if got := domain.KindOf(err); got != want {
			t.Errorf("state %q: got kind %s, want %s", state, got, want)
		}
	}
}

func TestErrorsOfSQLiteAreTranslatedByTheirResultCode(t *testing.T) {
	for code, want := range map[int]domain.Kind{
		2067: domain.KindConflict,    // unique
		1555: domain.KindConflict,    // primary key
		517:  domain.KindConflict,    // a snapshot that is too old to write
		5:    domain.KindUnavailable, // busy
		261:  domain.KindUnavailable, // busy while recovering
		6:    domain.KindUnavailable, // locked
		8:    domain.KindUnavailable, // read-only
		778:  domain.KindUnavailable, // I/O while writing
		13:   domain.KindUnavailable, // full
		14:   domain.KindUnavailable, // cannot open
		18:   domain.KindInvalid,     // too big
		1:    domain.KindInternal,    // generic
		787:  domain.KindInternal,    // foreign key
		1299: domain.KindInternal,    // not null
		11:   domain.KindInternal,    // corrupt
		26:   domain.KindInternal,    // not a database
	} {
		err := bunstore.ByResult(code, errors.New("cause"))
		if got := domain.KindOf(err); got != want {
			t.Errorf("code %d: got kind %s, want %s", code, got, want)
		}
	}
}

func TestLostConnectionsAreUnavailable(t *testing.T) {
	for _, lost := range []error{
		driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, &net.OpError{Op: "read", Err: errors.New("connection reset")},
		&pgconn.ConnectError{Config: &pgconn.Config{}},
	} {
		err := bunstore.Translate(t.Context(), "try", fmt.Errorf("wrapped: %w", lost))
		if got := domain.KindOf(err); got != domain.KindUnavailable || domain.RetryAfterOf(err) <= 0 {
			t.Errorf("%T: got kind %s and a wait of %s, want unavailable and a wait", lost, got, domain.RetryAfterOf(err))
		}
	}
}

func TestAnEndedContextIsTheReasonWhateverTheDriverSays(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := bunstore.Translate(ctx, "try", &pgconn.PgError{Code: "57014"})
	if !errors.Is(err, context.Canceled) || domain.KindOf(err) != domain.KindUnavailable {
		t.Errorf("got %v of kind %s, want context.Canceled of kind unavailable", err, domain.KindOf(err))
	}
}

func TestADomainErrorStaysWhatItIs(t *testing.T) {
	if err := bunstore.Translate(t.Context(), "try", domain.ErrConflict); !errors.Is(err, domain.ErrConflict) || err.Error() != domain.ErrConflict.Error() {
		t.Errorf("got %v, want the same error", err)
	}
	if err := bunstore.Translate(t.Context(), "try", nil); err != nil {
		t.Errorf("nothing: got %v, want nothing", err)
	}
}
