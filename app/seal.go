package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/grps/grps/domain"
)

// Seals makes the marks by which somebody who was erased is known again: a keyed hash of the user id, from which nobody without the key
// finds the id. Marks are made with the first key; those of the others are known still. The zero Seals makes none.
type Seals struct{ keys [][]byte }

// NewSeals returns the seals of those keys, of which empty ones, and those that stand there already, are left out.
func NewSeals(keys ...string) Seals {
	var s Seals
	known := make(map[string]bool)
	for _, key := range keys {
		if key != "" && !known[key] {
			known[key] = true
			s.keys = append(s.keys, []byte(key))
		}
	}
	return s
}

// id returns a name of the i-th key that tells nothing about it.
func (s Seals) id(i int) string { return hex.EncodeToString(s.hash(i, "grps erasure key")[:8]) }

// mark returns what the i-th key makes of a user.
func (s Seals) mark(i int, user domain.UserID) string {
	return base64.RawURLEncoding.EncodeToString(s.hash(i, "grps erased user "+user.String()))
}

// marks returns what every key makes of a user.
func (s Seals) marks(user domain.UserID) []string {
	marks := make([]string, len(s.keys))
	for i := range s.keys {
		marks[i] = s.mark(i, user)
	}
	return marks
}

// knows reports whether one of the keys has the name.
func (s Seals) knows(id string) bool {
	for i := range s.keys {
		if s.id(i) == id {
			return true
		}
	}
	return false
}

func (s Seals) hash(i int, text string) []byte {
	h := hmac.New(sha256.New, s.keys[i])
	h.Write([]byte(text))
	return h.Sum(nil)
}
