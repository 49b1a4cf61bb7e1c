package httpapi

import (
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
)

// sources returns the code of this package, without its tests.
func sources(t *testing.T) []ast.Node {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []ast.Node
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// called returns the name of what a call calls: x.y, or y.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
	}
	return ""
}

// TestNoComparisonOfKeysEndsEarly reads the code: whoever looks for a key looks at all of them, with comparisons that take the same time
// whatever they find, and nobody compares digests otherwise.
func TestNoComparisonOfKeysEndsEarly(t *testing.T) {
	loops := map[string]int{}
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if b, ok := n.(*ast.BinaryExpr); ok && (b.Op == token.EQL || b.Op == token.NEQ) {
				for _, side := range []ast.Expr{b.X, b.Y} {
					if s, ok := side.(*ast.SelectorExpr); ok && s.Sel.Name == "Digest" {
						t.Errorf("a digest is compared with %s; use subtle.ConstantTimeCompare", b.Op)
					}
				}
			}
			if call, ok := n.(*ast.CallExpr); ok && called(call) == "bytes.Equal" {
				t.Error("bytes.Equal is called; compare secrets with subtle.ConstantTimeCompare")
			}
			f, ok := n.(*ast.FuncDecl)
			if !ok || f.Name.Name != "find" && f.Name.Name != "named" {
				return true
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				loop, ok := n.(*ast.RangeStmt)
				if !ok {
					return true
				}
				compares := 0
				ast.Inspect(loop.Body, func(n ast.Node) bool {
					switch inner := n.(type) {
					case *ast.ReturnStmt, *ast.BranchStmt:
						t.Errorf("%s ends its search early", f.Name.Name)
					case *ast.CallExpr:
						if called(inner) == "subtle.ConstantTimeCompare" {
							compares++
						}
					}
					return true
				})
				if compares == 1 {
					loops[f.Name.Name]++
				}
				return true
			})
			return true
		})
	}
	if loops["find"] != 2 || loops["named"] != 2 { // over the two lists, and over each
		t.Errorf("loops that compare: got %v, want two in find and two in named", loops)
	}
}

// tried is what callers send, by what is wrong with it, to a service with so many keys.
func tried(keys int) (keyring, map[string]string) {
	ring := make(source, keys)
	for i := range ring {
		name := fmt.Sprintf("key %d", i)
		ring[i] = domain.Key{Name: name, Digest: sha256.Sum256([]byte("secret of " + name)), Scopes: domain.ScopeIngest}
	}
	return keyring{source: ring}, map[string]string{
		"no key":                "",
		"a key of nobody":       "canary of nobody at all",
		"all but the last byte": "secret of key ",
		"the first key":         "secret of key 0",
		"the last key":          fmt.Sprintf("secret of key %d", keys-1),
	}
}

// refusedWith lets a caller with a secret try a route that takes another scope, and returns the refusal.
func refusedWith(keys keyring, secret string) error {
	r := httptest.NewRequest(http.MethodGet, "/players/7", http.NoBody)
	if secret != "" {
		r.Header.Set(headerKey, secret)
	}
	c := echo.New().NewContext(r, httptest.NewRecorder())
	return authenticate(keys, nil)(needs(domain.ScopeRead)(func(echo.Context) error { return nil }))(c)
}

// TestAWrongKeyTakesAsLongAsAnother compares medians of many tries, in turns. A search that ended at the key it finds, or at the first byte that
// differs, would be many times faster for some of them.
func TestAWrongKeyTakesAsLongAsAnother(t *testing.T) {
	const rounds = 61
	keys, secrets := tried(20_000)
	times := map[string][]time.Duration{}
	for range rounds {
		for what, secret := range secrets {
			began := time.Now()
			err := refusedWith(keys, secret)
			times[what] = append(times[what], time.Since(began))
			if err == nil {
				t.Fatalf("%s: it passed", what)
			}
		}
	}
	var medians []time.Duration
	for what, all := range times {
		slices.Sort(all)
		medians = append(medians, all[rounds/2])
		t.Logf("%-22s %s", what, all[rounds/2])
	}
	if fastest, slowest := slices.Min(medians), slices.Max(medians); slowest > fastest*3/2 {
		t.Errorf("medians from %s to %s, want the same but for noise", fastest, slowest)
	}
}

// BenchmarkRefusing is what it costs to refuse a caller, by the key that is tried.
func BenchmarkRefusing(b *testing.B) {
	keys, secrets := tried(100)
	for _, what := range slices.Sorted(maps.Keys(secrets)) {
		b.Run(strings.ReplaceAll(what, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				if refusedWith(keys, secrets[what]) == nil {
					b.Fatal("it passed")
				}
			}
		})
	}
}
