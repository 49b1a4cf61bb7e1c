package grps_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/grps/grps"

// importTable is the import policy of this module. It is the authority: the depguard section of .golangci.yml repeats
// it for editors. A new package needs a row here, a package that is gone takes its row with it.
//
//	"code" is what shipped files may import, "test" what the package's tests may import besides that and
//	besides the row "any test". "library" gives a short name to a module from outside.
//
// A word is a package of this module by its folder, the name of a library, std (all of the standard library), one
// package of the standard library, or everything (each package of this module that is not marked "test only").
// Every library has the owners whose rows name it and no others: Echo lives in httpapi, bun and the SQL drivers in
// bunstore, viper and cobra in cmd, zap in telemetry, httpapi and cmd.
const importTable = `
package domain
  code  cmp errors fmt iter math slices strconv strings time unicode/utf8
package ports
  code  context time domain
package ports/storetest
  only  test
  code  std go-cmp domain ports
package ports/portsmock
  only  test
  code  std domain ports
package app
  code  std domain ports

package adapters/httpapi
  code  std domain ports echo zap x/rate x/text uuid yaml
  test  adapters/httpapi/contract adapters/telemetry/logtest
package adapters/httpapi/contract
  only  test
  code  std jsonschema
package adapters/bunstore
  code  std domain ports migrations bun pgx sqlite goose
  test  adapters/bunstore/pgtest
package adapters/bunstore/pgtest
  only  test
  code  std pgx
package adapters/memstore
  code  std domain ports
package adapters/opencloud
  code  std domain ports x/rate
package adapters/opencloud/sandbox
  code  std domain ports
package adapters/filepolicy
  code  std domain ports policy fsnotify jsonschema x/text
package adapters/tombfile
  code  std domain ports
package adapters/filekeys
  code  std domain ports x/text
package adapters/telemetry
  code  std domain ports zap prometheus otel
  test  adapters/telemetry/logtest
package adapters/telemetry/logtest
  only  test
  code  std zap
package adapters/webhook
  code  std domain ports x/rate ssrf

package cmd/grps
  code  std everything viper cobra pflag zap uuid prometheus progressbar cron x/text
  test  adapters/bunstore/pgtest adapters/httpapi/contract adapters/telemetry/logtest otlp protobuf
package policy
  code  std
  test  jsonschema
package migrations
  code  std
package .
  code

any test  std domain ports ports/storetest ports/portsmock adapters/memstore adapters/opencloud/sandbox policy
any test  go-cmp rapid goleak testscript kin-openapi

library echo        github.com/labstack/echo/v4
library bun         github.com/uptrace/bun
library pgx         github.com/jackc/pgx/v5
library sqlite      modernc.org/sqlite
library goose       github.com/pressly/goose/v3
library viper       github.com/spf13/viper
library cobra       github.com/spf13/cobra
library pflag       github.com/spf13/pflag
library zap         go.uber.org/zap
library prometheus  github.com/prometheus/client_golang
library otel        go.opentelemetry.io/otel
library otlp        go.opentelemetry.io/proto/otlp
library protobuf    google.golang.org/protobuf
library progressbar github.com/schollz/progressbar/v3
library cron        github.com/robfig/cron/v3
library fsnotify    github.com/fsnotify/fsnotify
library jsonschema  github.com/santhosh-tekuri/jsonschema/v6
library uuid        github.com/google/uuid
library yaml        go.yaml.in/yaml/v3
library x/rate      golang.org/x/time/rate
library x/text      golang.org/x/text
library ssrf        code.dny.dev/ssrf
library go-cmp      github.com/google/go-cmp
library rapid       pgregory.net/rapid
library goleak      go.uber.org/goleak
library testscript  github.com/rogpeppe/go-internal/testscript
library kin-openapi github.com/getkin/kin-openapi
`

