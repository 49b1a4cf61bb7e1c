package logtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestNoTestLogsOrSendsWhereNothingIsKept reads every test of the module: what makes a logger but Logger and JSON, and what sends
// requests without Transport, would leave a hole in the search.
func TestNoTestLogsOrSendsWhereNothingIsKept(t *testing.T) {
	const root = "../../.."
	read := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "logtest") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		read++
		files := token.NewFileSet()
		tree, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		for _, hole := range holes(tree, strings.HasPrefix(path, filepath.Join(root, "cmd"))) {
			t.Errorf("%s: %s; take what logtest has for it", files.Position(hole.Pos()), text(hole))
		}
		return nil
	})
	if err != nil || read < 100 {
		t.Errorf("read %d tests (%v), want all of them", read, err)
	}
}

func TestTheReadingOfTestsFindsWhatItForbids(t *testing.T) {
	for body, want := range map[string]bool{
		`zap.New(core)`:                        true,
		`zap.Must(c.Build())`:                  true,
		`zapcore.NewCore(e, w, l)`:             true,
		`observer.New(level)`:                  true,
		`slog.New(h)`:                          true,
		`log.New(w, "", 0)`:                    true,
		`zap.String("a", "b")`:                 false,
		`logtest.Logger(level)`:                false,
		`http.Client{Transport: t}`:            false,
		`http.Transport{}`:                     true,
		`logtest.Transport(&http.Transport{})`: false,
		`other.New(x)`:                         false,
	} {
		source := "package a\nimport (\"go.uber.org/zap\"; \"go.uber.org/zap/zapcore\"; \"go.uber.org/zap/zaptest/observer\"\n" +
			"\"log\"; \"log/slog\"; \"net/http\"; \"github.com/grps/grps/adapters/telemetry/logtest\"; \"x/other\")\nvar _ = " + body
		tree, err := parser.ParseFile(token.NewFileSet(), "a_test.go", source, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(holes(tree, true)) > 0; got != want {
			t.Errorf("%s: got a hole %t, want %t", body, got, want)
		}
	}
}

// holes returns what makes loggers by itself and, in tests that call processes, transports.
func holes(tree *ast.File, calls bool) []ast.Expr {
	paths := map[string]string{} // by the name in this file
	for _, imported := range tree.Imports {
		path, err := strconv.Unquote(imported.Path.Value)
		if err != nil {
			continue // it was parsed
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if imported.Name != nil {
			name = imported.Name.Name
		}
		paths[name] = path
	}
	of := func(e ast.Expr) (path, name string) {
		selector, ok := e.(*ast.SelectorExpr)
		if !ok {
			return "", ""
		}
		of, ok := selector.X.(*ast.Ident)
		if !ok {
			return "", ""
		}
		return paths[of.Name], selector.Sel.Name
	}
	var found []ast.Expr
	ast.Inspect(tree, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.CallExpr:
			path, name := of(e.Fun)
			if strings.HasSuffix(path, "/telemetry/logtest") && name == "Transport" {
				return false // what is in it is kept
			}
			switch path {
			case "go.uber.org/zap":
				if strings.HasPrefix(name, "New") || name == "Must" {
					found = append(found, e.Fun)
				}
			case "go.uber.org/zap/zapcore", "go.uber.org/zap/zaptest", "go.uber.org/zap/zaptest/observer", "log", "log/slog":
				if strings.HasPrefix(name, "New") {
					found = append(found, e.Fun)
				}
			}
		case *ast.CompositeLit:
			if path, name := of(e.Type); calls && path == "net/http" && name == "Transport" {
				found = append(found, e.Type)
			}
		}
		return true
	})
	return found
}

func text(e ast.Expr) string {
	if selector, ok := e.(*ast.SelectorExpr); ok {
		if of, ok := selector.X.(*ast.Ident); ok {
			return of.Name + "." + selector.Sel.Name
		}
	}
	return "it"
}
