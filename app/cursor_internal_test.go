package app

import (
	"errors"
	"testing"

	"github.com/grps/grps/domain"
)

// FuzzCursor reads any cursor of a history and of a leaderboard. What is taken for one stands for the same place once it is written again,
// and all else is refused as what it is.
func FuzzCursor(f *testing.F) {
	for _, cursor := range []string{
		"", "7.0190a5d2-0000-7000-8000-000000000001", "0.", "520.7.77", "-1.0.9007199254740991", "+1.2.3", "1.2", "1.2.3.4", "9223372036854775808.1.1", "x",
	} {
		f.Add(cursor)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		page, err := parseBookmark(cursor)
		if wantCursor(t, cursor, err) {
			if again, err := parseBookmark(page.String()); err != nil || again != page || page.snapshot < 0 {
				t.Errorf("history from %q: got %+v, written again %+v and %v", cursor, page, again, err)
			}
		}
		mark, err := parseMark(cursor)
		if wantCursor(t, cursor, err) && cursor != "" {
			if again, err := parseMark(markText(mark)); err != nil || again != mark || mark.User.IsZero() {
				t.Errorf("leaderboard from %q: got %+v, written again %+v and %v", cursor, mark, again, err)
			}
		}
	})
}

// wantCursor reports whether a cursor was taken, and fails the test when it was refused for anything else than for being none.
func wantCursor(t *testing.T, cursor string, err error) bool {
	t.Helper()
	if err != nil && (!errors.Is(err, errCursor) || domain.KindOf(err) != domain.KindInvalid) {
		t.Errorf("cursor %q: got the error %v, want the one for cursors", cursor, err)
	}
	return err == nil
}
