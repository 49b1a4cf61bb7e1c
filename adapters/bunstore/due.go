package bunstore

import "github.com/grps/grps/ports"

// dueRow is what is read of something that is due. An instant stands in place as the database writes it: other programs write some in forms
// that would sort elsewhere if they were written anew.
type dueRow struct {
	UserID   int64  `bun:"user_id"`
	Decision string `bun:"id"`
	Place    string `bun:"place"`
}

func dueFromRows(rows []dueRow) []ports.Due {
	due := make([]ports.Due, len(rows))
	for i, r := range rows {
		due[i] = ports.Due{User: userFromNumber(r.UserID), Decision: r.Decision, Place: r.Place}
	}
	return due
}
