package httpapi

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/grps/grps/domain"
)

// unreached are the codes in the source that no client is ever shown, and why.
var unreached = map[string]string{
	"action_unknown": "handlers say which words they take", "automation_state_unknown": "of a stored row", "criterion_unknown": "of a stored row",
	"effect_unknown": "handlers say which words they take", "finding_unknown": "of a stored row", "hold_unknown": "of a stored row", "id_out_of_range": "handlers say which ids they take",
	"ladder_invalid": "of a policy file", "origin_unknown": "of a stored row", "outcome_unknown": "of a stored row", "policy_invalid": "of a policy file",
	"drift_mode_unknown": "of a policy file", "privileged_mode_unknown": "of a policy file", "punishment_unknown": "handlers say which words they take",
	"scope_unknown": "of a key file", "standing_invalid": "of a stored row",
	"snapshot_invalid": "has fields, and so is validation_failed", "order_invalid": "has fields, and so is validation_failed",
	"ranks_unknown":  "has fields, and so is validation_failed",
	"scope_invalid":  "has fields, and so is validation_failed",
	"not_configured": "of a delivery in the background", "webhook_not_configured": "of a delivery in the background", "decision_open": "of a delivery in the background",
	"sweep_lost":          "of a walk in the background",
	"erasure_key_missing": "of a start", "entry_not_removed": "of a delivery in the background",
	"store_address": "of a start", "store_schema": "internal", "store_failed": "internal",
	"store_damaged": "of a backup", "store_foreign": "of a backup", "backup_place": "of a backup", "store_in_use": "of a backup", "store_file": "of a backup",
}

// TestTheDocumentListsEveryProblemAndNoOther reads the source for the codes of errors.
func TestTheDocumentListsEveryProblemAndNoOther(t *testing.T) {
	text, err := readDocument(documentFiles)
	if err != nil {
		t.Fatal(err)
	}
	catalogue := text.child(wordProblems)
	shown := codesIn(t, ".", "../../domain", "../../app", "../../ports", "../bunstore")
	if len(shown) < 50 {
		t.Fatalf("found %d codes in the source, want all of them: the test does not see", len(shown))
	}
	for code, kinds := range shown {
		listed := catalogue.get(code) != nil
		if _, hidden := unreached[code]; listed == hidden {
			t.Errorf("the problem %s: listed in openapi/*.yaml is %t, and that no client sees it is said as %t; want one of the two", code, listed, hidden)
		}
		for _, kind := range kinds {
			if want, got := fmt.Sprint(statusOf(kind)), fmt.Sprint(catalogue.child(code).get("status")); listed && got != want {
				t.Errorf("the problem %s: the document says %s, its kind %s is answered with %s", code, got, kind, want)
			}
		}
	}
	everywhere := codesIn(t, ".", "../../domain", "../../app", "../../ports", "../bunstore", "../opencloud")
	for _, code := range catalogue.names {
		if _, known := everywhere[code]; !known {
			t.Errorf("the problem %s: the document lists it, and nothing in the source has it", code)
		}
	}
	for code := range unreached {
		if _, known := shown[code]; !known {
			t.Errorf("the problem %s: said to be shown to no client, and nothing in the source has it", code)
		}
	}
}

func TestADocumentThatContradictsItselfIsRefused(t *testing.T) {
	const frame = "openapi: 3.1.0\nx-problems: {gone: {status: 404, says: Gone.}}\n"
	for name, c := range map[string]struct{ more, want string }{
		"a route without a scope":           {"paths: {/a: {get: {responses: {}}}}", `GET /a: x-scope is ""`},
		"a scope that is none":              {"paths: {/a: {get: {x-scope: any, responses: {}}}}", `x-scope is "any"`},
		"a problem that is not listed":      {"paths: {/a: {get: {x-scope: read, x-problems: [lost], responses: {}}}}", "lost is not in the catalogue"},
		"what two files say":                {"openapi: 3.1.1", `"openapi" was said before`},
		"a name that stands there twice":    {"paths: {/a: {}, /a: {}}", "twice"},
		"a required that is neither":        {"components: {schemas: {A: {required: some, properties: {a: {}}}}}", "required: some"},
		"all of no properties are required": {"components: {schemas: {A: {required: all}}}", "0 properties"},
		"what is no mapping":                {"- 1", "no mapping"},
		"what is no YAML":                   {"a: [", "read openapi/more.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			document, err := readDocument(fstest.MapFS{"openapi/openapi.yaml": {Data: []byte(frame)}, "openapi/more.yaml": {Data: []byte(c.more)}})
			if err == nil {
				err = spellOut(document)
			}
			if err == nil || !strings.Contains(strings.Replace(err.Error(), "get ", "GET ", 1), c.want) {
				t.Errorf("error: got %v, want one that says %q", err, c.want)
			}
		})
	}
}

// codeReader is the functions and the texts of one package.
type codeReader struct {
	files     []*ast.File
	constants map[string]string
	carriers  map[string]int // the functions that are handed a code, and as which argument
	found     map[string][]domain.Kind
}

