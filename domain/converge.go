package domain

import "slices"

// PlanOutcome says what carrying out a wish for a group role amounts to.
type PlanOutcome uint8

// The outcomes.
const (
	PlanDone       PlanOutcome = iota // Roblox already shows exactly what is wanted
	PlanMove                          // the steps lead there
	PlanRemember                      // stopping half way would look like a change by hand: replace the wish by one with Expect first
	PlanSuperseded                    // Roblox shows a rank that nobody expected: it is to be adopted
	PlanNotMember                     // whoever is not a member cannot be ranked
	PlanUnmapped                      // the rank wanted is gone from the ladder or maps to no role
)

// RoleStep is one idempotent call to Roblox.
type RoleStep struct {
	Role   RoleID
	Assign bool // true assigns the role, false takes it away
}

// RolePlan is how to make a member hold one managed role: the right one.
type RolePlan struct {
	Outcome  PlanOutcome
	Steps    []RoleStep // for PlanMove, in order
	Observed string     // the managed rank that Roblox shows, the highest if there are several; "" for none
	Expect   Trail      // for PlanRemember: every rank that Roblox may show while the steps are under way
}

// PlanRoles compares the wish for a group role with what Roblox shows and returns what to do. member says whether the player is in
// the group, held which roles the member has. Roles outside the ladder are never touched. A member without any managed role gets the
// one wanted; one who holds it among others loses the others, unless one of those is privileged and was not expected; one who holds
// others only is moved if the highest was expected.
func PlanRoles(l Ladder, wish Effect, member bool, held []RoleID) RolePlan {
	want, ok := l.Rank(wish.Rank)
	if !ok || want.Role.IsZero() {
		return RolePlan{Outcome: PlanUnmapped}
	}
	if !member {
		return RolePlan{Outcome: PlanNotMember}
	}
	observed, _ := ObservedRank(l, held)
	plan := RolePlan{Observed: observed}
	others, holdsWanted := managedRoles(l, held, want)
	switch {
	case holdsWanted && len(others) == 0:
		plan.Outcome = PlanDone
	case holdsWanted && !givenByHand(wish, others):
		plan.Outcome, plan.Steps = PlanMove, takeAway(nil, others)
	case len(others) > 0 && (holdsWanted || !wish.Expect.Has(observed)):
		plan.Outcome = PlanSuperseded
	default:
		plan.Outcome, plan.Steps = PlanMove, exchange(want, others)
		if expect := between(wish, want, others); expect != wish.Expect {
			plan.Outcome, plan.Steps, plan.Expect = PlanRemember, nil, expect
		}
	}
	return plan
}

// ObservedRank returns the managed rank that holding these roles means: the highest rung among them, else the suspension rank; false
// when none of the roles is managed.
func ObservedRank(l Ladder, held []RoleID) (string, bool) {
	observed := ""
	for r := range l.Managed() {
		if slices.Contains(held, r.Role) && !r.Role.IsZero() && (!r.Punishment || observed == "") {
			observed = r.Name // rungs come lowest first
		}
	}
	return observed, observed != ""
}

// managedRoles returns the managed ranks among held other than want, and whether want is among them.
func managedRoles(l Ladder, held []RoleID, want Rank) (others []Rank, holdsWanted bool) {
	for r := range l.Managed() {
		switch {
		case r.Role.IsZero() || !slices.Contains(held, r.Role):
		case r.Role == want.Role:
			holdsWanted = true
		default:
			others = append(others, r)
		}
	}
	return others, holdsWanted
}

// givenByHand reports whether one of the ranks is privileged and nobody expected it: the decision was not made about it, so it must not
// be taken away.
func givenByHand(wish Effect, ranks []Rank) bool {
	return slices.ContainsFunc(ranks, func(r Rank) bool { return r.Privileged && !wish.Expect.Has(r.Name) })
}

// exchange assigns want and takes the others away. Permissions of roles add up, so whoever is being suspended loses privileged roles
// before anything else happens.
func exchange(want Rank, others []Rank) []RoleStep {
	var steps []RoleStep
	if want.Punishment {
		privileged := slices.DeleteFunc(slices.Clone(others), func(r Rank) bool { return !r.Privileged })
		others = slices.DeleteFunc(slices.Clone(others), func(r Rank) bool { return r.Privileged })
		steps = takeAway(steps, privileged)
	}
	return takeAway(append(steps, RoleStep{want.Role, true}), others)
}

// between returns expect with the ranks that can show while the roles of a member of several are exchanged: in a suspension the highest
// goes first, so that a lower one shows until the suspension rank is there; and once the rank wanted is held, a privileged one beside it
// must not look as if somebody had just given it. Where not all fit, those that the member holds count most.
func between(wish Effect, want Rank, others []Rank) Trail {
	expect := wish.Expect
	known := !slices.ContainsFunc(others, func(r Rank) bool { return !expect.Has(r.Name) })
	revealing := want.Punishment && len(others) > 1 || givenByHand(wish, others)
	if known || !revealing {
		return expect
	}
	var names []string
	for _, r := range slices.Backward(others) {
		names = append(names, r.Name)
	}
	return TrailOf(append(names, expect.Names()...)...)
}

// takeAway appends steps that take the ranks' roles away, the highest first.
func takeAway(steps []RoleStep, ranks []Rank) []RoleStep {
	for _, r := range slices.Backward(ranks) {
		steps = append(steps, RoleStep{r.Role, false})
	}
	return steps
}
