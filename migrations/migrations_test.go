package migrations_test

import (
	"fmt"
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

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	for i, name := range names(t, migrations.Postgres()) {
		if want := fmt.Sprintf("%05d_", i+1); !strings.HasPrefix(name, want) {
			t.Errorf("migration %d: got the name %s, want one that begins with %s", i+1, name, want)
		}
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