// codesIn returns the codes of errors that the packages in the folders make, with their kinds where those stand beside them.
func codesIn(t *testing.T, folders ...string) map[string][]domain.Kind {
	t.Helper()
	found := map[string][]domain.Kind{}
	for _, folder := range folders {
		s := codeReader{constants: map[string]string{}, carriers: map[string]int{}, found: map[string][]domain.Kind{}}
		names, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(names) == 0 {
			t.Fatalf("the files of %s: got %d and %v", folder, len(names), err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			s.files = append(s.files, file)
		}
		for before := -1; before != len(s.carriers); { // a function may hand a code on to one that comes later
			before = len(s.carriers)
			s.read()
		}
		for code, kinds := range s.found {
			found[code] = append(found[code], kinds...)
		}
	}
	return found
}

func (s *codeReader) read() {
	s.found = map[string][]domain.Kind{}
	for _, file := range s.files {
		ast.Inspect(file, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.FuncDecl:
				s.readFunction(n.Name.Name, n.Type, n)
			case *ast.AssignStmt:
				literal, isFunction := n.Rhs[0].(*ast.FuncLit)
				if name, ok := n.Lhs[0].(*ast.Ident); ok && isFunction {
					s.readFunction(name.Name, literal.Type, literal)
				}
			case *ast.GenDecl:
				s.readFunction("", &ast.FuncType{Params: &ast.FieldList{}}, n)
			}
			return true
		})
	}
}

// readFunction notes the codes in a function, and which of its parameters is one.
func (s *codeReader) readFunction(name string, signature *ast.FuncType, body ast.Node) {
	parameters := map[string]int{}
	for _, field := range signature.Params.List {
		for _, name := range field.Names {
			parameters[name.Name] = len(parameters)
		}
	}
	ast.Inspect(body, func(node ast.Node) bool {
		code, kinds := s.codeAt(node)
		if handed, ok := code.(*ast.Ident); ok {
			if i, isParameter := parameters[handed.Name]; isParameter {
				s.carriers[name] = i
				return true
			}
		}
		if text := s.textOf(code); text != "" {
			s.found[text] = append(s.found[text], kinds...)
		}
		return true
	})
}

// codeAt returns the expression of a code that a node holds, and the kind beside it; nil when it holds none.
func (s *codeReader) codeAt(node ast.Node) (ast.Expr, []domain.Kind) {
	switch n := node.(type) {
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if i < len(n.Values) && strings.HasPrefix(name.Name, "code") {
				s.constants[name.Name] = s.textOf(n.Values[i])
			}
		}
	case *ast.CallExpr:
		name, _ := n.Fun.(*ast.Ident)
		if name == nil {
			return nil, nil
		}
		if i, carries := s.carriers[name.Name]; carries && i < len(n.Args) {
			return n.Args[i], nil
		}
	case *ast.CompositeLit:
		if name, ok := n.Type.(*ast.Ident); ok && name.Name == "refusal" && len(n.Elts) == 3 {
			return n.Elts[1], nil
		}
		return memberOf(n, "Code"), kindOf(memberOf(n, "Kind"))
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if field, ok := left.(*ast.SelectorExpr); ok && field.Sel.Name == "Code" && i < len(n.Rhs) {
				return n.Rhs[i], nil
			}
		}
	}
	return nil, nil
}

func (s *codeReader) textOf(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(x.Value)
		if err == nil && x.Kind == token.STRING {
			return text
		}
	case *ast.Ident:
		return s.constants[x.Name]
	}
	return ""
}

func memberOf(literal *ast.CompositeLit, name string) ast.Expr {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if key, ok := pair.Key.(*ast.Ident); ok && key.Name == name {
			return pair.Value
		}
	}
	return nil
}

// kindOf returns the kind that an expression such as domain.KindBlocked names.
func kindOf(e ast.Expr) []domain.Kind {
	kinds := map[string]domain.Kind{
		"KindInvalid": domain.KindInvalid, "KindNotFound": domain.KindNotFound, "KindConflict": domain.KindConflict, "KindDenied": domain.KindDenied,
		"KindBlocked": domain.KindBlocked, "KindExhausted": domain.KindExhausted, "KindUnavailable": domain.KindUnavailable,
	}
	name := ""
	switch x := e.(type) {
	case *ast.Ident:
		name = x.Name
	case *ast.SelectorExpr:
		name = x.Sel.Name
	}
	if kind, ok := kinds[name]; ok {
		return []domain.Kind{kind}
	}
	return nil
}

func TestEveryStatusOfTheCatalogueIsOneOfHTTP(t *testing.T) {
	text, err := readDocument(documentFiles)
	if err != nil {
		t.Fatal(err)
	}
	catalogue := text.child(wordProblems)
	to := map[string]bool{"elsewhere": true, "": true}
	maps.Copy(to, speller{operation: &branch{}}.traits("read"))
	for _, word := range []string{"headers", "callers", "queries"} {
		to[word] = true
	}
	for _, code := range catalogue.names {
		entry := catalogue.child(code)
		status, err := strconv.Atoi(fmt.Sprint(entry.get("status")))
		if err != nil || http.StatusText(status) == "" && status != statusClientGone {
			t.Errorf("the status of %s: got %v, want one that HTTP knows", code, entry.get("status"))
		}
		if _, known := to[entry.text("to")]; !known || entry.text("says") == "" || slices.Contains(entry.names, "") {
			t.Errorf("the problem %s: got %v, want a word for where it belongs, and a sentence", code, entry.members)
		}
	}
}
