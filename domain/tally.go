package domain

import "time"

// An hour by minutes, and the minute that it begins in.
const (
	tallyStep   = time.Minute
	tallyLength = int64(time.Hour/tallyStep) + 1
)

// Moved is how many players automation moved, and how many of those down: demoted, suspended or banned.
type Moved struct {
	All  int64
	Down int64
}

// TallyMinute is what automation moved in one minute.
type TallyMinute struct {
	At time.Time // when the minute begins
	Moved
}

// Tally counts what automation moved in the last hour, minute by minute. The zero value is empty. A minute counts as a whole until all of
// it is more than an hour ago, so that no hour holds more than the tally says; and a clock that is set back makes nothing forgotten.
type Tally struct {
	at [tallyLength]struct {
		minute int64 // since 1970; 0 for none
		moved  Moved
	}
}

// TallyOf returns the tally of those minutes. Of minutes more than an hour apart, the later ones count.
func TallyOf(minutes ...TallyMinute) Tally {
	var t Tally
	for _, m := range minutes {
		slot := &t.at[slotOf(minuteOf(m.At))]
		if minute := minuteOf(m.At); minute > slot.minute {
			slot.minute, slot.moved = minute, m.Moved
		}
	}
	return t
}

// With returns the tally with one more move.
func (t Tally) With(at time.Time, down bool) Tally {
	minute := max(minuteOf(at), t.newest())
	slot := &t.at[slotOf(minute)]
	if slot.minute != minute {
		slot.minute, slot.moved = minute, Moved{}
	}
	slot.moved.All++
	if down {
		slot.moved.Down++
	}
	return t
}

// LastHour returns what was moved in the hour before now.
func (t Tally) LastHour(now time.Time) Moved {
	var sum Moved
	from := max(minuteOf(now), t.newest()) - tallyLength
	for _, slot := range t.at {
		if slot.minute > from {
			sum.All += slot.moved.All
			sum.Down += slot.moved.Down
		}
	}
	return sum
}

// Minutes returns the minutes in which something was moved, oldest first; nil when there are none.
func (t Tally) Minutes() []TallyMinute {
	var minutes []TallyMinute
	newest := t.newest()
	for minute := newest - tallyLength + 1; minute <= newest; minute++ {
		if slot := t.at[slotOf(minute)]; slot.minute == minute && slot.moved != (Moved{}) {
			minutes = append(minutes, TallyMinute{Instant(time.Unix(minute*int64(tallyStep/time.Second), 0)), slot.moved})
		}
	}
	return minutes
}

// newest returns the latest minute in which something was moved; 0 for none.
func (t Tally) newest() int64 {
	newest := int64(0)
	for _, slot := range t.at {
		newest = max(newest, slot.minute)
	}
	return newest
}

// minuteOf returns the minute that an instant is in, counted from 1970; those before count as none.
func minuteOf(at time.Time) int64 { return max(at.Unix()/int64(tallyStep/time.Second), 0) }

func slotOf(minute int64) int64 { return ((minute % tallyLength) + tallyLength) % tallyLength }
