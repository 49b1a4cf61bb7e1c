package httpapi

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

func (s *scanner) literal() error {
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(s.text[s.at:], word) {
			s.at += len(word)
			return nil
		}
	}
	return s.broken()
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
