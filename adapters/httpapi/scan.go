package httpapi

import (
	"strconv"
	"strings"
)

const (
	maxDepth     = 16 // objects and arrays inside each other, the body itself included
	fewMembers   = 16 // members of an object that are compared one by one
	fewInside    = 4  // members for which there is room at once in an object inside another
	maxPathShown = 96 // bytes of a field's path in a message
)

// scanObject reads a text that must be one JSON object, or [] for an empty one, and nothing else. It is stricter than encoding/json:
// names repeat nowhere, texts are valid UTF-8 without lone surrogates or U+0000, and nothing nests deeper than maxDepth. The error is a
// refusal that names the field.
func scanObject(text string) (object, error) {
	s := scanner{text: text}
	return s.whole()
}

// scanner reads a text from its beginning to its end, once. Each method reads one thing and leaves at behind it.
type scanner struct {
	text  string
	at    int
	path  []string // the names of the members that are open
	open  int      // the objects and arrays that are open
	batch string   // the member whose array is split into items; "" for none
	items []value
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
