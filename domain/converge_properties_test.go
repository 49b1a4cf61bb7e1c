package domain_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

// drawWish draws a member's roles, managed and not, and a wish that expects what the member shows. Suspensions are the hardest to carry
// out, so half of the wishes are.
func drawWish(t *rapid.T) (domain.Ladder, domain.Effect, []domain.RoleID) {
	l := drawPolicy(t).Ladder()
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
	wanted := rapid.SampledFrom(managedNames(l)).Draw(t, "wanted")
	if suspension, ok := l.Suspension(); ok && rapid.Bool().Draw(t, "suspend") {
		wanted = suspension.Name
	}
	observed, _ := domain.ObservedRank(l, held)
	expected := []string{observed}
	if want, _ := l.Rank(wanted); slices.Contains(held, want.Role) {
		for r := range l.Managed() { // a privileged rank beside the one wanted is somebody else's gift unless it was expected
			if r.Privileged && slices.Contains(held, r.Role) {
				expected = append(expected, r.Name)
			}
		}
	}
	return l, domain.Effect{
		Kind: domain.EffectGroupRole, Rank: wanted, Expect: domain.TrailOf(expected...),
	}, rapid.Permutation(held).Draw(t, "order")
}

func isManaged(l domain.Ladder, role domain.RoleID) bool {
	for r := range l.Managed() {
		if r.Role == role {
			return true
		}
	}
	return false
}

// split returns the managed and the unmanaged roles among held, each in order.
func split(l domain.Ladder, held []domain.RoleID) (managed, unmanaged []domain.RoleID) {
	for _, role := range held {
		if isManaged(l, role) {
			managed = append(managed, role)
		} else {
			unmanaged = append(unmanaged, role)
		}
	}
	return managed, unmanaged
}

// wantConverged follows plans until one is done and checks where they led.
func wantConverged(t *rapid.T, l domain.Ladder, wish domain.Effect, held []domain.RoleID) {
	t.Helper()
	_, before := split(l, held)
	for range 4 {
		plan := domain.PlanRoles(l, wish, true, held)
		if plan.Outcome == domain.PlanDone {
			want, _ := l.Rank(wish.Rank)
			managed, unmanaged := split(l, held)
			if !slices.Equal(managed, []domain.RoleID{want.Role}) || !slices.Equal(unmanaged, before) {
				t.Fatalf("done with the managed roles %v and the unmanaged %v, want %v and %v", managed, unmanaged, want.Role, before)
			}
			return
		}
		switch {
		case plan.Outcome == domain.PlanRemember:
			wish.Expect = plan.Expect
		case plan.Outcome == domain.PlanMove && len(plan.Steps) > 0:
			held = carryOut(held, plan.Steps)
		default:
			t.Fatalf("held %v: got %+v, want a move", held, plan)
		}
	}
	t.Fatalf("four plans did not lead to %q, held %v", wish.Rank, held)
}

func TestPlansLeadToTheOneRoleWanted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, wish, held := drawWish(t)
		wantConverged(t, l, wish, held)
	})
}

func TestPlansConvergeAfterAnInterruptionAtAnyStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, wish, held := drawWish(t)
		plan, wish := planned(l, wish, held)
		for i := range plan.Steps {
			wantConverged(t, l, wish, carryOut(held, plan.Steps[:i+1]))
		}
	})
}

// planned returns the plan for the wish, and the wish as it then stands: with what the plan wanted remembered.
func planned(l domain.Ladder, wish domain.Effect, held []domain.RoleID) (domain.RolePlan, domain.Effect) {
	plan := domain.PlanRoles(l, wish, true, held)
	if plan.Outcome == domain.PlanRemember {
		wish.Expect = plan.Expect
		plan = domain.PlanRoles(l, wish, true, held)
	}
	return plan, wish
}

// A member can hold more managed roles than a trail has room for.
func TestPlansConvergeForAMemberWithEveryRole(t *testing.T) {
	l := longPolicy(t).Ladder()
	var held []domain.RoleID
	for r := range l.Managed() {
		if !r.Punishment {
			held = append(held, r.Role)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		wish := domain.Effect{Kind: domain.EffectGroupRole, Rank: "Suspended", Expect: domain.TrailOf("Rank 23")}
		plan, wish := planned(l, wish, held)
		steps := rapid.IntRange(0, len(plan.Steps)).Draw(t, "steps before it stops")
		wantConverged(t, l, wish, carryOut(held, plan.Steps[:steps]))
	})
}

func TestPlansNeverTouchUnmanagedRoles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, wish, held := drawWish(t)
		wish.Expect = domain.TrailOf(rapid.SampledFrom(append(managedNames(l), "")).Draw(t, "expected"))
		for _, step := range domain.PlanRoles(l, wish, rapid.Bool().Draw(t, "member"), held).Steps {
			if !isManaged(l, step.Role) {
				t.Fatalf("a step touches the role %s, which no rank of the ladder maps to", step.Role)
			}
		}
	})
}
