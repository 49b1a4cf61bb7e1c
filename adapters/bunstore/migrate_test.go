package bunstore_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3/lock"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestMigratingUpDownAndUpAgainGivesTheSameSchema(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.empty(t))
			migrate(t, s)
			first := schema(t, s)
			if len(first) < 10 {
				t.Fatalf("after up: got the schema %q, want tables and indexes", first)
			}
			migrate(t, s) // again: nothing is pending
			for range status(t, s) {
				if err := s.MigrateDown(t.Context()); err != nil {
					t.Fatalf("MigrateDown: got error %v, want none", err)
				}
			}
			if left := schema(t, s); len(left) > 0 {
				t.Errorf("after down: got %q, want nothing", left)
			}
			if err := s.MigrateDown(t.Context()); err != nil {
				t.Errorf("MigrateDown of nothing: got error %v, want none", err)
			}
			migrate(t, s)
			if diff := cmp.Diff(first, schema(t, s)); diff != "" {
				t.Errorf("schema after up, down and up (-first +second):\n%s", diff)
			}
		})
	}
}

func TestDecisionsFromBeforeTransitionsWereKeptBeginWithTheirPresentStatus(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			const before = 4 // the migration that brought transitions
			for range len(status(t, s)) - before + 1 {
				if err := s.MigrateDown(t.Context()); err != nil {
					t.Fatalf("MigrateDown: got error %v, want none", err)
				}
			}
			execute(t, s, `INSERT INTO decisions (id, user_id, action, from_rank, to_rank, reason_code, status, detail, created_at, updated_at)
				VALUES ('a', 7, 'PROMOTE', '', '', '', 'failed', 'why', '2026-03-01T10:00:00.000000Z', '2026-03-02T10:00:00.000001Z'),
					('b', 8, 'PROMOTE', '', '', '', 'pending', NULL, '2026-03-01T10:00:00.000000Z', '2026-03-01T10:00:00.000000Z')`)
			migrate(t, s)

			at := time.Date(2026, time.March, 1, 10, 0, 0, 0, time.UTC)
			first := ports.Transition{Status: domain.StatusFailed, Detail: "why", At: at.Add(24*time.Hour + time.Microsecond)}
			if got := transitions(t, s, "a"); !slices.Equal(got, []ports.Transition{first}) {
				t.Errorf("Transitions of a closed one: got %v, want %v", got, first)
			}
			write(t, s, func(ctx context.Context, w ports.Writer) error {
				_, err := w.MoveDecision(ctx, "b", ports.Transition{Status: domain.StatusApplied, At: at.Add(time.Hour)})
				return err
			})
			want := []ports.Transition{{Status: domain.StatusPending, At: at}, {Status: domain.StatusApplied, At: at.Add(time.Hour)}}
			if got := transitions(t, s, "b"); !slices.Equal(got, want) {
				t.Errorf("Transitions of one that was open and is closed now: got %v, want %v", got, want)
			}
		})
	}
}

func transitions(t *testing.T, s *bunstore.Store, id string) []ports.Transition {
	t.Helper()
	got, err := s.Transitions(t.Context(), id)
	if err != nil {
		t.Fatalf("Transitions(%s): got error %v, want none", id, err)
	}
	return got
}

func TestBothDatabasesHaveTheSameTablesColumnsAndIndexes(t *testing.T) {
	shapes := map[string][]string{}
	for _, db := range databases() {
		s := db.open(t, db.fresh(t))
		shapes[db.name] = shape(t, s)
	}
	if diff := cmp.Diff(shapes["postgres"], shapes["sqlite"]); diff != "" {
		t.Errorf("(-postgres +sqlite):\n%s", diff)
	}
}

