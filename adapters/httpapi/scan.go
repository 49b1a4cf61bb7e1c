package httpapi

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth     = 16 // objects and arrays inside each other, the body itself included
	fewMembers   = 16 // members of an object that are compared one by one
	fewInside    = 4  // members for which there is room at once in an object inside another
	maxPathShown = 96 // bytes of a field's path in a message
)

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

// jsonSpace is the characters that may stand between the parts of a JSON text.
const jsonSpace = " \t\r\n"

// scanObject reads a text that must be one JSON object, or [] for an empty one, and nothing else. It is stricter than encoding/json:
// names repeat nowhere, texts are valid UTF-8 without lone surrogates or U+0000, and nothing nests deeper than maxDepth. The error is a
// refusal that names the field.
func scanObject(text string) (object, error) {
	s := scanner{text: text}
	return s.whole()
}

// whole reads the text.
func (s *scanner) whole() (object, error) {
	s.space()
	if s.at == len(s.text) {
		return nil, malformed("the body is empty; send one JSON object")
	}
	from := s.at
	scanned, members, err := s.value()
	if err != nil {
		return nil, err
	}
	if !scanned.isObject() && !scanned.isEmptyArray() {
		s.at = from
		return nil, malformed("the body must be one JSON object")
	}
	if s.space(); s.at < len(s.text) {
		return nil, s.fault("has more text after the JSON object")
	}
	return members, nil
}

// scanBatch reads a text as scanObject does, except that of the array in the member of that name it only finds where each item begins and
// ends: an item that is no JSON is for its reader to refuse, and leaves the others as they are.
func scanBatch(text, name string) (members object, items []value, err error) {
	s := scanner{text: text, batch: name}
	members, err = s.whole()
	return members, s.items, err
}

type scanner struct {
	text  string
	at    int
	path  []string // the names of the members that are open
	open  int      // the objects and arrays that are open
	batch string   // the member whose array is split into items; "" for none
	items []value
}

// value reads one value; for an object it returns its members too.
func (s *scanner) value() (value, object, error) {
	s.space()
	from := s.at
	var members object
	var err error
	switch c := s.peek(); {
	case c == '{':
		members, err = s.object()
	case c == '[' && s.batch != "" && len(s.path) == 1 && s.path[0] == s.batch:
		err = s.split()
	case c == '[':
		err = s.array()
	case c == '"':
		err = s.str()
	case c == '-' || c >= '0' && c <= '9':
		err = s.number()
	default:
		err = s.literal()
	}
	return value(s.text[from:s.at]), members, err
}

func (s *scanner) object() (object, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	var members object
	var many map[string]struct{}
	for {
		if s.space(); s.peek() == '}' && len(members) == 0 {
			return nil, s.leave()
		}
		name, err := s.name()
		if err != nil {
			return nil, err
		}
		s.path = append(s.path, name)
		if many, err = s.once(members, many, name); err != nil {
			return nil, err
		}
		scanned, inner, err := s.value()
		if err != nil {
			return nil, err
		}
		s.path = s.path[:len(s.path)-1]
		if members == nil && s.open == 1 {
			members = make(object, 0, fewMembers)
		} else if members == nil {
			members = make(object, 0, fewInside)
		}
		members = append(members, member{name, isASCII(name), scanned, inner})
		switch s.space(); s.peek() {
		case ',':
			s.at++
		case '}':
			return members, s.leave()
		default:
			return nil, s.broken()
		}
	}
}

// name reads a member's name and the colon after it.
func (s *scanner) name() (string, error) {
	from := s.at
	if s.peek() != '"' {
		return "", s.broken()
	}
	if err := s.str(); err != nil {
		return "", err
	}
	name := value(s.text[from:s.at]).text()
	if s.space(); s.peek() != ':' {
		return "", s.broken()
	}
	s.at++
	return name, nil
}

// once refuses a name that members has already. many is the names seen, once there are too many to compare one by one.
func (s *scanner) once(members object, many map[string]struct{}, name string) (map[string]struct{}, error) {
	repeated := false
	if len(members) < fewMembers {
		for i := range members {
			repeated = repeated || members[i].name == name
		}
	} else {
		if many == nil {
			many = make(map[string]struct{}, 2*fewMembers)
			for _, m := range members {
				many[m.name] = struct{}{}
			}
		}
		_, repeated = many[name]
		many[name] = struct{}{}
	}
	if repeated {
		return many, s.fault("stands in the body twice")
	}
	return many, nil
}

