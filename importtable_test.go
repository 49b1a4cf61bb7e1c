package grps_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// table is an import table, parsed.
type table struct {
	rows      map[string]*tableRow // by folder
	anyTest   []string
	libraries map[string]string // path by name
	standard  map[string]bool   // import paths
}

type tableRow struct {
	testOnly   bool
	code, test []string
}

func parseTable(t *testing.T, text string) table {
	t.Helper()
	parsed := table{rows: map[string]*tableRow{}, libraries: map[string]string{}, standard: map[string]bool{}}
	for path := range strings.FieldsSeq(string(run(t, "go", "list", "std"))) {
		parsed.standard[path] = true
	}
	row := &tableRow{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "package" && len(words) == 2 && parsed.rows[words[1]] == nil:
			row = &tableRow{}
			parsed.rows[words[1]] = row
		case words[0] == "only" && slices.Equal(words[1:], []string{"test"}):
			row.testOnly = true
		case words[0] == "code":
			row.code = append(row.code, words[1:]...)
		case words[0] == "test":
			row.test = append(row.test, words[1:]...)
		case words[0] == "any" && len(words) > 1 && words[1] == "test":
			parsed.anyTest = append(parsed.anyTest, words[2:]...)
		case words[0] == "library" && len(words) == 3 && parsed.libraries[words[1]] == "":
			parsed.libraries[words[1]] = words[2]
		default:
			t.Fatalf("import table: cannot read the line %q", line)
		}
	}
	parsed.refuseUnknownWords(t)
	return parsed
}

func (t table) refuseUnknownWords(tb testing.TB) {
	tb.Helper()
	words := slices.Clone(t.anyTest)
	for _, row := range t.rows {
		words = slices.Concat(words, row.code, row.test)
	}
	for _, word := range words {
		known := t.standard[word] || t.rows[word] != nil || t.libraries[word] != ""
		if !known && word != "std" && word != "everything" {
			tb.Fatalf("import table: %q is no package, no library, and not in the standard library", word)
		}
	}
}

// word returns the table's word for an import path: a folder of this module, the name of a library, or the path itself.
func (t table) word(importPath string) string {
	for name, path := range t.libraries {
		if importPath == path || strings.HasPrefix(importPath, path+"/") {
			return name
		}
	}
	return folderOf(importPath)
}

func (t table) allows(words []string, importPath string) bool {
	word := t.word(importPath)
	row := t.rows[word]
	return slices.Contains(words, word) ||
		t.standard[importPath] && slices.Contains(words, "std") ||
		row != nil && !row.testOnly && slices.Contains(words, "everything")
}

// goPackage is what go list tells about one package.
type goPackage struct {
	ImportPath   string
	Name         string
	Dir          string
	Doc          string
	Export       string
	Standard     bool
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func (p goPackage) folder() string { return folderOf(p.ImportPath) }

// folderOf returns a package's folder below the root of this module ("."), and the path itself for one from outside.
func folderOf(importPath string) string {
	if importPath == module {
		return "."
	}
	return strings.TrimPrefix(importPath, module+"/")
}

// listPackages returns every package of this module. It also opens every folder of the module, so that the test cache
// knows which folders this answer depends on: what go list reads by itself is hidden from it.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && path != "." && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return goList(t, "./...")
}

func goList(t *testing.T, arguments ...string) []goPackage {
	t.Helper()
	fields := "-json=ImportPath,Name,Dir,Doc,Export,Standard,GoFiles,Imports,TestImports,XTestImports"
	output := run(t, "go", append([]string{"list", fields}, arguments...)...)
	packages := []goPackage(nil)
	for decoder := json.NewDecoder(bytes.NewReader(output)); decoder.More(); {
		var p goPackage
		if err := decoder.Decode(&p); err != nil {
			t.Fatalf("read the answer of go list: %v", err)
		}
		packages = append(packages, p)
	}
	return packages
}

// directModules returns the modules that go.mod requires for this module's own sake.
func directModules(t *testing.T) []string {
	t.Helper()
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if _, err := os.Stat("go.mod"); err != nil { // for the test cache, as in listPackages
		t.Fatal(err)
	}
	if err := json.Unmarshal(run(t, "go", "mod", "edit", "-json"), &file); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, r := range file.Require {
		if !r.Indirect {
			paths = append(paths, r.Path)
		}
	}
	return paths
}

func run(t *testing.T, name string, arguments ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, arguments...)
	complaint := &bytes.Buffer{}
	command.Stderr = complaint
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, complaint)
	}
	return output
}
