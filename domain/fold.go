package domain

import "time"

// FoldOutcome says what became of a snapshot.
type FoldOutcome uint8

// The outcomes.
const (
	FoldFirst   FoldOutcome = iota // the player was not known before
	FoldUpdated                    // the standing now says what the snapshot says
	FoldStale                      // older than what was folded already: kept in history, changes nothing
)

// String returns the word that storage and logs use.
func (o FoldOutcome) String() string {
	switch o {
	case FoldFirst:
		return "first"
	case FoldStale:
		return "stale"
	case FoldUpdated:
	}
	return "updated"
}

// RankReport says how the rank that a game reported relates to the record.
type RankReport uint8

// The relations.
const (
	RankAgrees RankReport = iota // the same, none reported, or a name that is no rung
	RankEcho                     // a rank that GRPS moved the player out of, or any while a punishment is in force: ignored
	RankDrift                    // another rung: somebody changed the role by hand
)

// FoldResult says what a fold did and saw.
type FoldResult struct {
	Outcome FoldOutcome
	Rank    RankReport
	Drift   string // for RankDrift: the rung that was reported
}

// Fold merges a snapshot into what is believed of its player; prev is the zero Standing for a player who is not known. Counters,
// names and experience are taken as reported; punishments can only be added; the rank of a known player stands, and the result says
// whether the report disagrees. Folding the same snapshot twice equals folding it once.
func Fold(p Policy, prev Standing, s Snapshot, received time.Time) (next Standing, result FoldResult) {
	received = Instant(received)
	r, at := &s.report, s.At()
	if prev.UserID.IsZero() {
		return first(p, r, at, received), FoldResult{Outcome: FoldFirst}
	}
	if at.Before(prev.ObservedAt) {
		return prev, FoldResult{Outcome: FoldStale}
	}
	next = prev
	next.take(r)
	next.Owed = owedAfter(&prev, r, received)
	next.ObservedAt, next.LastSyncedAt = at, received
	if p.parts.Caps != (Caps{}) {
		next.Growth = prev.Growth.after(p.parts.Caps, prev.Points, next.Points, at, received)
	}
	result = FoldResult{Outcome: FoldUpdated, Rank: relate(p, &prev, r.Rank)}
	if result.Rank == RankDrift {
		result.Drift = r.Rank
	}
	return next, result
}

func first(p Policy, r *Report, at, received time.Time) Standing {
	next := Standing{UserID: r.UserID, CreatedAt: received}
	next.take(r)
	next.Owed = owedAfter(&Standing{}, r, received)
	next.ObservedAt, next.LastSyncedAt = at, received
	if _, ok := p.parts.Ladder.Rung(r.Rank); ok {
		next.Rank = r.Rank
	} else {
		next.Rank = p.parts.Ladder.Earned(r.Points).Name
	}
	return next
}

// take gives s what the game owns: names, counters, experience. What a report leaves out stays as it was.
func (s *Standing) take(r *Report) {
	s.Username = r.Username
	if r.DisplayName != "" {
		s.DisplayName = r.DisplayName
	}
	s.Points, s.Kos, s.Wos = r.Points, r.Kos, r.Wos
	s.Warnings = r.Warnings.Or(s.Warnings)
	s.Recommendations = r.Recommendations.Or(s.Recommendations)
	s.Served = min(s.Served, s.Warnings)
	if r.Experience != (Experience{}) {
		s.Experience = r.Experience
	}
	if r.Metadata != "" {
		s.Metadata = r.Metadata
	}
}

// owedAfter returns the reported punishment that is remembered once r was seen. A game repeats what it knows until its own copy is
// refreshed, so only a graver status, or a later end after the punishment was served, asks for a punishment again.
func owedAfter(prev *Standing, r *Report, received time.Time) Owed {
	owed, status := prev.Owed, r.Punishment
	if status == PunishmentTrial && !r.PunishmentUntil.IsZero() && !received.Before(r.PunishmentUntil) {
		status = PunishmentNone // it is over by the game's own word
	}
	served := owed.Imposed && !prev.Punishment.InForce()
	switch {
	case status == PunishmentNone && (served || !owed.Imposed):
		return Owed{} // the game knows that it is over, or took back what was not imposed yet
	case status > owed.Status:
		return Owed{Status: status, Until: r.PunishmentUntil, Imposed: prev.Punishment.Status >= status}
	case status != owed.Status || owed.Until.IsZero() || !r.PunishmentUntil.After(owed.Until):
		return owed
	case served:
		return Owed{Status: status, Until: r.PunishmentUntil}
	case owed.Imposed:
		owed.Until = r.PunishmentUntil // the game's own end for what is in force: no news once that is served
	}
	return owed
}

func relate(p Policy, prev *Standing, reported string) RankReport {
	if reported == prev.Rank {
		return RankAgrees
	}
	if _, ok := p.parts.Ladder.Rung(reported); !ok {
		return RankAgrees
	}
	if prev.Left.Has(reported) || prev.Punishment.InForce() {
		return RankEcho
	}
	return RankDrift
}