func TestTheStateOfMigrationsIsToldWithoutChangingAnything(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.empty(t))
			expectBehind(t, s, true)
			last := int64(0)
			for _, m := range status(t, s) {
				if m.Version <= last || !strings.HasPrefix(m.Name, fmt.Sprintf("%05d_", m.Version)) || !m.AppliedAt.IsZero() {
					t.Errorf("migration behind %d of an empty database: got %+v, want the next, pending", last, m)
				}
				last = m.Version
			}
			if tables := tables(t, s); len(tables) > 0 {
				t.Errorf("after asking: got the tables %q, want none", tables)
			}

			migrate(t, s)
			expectBehind(t, s, false)
			for _, m := range status(t, s) {
				if age := time.Since(m.AppliedAt); age < -time.Minute || age > time.Hour {
					t.Errorf("%s: got it applied at %v, want a moment ago", m.Name, m.AppliedAt)
				}
			}

			execute(t, s, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
			expectBehind(t, s, false) // a newer release was here

			execute(t, s, "DELETE FROM goose_db_version WHERE version_id IN (3, 99999)")
			expectBehind(t, s, true)
		})
	}
}

func TestAMigrationThatFailsSaysSo(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.empty(t))
			execute(t, s, "CREATE TABLE decisions (id TEXT)")
			if err := s.Migrate(t.Context()); err == nil {
				t.Error("Migrate where a table stands in the way: got no error, want one")
			}
			if left := tables(t, s); !slices.Equal(left, []string{"decisions", "goose_db_version", "player_snapshots", "players"}) {
				t.Errorf("after it: got the tables %q, want those of the migration before", left)
			}
			execute(t, s, "DROP TABLE decisions")
			migrate(t, s)
			expectBehind(t, s, false)
		})
	}
}

func TestFourProcessesThatMigrateAtOnceApplyEachMigrationOnce(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			at := db.empty(t)
			var processes []*process
			for range 4 {
				processes = append(processes, startProcess(t, "migrate "+db.name, at))
			}
			for _, p := range processes {
				p.waitFor("ready")
			}
			for _, p := range processes {
				p.proceed()
			}
			for _, p := range processes {
				p.waitFor("done")
			}
			s := db.open(t, at)
			expectBehind(t, s, false)
			for _, m := range status(t, s) {
				count := texts(t, s, fmt.Sprintf("SELECT CAST(count(*) AS TEXT) FROM goose_db_version WHERE version_id = %d", m.Version))
				if !slices.Equal(count, []string{"1"}) {
					t.Errorf("%s: got it noted %s times, want once", m.Name, count)
				}
			}
		})
	}
}

func TestAMigrationWaitsForTheOneUnderWay(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			at := db.empty(t)
			s := db.open(t, at)
			release := holdMigrations(t, s, at)
			soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if err := s.Migrate(soon); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Migrate meanwhile: got error %v, want it to wait until its context ends", err)
			}
			if left := tables(t, s); slices.Contains(left, "players") {
				t.Errorf("after it: got the tables %q, want none of ours", left)
			}
			release()
			migrate(t, s)
			expectBehind(t, s, false)
		})
	}
}

// holdMigrations takes the lock that whoever migrates holds, until it is released.
func holdMigrations(t *testing.T, s *bunstore.Store, at string) (release func()) {
	t.Helper()
	if !onPostgres(s) {
		unlock, err := bunstore.LockFile(t.Context(), at+"-migrate.lock")
		if err != nil {
			t.Fatal(err)
		}
		return unlock
	}
	conn, err := s.Writer().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "SELECT pg_advisory_lock($1)", lock.DefaultLockID); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(t.Context(), "SELECT pg_advisory_unlock($1)", lock.DefaultLockID); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
}

func TestTheLockOfMigrationsEndsWithItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	p := startProcess(t, "lock", path)
	p.waitFor("held")

	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if unlock, err := bunstore.LockFile(soon, path); err == nil {
		unlock()
		t.Error("while another process holds it: got the lock, want an error when the context ends")
	}

	p.kill()
	soon, cancel = context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	unlock, err := bunstore.LockFile(soon, path)
	if err != nil {
		t.Fatalf("after that process was killed: got error %v, want the lock", err)
	}
	unlock()
}

