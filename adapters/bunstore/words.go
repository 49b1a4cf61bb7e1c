package bunstore

import "github.com/grps/grps/domain"

// orZero returns what a text or a number in a row means, and the zero value where it means nothing: what another program wrote, or a later
// release, and nobody here understands is as if it were absent.
func orZero[T any](meaning T, err error) T {
	if err != nil {
		return *new(T)
	}
	return meaning
}

// userFromNumber returns nobody for a number that is no id.
func userFromNumber(n int64) domain.UserID { return orZero(domain.NewUserID(n)) }

// universeFromNumber returns none for a number that is no id.
func universeFromNumber(n int64) domain.UniverseID { return orZero(domain.NewUniverseID(n)) }

// actionFromText returns the action that a text names, and none for a text that names nothing.
func actionFromText(text string) domain.Action { return orZero(domain.ParseAction(text)) }

// originFromText returns the origin that a text names, and the rules for a text that names nothing.
func originFromText(text string) domain.Origin { return orZero(domain.ParseOrigin(text)) }

// holdFromText returns the mode that a text names, and unsaid for a text that names nothing.
func holdFromText(text string) domain.HoldMode { return orZero(domain.ParseHoldMode(text)) }

// punishmentFromText returns the status that a text names, and none for a text that names nothing.
func punishmentFromText(text string) domain.PunishmentStatus {
	return orZero(domain.ParsePunishmentStatus(text))
}

// outcomeFromText returns the outcome that a text names; rows without one were written by other programs and changed something.
func outcomeFromText(text string) domain.FoldOutcome {
	for _, outcome := range [...]domain.FoldOutcome{domain.FoldFirst, domain.FoldStale} {
		if outcome.String() == text {
			return outcome
		}
	}
	return domain.FoldUpdated
}
