package filepolicy_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"github.com/grps/grps/domain"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// documents are the contents of a folder, by file name.
type documents map[string]string

// smallPolicy is a ladder of three ranks and nothing else.
const smallPolicy = `{"ranks": [
  {"name": "Recruit", "minPoints": 0, "roleId": 11},
  {"name": "Volt Specialist II", "minPoints": 400, "minTimeDays": 2, "level": "NCO", "roleId": 12},
  {"name": "Marshal", "minPoints": 900, "level": "CMD", "roleId": 13}
]}`

// with returns a folder that holds smallPolicy and more documents.
func with(more documents) documents {
	all := documents{"policy.ranks.json": smallPolicy}
	maps.Copy(all, more)
	return all
}

// files returns the documents as a file system.
func (d documents) files() fstest.MapFS {
	files := fstest.MapFS{}
	for name, content := range d {
		files[name] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	}
	return files
}

// folder returns a new folder on disk with the documents in it.
func (d documents) folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range d {
		write(t, filepath.Join(dir, name), content)
	}
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fieldsOf returns what the error says about each field. It fails the test when err is no refusal of a policy.
func fieldsOf(t *testing.T, err error) []domain.FieldError {
	t.Helper()
	e, ok := errors.AsType[*domain.Error](err)
	if !ok || e.Kind != domain.KindInvalid || e.Code != "policy_invalid" {
		t.Fatalf("error: got %#v, want a *domain.Error of KindInvalid with code policy_invalid", err)
	}
	return e.Fields
}
