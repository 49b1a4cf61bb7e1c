package filekeys

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// parsed takes values out of JSON and notes what is wrong with them.
type parsed struct{ *faults }

// root returns the members of the file.
func (p parsed) root(content []byte) map[string]json.RawMessage {
	switch {
	case !utf8.Valid(content):
		p.add("", "is not UTF-8 text; save it as UTF-8")
	case !json.Valid(content):
		p.add("", "is not one JSON value; check its commas, quotes and brackets")
	default:
		return p.object(content, "", "keys")
	}
	return nil
}

// object returns the members of an object, all of which must be known and stand there once; nil when the value is no object.
func (p parsed) object(value json.RawMessage, at string, known ...string) map[string]json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(value))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		p.add(at, "must be an object with the keys: %s", strings.Join(known, ", "))
		return nil
	}
	members := make(map[string]json.RawMessage)
	for decoder.More() {
		token, err := decoder.Token()
		name, ok := token.(string)
		var value json.RawMessage
		if err != nil || !ok || decoder.Decode(&value) != nil {
			p.add(at, "is no JSON object")
			return nil
		}
		if _, twice := members[name]; twice {
			p.add(at, "holds %s twice; write it once", shown(name))
		}
		if !slices.Contains(known, name) {
			p.add(at, "holds %s, which is not known; the keys are: %s", shown(name), strings.Join(known, ", "))
		}
		if string(value) != "null" {
			members[name] = value
		}
	}
	return members
}

// list returns the items of a list of up to most; none when it is absent. What reads on from its place says what it should be.
func (p parsed) list(value json.RawMessage, at string, most int, wanted string) []json.RawMessage {
	if value == nil {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil || len(items) == 0 || len(items) > most {
		p.add(at, "%s", wanted)
		return nil
	}
	return items
}

// text returns the text that a value is, and false when it is none.
func text(value json.RawMessage) (string, bool) {
	var s string
	if value == nil || value[0] != '"' || json.Unmarshal(value, &s) != nil {
		return "", false
	}
	return s, true
}
