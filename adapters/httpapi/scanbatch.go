package httpapi

import "strings"

// scanBatch reads a text as scanObject does, except that of the array in the member of that name it only finds where each item begins and
// ends: an item that is no JSON is for its reader to refuse, and leaves the others as they are.
func scanBatch(text, name string) (members object, items []value, err error) {
	s := scanner{text: text, batch: name}
	members, err = s.whole()
	return members, s.items, err
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
