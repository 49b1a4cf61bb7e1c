package domain_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

// drawOrder draws any order, also ones that make no sense.
func drawOrder(t *rapid.T, p domain.Policy) domain.Order {
	return domain.Order{
		Action: domain.Action(rapid.IntRange(int(domain.ActionNone), int(domain.ActionRestore)).Draw(t, "ordered")),
		To:     rapid.SampledFrom([]string{"", drawRank(t, p, "ordered rank")}).Draw(t, "to"),
		Days:   rapid.SampledFrom([]int64{0, 0, 0, 1, 2, domain.MaxDays}).Draw(t, "days"),
		Hold:   rapid.SampledFrom([]domain.HoldMode{domain.HoldUnsaid, domain.HoldUnsaid, domain.HoldOn, domain.HoldOff}).Draw(t, "hold"),
	}
}

// drawExecuted draws an order that can be executed, and executes it.
func drawExecuted(t *rapid.T, p domain.Policy, s domain.Standing) (domain.Order, domain.Decision) {
	o := drawOrder(t, p)
	d, err := domain.Execute(p, s, o, noon)
	if err != nil {
		t.Skip("the order cannot be executed")
	}
	return o, d
}

func TestWhatAPersonOrderedTheRulesLeaveAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawStanding(t, p)
		o, d := drawExecuted(t, p, s)
		after, _ := domain.Apply(p, s, d, noon)
		next := domain.Evaluate(p, after, noon.Add(time.Microsecond))
		moves := next.Action == domain.ActionPromote || next.Action == domain.ActionDemote
		switch o.Action {
		case domain.ActionPromote, domain.ActionDemote:
			if moves && o.Hold != domain.HoldOff {
				t.Fatalf("%s to %q: the rules decide %s to %q right after", d.Action, d.To, next.Action, next.To)
			}
		case domain.ActionSuspend, domain.ActionBan:
			if next.Action != domain.ActionNone && next.Action != domain.ActionBan && p.Punishments().TrialLockPromotion {
				t.Fatalf("%s: the rules decide %s right after", d.Action, next.Action)
			}
		case domain.ActionRestore:
			if next.Action.Punishes() {
				t.Fatalf("RESTORE: the rules decide %s %s right after", next.Action, next.Reason)
			}
		case domain.ActionNone:
			if moves && d.Hold == domain.HoldOn {
				t.Fatalf("on hold: the rules decide %s right after", next.Action)
			}
		}
		if after.Hold != d.Hold.After(s.Hold) {
			t.Fatalf("the hold is %t after %q, and was %t", after.Hold, d.Hold, s.Hold)
		}
		if d.NeedsApproval || d.Sentence() == "" {
			t.Fatalf("got %+v, want no need of approval, and a sentence", d)
		}
	})
}

func TestAnOrderLeadsWhereItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawStanding(t, p)
		o, d := drawExecuted(t, p, s)
		index := make(map[string]int)
		for r := range p.Ladder().Rungs() {
			index[r.Name] = len(index)
		}
		to, rung := index[d.To]
		switch {
		case d.Action != o.Action || d.From != s.Rank || d.Reason != domain.ReasonManual:
			t.Fatalf("%+v became %+v", o, d)
		case o.To != "" && d.To != o.To:
			t.Fatalf("ordered to %q, led to %q", o.To, d.To)
		case d.Action == domain.ActionPromote && (!rung || to <= index[s.Rank]):
			t.Fatalf("PROMOTE from %q to %q", s.Rank, d.To)
		case d.Action == domain.ActionDemote && (!rung || to >= index[s.Rank]):
			t.Fatalf("DEMOTE from %q to %q", s.Rank, d.To)
		case d.Action == domain.ActionRestore && !rung:
			t.Fatalf("RESTORE to %q, which is no rung", d.To)
		case d.Action == domain.ActionSuspend && !d.Until.After(noon), d.Action != domain.ActionSuspend && !d.Until.IsZero():
			t.Fatalf("%s until %s", d.Action, d.Until)
		}
		again, err := domain.Execute(p, s, o, noon)
		if err != nil || again != d {
			t.Fatalf("got %+v (%v) the second time, want %+v", again, err, d)
		}
	})
}

// drawDecided draws a decision of any origin that is carried into the standing.
func drawDecided(t *rapid.T, p domain.Policy, s domain.Standing) domain.Decision {
	if rapid.Bool().Draw(t, "by a person") {
		_, d := drawExecuted(t, p, s)
		return d
	}
	return domain.Evaluate(p, s, noon)
}

