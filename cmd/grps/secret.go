package main

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