// TestProcess is not a test: it is what the processes do that other tests start.
func TestProcess(t *testing.T) {
	task, at := os.Getenv("BUNSTORE_TEST_TASK"), os.Getenv("BUNSTORE_TEST_AT")
	if task == "" {
		t.Skip("this is what other tests run in a process of its own")
	}
	if task == "lock" {
		if _, err := bunstore.LockFile(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		fmt.Println("held")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	for _, db := range databases() {
		if task == "migrate "+db.name {
			s := db.open(t, at)
			fmt.Println("ready")
			bufio.NewReader(os.Stdin).ReadByte()
			migrate(t, s)
			fmt.Println("done")
		}
	}
}

// process is another process of this test binary.
type process struct {
	t       *testing.T
	command *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Scanner
}

func startProcess(t *testing.T, task, at string) *process {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcess$", "-test.v")
	command.Env = append(os.Environ(), "BUNSTORE_TEST_TASK="+task, "BUNSTORE_TEST_AT="+at)
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t, command, input, bufio.NewScanner(output)}
	t.Cleanup(p.kill)
	return p
}

// waitFor reads lines until the one given.
func (p *process) waitFor(line string) {
	p.t.Helper()
	var read []string
	for p.output.Scan() {
		if p.output.Text() == line {
			return
		}
		read = append(read, p.output.Text())
	}
	p.t.Fatalf("the other process: got %q, want the line %q", read, line)
}

func (p *process) proceed() {
	p.t.Helper()
	if _, err := p.input.Write([]byte("\n")); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) kill() {
	p.command.Process.Kill()
	p.command.Wait()
}

func migrate(t *testing.T, s *bunstore.Store) {
	t.Helper()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: got error %v, want none", err)
	}
}

func status(t *testing.T, s *bunstore.Store) []bunstore.Migration {
	t.Helper()
	all, err := s.MigrationStatus(t.Context())
	if err != nil {
		t.Fatalf("MigrationStatus: got error %v, want none", err)
	}
	return all
}

func expectBehind(t *testing.T, s *bunstore.Store, want bool) {
	t.Helper()
	if got, err := s.Behind(t.Context()); got != want || err != nil {
		t.Errorf("Behind: got %t and error %v, want %t and none", got, err, want)
	}
}

func onPostgres(s *bunstore.Store) bool { return s.Reader() == s.Writer() }

// tables returns the names of all tables.
func tables(t *testing.T, s *bunstore.Store) []string {
	t.Helper()
	if onPostgres(s) {
		return texts(t, s, "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")
	}
	return texts(t, s, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1")
}

// schema returns everything that defines the tables but for that of goose, one line each.
func schema(t *testing.T, s *bunstore.Store) []string {
	t.Helper()
	if !onPostgres(s) {
		return texts(t, s, "SELECT sql FROM sqlite_schema WHERE name NOT LIKE '%goose%' AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY 1")
	}
	return slices.Concat(
		texts(t, s, `SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, column_default)
			FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '%goose%' ORDER BY table_name, ordinal_position`),
		texts(t, s, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '%goose%' ORDER BY 1"),
		texts(t, s, `SELECT concat_ws(' ', relname, relkind, reloptions) FROM pg_class
			WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '%goose%' ORDER BY 1`),
	)
}

// shape returns the names of tables with their columns, and of indexes.
func shape(t *testing.T, s *bunstore.Store) []string {
	t.Helper()
	if onPostgres(s) {
		return slices.Concat(
			texts(t, s, `SELECT (table_name || '.' || column_name)::text FROM information_schema.columns
				WHERE table_schema = 'public' AND table_name NOT LIKE '%goose%' ORDER BY table_name COLLATE "C", ordinal_position`),
			texts(t, s, `SELECT indexname::text FROM pg_indexes
				WHERE schemaname = 'public' AND indexname NOT LIKE '%pkey' ORDER BY indexname COLLATE "C"`),
		)
	}
	return slices.Concat(
		texts(t, s, `SELECT s.name || '.' || c.name FROM sqlite_schema AS s, pragma_table_info(s.name) AS c
			WHERE s.type = 'table' AND s.name NOT LIKE '%goose%' AND s.name NOT LIKE 'sqlite_%' ORDER BY s.name, c.cid`),
		texts(t, s, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"),
	)
}

// texts returns the only column of a query's rows.
func texts(t *testing.T, s *bunstore.Store, query string) []string {
	t.Helper()
	return textsFrom(t, s.Reader(), query)
}

func textsFrom(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}
