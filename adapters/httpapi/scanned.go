package httpapi

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// jsonSpace is the characters that may stand between the parts of a JSON text.
const jsonSpace = " \t\r\n"

// value is the text of one JSON value that the scanner accepted, without space around it. Its first byte tells its kind.
type value string

func (v value) isObject() bool { return v[0] == '{' }
func (v value) isText() bool   { return v[0] == '"' }
func (v value) isNull() bool   { return v[0] == 'n' }
func (v value) isNumber() bool { return v[0] == '-' || v[0] >= '0' && v[0] <= '9' }

// isEmptyArray reports whether v is [], which Luau writes for an empty table.
func (v value) isEmptyArray() bool {
	return v[0] == '[' && strings.Trim(string(v[1:len(v)-1]), jsonSpace) == ""
}

// text returns what a text value stands for.
func (v value) text() string {
	inner := string(v[1 : len(v)-1])
	if strings.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var text string
	if json.Unmarshal([]byte(v), &text) != nil {
		return "" // the scanner accepted it, so it is a JSON string
	}
	return text
}

// object is the members of one JSON object. No name stands in it twice.
type object []member

type member struct {
	name  string
	ascii bool // the name is plain ASCII
	value value
	inner object // the members of a value that is an object
}

// spells reports whether the member's name is name but for case. Most names differ in length, which decides where they are plain ASCII.
func (m *member) spells(name string) bool {
	return (len(m.name) == len(name) || !m.ascii) && strings.EqualFold(m.name, name)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
