package bunstore_test

import (
	"sync"
	"testing"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/storetest"
)

func TestPostgresKeepsThePromisesOfAStore(t *testing.T) {
	db := databases()[0]
	db.fresh(t) // without a server this skips the whole suite, once
	storetest.Run(t, harness(db, func(t *testing.T, dsn string) *bunstore.Store {
		t.Helper()
		failing := opened(t)(bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{DSN: dsn, ApplicationName: "cannot commit"}))
		execute(t, failing,
			`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				IF current_setting('application_name') = 'cannot commit' THEN
					RAISE EXCEPTION 'refused';
				END IF;
				RETURN NULL;
			END $$`,
			`CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON players
				DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`)
		return failing
	}))
}

func TestSQLiteKeepsThePromisesOfAStore(t *testing.T) {
	db := databases()[1]
	storetest.Run(t, harness(db, func(t *testing.T, path string) *bunstore.Store {
		t.Helper()
		failing := openSQLite(t, path)
		execute(t, failing,
			`CREATE TABLE none_such (n INTEGER PRIMARY KEY)`,
			`CREATE TABLE refused (n INTEGER REFERENCES none_such (n) DEFERRABLE INITIALLY DEFERRED)`,
			// Temporary triggers belong to the only connection of this store that writes.
			`CREATE TEMP TRIGGER refuse_insert AFTER INSERT ON main.players BEGIN INSERT INTO refused VALUES (1); END`,
			`CREATE TEMP TRIGGER refuse_update AFTER UPDATE ON main.players BEGIN INSERT INTO refused VALUES (1); END`)
		return failing
	}))
}

// harness lends a database to the suite. failing opens a store in which units that save a standing cannot commit.
func harness(db database, failing func(t *testing.T, at string) *bunstore.Store) storetest.Harness {
	var places sync.Map // of stores
	open := func(t *testing.T, at string) ports.Store {
		t.Helper()
		s := db.open(t, at)
		places.Store(ports.Store(s), at)
		return s
	}
	place := func(s ports.Store) string {
		at, ok := places.Load(s)
		if !ok {
			panic("the suite asks about a store that it was not given")
		}
		return at.(string)
	}
	return storetest.Harness{
		Open: func(t *testing.T) ports.Store {
			t.Helper()
			return open(t, db.fresh(t))
		},
		Reopen: func(t *testing.T, s ports.Store) ports.Store {
			t.Helper()
			if err := s.Close(); err != nil {
				t.Fatalf("close: got error %v, want none", err)
			}
			return open(t, place(s))
		},
		FailCommit: func(t *testing.T, s ports.Store) ports.Store {
			t.Helper()
			return failing(t, place(s))
		},
	}
}
