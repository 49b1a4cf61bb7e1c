package httpapi

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/grps/grps/domain"
)

const (
	wantID      = "must be an id: a whole number from 1 to 9007199254740991, or its digits in a string"
	wantInstant = "must be an instant between 1970 and 9999: RFC 3339 text such as \"2026-01-02T15:04:05Z\", or whole Unix seconds"

	firstYear, lastYear = 1970, 9999
)

// fields takes members out of an object by name and collects what is wrong with them. Names that nobody asks for are ignored, or
// refused where strict says so.
type fields struct {
	members  object
	prefix   string // of the members' names in messages: "", or "experience."
	findings *findings
}

// findings is what was found wrong in a body.
type findings struct {
	faults []domain.FieldError // in the order in which the fields were taken
	clash  error               // the body is ambiguous: a name that is asked for stands there in two spellings
	strict *strictness         // nil where names that nobody asks for are ignored
}

// readFields scans a body; see scanObject for the error.
func readFields[T []byte | value](body T) (fields, error) {
	members, err := scanObject(string(body))
	return fields{members: members, findings: &findings{}}, err
}

// err returns the clash if there is one, else the error that lists the faults, else nil.
func (f *findings) err() error {
	if f.clash != nil {
		return f.clash
	}
	if faults := slices.Concat(f.faults, f.strict.faults()); len(faults) > 0 {
		return invalidFields(faults)
	}
	return nil
}

// take returns the value of the member of that name; "" for one that is absent or null.
func (f fields) take(name string) value {
	if m := f.find(name); m != nil {
		return m.value
	}
	return ""
}

// find returns the member of that name; nil for one that is absent or null.
func (f fields) find(name string) *member {
	if strict := f.findings.strict; strict != nil {
		strict.ask(f.prefix + name)
	}
	var found, other *member
	for i := range f.members {
		if m := &f.members[i]; m.name == name {
			found = m
		} else if m.spells(name) {
			other = m
		}
	}
	if found != nil && other != nil && f.findings.clash == nil {
		f.findings.clash = malformed("the field %q stands in the body twice, also as %q", f.prefix+name, other.name)
	}
	if found == nil || found.value.isNull() {
		return nil
	}
	return found
}

// required notes it when the member of that name is absent or null, and returns f.
func (f fields) required(name string) fields {
	if f.take(name) != "" {
		return f
	}
	message := "is required"
	for _, m := range f.members {
		if m.name != name && m.spells(name) {
			message += "; the body spells it " + m.name
			break
		}
	}
	f.fault(name, message)
	return f
}

func (f fields) fault(name, message string) {
	f.findings.faults = append(f.findings.faults, domain.FieldError{Field: f.prefix + name, Message: message})
}

// text returns a text in Unicode's composed form (NFC), without spaces around it; "" when absent.
func (f fields) text(name string) string {
	return trimmed(f.verbatim(name))
}

// trimmed returns a text in Unicode's composed form (NFC), without spaces around it.
func trimmed(text string) string {
	if isASCII(text) {
		return strings.Trim(text, " ") // it is composed, and ASCII has one space
	}
	return strings.TrimFunc(norm.NFC.String(text), func(r rune) bool { return unicode.Is(unicode.Zs, r) })
}

// verbatim returns a text as it is; "" when absent.
func (f fields) verbatim(name string) string {
	v := f.take(name)
	switch {
	case v == "":
		return ""
	case v.isText():
		return v.text()
	}
	f.fault(name, "must be a string")
	return ""
}

// integer returns a whole number that fits 64 bits, and false when it is absent or wrong.
func (f fields) integer(name string) (int64, bool) {
	v := f.take(name)
	if v == "" {
		return 0, false
	}
	if !v.isNumber() {
		f.fault(name, notWhole)
		return 0, false
	}
	n, fault := integerOf(string(v))
	if fault != "" {
		f.fault(name, fault)
		return 0, false
	}
	return n, true
}

// count returns a counter that may be left out.
func (f fields) count(name string) domain.Count {
	if n, ok := f.integer(name); ok {
		return domain.CountOf(n)
	}
	return domain.Count{}
}

// id returns a Roblox number, 1 … domain.MaxID, written as a number or as a string of its digits; 0 when absent or wrong.
func (f fields) id(name string) int64 {
	v := f.take(name)
	if v == "" {
		return 0
	}
	n, fault := int64(0), wantID
	switch {
	case v.isNumber():
		n, fault = integerOf(string(v))
	case v.isText():
		if id, err := domain.ParseUserID(v.text()); err == nil {
			n, fault = id.Int64(), ""
		}
	}
	if fault != "" || n < 1 || n > domain.MaxID {
		f.fault(name, wantID)
		return 0
	}
	return n
}

// userID returns a user's id; the zero UserID when absent or wrong.
func (f fields) userID(name string) domain.UserID {
	id, err := domain.NewUserID(f.id(name))
	if err != nil {
		return domain.UserID{}
	}
	return id
}

// boolean returns a switch.
func (f fields) boolean(name string) flag {
	switch v := f.take(name); {
	case v == "":
	case string(v) == "true":
		return flag{on: true, given: true}
	case string(v) == "false":
		return flag{given: true}
	default:
		f.fault(name, "must be true or false")
	}
	return flag{}
}

// instant returns a time written in RFC 3339 or as whole Unix seconds, as os.time() gives; the zero time when absent.
func (f fields) instant(name string) time.Time {
	v := f.take(name)
	if v == "" {
		return time.Time{}
	}
	var at time.Time
	ok := false
	switch {
	case v.isText():
		ok = at.UnmarshalText([]byte(v.text())) == nil
	case v.isNumber():
		seconds, fault := integerOf(string(v))
		at, ok = time.Unix(seconds, 0), fault == ""
	}
	at = at.UTC()
	if !ok || at.Year() < firstYear || at.Year() > lastYear {
		f.fault(name, wantInstant)
		return time.Time{}
	}
	return at
}

// nested returns the members of an object, of which there are none when it is absent or [].
func (f fields) nested(name string) fields {
	inner := fields{prefix: f.prefix + name + ".", findings: f.findings}
	if m := f.findObject(name); m != nil {
		inner.members = m.inner
		f.findings.strict.watch(inner)
	}
	return inner
}

// document returns the text of an object without needless space; "" when it is absent.
func (f fields) document(name string) string {
	m := f.findObject(name)
	if m == nil {
		return ""
	}
	text := string(m.value)
	if !m.value.isObject() {
		return "{}"
	}
	if !numbersFit(text) {
		f.fault(name, "holds a number beyond the range of a double")
		return ""
	}
	if !strings.ContainsAny(text, jsonSpace) {
		return text // there is no space that could be needless
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		f.fault(name, "must be an object")
		return ""
	}
	return compact.String()
}

// findObject returns the member whose value is an object or an empty array; nil when it is absent or something else.
func (f fields) findObject(name string) *member {
	m := f.find(name)
	if m != nil && !m.value.isObject() && !m.value.isEmptyArray() {
		f.fault(name, "must be an object")
		return nil
	}
	return m
}
