package domain_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

// drawHeld draws roles that a member holds, managed and not.
func drawHeld(t *rapid.T, l domain.Ladder) []domain.RoleID {
	var held []domain.RoleID
	for r := range l.Managed() {
		if rapid.IntRange(0, 2).Draw(t, "holds "+r.Name) == 0 {
			held = append(held, r.Role)
		}
	}
	for _, unmanaged := range []int64{900, 901} {
		if rapid.Bool().Draw(t, "holds an unmanaged role") {
			held = append(held, roleID(t, unmanaged))
		}
	}
	return held
}

// meeting is a player, what Roblox shows of them, and what a comparison may rely on.
type meeting struct {
	policy  domain.Policy
	record  domain.Standing
	held    []domain.RoleID
	warrant domain.Warrant
}

func drawMeeting(t *rapid.T) meeting {
	p := drawPolicy(t)
	return meeting{
		p, drawStanding(t, p), drawHeld(t, p.Ladder()),
		domain.Warrant{Since: noon.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "since")) * day), Ordered: rapid.Bool().Draw(t, "ordered")},
	}
}

// follow carries out what comparisons come to, until one changes nothing. It fails the test if that takes more than a few.
func (m *meeting) follow(t *rapid.T) domain.Reconciliation {
	t.Helper()
	for range 4 {
		r := domain.Reconcile(m.policy, m.record, domain.Sight{Member: true, Held: m.held}, m.warrant)
		switch {
		case r.Outcome == domain.ReconcileAdopt:
			m.record = domain.Adopt(m.record, r.Observed, noon)
			next := domain.Reconcile(m.policy, m.record, domain.Sight{Member: true, Held: m.held}, m.warrant)
			if !r.Again && next.Outcome != domain.ReconcileSame {
				t.Fatalf("no comparison is due after %q was adopted, and it comes to %s", r.Observed, next.Outcome)
			}
		case r.Role:
			m.carryOut(t, r)
		default:
			return r
		}
	}
	t.Fatalf("four comparisons did not settle %q with the roles %v", m.record.Rank, m.held)
	return domain.Reconciliation{}
}

// carryOut makes the member hold the recorded role alone, as the wish that comes of an answer does.
func (m *meeting) carryOut(t *rapid.T, r domain.Reconciliation) {
	t.Helper()
	wish := domain.Effect{Kind: domain.EffectGroupRole, Rank: m.record.Rank, Expect: r.Expect}
	for range 3 {
		plan := domain.PlanRoles(m.policy.Ladder(), wish, true, m.held)
		switch plan.Outcome {
		case domain.PlanDone:
			return
		case domain.PlanRemember:
			wish.Expect = plan.Expect
		case domain.PlanMove:
			m.held = carryOut(m.held, plan.Steps)
		case domain.PlanSuperseded, domain.PlanNotMember, domain.PlanUnmapped:
			t.Fatalf("%s of %q, who holds %v, cannot be carried out: %+v", r.Outcome, m.record.Rank, m.held, plan)
		}
	}
	t.Fatalf("%s of %q was not done: %v", r.Outcome, m.record.Rank, m.held)
}

func TestComparisonsSettle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMeeting(t)
		last := m.follow(t)
		if last.Outcome == domain.ReconcileSame {
			want, _ := m.policy.Ladder().Rank(m.record.Rank)
			if managed, _ := split(m.policy.Ladder(), m.held); !slices.Equal(managed, []domain.RoleID{want.Role}) {
				t.Fatalf("the same, and the member holds %v, not %v alone", managed, want.Role)
			}
		}
	})
}

func TestComparisonsNeverTouchUnmanagedRoles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMeeting(t)
		_, before := split(m.policy.Ladder(), m.held)
		m.follow(t)
		if _, after := split(m.policy.Ladder(), m.held); !slices.Equal(before, after) {
			t.Fatalf("the unmanaged roles %v became %v", before, after)
		}
	})
}

func TestComparisonsNeitherGiveNorTakePrivilegedRoles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMeeting(t)
		before := slices.Clone(m.held)
		m.follow(t)
		for r := range m.policy.Ladder().Managed() {
			if r.Privileged && slices.Contains(before, r.Role) != slices.Contains(m.held, r.Role) {
				t.Fatalf("the privileged role of %s was changed: %v became %v", r.Name, before, m.held)
			}
		}
	})
}

// A store that was lost knows what games say, one that was set back what was true: neither was confirmed by Roblox since then.
func TestAmnesiaDemotesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMeeting(t)
		m.record.Punishment = domain.Punishment{}
		m.warrant.Since = noon.Add(30 * day)
		l := m.policy.Ladder()
		before, held := domain.ObservedRank(l, m.held)
		m.follow(t)
		if after, _ := domain.ObservedRank(l, m.held); held && after != before {
			t.Fatalf("whoever showed %s shows %q now", before, after)
		}
	})
}

func TestWhoGRPSNeverDecidedAboutIsLeftAloneAtRoblox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMeeting(t)
		m.record.Punishment, m.record.DecidedAt, m.record.ConfirmedAt, m.warrant.Ordered = domain.Punishment{}, time.Time{}, time.Time{}, false
		before := slices.Clone(m.held)
		m.follow(t)
		if !slices.Equal(before, m.held) {
			t.Fatalf("the roles %v became %v", before, m.held)
		}
	})
}

func TestWithoutAPolicyThatRestoresNobodyIsMovedFromTheHighestRoleThatPeopleGave(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMeeting(t)
		l := m.policy.Ladder()
		observed, held := domain.ObservedRank(l, m.held)
		if m.policy.Drift() == domain.DriftRestore || !held || m.record.Punishment.InForce() || m.record.Left.Has(observed) {
			t.Skip()
		}
		m.follow(t)
		if after, _ := domain.ObservedRank(l, m.held); after != observed {
			t.Fatalf("%s became %s", observed, after)
		}
	})
}