func TestEveryImportIsInTheTable(t *testing.T) {
	table := parseTable(t, importTable)
	packages := listPackages(t)

	used := map[string]bool{}
	for _, p := range packages {
		row, ok := table.rows[p.folder()]
		if !ok {
			t.Errorf("%s: is in no row of the import table: a new package needs a decision", p.folder())
			continue
		}
		for _, imported := range p.Imports {
			used[table.word(imported)] = true
			if !table.allows(row.code, imported) {
				t.Errorf("%s imports %s: its code may import %s", p.folder(), imported, row.code)
			}
		}
		inTests := slices.Concat([]string{p.folder()}, row.code, row.test, table.anyTest)
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			used[table.word(imported)] = true
			if !table.allows(inTests, imported) {
				t.Errorf("%s imports %s in a test: its tests may import %s", p.folder(), imported, inTests)
			}
		}
	}

	for folder := range table.rows {
		if !slices.ContainsFunc(packages, func(p goPackage) bool { return p.folder() == folder }) {
			t.Errorf("%s: has a row in the import table, but there is no such package", folder)
		}
	}
	for name, path := range table.libraries {
		if !used[name] {
			t.Errorf("library %s (%s): is in the import table, but nothing imports it", name, path)
		}
	}
}

func TestDomainRestsOnTheStandardLibraryAlone(t *testing.T) {
	for _, p := range goList(t, "-deps", "./domain") {
		if !p.Standard && p.folder() != "domain" {
			t.Errorf("domain depends on %s: it may depend on the standard library only, directly or not", p.ImportPath)
		}
	}
}

func TestEveryPackageHasAPackageComment(t *testing.T) {
	for _, p := range listPackages(t) {
		if len(p.GoFiles) == 0 {
			continue // tests only
		}
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + filepath.Base(p.Dir) + " "
		}
		if !strings.HasPrefix(p.Doc, want) {
			t.Errorf("%s: package comment is %q, want one that begins with %q", p.folder(), p.Doc, want)
		}
	}
}

func TestEveryDirectDependencyIsExplainedInContributing(t *testing.T) {
	contributing, err := os.ReadFile("CONTRIBUTING.md")
	direct := directModules(t)
	if err != nil || len(direct) == 0 {
		t.Fatalf("got %d direct requirements in go.mod and error %v, want some and none", len(direct), err)
	}
	for _, path := range direct {
		mention := regexp.MustCompile(`(^|[^\w./-])` + regexp.QuoteMeta(path) + `($|[^\w/-])`)
		if !mention.Match(contributing) {
			t.Errorf("%s: is a direct requirement in go.mod, but CONTRIBUTING.md does not say what it is for", path)
		}
	}
}

// TestDomainIsPure reads the syntax of domain. Its rules:
//
//   - No clock: nothing of package time that reads it, waits for it, or depends on the machine's zone.
//   - No output: nothing of package fmt that reads or writes the process's own streams.
//   - No goroutine, no channel, no select, no init.
//   - No range over a map, whose order differs from run to run.
//   - No struct tag: how a value is written down is an adapter's business.
//   - A package-level variable is a constant that Go has no syntax for: it is an exported error value named Err…, or
//     unexported; its own declaration initialises it; nothing assigns to it, writes into it, or takes its address.
func TestDomainIsPure(t *testing.T) {
	files, trees := token.NewFileSet(), []*ast.File(nil)
	for _, name := range goList(t, "./domain")[0].GoFiles {
		trees = append(trees, parse(t, files, filepath.Join("domain", name), nil))
	}
	for _, violation := range impurities(typeCheck(t, files, trees, standardLibrary(t, files, "./domain"))) {
		t.Error(violation)
	}
}

func TestTheImportRulesCatchWhatTheyForbid(t *testing.T) {
	table := parseTable(t, importTable)
	for _, c := range []struct {
		importer, imported string
		want               bool
	}{
		{"domain", "strings", true},
		{"domain", "context", false},
		{"domain", "math/rand", false},
		{"domain", "github.com/google/uuid", false},
		{"ports", module + "/domain", true},
		{"app", "net/url", true},
		{"app", module + "/adapters/memstore", false},
		{"adapters/httpapi", "github.com/labstack/echo/v4/middleware", true},
		{"adapters/httpapi", "github.com/labstack/echo/v5", false},
		{"adapters/httpapi", module + "/app", false},
		{"adapters/httpapi", module + "/ports/portsmock", false},
		{"adapters/bunstore", "github.com/uptrace/bun/dialect/pgdialect", true},
		{"adapters/opencloud", module + "/adapters/opencloud/sandbox", false},
		{"cmd/grps", module + "/adapters/bunstore", true},
		{"cmd/grps", module + "/ports/storetest", false},
		{"cmd/grps", "github.com/uptrace/bun", false},
		{"cmd/grps", "C", false},
	} {
		if got := table.allows(table.rows[c.importer].code, c.imported); got != c.want {
			t.Errorf("%s may import %s: got %t, want %t", c.importer, c.imported, got, c.want)
		}
	}
}