func TestAnUndoGivesBackEverythingButWhatGamesReported(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		before := drawStanding(t, p)
		d := drawDecided(t, p, before)
		made, _ := domain.Apply(p, before, d.Approved(), noon)
		reported := made
		if rapid.Bool().Draw(t, "a report came in") {
			reported, _ = domain.Fold(p, made, drawSnapshot(t, p), noon)
		}
		undo, err := domain.Undo(p, reported, d, before, domain.HoldUnsaid, noon.Add(time.Second))
		if err != nil {
			t.Skip("it cannot be undone")
		}
		after, _ := domain.Apply(p, reported, undo, noon.Add(time.Second))
		want := reported
		if d.Action != domain.ActionNone {
			want.Rank, want.RankSince, want.FormerRank, want.Punishment = before.Rank, before.RankSince, before.FormerRank, before.Punishment
			want.Left, want.DecidedAt = after.Left, noon.Add(time.Second)
		}
		want.Hold = after.Hold
		if after != want {
			t.Fatalf("got\n%+v, want\n%+v", after, want)
		}
		if d.Hold != domain.HoldUnsaid && !after.Hold && before.Hold {
			t.Fatal("the hold from before the decision is gone")
		}
		if undo.NeedsApproval || undo.Sentence() == "" || undo.Reason != domain.ReasonUndo {
			t.Fatalf("got %+v", undo)
		}
		next := domain.Evaluate(p, after, noon.Add(2*time.Second))
		moved := undo.Action == domain.ActionPromote || undo.Action == domain.ActionDemote
		if moved && (next.Action == domain.ActionPromote || next.Action == domain.ActionDemote) {
			t.Fatalf("the rules decide %s to %q right after the undo", next.Action, next.To)
		}
		if again, _ := domain.Undo(p, reported, d, before, domain.HoldUnsaid, noon.Add(time.Second)); again != undo {
			t.Fatalf("got %+v the second time, want %+v", again, undo)
		}
	})
}

func TestAnUndoCanBeUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		before := drawStanding(t, p)
		d := drawDecided(t, p, before)
		made, _ := domain.Apply(p, before, d.Approved(), noon)
		undo, err := domain.Undo(p, made, d, before, domain.HoldUnsaid, noon.Add(time.Second))
		if err != nil {
			t.Skip("it cannot be undone")
		}
		if made.Punishment.Over(noon.Add(2 * time.Second)) {
			t.Skip("by the time that it is done again it is over")
		}
		undone, _ := domain.Apply(p, made, undo, noon.Add(time.Second))
		redo, err := domain.Undo(p, undone, undo, made, domain.HoldUnsaid, noon.Add(2*time.Second))
		if err != nil {
			t.Fatalf("%s to %q cannot be done again: %v", d.Action, d.To, err)
		}
		if redo.Action != d.Action || redo.To != d.To {
			t.Fatalf("%s to %q was done again as %s to %q", d.Action, d.To, redo.Action, redo.To)
		}
		after, _ := domain.Apply(p, undone, redo, noon.Add(2*time.Second))
		wantGivenBack(t, made, after)
	})
}

// drawStaffedPolicy draws a policy in which every rank may do everything.
func drawStaffedPolicy(t *rapid.T) domain.Policy {
	p := drawPolicy(t)
	parts := domain.PolicyParts{
		Ladder: p.Ladder(), Punishments: p.Punishments(), Privileged: p.Privileged(), Revision: p.Revision(),
	}
	for _, name := range managedNames(p.Ladder()) {
		given := domain.Permission{CanWarn: true, CanAdjust: true, CanBan: true}
		parts.Permissions = append(parts.Permissions, domain.RankPermission{Rank: name, Permission: given})
	}
	return must(domain.NewPolicy(parts))(t)
}

func TestNobodyIsAllowedAtOrAboveTheirOwnRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawStaffedPolicy(t)
		actor, target := drawStanding(t, p), drawStanding(t, p)
		actor.UserID = userID(t, 2)
		index := make(map[string]int)
		for r := range p.Ladder().Rungs() {
			index[r.Name] = len(index)
		}
		_, d := drawExecuted(t, p, target)
		own, ok := index[actor.Rank]
		held := target.Rank
		if _, rung := index[held]; !rung && target.Punishment.InForce() {
			held = target.FormerRank
		}
		at, known := index[held]
		to, grants := index[d.To]
		want := ok && known && at < own && (!grants || to < own) && !actor.Punishment.InForce()
		if err := domain.Authorize(p, actor, target, d); (err == nil) != want {
			t.Fatalf("%q on %q (held %q), %s to %q: got %v, want that it may: %t", actor.Rank, target.Rank, held, d.Action, d.To, err, want)
		}
	})
}
