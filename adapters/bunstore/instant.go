package bunstore

import (
	"database/sql/driver"
	"strings"
	"time"

	"github.com/grps/grps/domain"
)

// layout is the one form in which instants are written: UTC, in microseconds, as wide for every instant of the years 0 to 9999, so
// that the order of such texts is the order of time.
const layout = "2006-01-02T15:04:05.000000Z"

// instant is an instant in a row. The zero time is NULL.
type instant struct{ at time.Time }

// Value implements driver.Valuer.
func (i instant) Value() (driver.Value, error) {
	if i.at.IsZero() {
		return nil, nil //nolint:nilnil // NULL is a value
	}
	return formatInstant(i.at), nil
}

// Scan implements sql.Scanner. It never fails: what cannot be understood is the zero time, for other programs write rows too.
func (i *instant) Scan(source any) error {
	i.at = scanInstant(source)
	return nil
}

// stamp is an instant in a column that is never NULL. The zero time is the first instant of the year 1, as in Go.
type stamp struct{ at time.Time }

// Value implements driver.Valuer.
func (s stamp) Value() (driver.Value, error) { return formatInstant(s.at), nil }

// Scan implements sql.Scanner. It never fails, as that of instant.
func (s *stamp) Scan(source any) error {
	s.at = scanInstant(source)
	return nil
}

func scanInstant(source any) time.Time {
	switch v := source.(type) {
	case time.Time:
		return instantOf(v)
	case string:
		return parseInstant(v)
	case []byte:
		return parseInstant(string(v))
	}
	return time.Time{}
}

// formatInstant returns t in the form of layout.
func formatInstant(t time.Time) string { return domain.Instant(t).Format(layout) }

// parseInstant returns the instant that text means, in any of the forms that programs and databases write; a form without a zone is
// UTC. It is the zero time when there is none.
func parseInstant(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	if t, err := time.Parse(layout, text); err == nil {
		return instantOf(t)
	}
	text = strings.TrimSpace(text)
	for _, form := range [...]string{
		time.RFC3339, // every form takes a fraction of a second too
		"2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04:05-07",
		"2006-01-02 15:04:05 -0700 MST",
		"2006-01-02T15:04:05",
		time.DateTime,
		"2006-01-02T15:04",
		"2006-01-02 15:04",
		time.DateOnly,
	} {
		if t, err := time.Parse(form, text); err == nil {
			return instantOf(t)
		}
	}
	return time.Time{}
}

// instantOf returns the zero time for what layout has no form for, too.
func instantOf(t time.Time) time.Time {
	if year := t.UTC().Year(); t.IsZero() || year < 0 || year > 9999 {
		return time.Time{}
	}
	return domain.Instant(t)
}
