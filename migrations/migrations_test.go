package migrations_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/migrations"
)

func TestBothDatabasesHaveTheSameMigrations(t *testing.T) {
	postgres, sqlite := names(t, migrations.Postgres()), names(t, migrations.SQLite())
	if len(postgres) == 0 {
		t.Fatal("got no migrations, want some")
	}
	if diff := cmp.Diff(postgres, sqlite); diff != "" {
		t.Errorf("file names (-postgres +sqlite):\n%s", diff)
	}
}

// Work on several migrations at a time may leave gaps between their numbers.
func TestNoTwoMigrationsHaveTheSameNumber(t *testing.T) {
	numbered := regexp.MustCompile(`^\d{5}_[a-z_]+\.sql$`)
	before := ""
	for _, name := range names(t, migrations.Postgres()) {
		if !numbered.MatchString(name) {
			t.Errorf("got the name %s, want five digits, a word and .sql", name)
			continue
		}
		if number := name[:5]; number == before {
			t.Errorf("%s: got a number that the migration before it has, want its own", name)
		} else {
			before = number
		}
	}
	if !strings.HasPrefix(names(t, migrations.Postgres())[0], "00001_") {
		t.Errorf("got no migration 00001, want the numbers to begin there")
	}
}

func TestEveryMigrationCanBeTakenBack(t *testing.T) {
	for database, files := range map[string]fs.FS{"postgres": migrations.Postgres(), "sqlite": migrations.SQLite()} {
		for _, name := range names(t, files) {
			text, err := fs.ReadFile(files, name)
			if err != nil {
				t.Fatal(err)
			}
			if !regexp.MustCompile(`(?s)^-- \+goose Up\n.*;.*\n-- \+goose Down\n.*;`).Match(text) {
				t.Errorf("%s/%s: got no statements for up, then for down, want both", database, name)
			}
		}
	}
}

// names returns what the root of files holds, sorted.
func names(t *testing.T, files fs.FS) []string {
	t.Helper()
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
