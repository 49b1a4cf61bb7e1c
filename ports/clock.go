package ports

import "time"

// Clock tells the time.
type Clock interface {
	// Now returns the present instant, never earlier than about the one before. It may be called from any goroutine.
	Now() time.Time
}

// IDSource makes identifiers.
type IDSource interface {
	// NewID returns a UUID version 7 in its canonical text, different each time. It may be called from any goroutine.
	NewID() string
}
