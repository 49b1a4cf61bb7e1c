package domain_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestPlanRolesLeadsToOneManagedRole(t *testing.T) {
	// The roles of the standard policy by rank, and two that the ladder does not know.
	roles := map[string]int64{
		"Recruit": 101, "Trooper": 102, "Corporal": 103, "Sergeant": 104, "Captain": 105, "Marshal": 106, "Commander": 107,
		"Suspended": 109, "Tester": 900, "Builder": 901,
	}
	assign := func(rank string) domain.RoleStep { return domain.RoleStep{Role: roleID(t, roles[rank]), Assign: true} }
	take := func(rank string) domain.RoleStep { return domain.RoleStep{Role: roleID(t, roles[rank])} }
	done := func(observed string) domain.RolePlan {
		return domain.RolePlan{Outcome: domain.PlanDone, Observed: observed}
	}
	move := func(observed string, steps ...domain.RoleStep) domain.RolePlan {
		return domain.RolePlan{Outcome: domain.PlanMove, Observed: observed, Steps: steps}
	}
	superseded := func(observed string) domain.RolePlan {
		return domain.RolePlan{Outcome: domain.PlanSuperseded, Observed: observed}
	}
	tests := []struct {
		name    string
		want    string   // the rank wished for
		expect  []string // the ranks that Roblox may show
		outside bool     // not a member of the group
		held    []string
		plan    domain.RolePlan
	}{
		{"the role wanted is held", "Trooper", []string{"Recruit"}, false, []string{"Trooper"}, done("Trooper")},
		{
			"unmanaged roles beside the role wanted stay", "Trooper", nil, false,
			[]string{"Tester", "Trooper", "Builder"},
			done("Trooper"),
		},
		{
			"the role expected is exchanged: assigned first, so that nobody is without a role",
			"Trooper",
			[]string{"Recruit"},
			false,
			[]string{"Recruit"},
			move("Recruit", assign("Trooper"), take("Recruit")),
		},
		{
			"unmanaged roles are not touched by an exchange",
			"Trooper",
			[]string{"Recruit"},
			false,
			[]string{"Builder", "Recruit", "Tester"},
			move("Recruit", assign("Trooper"), take("Recruit")),
		},
		{
			"any rank that is expected will do",
			"Corporal",
			[]string{"Trooper", "Recruit"},
			false,
			[]string{"Recruit"},
			move("Recruit", assign("Corporal"), take("Recruit")),
		},
		{"whoever holds no role at all gets the one wanted", "Trooper", []string{"Recruit"}, false, nil, move("", assign("Trooper"))},
		{
			"whoever holds unmanaged roles only gets the one wanted",
			"Trooper",
			[]string{"Recruit"},
			false,
			[]string{"Tester"},
			move("", assign("Trooper")),
		},
		{
			"a role that nobody expected is adopted",
			"Trooper",
			[]string{"Recruit"},
			false,
			[]string{"Captain"},
			superseded("Captain"),
		},
		{"with nothing expected any other role is adopted", "Trooper", nil, false, []string{"Recruit"}, superseded("Recruit")},
		{
			"of several roles the highest must be expected",
			"Trooper",
			[]string{"Recruit"},
			false,
			[]string{"Recruit", "Sergeant", "Corporal"},
			superseded("Sergeant"),
		},
		{
			"of several roles the highest is expected: the others go, the highest first",
			"Captain",
			[]string{"Sergeant"},
			false,
			[]string{"Recruit", "Sergeant", "Corporal"},
			move("Sergeant", assign("Captain"), take("Sergeant"), take("Corporal"), take("Recruit")),
		},
		{
			"the role wanted is among several: the others go, the highest first, whatever was expected",
			"Trooper", nil, false,
			[]string{"Recruit", "Trooper", "Sergeant"},
			move("Sergeant", take("Sergeant"), take("Recruit")),
		},
		{
			"a privileged role beside the one wanted was given by hand, and is adopted",
			"Trooper", nil, false,
			[]string{"Recruit", "Trooper", "Marshal"},
			domain.RolePlan{Outcome: domain.PlanSuperseded, Observed: "Marshal"},
		},
		{
			"a privileged role beside the one wanted goes when it was expected",
			"Trooper",
			[]string{"Marshal"},
			false,
			[]string{"Trooper", "Marshal"},
			move("Marshal", take("Marshal")),
		},
		{
			"a suspension takes a privileged role before anything else",
			"Suspended",
			[]string{"Marshal"},
			false,
			[]string{"Marshal"},
			move("Marshal", take("Marshal"), assign("Suspended")),
		},
		{
			"a suspension exchanges an ordinary role like any",
			"Suspended",
			[]string{"Trooper"},
			false,
			[]string{"Trooper"},
			move("Trooper", assign("Suspended"), take("Trooper")),
		},
		{
			"a demotion out of a privileged role assigns first",
			"Captain",
			[]string{"Marshal"},
			false,
			[]string{"Marshal"},
			move("Marshal", assign("Captain"), take("Marshal")),
		},
		{
			"a release exchanges the suspension role",
			"Trooper",
			[]string{"Suspended"},
			false,
			[]string{"Suspended"},
			move("Suspended", assign("Trooper"), take("Suspended")),
		},
		{
			"a rung beside the suspension role is what counts",
			"Trooper",
			[]string{"Suspended"},
			false,
			[]string{"Suspended", "Captain"},
			superseded("Captain"),
		},
		{
			"a suspension with the role already assigned takes what is left",
			"Suspended",
			[]string{"Trooper"},
			false,
			[]string{"Suspended", "Trooper"},
			move("Trooper", take("Trooper")),
		},
		{"the suspension role is held", "Suspended", []string{"Trooper"}, false, []string{"Suspended"}, done("Suspended")},
		{"whoever is not a member cannot be ranked", "Trooper", []string{"Recruit"}, true, nil, domain.RolePlan{Outcome: domain.PlanNotMember}},
		{"a rank that is gone from the ladder", "Quartermaster", nil, false, []string{"Recruit"}, domain.RolePlan{Outcome: domain.PlanUnmapped}},
		{"a rank that is gone comes before who is a member", "Quartermaster", nil, true, nil, domain.RolePlan{Outcome: domain.PlanUnmapped}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var held []domain.RoleID
			for _, rank := range test.held {
				held = append(held, roleID(t, roles[rank]))
			}
			wish := domain.Effect{Kind: domain.EffectGroupRole, Rank: test.want, Expect: domain.TrailOf(test.expect...)}

			got := domain.PlanRoles(standardPolicy(t).Ladder(), wish, !test.outside, held)

			if diff := cmp.Diff(test.plan, got, same()); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanRolesKnowsRanksThatMapToNoRole(t *testing.T) {
	l := ladderOf(t, domain.Rank{Name: "Recruit"}, domain.Rank{Name: "Trooper", MinPoints: 1, Role: roleID(t, 2)})
	unmapped := domain.PlanRoles(l, domain.Effect{Rank: "Recruit"}, true, []domain.RoleID{roleID(t, 2)})
	if diff := cmp.Diff(domain.RolePlan{Outcome: domain.PlanUnmapped}, unmapped, same()); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}

	// A held role without a number stands for no rank.
	want := domain.RolePlan{Outcome: domain.PlanMove, Steps: []domain.RoleStep{{Role: roleID(t, 2), Assign: true}}}
	got := domain.PlanRoles(l, domain.Effect{Rank: "Trooper"}, true, []domain.RoleID{{}})
	if diff := cmp.Diff(want, got, same()); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if name, ok := domain.ObservedRank(l, []domain.RoleID{{}}); ok || name != "" {
		t.Errorf("got the rank %q observed, want none", name)
	}
}

// Permissions of roles add up, so a suspension takes privileged roles first; where it stops half way, the next plan must go on and not
// take the lower role that is left for a change by hand.
func TestASuspensionThatStoppedHalfWayGoesOn(t *testing.T) {
	tests := []struct {
		name   string
		held   []int64
		expect []string // besides the rank observed
	}{
		{"one privileged role", []int64{106}, nil},
		{"a privileged role beside an ordinary one", []int64{102, 106}, nil},
		{"two privileged roles", []int64{106, 107}, nil},
		{"a wish that expects as much as it can", []int64{102, 103, 106, 107}, letters(8)},
	}
	l := standardPolicy(t).Ladder()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var held []domain.RoleID
			for _, n := range test.held {
				held = append(held, roleID(t, n))
			}
			observed, _ := domain.ObservedRank(l, held)
			plan, wish := planned(l, domain.Effect{
				Kind: domain.EffectGroupRole, Rank: "Suspended", Expect: domain.TrailOf(test.expect...).With(observed),
			}, held)
			if plan.Outcome != domain.PlanMove || len(plan.Steps) == 0 {
				t.Fatalf("got %+v, want a move", plan)
			}

			for i := range plan.Steps {
				half := carryOut(held, plan.Steps[:i+1])
				if again := domain.PlanRoles(l, wish, true, half); again.Outcome == domain.PlanSuperseded {
					t.Errorf("after %d of %d steps the member holds %v: got superseded by %q, want to go on",
						i+1, len(plan.Steps), half, again.Observed)
				}
			}
		})
	}
}

