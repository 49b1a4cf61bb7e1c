package domain

import "time"

// Retelling hears a player's reports once more, in the order of arrival: those that count, and those that do not any more. It knows then what
// games would have told without the latter. It is a value: a copy goes on by itself.
type Retelling struct {
	policy   Policy
	told     Standing // what the reports that count make of the player; the zero Standing before the first
	began    time.Time
	heard    parts // what reports that count said
	lost     parts // what reports that do not count said
	punished bool  // one that does not count reported a punishment
}

// parts says which parts that a report may leave out were there.
type parts struct{ display, warnings, recommendations, experience, metadata bool }

// NewRetelling returns one that has heard nothing.
func NewRetelling(p Policy) Retelling { return Retelling{policy: p} }

// Count returns the retelling after one more report that counts.
func (t Retelling) Count(s Snapshot) Retelling {
	if !t.Heard() {
		t.began = s.Received()
	}
	told, result := Fold(t.policy, t.told, s, s.Received())
	if result.Outcome != FoldStale {
		t.told, t.heard = told, t.heard.with(s.Report())
	}
	return t
}

// Drop returns the retelling after one more report that does not count.
func (t Retelling) Drop(s Snapshot) Retelling {
	t.lost = t.lost.with(s.Report())
	t.punished = t.punished || s.Report().Punishment != PunishmentNone
	return t
}

// Complete reports whether older reports would add nothing to what was heard by an instant: those that count said everything that a report
// can say, and where the policy bounds growth they go back as far as that.
func (t Retelling) Complete(at time.Time) bool {
	caps := t.policy.parts.Caps
	return t.heard == parts{true, true, true, true, true} && (caps == Caps{} || t.began.Before(at.Add(-caps.window())))
}

// Heard reports whether any report counts.
func (t Retelling) Heard() bool { return !t.told.UserID.IsZero() }

// Rewind returns s as it is by the reports that count alone. What games own becomes what these say; what they never said is unknown where
// only others said it, and stays where nobody did. What GRPS owns stays: rank, tenure, hold, the punishment in force; served falls with
// the warnings. A reported punishment that was not imposed counts only where a report that counts tells of it; imposed is the gravest
// that a decision imposed which does not rest on what is lost: that one is not imposed again. Where no report counts, counters are 0.
func (t Retelling) Rewind(s Standing, imposed PunishmentStatus) Standing {
	told := t.told
	s.Points, s.Kos, s.Wos, s.Growth = told.Points, told.Kos, told.Wos, told.Growth
	if t.Heard() {
		s.Username, s.LastSyncedAt = told.Username, told.LastSyncedAt
	}
	s.ObservedAt, s.Growth = told.ObservedAt, told.Growth
	unheard := !t.Heard()
	if t.heard.display || t.lost.display {
		s.DisplayName = told.DisplayName
	}
	if t.heard.warnings || t.lost.warnings || unheard {
		s.Warnings = told.Warnings
	}
	if t.heard.recommendations || t.lost.recommendations || unheard {
		s.Recommendations = told.Recommendations
	}
	if t.heard.experience || t.lost.experience {
		s.Experience = told.Experience
	}
	if t.heard.metadata || t.lost.metadata {
		s.Metadata = told.Metadata
	}
	s.Served = min(s.Served, s.Warnings)
	s.Owed = t.owed(s.Owed, imposed)
	return s
}

// owed returns the reported punishment that is remembered, of the one that was. One that was imposed stays unless a report that does not
// count had a part in it: told of a punishment, or let one be forgotten.
func (t Retelling) owed(was Owed, imposed PunishmentStatus) Owed {
	told := t.told.Owed
	switch {
	case !t.punished && was.Imposed && told.Status <= was.Status:
		return was
	case imposed > told.Status:
		return Owed{Status: imposed, Imposed: true}
	}
	told.Imposed = told.Status != PunishmentNone && imposed >= told.Status
	return told
}

func (p parts) with(r Report) parts {
	_, warnings := r.Warnings.Get()
	_, recommendations := r.Recommendations.Get()
	return parts{
		p.display || r.DisplayName != "", p.warnings || warnings, p.recommendations || recommendations,
		p.experience || r.Experience != (Experience{}), p.metadata || r.Metadata != "",
	}
}
