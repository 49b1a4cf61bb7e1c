package domain

import "time"

// Instant returns t in UTC, cut to microseconds and without a monotonic reading: the only form of time that enters this package. It
// is the finest that every storage keeps, so a value compares equal after a round trip. The zero time stays zero.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
