package main

import "fmt"

// Secret is a text that prints as stars everywhere. Its zero value is no secret.
type Secret struct{ text string }

// Reveal returns the text, for the one place that needs it.
func (s Secret) Reveal() string { return s.text }

// IsSet reports whether there is a secret.
func (s Secret) IsSet() bool { return s.text != "" }

// String returns stars, or "" when there is no secret.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return "****"
}

// GoString hides the text from %#v too.
func (s Secret) GoString() string { return s.String() }

// minSecret is the length in bytes from which on a key cannot be guessed in practice.
const minSecret = 16

// minVariety is how many different characters a text must have to pass for a random one: of sixteen hexadecimal digits, fewer than six
// are different once in ten thousand times.
const minVariety = 6

// guessable says why a secret is a weak one; "" when it is not seen to be.
func guessable(text string) string {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	switch {
	case len(text) < minSecret:
		return fmt.Sprintf("has fewer than %d characters", minSecret)
	case len(seen) < minVariety:
		return "repeats the same few characters"
	}
	return ""
}
