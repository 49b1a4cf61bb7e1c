package domain

import (
	"slices"
	"time"
)

// Key opens the API. It holds the digest of a secret, never the secret.
type Key struct {
	Name   string   // the principal that logs and records name
	Digest [32]byte // SHA-256 of the secret
	Scopes Scope

	Experiences []string // whom it may report for: names, and ids of universes in plain digits; nil is anybody
	MaxRank     string   // the highest rank that its decisions may grant; "" is any
	AnyActor    bool     // it may act for whomever it names
	Actors      []UserID // whom else it may act for

	NotBefore time.Time // it opens nothing before then; zero is always
	ExpiresAt time.Time // it opens nothing from then on; zero is never
	Signed    bool      // its requests are signed, with Digest for the key of the signature, and never hold the secret
	Rate      Rate      // how much it may ask; zero is as much as others
}

// Rate is how many requests may be made.
type Rate struct {
	PerSecond float64 // in the long run
	Burst     int     // at once
}

// Live reports whether the key opens anything at an instant.
func (k Key) Live(at time.Time) bool {
	return !at.Before(k.NotBefore) && (k.ExpiresAt.IsZero() || at.Before(k.ExpiresAt))
}

// MayActFor reports whether the key may act for a user. Nobody need be named.
func (k Key) MayActFor(user UserID) bool {
	return user.IsZero() || k.AnyActor || slices.Contains(k.Actors, user)
}

// MayReportFor reports whether the key may report for an experience that calls itself so, or for the universe with that id.
func (k Key) MayReportFor(experience string) bool {
	return k.Experiences == nil || slices.Contains(k.Experiences, experience)
}
