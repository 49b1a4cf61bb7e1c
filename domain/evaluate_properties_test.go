package domain_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

func TestApplyingADecisionSettlesTheInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawStanding(t, p)
		d := domain.Evaluate(p, s, noon)

		after, _ := domain.Apply(p, s, d.Approved(), noon)

		if again := domain.Evaluate(p, after, noon); again.Action != domain.ActionNone {
			t.Fatalf("after %s %s: got %s %s at the same instant, want NONE", d.Action, d.Reason, again.Action, again.Reason)
		}
	})
}

func TestMorePointsNeverLowerTheOutcome(t *testing.T) {
	// Punishments are not a matter of points, so they must not change at all. A release is one only where the former rank is gone.
	outcome := func(a domain.Action) int {
		return slices.Index([]domain.Action{domain.ActionDemote, domain.ActionNone, domain.ActionPromote}, a)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		poor := drawStanding(t, p)
		rich := poor
		rich.Points += rapid.Int64Range(1, 25).Draw(t, "more")

		d, more := domain.Evaluate(p, poor, noon), domain.Evaluate(p, rich, noon)

		if d.Action == domain.ActionRestore || more.Action == domain.ActionRestore {
			if d.Action == more.Action && slices.Index(managedNames(p.Ladder()), d.To) > slices.Index(managedNames(p.Ladder()), more.To) {
				t.Fatalf("with %d points released to %q, with %d to %q", poor.Points, d.To, rich.Points, more.To)
			}
			return
		}
		low, high := outcome(d.Action), outcome(more.Action)
		if (low < 0 || high < 0) && d.Action != more.Action || low > high {
			t.Fatalf("with %d points %s, with %d %s", poor.Points, d.Action, rich.Points, more.Action)
		}
	})
}

func TestADecisionMovesOneRungAndOnlyToRanksOfTheLadder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawStanding(t, p)
		d := domain.Evaluate(p, s, noon)
		if d.From != s.Rank {
			t.Fatalf("got from %q, want the rank held: %q", d.From, s.Rank)
		}
		want := s.Rank
		switch d.Action {
		case domain.ActionPromote:
			next, _ := p.Ladder().Next(s.Rank)
			want = next.Name
		case domain.ActionDemote:
			previous, _ := p.Ladder().Previous(s.Rank)
			want = previous.Name
		case domain.ActionSuspend, domain.ActionBan:
			if suspension, ok := p.Ladder().Suspension(); ok {
				want = suspension.Name
			}
		case domain.ActionRestore:
			if _, ok := p.Ladder().Rung(d.To); !ok {
				t.Fatalf("got a release to %q, want a rung", d.To)
			}
			return
		case domain.ActionNone:
		}
		if d.To != want {
			t.Fatalf("%s from %q leads to %q, want %q", d.Action, d.From, d.To, want)
		}
	})
}

func TestABanBeatsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawStanding(t, p)
		if p.Permission(s.Rank).Ignored {
			t.Skip("automation does not look at this rank")
		}
		if rapid.Bool().Draw(t, "banned") {
			s.Punishment = domain.Punishment{Status: domain.PunishmentSevere}
			if d := domain.Evaluate(p, s, noon); d.Action != domain.ActionNone || d.Reason != domain.ReasonBanned {
				t.Fatalf("a ban is in force: got %s %s, want NONE BANNED", d.Action, d.Reason)
			}
			return
		}
		if s.Punishment.Status == domain.PunishmentSevere {
			s.Punishment = domain.Punishment{}
		}
		s.Warnings = p.Punishments().SevereThreshold + rapid.Int64Range(0, 2).Draw(t, "beyond")
		s.Served = min(s.Served, s.Warnings-1)
		d := domain.Evaluate(p, s, noon)
		if d.Reason == domain.ReasonRejected {
			if p.Privileged() != domain.PrivilegedApproval || s.Rejected.Action != domain.ActionBan || !noon.Before(s.Rejected.Until) {
				t.Fatalf("got %s although the mode is %s and %+v was refused", d.Reason, p.Privileged(), s.Rejected)
			}
			return
		}
		if d.Reason == domain.ReasonPrivileged {
			if p.Privileged() != domain.PrivilegedNever {
				t.Fatalf("got %s although the mode is %s", d.Reason, p.Privileged())
			}
			return
		}
		if d.Action != domain.ActionBan || d.Reason != domain.ReasonWarningsSevere {
			t.Fatalf("%d warnings, %d served: got %s %s, want BAN", s.Warnings, s.Served, d.Action, d.Reason)
		}
	})
}

func TestAPrivilegedRankNeverMovesByItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawStanding(t, p)
		privileged := func(name string) bool { r, ok := p.Ladder().Rank(name); return ok && r.Privileged }
		d := domain.Evaluate(p, s, noon)
		touches := d.Action != domain.ActionNone && (privileged(d.From) || privileged(d.To))

		switch p.Privileged() {
		case domain.PrivilegedApproval:
			if d.NeedsApproval != touches {
				t.Fatalf("%s from %q to %q: got that it needs approval %t, want %t", d.Action, d.From, d.To, d.NeedsApproval, touches)
			}
		case domain.PrivilegedNever:
			if touches || d.NeedsApproval {
				t.Fatalf("got %s from %q to %q, needs approval %t, want nothing of the kind", d.Action, d.From, d.To, d.NeedsApproval)
			}
		case domain.PrivilegedAutomatic:
			if d.NeedsApproval {
				t.Fatalf("%s from %q to %q needs approval, want none", d.Action, d.From, d.To)
			}
		}
		if after, effects := domain.Apply(p, s, d, noon); d.NeedsApproval && (after != s || effects != nil) {
			t.Fatalf("%s needs approval and was carried out", d.Action)
		}
	})
}

func TestAnAnswerSaysUntilWhenOnlyForASuspension(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawStanding(t, p)
		d := domain.Evaluate(p, s, noon)
		switch {
		case d.Action == domain.ActionSuspend:
			if !d.Until.After(noon) {
				t.Fatalf("got a suspension until %s, want one that lies ahead", d.Until)
			}
		case d.Reason == domain.ReasonSuspended:
			if d.Until != s.Punishment.Until {
				t.Fatalf("got %s, want the end of the suspension in force: %s", d.Until, s.Punishment.Until)
			}
		case !d.Until.IsZero():
			t.Fatalf("%s %s: got until %s, want none", d.Action, d.Reason, d.Until)
		}
	})
}

func TestEvaluateIsAFunctionOfItsInputs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawStanding(t, p)
		standing, rungs := s, slices.Collect(p.Ladder().Managed())

		d, again := domain.Evaluate(p, s, noon), domain.Evaluate(p, s, noon)

		if fmt.Sprintf("%#v", d) != fmt.Sprintf("%#v", again) || d != again {
			t.Fatalf("got %+v, and then %+v", d, again)
		}
		if s != standing || !slices.Equal(rungs, slices.Collect(p.Ladder().Managed())) {
			t.Fatal("evaluating changed its inputs")
		}
		for _, check := range d.Checks.All() {
			if check.Sentence() == "" {
				t.Fatalf("the check %+v has no sentence", check)
			}
		}
		if d.Sentence() == "" {
			t.Fatalf("%s %s has no sentence", d.Action, d.Reason)
		}
	})
}

// Where a later rule was overruled, one check more than the longest evaluation makes would fall off the end.
func TestEvaluateNeverFillsTheListOfChecks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawStanding(t, p)
		checks := domain.Evaluate(p, s, noon).Checks.All()
		full := domain.ChecksOf(make([]domain.Check, 99)...)
		if longest := len(full.All()); len(checks) >= longest {
			t.Fatalf("got %d checks of at most %d: some may have been left out:\n%+v", len(checks), longest, checks)
		}
	})
}
