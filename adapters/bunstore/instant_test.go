package bunstore_test

import (
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore"
)

func TestInstantsThatOtherProgramsWriteAreUnderstood(t *testing.T) {
	half := time.Date(2026, time.March, 14, 12, 30, 15, 500_000_000, time.UTC)
	whole := half.Truncate(time.Second)
	for text, want := range map[string]time.Time{
		"2026-03-14T12:30:15.500000Z":             half,
		"2026-03-14T12:30:15.5Z":                  half,
		"2026-03-14T12:30:15Z":                    whole,
		"2026-03-14T14:30:15.5+02:00":             half,
		"2026-03-14 12:30:15":                     whole,
		"2026-03-14 12:30:15.5":                   half,
		"2026-03-14 12:30:15.5+00:00":             half,
		"2026-03-14 07:30:15-05":                  whole,
		"2026-03-14 14:30:15.5 +0200 CEST":        half,
		"2026-03-14T12:30:15":                     whole,
		"2026-03-14T12:30":                        whole.Truncate(time.Minute),
		"2026-03-14":                              time.Date(2026, time.March, 14, 0, 0, 0, 0, time.UTC),
		" 2026-03-14T12:30:15Z\n":                 whole,
		"2026-03-14T12:30:15.500000999Z":          half, // finer than a microsecond is cut
		"0001-01-01T00:00:00.000000Z":             {},
		"":                                        {},
		"infinity":                                {},
		"1773491415":                              {},
		"2026-13-14T12:30:15Z":                    {},
		"the day before yesterday":                {},
		"0000-01-01T00:00:00+23:59":               {}, // which is in the year before 0, as UTC has it
		"9999-12-31T23:59:59-23:59":               {},
		"2026-03-14T12:30:15Z and something more": {},
	} {
		if got := bunstore.ParseInstant(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestTheOrderOfWrittenInstantsIsTheOrderOfTime(t *testing.T) {
	at := time.Date(2026, time.March, 14, 12, 0, 0, 0, time.FixedZone("", 3600))
	last := ""
	for _, step := range []time.Duration{0, time.Microsecond, 9 * time.Microsecond, time.Millisecond, time.Second, 10 * time.Hour} {
		at = at.Add(step)
		text := bunstore.FormatInstant(at)
		if step > 0 && text <= last || len(text) != len("2006-01-02T15:04:05.000000Z") {
			t.Errorf("after %s: got %q behind %q, want a later text of the same width", step, text, last)
		}
		if back := bunstore.ParseInstant(text); !back.Equal(at) {
			t.Errorf("%q: got %v back, want %v", text, back, at)
		}
		last = text
	}
}
