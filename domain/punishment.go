package domain

import (
	"strings"
	"time"
)

// PunishmentStatus says how grave a punishment is. Greater is graver.
type PunishmentStatus uint8

// The statuses, by gravity.
const (
	PunishmentNone   PunishmentStatus = iota // no punishment
	PunishmentTrial                          // a suspension: it ends on a date
	PunishmentSevere                         // a ban: it has no end
)

// String returns the text that games, dashboards and the players table use: "Trial_Punishment", "Punishment_Severe", and "" for none.
func (s PunishmentStatus) String() string {
	switch s {
	case PunishmentTrial:
		return "Trial_Punishment"
	case PunishmentSevere:
		return "Punishment_Severe"
	case PunishmentNone:
	}
	return ""
}

// ParsePunishmentStatus returns the status that text names, whatever its case. "" and "None" mean none; any other text is an error
// of KindInvalid that lists what is allowed.
func ParsePunishmentStatus(text string) (PunishmentStatus, error) {
	switch {
	case text == "", strings.EqualFold(text, "None"):
		return PunishmentNone, nil
	case strings.EqualFold(text, PunishmentTrial.String()):
		return PunishmentTrial, nil
	case strings.EqualFold(text, PunishmentSevere.String()):
		return PunishmentSevere, nil
	}
	return PunishmentNone, invalid("punishment_unknown",
		"the punishment status must be null, \"Trial_Punishment\" or \"Punishment_Severe\"")
}

// Punishment is a suspension or a ban in force. The zero value means that there is none.
type Punishment struct {
	Status PunishmentStatus
	Until  time.Time // when it ends; zero means that it has no end that is known here
}

// InForce reports whether there is a punishment. A suspension stays in force until it is lifted, also when its end has passed.
func (p Punishment) InForce() bool { return p.Status != PunishmentNone }

// Over reports whether the punishment has an end and now is at it or past it.
func (p Punishment) Over(now time.Time) bool { return !p.Until.IsZero() && !now.Before(p.Until) }

// Owed is a punishment that games report. It is imposed once: a game goes on reporting what it once saw, long after the punishment
// was served here.
type Owed struct {
	Status  PunishmentStatus
	Until   time.Time // the end that the game named; zero when it named none
	Imposed bool      // true once it has been imposed here, or was in force already when it was reported
}

// due reports whether a punishment of exactly this status was reported, is not yet imposed and, for a suspension, not over at now.
func (o Owed) due(status PunishmentStatus, now time.Time) bool {
	over := status == PunishmentTrial && !o.Until.IsZero() && !now.Before(o.Until)
	return o.Status == status && !o.Imposed && !over
}
