package domain

import (
	"strings"
	"unicode/utf8"
)

// Redacted stands in a text where somebody was named who was erased.
const Redacted = "[erased]"

// shortestName is how many runes a name needs for a text to be searched for it: shorter ones mean something else more often.
const shortestName = 3

// Redact returns the text with Redacted in the place of every mention of the user: of the id, as a whole number, and of each of the names, as
// a whole word, whatever the case of its letters. A name of one or two runes is not searched for.
func Redact(text string, user UserID, names []string) string {
	for _, name := range names {
		if utf8.RuneCountInString(name) >= shortestName {
			text = withoutWord(text, name, inWord)
		}
	}
	return withoutWord(text, user.String(), digit) // last, as a name may end in it
}

func digit(r rune) bool { return '0' <= r && r <= '9' }

// inWord reports whether a rune goes on with a word. What is beyond ASCII does: names there have no end that could be told.
func inWord(r rune) bool {
	return r == '_' || r >= 0x80 || digit(r) || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// withoutWord replaces every word that has no rune which continues it on either side.
func withoutWord(text, word string, continues func(rune) bool) string {
	var b strings.Builder
	before := ' '
	for i := 0; i < len(text); {
		end := i + len(word)
		if !continues(before) && end <= len(text) && strings.EqualFold(text[i:end], word) {
			if after, _ := utf8.DecodeRuneInString(text[end:]); end == len(text) || !continues(after) {
				b.WriteString(Redacted)
				i, before = end, ']'
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		b.WriteString(text[i : i+size])
		i, before = i+size, r
	}
	return b.String()
}
