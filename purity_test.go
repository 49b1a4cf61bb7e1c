package grps_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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

type reportFunc func(at ast.Node, format string, arguments ...any)

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
