package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grps/grps/adapters/bunstore/pgtest"
)

func TestTheDoctorExaminesTheSchema(t *testing.T) {
	folder := migrated(t)
	succeed(t, folder, "migrate", "down", "--yes")
	examine(t, folder, nil).wants(verdictWarn, "schema", "behind this release")
	x := examine(t, t.TempDir(), []string{"DATABASE_URL=" + pgtest.Empty(t)})
	x.wants(verdictFail, "schema", "version 0, behind this release")
	x.wantsCode(exitUsage)
}

func TestTheDoctorExaminesADatabaseThatIsAhead(t *testing.T) {
	dsn := pgtest.Empty(t)
	t.Setenv("DATABASE_URL", dsn)
	succeed(t, t.TempDir(), "migrate", "up")
	pgtest.Execute(t, dsn, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)")
	x := examine(t, t.TempDir(), nil)
	x.wants(verdictWarn, "schema", "version 999, ahead of this release")
	x.wants(verdictOK, "database writes", "possible")
	pgtest.Execute(t, dsn, "ALTER DATABASE "+databaseName(t, dsn)+" SET default_transaction_read_only = on")
	examine(t, t.TempDir(), nil).wants(verdictFail, "database writes", "set to read only")
}

func TestTheDoctorExaminesADatabaseThatCannotBeOpened(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "text.db"), []byte(strings.Repeat("no database ", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	for address, found := range map[string]string{
		"sqlite:///text.db":                             "a file of something else",
		"sqlite:///nowhere/grps.db":                     "its folder does not exist",
		"postgres://grps:canary@127.0.0.1:1/grps":       "nothing listens at 127.0.0.1:1",
		"postgres://grps:canary@host.invalid:1/grps":    `host.invalid"`,
		"postgres://grps:canary@127.0.0.1:bad/grps":     "cannot be read",
		"postgres:///grps?host=" + folder + "/nosocket": "there is no socket in",
	} {
		t.Run(found, func(t *testing.T) {
			x := examine(t, folder, []string{"DATABASE_URL=" + address})
			x.wants(verdictFail, "database", found)
			x.wants(verdictOK, "policy", "24 ranks")
		})
	}
}

// databaseName returns the name of the database that an address leads to.
func databaseName(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

func TestTheDoctorExaminesTheDisk(t *testing.T) {
	t.Chdir(migrated(t))
	for free, want := range map[uint64]verdict{50 << 20: verdictFail, 500 << 20: verdictWarn, 50 << 30: verdictOK} {
		d := doctorOf(t)
		d.free = func(string) (uint64, error) { return free, nil }
		examination{t: t, rows: d.examine(t.Context())}.wants(want, "disk", byteText(free)+" free")
	}
	if free, err := freeSpace("."); err != nil || free == 0 {
		t.Errorf("free space: %d, %v", free, err)
	}
}

func TestTheDoctorExaminesWhetherTheErasedAreKnown(t *testing.T) {
	folder := t.TempDir()
	p := startServe(t, folder, []string{"ERASURE_KEY=the first key of these tests"})
	if status, answer := p.call(http.MethodDelete, "/players/77", ""); status != http.StatusAccepted {
		t.Fatalf("DELETE: got %d %v", status, answer)
	}
	p.awaitErasures(1)
	p.stop()
	x := examine(t, folder, nil)
	x.wants(verdictFail, "erasures", "players were erased under the key")
	x.wantsCode(exitUsage)
	if x = examine(t, ".", []string{"ERASURE_KEY=the first key of these tests"}); strings.Contains(x.text, "erasures") {
		t.Errorf("with the key: %s", x.text)
	}
}
