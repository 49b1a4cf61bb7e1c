package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What a database or a service says may hold what somebody else put there: a rank that another program wrote, the words of a proxy. A terminal
// would take some of that for orders, and a reader for lines of ours.

// unseen reports whether a character changes how others are shown, or moves what is written: no text that GRPS takes in holds one.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Noncharacter_Code_Point)
}

// visible returns a text with a mark in place of each character that is unseen, and of each byte that is no UTF-8.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if unseen(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
}

// escaped returns a JSON text that says the same without a character beyond ASCII that is unseen.
func escaped(document []byte) []byte {
	var out []byte
	for _, r := range string(document) {
		if r < utf8.RuneSelf || !unseen(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

// legible returns a JSON text whose texts are visible.
func legible(document []byte) []byte {
	const mark = `\ufffd`
	text, within := string(document), false
	var out strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		part := text[i : i+size]
		switch {
		case r == '"':
			within = !within
		case within && r == '\\' && i+1 < len(text):
			part = text[i : i+2]
			size = 2
			switch next := text[i+1]; {
			case strings.IndexByte("bfnrt", next) >= 0:
				part = mark
			case next == 'u' && i+6 <= len(text):
				part, size = text[i:i+6], 6
				if unit, err := strconv.ParseUint(part[2:], 16, 16); err == nil && unseen(rune(unit)) {
					part = mark
				}
			}
		case within && unseen(r):
			part = mark
		}
		out.WriteString(part)
		i += size
	}
	return []byte(out.String())
}
