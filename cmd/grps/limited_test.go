package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/grps/grps/policy"
)

var shippedLimits = regexp.MustCompile(`"limits": \{[^}]*\}`)

// limited returns the setting that puts a service under the shipped policy with other limits.
func limited(t *testing.T, limits string) string {
	t.Helper()
	folder := t.TempDir()
	documents, err := fs.Glob(policy.Documents(), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents {
		text, err := fs.ReadFile(policy.Documents(), name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "policy.ranks.json" {
			if !shippedLimits.Match(text) {
				t.Fatal("the shipped policy has no limits to replace")
			}
			text = shippedLimits.ReplaceAllLiteral(text, []byte(`"limits": `+limits))
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "CONFIG_DIR=" + folder
}
