package domain

import (
	"unicode/utf8"
)

// MaxNameLength is the longest user, display or rank name, in runes. Roblox allows 20 today; old accounts are longer.
const MaxNameLength = 64

// maxKeyLength bounds short machine texts such as a server's name or an experience key, in runes.
const maxKeyLength = 128

// nameFault says what is wrong with a name, or returns "". Names are data, not identifiers: letters of any script pass.
func nameFault(s string, longest int) string {
	if !utf8.ValidString(s) {
		return "must be valid UTF-8"
	}
	if utf8.RuneCountInString(s) > longest {
		if longest == MaxNameLength {
			return "must be 1 to 64 characters long"
		}
		return "must be at most 128 characters long"
	}
	for _, r := range s {
		if hidden(r) {
			return "must not hold control characters or text-direction overrides"
		}
	}
	if edgeSpace(s) {
		return "must not begin or end with a space"
	}
	return ""
}

// hidden reports whether r changes how text is shown or parsed without being seen: the C0 and C1 controls, the line and paragraph
// separators, the bidirectional embeddings, overrides and isolates, and the noncharacters.
func hidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f:
		return true
	case r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	case r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe:
		return true
	}
	return false
}

func edgeSpace(s string) bool {
	if s == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return space(first) || space(last)
}

// space reports whether r is one of the visible-width spaces of Unicode (category Zs).
func space(r rune) bool {
	switch {
	case r == ' ', r == 0xa0, r == 0x1680, r == 0x202f, r == 0x205f, r == 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}
