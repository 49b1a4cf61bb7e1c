package filepolicy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/grps/grps/domain"
)

// maxFaults bounds how many faults one error names.
const maxFaults = 100

// maxShown bounds how much of a text from a document is repeated in a fault, in runes.
const maxShown = 64

// fault is one thing that is wrong with a document.
type fault struct {
	file    string
	at      []string // the tokens of the JSON pointer; none for the document as a whole
	line    int      // where the text of at begins, when the document could not be taken apart; else 0
	message string   // reads on from the name of the field
}

// field returns the file and the pointer. Keys stand in it as people write them: only ~ and / are escaped.
func (f fault) field() string {
	if len(f.at) == 0 {
		return f.file
	}
	var b strings.Builder
	b.WriteString(f.file + "#")
	for _, token := range f.at {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(shorten(token)))
	}
	return b.String()
}

// beyond returns those of found that known does not explain: a value that has a fault, or is inside one that has, is not
// judged by the gates that follow.
func beyond(known, found []fault) []fault {
	explained := make(map[string]bool, len(known))
	for _, f := range known {
		explained[f.field()] = true
	}
	return slices.DeleteFunc(found, func(f fault) bool {
		for n := range len(f.at) + 1 {
			if explained[fault{file: f.file, at: f.at[:n]}.field()] {
				return true
			}
		}
		return false
	})
}

// invalid returns the error that names faults, in the order of the documents and of what stands in them. It names one fault
// for each place.
func invalid(faults []fault, trees map[string]*node) *domain.Error {
	type placed struct {
		file, offset int
		domain.FieldError
	}
	all := make([]placed, 0, len(faults))
	for _, f := range faults {
		p := placed{slices.Index(fileNames(), f.file), 0, domain.FieldError{Field: f.field(), Message: f.message}}
		line := f.line
		if tree := trees[f.file]; tree != nil && len(f.at) > 0 {
			at := tree.nearest(f.at)
			p.offset, line = at.offset, at.line
		}
		if line > 0 {
			p.Message += fmt.Sprintf(" (line %d)", line)
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.offset, b.offset))
	})
	e := &domain.Error{Kind: domain.KindInvalid, Code: "policy_invalid", Message: "the policy documents cannot be used"}
	named := make(map[string]bool)
	for _, p := range all {
		if named[p.Field] {
			continue
		}
		named[p.Field] = true
		if len(named) <= maxFaults {
			e.Fields = append(e.Fields, p.FieldError)
		}
	}
	if more := len(named) - maxFaults; more > 0 {
		e.Message += fmt.Sprintf(" (%d more faults are not listed)", more)
	}
	return e
}

// shorten cuts a text from a document to what a fault may repeat of it.
func shorten(text string) string {
	n := 0
	for i := range text {
		if n == maxShown {
			return text[:i] + "…"
		}
		n++
	}
	return text
}
