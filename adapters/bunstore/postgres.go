package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/grps/grps/domain"
)

// PostgresOptions says which server to use and how. All but DSN may be left zero.
type PostgresOptions struct {
	// DSN is the address: postgres://…, postgresql://… or postgresql+asyncpg://…. What it says of a setting below goes first.
	DSN string

	// MaxConns is how many connections are open at once at most; 10 if zero.
	MaxConns int

	// ConnectTimeout bounds the making of a connection; 5 s if zero.
	ConnectTimeout time.Duration

	// StatementTimeout bounds one statement, as statement_timeout does; 15 s if zero. Migrations are not bound by it.
	StatementTimeout time.Duration

	// LockTimeout bounds the wait for one lock, as lock_timeout does; 5 s if zero.
	LockTimeout time.Duration

	// IdleTimeout ends a transaction in which nothing happens, as idle_in_transaction_session_timeout does; 30 s if zero.
	IdleTimeout time.Duration

	// ApplicationName is how the server shows these connections; "grps" if empty.
	ApplicationName string
}

// OpenPostgres connects to a PostgreSQL server of version 13 or newer. The schema is not looked at; see [Store.Behind]. Errors: invalid
// for an address that cannot be read, unavailable when the server does not answer. No error shows the password.
func OpenPostgres(ctx context.Context, o PostgresOptions) (*Store, error) {
	config, err := postgresConfig(o)
	if err != nil {
		return nil, err
	}
	s := newPostgres(config, o)
	err = s.Ping(ctx)
	if refusesSettings(err) {
		// Poolers such as PgBouncer refuse connections that ask for these. The server's own limits hold then.
		s.Close() //nolint:errcheck // nothing was done with it yet
		for _, name := range timeouts() {
			delete(config.RuntimeParams, name)
		}
		s = newPostgres(config, o)
		err = s.Ping(ctx)
	}
	if err != nil {
		s.Close() //nolint:errcheck // the error that matters is the one of the connection
		return nil, serverFault(ctx, config, err)
	}
	return s, nil
}

func newPostgres(config *pgx.ConnConfig, o PostgresOptions) *Store {
	conns := o.MaxConns
	if conns <= 0 {
		conns = 10
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour)
	db := bun.NewDB(pool, pgdialect.New())
	s := newStore(db, db, conns, conns, postgresDialect(db.Dialect().Tables()),
		postgresMigrator(func() (*sql.DB, error) { return migrationPool(config), nil }))
	s.tries = conns
	return s
}

// timeouts returns the names of the settings that bound work on the server.
func timeouts() []string {
	return []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"}
}

// refusesSettings reports whether a pooler refused a connection for a setting that it does not pass on.
func refusesSettings(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "08P01"
}

// postgresConfig reads the address and adds the settings that it leaves open.
func postgresConfig(o PostgresOptions) (*pgx.ConnConfig, error) {
	dsn, err := postgresDSN(o.DSN)
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, badDSN() // the driver's error quotes the address, and with it, perhaps, the password
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = orElse(o.ConnectTimeout, 5*time.Second)
	}
	settings := map[string]string{
		"application_name":                    "grps",
		"statement_timeout":                   milliseconds(orElse(o.StatementTimeout, 15*time.Second)),
		"lock_timeout":                        milliseconds(orElse(o.LockTimeout, 5*time.Second)),
		"idle_in_transaction_session_timeout": milliseconds(orElse(o.IdleTimeout, 30*time.Second)),
	}
	if o.ApplicationName != "" {
		settings["application_name"] = o.ApplicationName
	}
	for name, value := range settings {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
	// Texts are written into statements and instants are read from them, so the forms of both are not the server's to choose.
	config.RuntimeParams["standard_conforming_strings"] = "on"
	config.RuntimeParams["client_encoding"] = "UTF8"
	config.RuntimeParams["datestyle"] = "ISO"
	config.RuntimeParams["timezone"] = "UTC"
	return config, nil
}

// postgresDSN returns the address in the form that the driver reads. That of SQLAlchemy's asyncpg differs in its scheme and calls
// sslmode ssl.
func postgresDSN(dsn string) (string, error) {
	const sqlalchemy = "postgresql+asyncpg://"
	scheme, _, ok := strings.Cut(dsn, "://")
	if !ok {
		return "", badDSN()
	}
	switch scheme + "://" {
	case "postgres://", "postgresql://":
		return dsn, nil
	case sqlalchemy:
	default:
		return "", badDSN()
	}
	address, err := url.Parse("postgresql://" + strings.TrimPrefix(dsn, sqlalchemy))
	if err != nil {
		return "", badDSN()
	}
	query := address.Query()
	if mode := query.Get("ssl"); mode != "" {
		query.Del("ssl")
		query.Set("sslmode", mode)
	}
	address.RawQuery = query.Encode()
	return address.String(), nil
}

func badDSN() error {
	return &domain.Error{
		Kind: domain.KindInvalid, Code: "store_address",
		Message: "the address of the database cannot be read; write it as postgres://user:password@host:5432/name," +
			" with special characters of the password percent-encoded",
	}
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%dms", max(d.Milliseconds(), 1)) }

// migrationPool returns connections whose statements may take as long as they need, once they have their locks: a migration that waits
// for one holds up whoever comes behind it.
func migrationPool(config *pgx.ConnConfig) *sql.DB {
	config = config.Copy()
	delete(config.RuntimeParams, "statement_timeout")
	return stdlib.OpenDB(*config)
}
