package domain

import (
	"fmt"
	"time"
)

// Returned is what an undo gives back besides the rank, exactly as it was before the decision that it takes back.
type Returned struct {
	RankSince  time.Time
	FormerRank string
	Punishment Punishment
}

// Undo returns the decision that takes original back from a standing, at now. before is the standing that original was made for: rank,
// tenure, former rank and punishment become what they were in it. What games reported since stays, and so do the warnings that were
// served: they do not punish again. asked says what becomes of the hold; HoldUnsaid gives it back as it was, unless the rules would
// move the player at once. The error is of KindBlocked: code "not_undoable" where there is nothing to take back, "undo_conflict" where
// the standing is no longer what original made of it, or cannot become again what it was. Same input, same answer.
func Undo(p Policy, s Standing, original Decision, before Standing, asked HoldMode, now time.Time) (Decision, error) {
	now = Instant(now)
	if original.Action == ActionNone && original.Hold == HoldUnsaid {
		return Decision{}, blocked("not_undoable", "the decision changed nothing, so there is nothing to undo")
	}
	made, _ := Apply(p, before, original.Approved(), now)
	d := Decision{From: s.Rank, To: s.Rank, Reason: ReasonUndo, Revision: p.parts.Revision}
	if original.Action == ActionNone {
		if s.Hold != made.Hold {
			return Decision{}, conflicting("the hold was changed since")
		}
		d.pause(p, s, HoldUnsaid, holdAs(before.Hold), now)
		return d, nil
	}
	if err := revertible(p, s, made, before, now); err != nil {
		return Decision{}, err
	}
	d.Action, d.To = inverse(original.Action, before.Punishment), before.Rank
	d.Returned = Returned{before.RankSince, before.FormerRank, before.Punishment}
	if d.Action == ActionSuspend {
		d.Until = before.Punishment.Until
	}
	d.Checks.addPrivileged(p, d.From, d.To)
	hold := HoldUnsaid
	if original.Hold != HoldUnsaid && s.Hold == made.Hold {
		hold = holdAs(before.Hold)
	}
	d.pause(p, s, asked, hold, now)
	return d, nil
}

// inverse returns the action that takes an action back. before is the punishment that was in force before that.
func inverse(action Action, before Punishment) Action {
	switch action {
	case ActionPromote:
		return ActionDemote
	case ActionDemote:
		return ActionPromote
	case ActionSuspend, ActionBan:
		return ActionRestore
	case ActionRestore:
		if before.Status == PunishmentSevere {
			return ActionBan
		}
		return ActionSuspend
	case ActionNone:
	}
	return ActionNone
}

// revertible returns why s, which a decision turned from before into made, cannot be turned back.
func revertible(p Policy, s, made, before Standing, now time.Time) error {
	_, known := p.parts.Ladder.Rank(before.Rank)
	switch {
	case s.Rank != made.Rank:
		return conflicting(fmt.Sprintf("the rank is %q by now, and the decision made it %q", s.Rank, made.Rank))
	case s.Punishment.Status != made.Punishment.Status, !s.Punishment.Until.Equal(made.Punishment.Until):
		return conflicting("the punishment is not the one that the decision left in force")
	case before.Rank != s.Rank && !known:
		return conflicting(fmt.Sprintf("the rank before it, %q, is not on the ladder any more", before.Rank))
	case before.Punishment.Over(now) && !made.Punishment.InForce():
		return conflicting("the suspension that it ended is over by now; order SUSPEND to impose another")
	}
	return nil
}

// givenBack returns s as an undo leaves it.
func (s Standing) givenBack(d Decision, now time.Time) Standing {
	s = s.moved(d.To, now)
	s.RankSince, s.FormerRank, s.Punishment = d.Returned.RankSince, d.Returned.FormerRank, d.Returned.Punishment
	return s
}

// conflicting returns the error of an undo that the standing forbids.
func conflicting(why string) error {
	return blocked("undo_conflict", "the decision cannot be undone: "+why)
}
