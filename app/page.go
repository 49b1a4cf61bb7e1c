package app

import "github.com/grps/grps/domain"

// errCursor refuses a cursor that is none.
var errCursor = &domain.Error{
	Kind: domain.KindInvalid, Code: "cursor_invalid", Message: "the cursor was not given out here; begin without one",
}

// userOf returns the user behind whom a cursor says to go on; nobody for "", which begins at the first.
func userOf(cursor string) (domain.UserID, error) {
	if cursor == "" {
		return domain.UserID{}, nil
	}
	user, err := domain.ParseUserID(cursor)
	if err != nil {
		return domain.UserID{}, errCursor
	}
	return user, nil
}

// paged returns a page of rows, of which one more than a page holds was asked for, and the cursor of its last; "" where no row comes after.
func paged[R any](rows []R, limit int, cursor func(R) string) (page []R, next string) {
	if len(rows) <= limit {
		return rows, ""
	}
	return rows[:limit], cursor(rows[limit-1])
}