func (s *scanner) array() error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.space(); s.peek() == ']' {
		return s.leave()
	}
	for {
		if _, _, err := s.value(); err != nil {
			return err
		}
		switch s.space(); s.peek() {
		case ',':
			s.at++
		case ']':
			return s.leave()
		default:
			return s.broken()
		}
	}
}

// split reads an array without looking into its items.
func (s *scanner) split() error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.space(); s.peek() == ']' {
		return s.leave()
	}
	for {
		s.space()
		from := s.at
		s.skim()
		item := value(strings.TrimRight(s.text[from:s.at], jsonSpace))
		if len(item) == 0 {
			return s.broken()
		}
		s.items = append(s.items, item)
		switch s.peek() {
		case ',':
			s.at++
		case ']':
			return s.leave()
		default:
			return s.broken()
		}
	}
}

// skim moves to the comma or bracket behind an item, or to the end of the text.
func (s *scanner) skim() {
	depth, quoted := 0, false
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case quoted:
			if c == '\\' {
				s.at++
			} else if c == '"' {
				quoted = false
			}
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case depth == 0 && (c == ',' || c == ']'):
			return
		case c == '}' || c == ']':
			depth--
		}
	}
	s.at = len(s.text) // a backslash at the very end leads beyond it
}

// str reads a string without decoding it.
func (s *scanner) str() error {
	from := s.at
	for s.at++; s.at < len(s.text); {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			if !utf8.ValidString(s.text[from:s.at]) {
				return s.fault("holds a text that is not valid UTF-8")
			}
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return s.fault("holds a control character that is not escaped")
		default:
			s.at++
		}
	}
	return s.broken()
}

// escape reads what a backslash begins.
func (s *scanner) escape() error {
	s.at++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
	default:
		return s.broken()
	}
	unit, ok := s.codeUnit()
	switch {
	case !ok:
		return s.broken()
	case unit == 0:
		return s.fault("holds the character U+0000")
	case unit < 0xd800 || unit > 0xdfff:
		return nil
	}
	if s.peek() == '\\' && s.at+1 < len(s.text) && s.text[s.at+1] == 'u' {
		s.at++
		if low, ok := s.codeUnit(); ok && unit < 0xdc00 && low >= 0xdc00 && low <= 0xdfff {
			return nil
		}
	}
	return s.fault("holds half a surrogate pair")
}

// codeUnit reads the u of an escape and its four digits.
func (s *scanner) codeUnit() (uint64, bool) {
	if len(s.text)-s.at < 5 {
		return 0, false
	}
	unit, err := strconv.ParseUint(s.text[s.at+1:s.at+5], 16, 32)
	if err != nil {
		return 0, false
	}
	s.at += 5
	return unit, true
}

func (s *scanner) number() error {
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else if !s.digits() {
		return s.broken()
	}
	if s.peek() == '.' {
		s.at++
		if !s.digits() {
			return s.broken()
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if !s.digits() {
			return s.broken()
		}
	}
	return nil
}

// digits reads decimal digits and reports whether there was any.
func (s *scanner) digits() bool {
	from := s.at
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.at++
	}
	return s.at > from
}

func (s *scanner) literal() error {
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(s.text[s.at:], word) {
			s.at += len(word)
			return nil
		}
	}
	return s.broken()
}

func (s *scanner) enter() error {
	if s.open == maxDepth {
		return s.fault("is nested more than " + strconv.Itoa(maxDepth) + " levels deep")
	}
	s.open++
	s.at++
	return nil
}

func (s *scanner) leave() error {
	s.open--
	s.at++
	return nil
}

func (s *scanner) space() {
	for s.at < len(s.text) && s.text[s.at] <= ' ' && strings.IndexByte(jsonSpace, s.text[s.at]) >= 0 {
		s.at++
	}
}

// peek returns the byte to be read next, 0 at the end; no JSON text has that byte.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) broken() error {
	if s.at >= len(s.text) {
		return s.fault("ends before it is complete")
	}
	return s.fault("is not valid JSON")
}

// fault returns the refusal of what is being read, named by its path and by how many bytes stand before the fault.
func (s *scanner) fault(what string) error {
	path := strings.Join(s.path, ".")
	if path == "" {
		return malformed("the body %s (after byte %d)", what, s.at)
	}
	if len(path) > maxPathShown {
		path = strings.ToValidUTF8(path[:maxPathShown], "") + "…"
	}
	return malformed("the field %q %s (after byte %d)", path, what, s.at)
}
