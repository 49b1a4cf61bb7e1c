package webhook

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/grps/grps/domain"
)

// faults collects what is wrong with a file. None of them repeats a value: it could be an address or a secret.
type faults struct {
	file string // its name, for people
	all  []domain.FieldError
}

// add notes what is wrong at a place, which is a JSON pointer; "" for the file as a whole. The message reads on from the place.
func (f *faults) add(at, message string) {
	field := f.file
	if at != "" {
		field += "#" + at
	}
	f.all = append(f.all, domain.FieldError{Field: field, Message: message})
}

// err returns the error that names everything; nil when nothing is wrong.
func (f *faults) err() error {
	if len(f.all) == 0 {
		return nil
	}
	return &domain.Error{
		Kind: domain.KindInvalid, Code: "webhooks_invalid", Message: "the webhooks of WEBHOOKS_FILE cannot be used", Fields: f.all,
	}
}

// key returns the pointer to a member of an object.
func key(at, name string) string {
	if !repeatable(name) {
		name = "…"
	}
	return at + "/" + name
}

// item returns the pointer to an item of a list.
func item(at string, i int) string { return at + "/" + strconv.Itoa(i) }

// harmless is how keys look that people misspell. What looks otherwise may be a value in the wrong place, and is not repeated.
var harmless = regexp.MustCompile(`^[$A-Za-z][A-Za-z0-9_-]{0,31}$`)

func repeatable(name string) bool {
	return harmless.MatchString(name) && !strings.HasPrefix(name, secretPrefix)
}

// shown returns a key as it may be repeated.
func shown(name string) string {
	if repeatable(name) {
		return strconv.Quote(name)
	}
	return "a key"
}
