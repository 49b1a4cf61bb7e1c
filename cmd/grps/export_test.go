package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAnExportThatFailsLeavesTheFileWhatItWas(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "players.jsonl")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		fault error
		want  string
	}{{errors.New("the database is gone"), "old"}, {nil, "half"}} {
		file, done, err := replacing(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString("half"); err != nil {
			t.Fatal(err)
		}
		if err := done(step.fault); !errors.Is(err, step.fault) {
			t.Errorf("after %v: got error %v", step.fault, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != step.want {
			t.Errorf("after %v: the file has %q (%v), want %q", step.fault, got, err, step.want)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
			t.Errorf("after %v: the folder has %v (%v), want the file alone", step.fault, left, err)
		}
	}
}
