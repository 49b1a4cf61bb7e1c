package app

import (
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// hold keeps what the rules decided on until automation goes on, in place of the open decision about that player. One that is under way
// comes first.
func (l *ledger) hold(s domain.Standing, record ports.DecisionRecord, why string, r request) ports.DecisionRecord {
	if open := l.open[s.UserID]; open != nil {
		if open.record.Status == domain.StatusPending {
			return open.record
		}
		l.close(open, domain.StatusSuperseded, "overtaken by decision "+record.ID, r.now)
	}
	record.Status, record.Detail = domain.StatusHeld, why
	added := &entry{record: record, snapshot: r.snapshot}
	l.added = append(l.added, added)
	l.open[s.UserID] = added
	return record
}

// takeUp carries a decision out that was held and that the rules still ask for: as it was made where nothing changed since, otherwise as it
// is made anew.
func (l *ledger) takeUp(s domain.Standing, held *entry, anew ports.DecisionRecord, r request) (domain.Standing, ports.DecisionRecord) {
	if !unchanged(held.record, anew) {
		anew.SnapshotID = held.record.SnapshotID
		return l.carry(s, anew, r)
	}
	held.record.UpdatedAt = r.now
	l.closed = append(l.closed, held)
	after := l.begin(s, held, r.now)
	return after, held.record
}

// unchanged reports whether a decision that is made anew comes out as it was made, and nothing was decided about the player, or adopted,
// since. Only then can it be carried out, and taken back, by the standing that the record keeps.
func unchanged(held, anew ports.DecisionRecord) bool {
	a, b := held.Decision, anew.Decision
	was, is := held.Input, anew.Input
	return a.Reason == b.Reason && a.Until.Equal(b.Until) && a.Revision == b.Revision && was.Rank == is.Rank &&
		was.RankSince.Equal(is.RankSince) && was.DecidedAt.Equal(is.DecidedAt) && was.Punishment == is.Punishment && was.Served == is.Served
}