func TestASuspensionOfSeveralRolesIsRememberedBeforeItBegins(t *testing.T) {
	l := standardPolicy(t).Ladder()
	held := []domain.RoleID{roleID(t, 102), roleID(t, 106), roleID(t, 900)}
	wish := domain.Effect{Kind: domain.EffectGroupRole, Rank: "Suspended", Expect: domain.TrailOf("Marshal", "Recruit")}

	got := domain.PlanRoles(l, wish, true, held)
	if got.Outcome != domain.PlanRemember || got.Observed != "Marshal" || got.Steps != nil {
		t.Fatalf("got %+v, want to remember first, and no steps", got)
	}
	names := slices.Sorted(slices.Values(got.Expect.Names()))
	if diff := cmp.Diff([]string{"Marshal", "Recruit", "Trooper"}, names); diff != "" {
		t.Errorf("ranks that may show under way (-want +got):\n%s", diff)
	}

	// Remembered in any order, the steps begin.
	wish.Expect = domain.TrailOf("Trooper", "Recruit", "Marshal")
	want := domain.RolePlan{Outcome: domain.PlanMove, Observed: "Marshal", Steps: []domain.RoleStep{
		{Role: roleID(t, 106)}, {Role: roleID(t, 109), Assign: true}, {Role: roleID(t, 102)},
	}}
	if diff := cmp.Diff(want, domain.PlanRoles(l, wish, true, held), same()); diff != "" {
		t.Errorf("plan once it is remembered (-want +got):\n%s", diff)
	}
}

// carryOut returns the roles held after steps, as Roblox would: assigning twice and taking what is not held do nothing.
func carryOut(held []domain.RoleID, steps []domain.RoleStep) []domain.RoleID {
	var after []domain.RoleID
	has := make(map[domain.RoleID]bool)
	keep := func(role domain.RoleID) {
		if !has[role] {
			has[role] = true
			after = append(after, role)
		}
	}
	taken := make(map[domain.RoleID]bool)
	for _, step := range steps {
		taken[step.Role] = !step.Assign
	}
	for _, role := range held {
		if !taken[role] {
			keep(role)
		}
	}
	for _, step := range steps {
		if step.Assign {
			keep(step.Role)
		}
	}
	return after
}
