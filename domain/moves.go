package domain

import "time"

// MovesLength is how many moves a [Moves] remembers, and so the most that a policy can allow a player in a day.
const MovesLength = 8

// Moves is when automation last moved a player along the ladder, newest first. The zero value is empty.
type Moves struct {
	at [MovesLength]int64 // Unix microseconds; 0 for none
}

// MovesOf returns the moves at those instants, the first being the newest. Instants beyond MovesLength and zero ones are left out.
func MovesOf(instants ...time.Time) Moves {
	var m Moves
	n := 0
	for _, at := range instants {
		if !at.IsZero() && n < MovesLength {
			m.at[n] = at.UnixMicro()
			n++
		}
	}
	return m
}

// With returns the moves with one more, at the given instant; the oldest falls off when it is full.
func (m Moves) With(at time.Time) Moves {
	copy(m.at[1:], m.at[:MovesLength-1])
	m.at[0] = at.UnixMicro()
	return m
}

// After returns how many moves were later than t.
func (m Moves) After(t time.Time) int {
	n, from := 0, t.UnixMicro()
	for _, at := range m.at {
		if at != 0 && at > from {
			n++
		}
	}
	return n
}

// Instants returns when the moves were, newest first; nil when there are none.
func (m Moves) Instants() []time.Time {
	var instants []time.Time
	for _, at := range m.at {
		if at != 0 {
			instants = append(instants, Instant(time.UnixMicro(at)))
		}
	}
	return instants
}
