package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// Schema compares the schema of a database with the one that this release knows.
type Schema struct {
	Version int64    // of the newest migration that the database has; 0 for none
	Newest  int64    // of the newest migration that this release knows
	Pending []string // the names of those that this release knows and the database does not have, in order
	Unknown int      // how many the database has that this release does not know
}

// Ahead reports whether a newer release migrated the database further than this one can.
func (s Schema) Ahead() bool { return s.Unknown > 0 }

// Schema returns how far the database is migrated. An empty database is at version 0. It changes nothing.
func (s *Store) Schema(ctx context.Context) (Schema, error) {
	var schema Schema
	err := s.query(ctx, "read the version of the schema", func() (err error) {
		schema, err = s.migrator.schema(ctx, s.read.DB)
		return err
	})
	return schema, err
}

func (m migrator) schema(ctx context.Context, db *sql.DB) (Schema, error) {
	all, err := m.status(ctx, db)
	if err != nil {
		return Schema{}, err
	}
	var schema Schema
	known := map[int64]bool{0: true} // goose's own mark
	for _, migration := range all {
		known[migration.Version] = true
		schema.Newest = max(schema.Newest, migration.Version)
		if migration.AppliedAt.IsZero() {
			schema.Pending = append(schema.Pending, migration.Name)
		}
	}
	var noted bool
	if err := db.QueryRowContext(ctx, m.noted).Scan(&noted); err != nil || !noted {
		return schema, err
	}
	const versions = "SELECT DISTINCT version_id FROM " + goose.DefaultTablename
	rows, err := db.QueryContext(ctx, versions) // what was taken back is not in it any more
	if err != nil {
		return schema, err
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		if err := rows.Scan(&version); err != nil {
			return schema, err
		}
		schema.Version = max(schema.Version, version)
		if !known[version] {
			schema.Unknown++
		}
	}
	return schema, rows.Err()
}

// Condition is what a database says of itself.
type Condition struct {
	Now      time.Time // by its clock
	ReadOnly string    // why nothing can be written; "" when it can
	Risks    []string  // settings of it under which what was answered can be lost
}

// Condition returns how the database is. It changes nothing.
func (s *Store) Condition(ctx context.Context) (Condition, error) {
	var c Condition
	err := s.query(ctx, "examine the database", func() (err error) {
		if s.dialect.rowLocks {
			c, err = s.serverCondition(ctx)
		} else {
			c, err = s.fileCondition(ctx)
		}
		return err
	})
	return c, err
}

// fileCondition takes the lock that every writer needs, and gives it back.
func (s *Store) fileCondition(ctx context.Context) (Condition, error) {
	var now instant
	if err := s.read.QueryRowContext(ctx, "SELECT "+string(s.dialect.now)).Scan(&now); err != nil {
		return Condition{}, err
	}
	c := Condition{Now: now.at}
	tx, err := s.write.BeginTx(ctx, nil)
	if err == nil {
		return c, tx.Rollback()
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code()&0xff == sqliteReadOnly {
		c.ReadOnly = "this user may not write in the file"
		return c, nil
	}
	return c, err
}

// ownTables are some of those that a service writes in all the time.
const ownTables = "'players', 'player_snapshots', 'decisions', 'outbox'"

func (s *Store) serverCondition(ctx context.Context) (Condition, error) {
	var now instant
	var standby, readOnly bool
	var synchronous, fsync string
	err := s.read.QueryRowContext(ctx, `SELECT clock_timestamp(), pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
		current_setting('synchronous_commit'), current_setting('fsync')`).Scan(&now, &standby, &readOnly, &synchronous, &fsync)
	if err != nil {
		return Condition{}, err
	}
	c := Condition{Now: now.at}
	switch {
	case standby:
		c.ReadOnly = "the server is a standby, which only reads"
	case readOnly:
		c.ReadOnly = "the server, or this role, is set to read only (default_transaction_read_only)"
	default:
		c.ReadOnly, err = s.forbiddenTables(ctx)
	}
	if synchronous == "off" {
		c.Risks = append(c.Risks, "synchronous_commit is off: what was answered last is lost when the server crashes")
	}
	if fsync == "off" {
		c.Risks = append(c.Risks, "fsync is off: the whole database can be lost when its machine crashes")
	}
	return c, err
}

// forbiddenTables returns which tables the role may not write in; "" when it may in all that are there.
func (s *Store) forbiddenTables(ctx context.Context) (string, error) {
	var names string
	err := s.read.QueryRowContext(ctx, `SELECT COALESCE(string_agg(relname, ', ' ORDER BY relname), '') FROM pg_class
		WHERE relname IN (`+ownTables+`) AND relkind IN ('r', 'p') AND pg_table_is_visible(oid) AND NOT (
			has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
			AND (relname = 'player_snapshots' OR has_table_privilege(oid, 'UPDATE')))`).Scan(&names)
	if err != nil || names == "" {
		return "", err
	}
	return "this role may not read, insert and update in " + names, nil
}
