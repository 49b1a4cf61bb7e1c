package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// lookForHeld is the target of a wish to ask the rules once more about somebody whose decision would have been held, had not another been
// under way. Nobody is looked at for it: what was reported is on record.
const lookForHeld = "held"

// askAgainAfter is how long after it was found that a decision is under way still the rules are to be asked.
const askAgainAfter = 10 * time.Second

// hold keeps what the rules decided on until automation goes on, in place of the open decision about that player. One that is under way
// comes first, and the rules are asked once more after it.
func (l *ledger) hold(s domain.Standing, record ports.DecisionRecord, why string, r request) ports.DecisionRecord {
	if open := l.open[s.UserID]; open != nil {
		if open.record.Status == domain.StatusPending {
			l.enqueue(ports.OutboxEntry{
				Effect: domain.Effect{Kind: domain.EffectObserve, User: s.UserID}, Target: lookForHeld,
				Lane: lane(record.Decision.Action, domain.EffectGroupRole), Delay: confirmAfter,
			})
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

// askAgain asks the rules, or an administrator, once more about a player, inside a unit that has locked them, or wishes for that again while a
// decision is under way. It returns the decisions that began or ended by that.
func (s *Service) askAgain(
	ctx context.Context, w ports.Writer, player domain.Standing, entry ports.OutboxEntry,
) ([]ports.DecisionRecord, error) {
	l, err := s.openLedger(ctx, w, s.parts.Policies.Current(), []domain.UserID{player.UserID})
	if err != nil {
		return nil, err
	}
	if open := l.open[player.UserID]; open != nil && open.record.Status == domain.StatusPending {
		entry.Delay = askAgainAfter
		l.enqueue(entry)
		return nil, l.write(ctx)
	}
	r := request{Caller: ports.Caller{Principal: SchedulePrincipal}, id: s.parts.IDs.NewID(), apply: true, snapshot: -1, now: s.now()}
	if entry.Target == lookForQuestion {
		return l.questionAgain(ctx, player, entry.DecisionID, r)
	}
	after, _, err := l.decide(ctx, player, r)
	if err != nil {
		return nil, err
	}
	return l.save(ctx, player, after)
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