func TestTheRulesOfPurityCatchWhatTheyForbid(t *testing.T) {
	files := token.NewFileSet()
	imported := standardLibrary(t, files, "errors", "fmt", "time")
	for _, c := range []struct{ name, body, want string }{
		{"the clock", `func f() time.Time { return time.Now() }`, "uses Now"},
		{"the clock as a value", `func f() func() time.Time { return time.Now }`, "uses Now"},
		{"the machine's zone", `func f(t time.Time) time.Time { return t.Local() }`, "uses Local"},
		{"arithmetic on instants", `func f(t time.Time) bool { return t.Add(time.Hour).After(t) }`, ""},
		{"printing", `func f() { fmt.Println() }`, "uses Println"},
		{"formatting", `func f() string { return fmt.Sprint() }`, ""},
		{"a goroutine", `func f() { go f() }`, "go statement"},
		{"a channel", `func f(c chan int) {}`, "channel"},
		{"an init function", `func init() {}`, "init"},
		{"a range over a named map", `type m map[int]int; func f(x m) { for range x {} }`, "over a map"},
		{"a range over a slice", `func f(s []int) { for range s {} }`, ""},
		{"a struct tag", "type s struct { A int `json:\"a\"` }", "struct tag"},
		{"an error value", `var ErrGone = errors.New("gone")`, ""},
		{"an exported variable", `var Limit = 3`, "Limit"},
		{"an exported error by another name", `var Gone = errors.New("gone")`, "Gone"},
		{"a variable without a value", `var seen map[int]bool`, "seen"},
		{"a table", `var names = [...]string{"a", "b"}; func f(i int) string { return names[i] }`, ""},
		{"a table that is assigned", `var names = []string{"a"}; func f() { names = nil }`, "names"},
		{"a table that is written into", `var names = []string{"a"}; func f() { names[0] = "b" }`, "names"},
		{"a table that is deleted from", `var names = map[int]int{}; func f() { delete(names, 1) }`, "names"},
		{"a counter", `var n = 1; func f() { n++ }`, "n"},
		{"an address that escapes", `var n = 1; func f() *int { return &n }`, "n"},
		{"a check that a type fits an interface", `type e int; var _ interface{} = e(0)`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "package domain\nimport (\"errors\"; \"fmt\"; \"time\")\n" +
				"func use() { _, _, _ = errors.New, fmt.Sprint, time.Hour }\n" + c.body
			trees := []*ast.File{parse(t, files, "rule.go", text)}
			got := strings.Join(impurities(typeCheck(t, files, trees, imported)), "\n")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("violations: got %q, want one that names %q (none if empty)", got, c.want)
			}
		})
	}
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

// source is one type-checked package.
type source struct {
	files *token.FileSet
	trees []*ast.File
	types *types.Package
	facts *types.Info
}

// parse reads one file; a text that is nil is read from the disk.
func parse(t *testing.T, files *token.FileSet, name string, text any) *ast.File {
	t.Helper()
	tree, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// standardLibrary returns an importer of what the named packages import, as the build cache holds it compiled.
func standardLibrary(t *testing.T, files *token.FileSet, packages ...string) types.Importer {
	t.Helper()
	compiled := map[string]string{}
	for _, p := range goList(t, append([]string{"-deps", "-export"}, packages...)...) {
		compiled[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(compiled[path]) })
}

func typeCheck(t *testing.T, files *token.FileSet, trees []*ast.File, imported types.Importer) source {
	t.Helper()
	facts := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}
	checked, err := (&types.Config{Importer: imported}).Check("domain", files, trees, facts)
	if err != nil {
		t.Fatal(err)
	}
	return source{files, trees, checked, facts}
}

