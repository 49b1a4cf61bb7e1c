package httpapi

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

// TestTheDocumentListsEveryWordThatAnswersUse holds the enumerations of the document against the types that make those words.
func TestTheDocumentListsEveryWordThatAnswersUse(t *testing.T) {
	document, err := readDocument(documentFiles)
	if err != nil {
		t.Fatal(err)
	}
	schemas := document.child("components").child("schemas")
	for schema, want := range map[string][]string{
		"Action":           counted(func(i int) string { return domain.Action(i).String() }, 0),
		"Carried":          counted(func(i int) string { return domain.Action(i).String() }, 1),
		"Criterion":        counted(func(i int) string { return domain.Criterion(i).String() }, 1),
		"EffectKind":       counted(func(i int) string { return domain.EffectKind(i).String() }, 1),
		"Origin":           counted(func(i int) string { return domain.Origin(i).String() }, 0),
		"Outcome":          counted(func(i int) string { return domain.FoldOutcome(i).String() }, 0),
		"ReconcileOutcome": counted(func(i int) string { return domain.ReconcileOutcome(i).String() }, 0),
		"ReasonCode":       constantsOf(t, "../../domain", "ReasonCode"),
		"Status":           constantsOf(t, "../../domain", "Status"),
		"ErasureState":     constantsOf(t, "../../ports", "ErasureState"),
		"SweepState":       constantsOf(t, "../../ports", "SweepState"),
	} {
		var listed []string
		for _, word := range schemas.child(schema).list("enum") {
			listed = append(listed, fmt.Sprint(word))
		}
		slices.Sort(listed)
		slices.Sort(want)
		if diff := cmp.Diff(want, listed); diff != "" || len(want) < 3 {
			t.Errorf("%s: (-the source +the document)\n%s", schema, diff)
		}
	}
}

// counted returns the words of a type whose values are numbered, from one on until a value has no word, or one that was there.
func counted(word func(int) string, from int) []string {
	var words []string
	for i := from; i < 256; i++ {
		text := word(i)
		if text == "" || slices.Contains(words, text) || i > 0 && text == word(0) {
			break
		}
		words = append(words, text)
	}
	return words
}

// constantsOf returns the values of the constants of a type in the package in the folder.
func constantsOf(t *testing.T, folder, of string) []string {
	t.Helper()
	names, err := filepath.Glob(folder + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok {
				return true
			}
			kind, _ := spec.Type.(*ast.Ident)
			for _, value := range spec.Values {
				literal, isText := value.(*ast.BasicLit)
				if kind == nil || kind.Name != of || !isText {
					continue
				}
				if text, err := strconv.Unquote(literal.Value); err == nil {
					values = append(values, text)
				}
			}
			return true
		})
	}
	return values
}
