package filekeys

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/grps/grps/domain"
)

// maxFaults bounds how many faults one error names.
const maxFaults = 100

// faults collects what is wrong with a file. None of them repeats a value: somebody may have written a secret there.
type faults struct {
	file string // its name, for people
	all  []domain.FieldError
}

// add notes what is wrong at a place, which is a JSON pointer; "" for the file as a whole. The message reads on from the place.
func (f *faults) add(at, format string, arguments ...any) {
	field := f.file
	if at != "" {
		field += "#" + at
	}
	f.all = append(f.all, domain.FieldError{Field: field, Message: fmt.Sprintf(format, arguments...)})
}

// err returns the error that names everything; nil when nothing is wrong.
func (f *faults) err() error {
	if len(f.all) == 0 {
		return nil
	}
	e := &domain.Error{Kind: domain.KindInvalid, Code: "keys_invalid", Message: "the keys of KEYS_FILE cannot be used", Fields: f.all}
	if more := len(f.all) - maxFaults; more > 0 {
		e.Fields = f.all[:maxFaults]
		e.Message += fmt.Sprintf(" (%d more faults are not listed)", more)
	}
	return e
}

// member returns the pointer to a member of an object.
func member(at, name string) string { return at + "/" + name }

// item returns the pointer to an item of a list.
func item(at string, i int) string { return at + "/" + strconv.Itoa(i) }

// harmless is how keys look that people misspell. What looks otherwise may be a value in the wrong place, and is not repeated.
var harmless = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,23}$`)

// shown returns the name of a member as it may be repeated.
func shown(name string) string {
	if harmless.MatchString(name) {
		return strconv.Quote(name)
	}
	return "a member"
}