type reportFunc func(at ast.Node, format string, arguments ...any)

// impurities returns one line per breach of the rules that TestDomainIsPure states.
func impurities(s source) []string {
	var found []string
	report := func(at ast.Node, format string, arguments ...any) {
		found = append(found, s.files.Position(at.Pos()).String()+": "+fmt.Sprintf(format, arguments...))
	}
	for _, tree := range s.trees {
		for _, declaration := range tree.Decls {
			s.checkVariables(declaration, report)
		}
		ast.Inspect(tree, func(node ast.Node) bool {
			s.checkNode(node, report)
			return true
		})
	}
	return found
}

// checkNode judges one node of the syntax tree.
func (s source) checkNode(node ast.Node, report reportFunc) {
	switch n := node.(type) {
	case *ast.Ident:
		if object := s.facts.Uses[n]; object != nil && object.Pkg() != nil && readsTheWorld(object) {
			report(n, "uses %s of %s: instants and streams are arguments here", object.Name(), object.Pkg().Name())
		}
	case *ast.GoStmt:
		report(n, "go statement")
	case *ast.ChanType, *ast.SelectStmt:
		report(n, "channel")
	case *ast.FuncDecl:
		if n.Recv == nil && n.Name.Name == "init" {
			report(n, "init function")
		}
	case *ast.RangeStmt:
		if _, ok := s.facts.TypeOf(n.X).Underlying().(*types.Map); ok {
			report(n, "range over a map: its order differs from run to run")
		}
	case *ast.Field:
		if n.Tag != nil {
			report(n, "struct tag %s", n.Tag.Value)
		}
	case *ast.AssignStmt:
		for _, left := range n.Lhs {
			s.refuseWrite(left, report)
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			s.refuseWrite(n.X, report)
		}
	case *ast.IncDecStmt:
		s.refuseWrite(n.X, report)
	case *ast.CallExpr:
		if name, ok := n.Fun.(*ast.Ident); ok && slices.Contains([]string{"delete", "clear", "copy"}, name.Name) {
			s.refuseWrite(n.Args[0], report)
		}
	}
}

// readsTheWorld tells whether an object depends on more than its arguments.
func readsTheWorld(object types.Object) bool {
	name := object.Pkg().Path() + "." + object.Name()
	if function, ok := object.(*types.Func); ok {
		name = function.FullName()
	}
	return slices.Contains([]string{
		"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc", "time.Tick", "time.NewTimer",
		"time.NewTicker", "time.Local", "(time.Time).Local", "time.LoadLocation",
		"fmt.Print", "fmt.Printf", "fmt.Println", "fmt.Scan", "fmt.Scanf", "fmt.Scanln",
	}, name)
}

func (s source) checkVariables(declaration ast.Decl, report reportFunc) {
	group, ok := declaration.(*ast.GenDecl)
	if !ok || group.Tok != token.VAR {
		return
	}
	fault := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	for _, spec := range group.Specs {
		variables := spec.(*ast.ValueSpec)
		for _, name := range variables.Names {
			switch {
			case name.Name == "_":
			case len(variables.Values) == 0:
				report(name, "package-level variable %s has no value where it is declared", name.Name)
			case !name.IsExported():
			case !strings.HasPrefix(name.Name, "Err") || !types.Implements(s.facts.TypeOf(name), fault):
				report(name, "package-level variable %s is exported and no error named Err…", name.Name)
			}
		}
	}
}

// refuseWrite reports an expression that writes into a package-level variable, or into a part of it.
func (s source) refuseWrite(target ast.Expr, report reportFunc) {
	for {
		switch e := target.(type) {
		case *ast.Ident:
			if variable, ok := s.facts.Uses[e].(*types.Var); ok && variable.Parent() == s.types.Scope() {
				report(e, "writes to the package-level variable %s, or takes its address", e.Name)
			}
			return
		case *ast.SelectorExpr:
			target = e.X
		case *ast.IndexExpr:
			target = e.X
		case *ast.StarExpr:
			target = e.X
		case *ast.ParenExpr:
			target = e.X
		default:
			return
		}
	}
}
