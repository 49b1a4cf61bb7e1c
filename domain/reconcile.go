package domain

import (
	"slices"
	"time"
)

// ReconcileOutcome says what comparing the record of a player with what Roblox shows amounts to.
type ReconcileOutcome uint8

// The outcomes.
const (
	ReconcileSame      ReconcileOutcome = iota // Roblox shows what the record says
	ReconcileMend                              // the recorded role is missing, or others are held beside it: no person meant that
	ReconcileAdopt                             // a person changed the rank: it becomes the record
	ReconcileRestore                           // a person changed the rank: the member gets the recorded one back
	ReconcilePunish                            // a punishment is in force and does not hold: it is given again
	ReconcileAbsent                            // the player is not in the group
	ReconcileLeave                             // they differ, and it is not for automation to say who is right
	ReconcileUnmanaged                         // there is nothing to compare: no role is recorded, and none that is managed is held
)

// String returns the word that the API, storage and metrics use.
func (o ReconcileOutcome) String() string {
	switch o {
	case ReconcileMend:
		return "mend"
	case ReconcileAdopt:
		return "adopt"
	case ReconcileRestore:
		return "restore"
	case ReconcilePunish:
		return "punish"
	case ReconcileAbsent:
		return "absent"
	case ReconcileLeave:
		return "leave"
	case ReconcileUnmanaged:
		return "unmanaged"
	case ReconcileSame:
	}
	return "same"
}

// ParseReconcileOutcome returns the outcome that text names, exactly as String writes it; any other text is an error of KindInvalid.
func ParseReconcileOutcome(text string) (ReconcileOutcome, error) {
	for o := ReconcileSame; o <= ReconcileUnmanaged; o++ {
		if o.String() == text {
			return o, nil
		}
	}
	return ReconcileSame, invalid("outcome_unknown", "the outcome is not one of a comparison")
}

// Sight is what Roblox showed of a player at an instant.
type Sight struct {
	Member   bool
	Held     []RoleID // every role held, managed or not
	Joinable bool     // a universe that bans apply in lets the player join
}

// Warrant is what a comparison may rely on.
type Warrant struct {
	Since   time.Time // what Roblox confirmed earlier proves nothing: the store may have been lost or set back meanwhile
	Ordered bool      // a person asked for it, so that it also changes players whom GRPS never decided about
}

// Reconciliation is what a comparison came to.
type Reconciliation struct {
	Outcome  ReconcileOutcome
	Observed string   // the managed rank that Roblox shows, the highest if there are several; "" for none
	Decision Decision // what is to be recorded for it; ActionNone for nothing
	Role     bool     // the member's role has to change
	Expect   Trail    // for Role: the ranks that Roblox may show for that
	Again    bool     // once it is carried out another comparison is due
}

// Reconcile compares the record of a player about whom nothing is under way with what Roblox shows. It is total. Unmanaged roles are
// never looked at, privileged ones and those that automation does not look at are neither given nor taken, and unless a punishment is in force
// nobody loses the highest role they hold but for what Roblox confirmed within the warrant: so a store that is empty, wrong or set back
// demotes nobody. Whoever carries the answer out and compares again soon gets one that changes nothing.
func Reconcile(p Policy, s Standing, seen Sight, by Warrant) Reconciliation {
	c := comparison{policy: p, standing: s, seen: seen, warrant: by}
	c.want, c.mapped = p.parts.Ladder.Rank(s.Rank)
	c.mapped = c.mapped && !c.want.Role.IsZero()
	c.observed, _ = ObservedRank(p.parts.Ladder, seen.Held)
	c.others, c.holdsWanted = managedRoles(p.parts.Ladder, seen.Held, c.want)
	r := c.roles()
	if s.Punishment.Status == PunishmentSevere && seen.Joinable {
		r = c.punish(r.Role)
	}
	r.Observed = c.observed
	return r
}

// comparison is one run of Reconcile.
type comparison struct {
	policy   Policy
	standing Standing
	seen     Sight
	warrant  Warrant

	want        Rank // the recorded rank
	mapped      bool // it is on the ladder and has a role
	observed    string
	holdsWanted bool
	others      []Rank // the managed ranks held besides, lowest first
}

// roles compares the roles alone.
func (c *comparison) roles() Reconciliation {
	punished := c.want.Punishment && c.standing.Punishment.InForce()
	switch {
	case !c.seen.Member:
		return Reconciliation{Outcome: ReconcileAbsent}
	case !c.mapped && (c.observed == "" || punished):
		return Reconciliation{Outcome: ReconcileUnmanaged}
	case c.holdsWanted && len(c.others) == 0:
		return Reconciliation{Outcome: ReconcileSame}
	case punished:
		return c.punishment()
	case c.observed == "":
		return c.missing()
	case c.holdsWanted && !slices.ContainsFunc(c.others, c.meant):
		return c.mend()
	}
	return c.drift()
}

// punishment judges a member who should hold the suspension role alone. Whoever gave them a privileged one outranks that.
func (c *comparison) punishment() Reconciliation {
	if slices.ContainsFunc(c.others, c.guarded) {
		return Reconciliation{Outcome: ReconcileLeave}
	}
	return c.punish(true)
}

// missing judges a member who holds no managed role.
func (c *comparison) missing() Reconciliation {
	if c.guarded(c.want) || !c.managed() {
		return Reconciliation{Outcome: ReconcileLeave}
	}
	return c.change(ReconcileMend, ActionRestore, ReasonRolesMended)
}

// mend judges a member who holds the recorded role and others beside it that nobody meant to give.
func (c *comparison) mend() Reconciliation {
	if !c.managed() {
		return Reconciliation{Outcome: ReconcileLeave}
	}
	return c.change(ReconcileMend, ActionRestore, ReasonRolesMended)
}

// drift judges a rank that a person changed.
func (c *comparison) drift() Reconciliation {
	untouchable := c.kept(c.want) || slices.ContainsFunc(c.others, c.kept)
	switch {
	case c.policy.parts.Drift == DriftRestore && c.mapped && c.confirmed() && !untouchable && !c.standing.Hold:
		return c.change(ReconcileRestore, c.policy.parts.Ladder.move(c.observed, c.want.Name), ReasonDriftRestored)
	case c.observed == c.standing.Rank:
		return Reconciliation{Outcome: ReconcileLeave} // roles that mean nothing beside the recorded one, and are not ours to take
	}
	return Reconciliation{
		Outcome: ReconcileAdopt, Decision: Adopted(c.policy, c.standing.Rank, c.observed), Again: c.holdsWanted || len(c.others) > 1,
	}
}

// Adopted returns the decision that records a change of rank by hand which is taken over.
func Adopted(p Policy, from, to string) Decision {
	return Decision{
		Action: p.parts.Ladder.move(from, to), From: from, To: to, Reason: ReasonDriftAdopted, Revision: p.parts.Revision,
	}
}

// punish returns the punishment in force once more.
func (c *comparison) punish(role bool) Reconciliation {
	action := ActionSuspend
	if c.standing.Punishment.Status == PunishmentSevere {
		action = ActionBan
	}
	r := c.change(ReconcilePunish, action, ReasonPunishedAgain)
	r.Role, r.Decision.Until = role, c.standing.Punishment.Until
	return r
}

// change is an answer that gives the member the recorded role.
func (c *comparison) change(outcome ReconcileOutcome, action Action, reason ReasonCode) Reconciliation {
	expect := []string{c.observed}
	for _, r := range slices.Backward(c.others) {
		expect = append(expect, r.Name)
	}
	return Reconciliation{
		Outcome: outcome, Decision: c.decision(action, c.observed, c.standing.Rank, reason), Role: true, Expect: TrailOf(expect...),
	}
}

func (c *comparison) decision(action Action, from, to string, reason ReasonCode) Decision {
	return Decision{Action: action, From: from, To: to, Reason: reason, Revision: c.policy.parts.Revision}
}

// meant reports whether the rank held beside the recorded one may be what somebody wanted the member to have: whatever is no lower rung,
// unless GRPS itself moved the player out of it, and whatever automation keeps its hands off.
func (c *comparison) meant(r Rank) bool {
	ladder := c.policy.parts.Ladder
	at, rung := ladder.index[r.Name]
	own, ofRungs := ladder.index[c.want.Name]
	lower := rung && ofRungs && at < own
	late := c.standing.Left.Has(r.Name) && c.confirmed()
	return c.kept(r) || !lower && !late
}

// guarded reports whether automation never gives or takes the rank on its own.
func (c *comparison) guarded(r Rank) bool {
	return r.Privileged || c.policy.Permission(r.Name).Ignored
}

// kept reports whether automation leaves holders of the rank where they are.
func (c *comparison) kept(r Rank) bool { return c.guarded(r) || c.policy.Permission(r.Name).Locked }

// managed reports whether the player's roles are GRPS's business: it decided about them before, or a person asks for it now.
func (c *comparison) managed() bool { return c.warrant.Ordered || !c.standing.DecidedAt.IsZero() }

// confirmed reports whether Roblox showed the recorded rank within the warrant: when somebody looked, or when GRPS gave it.
func (c *comparison) confirmed() bool {
	newest := c.standing.ConfirmedAt
	if c.standing.DecidedAt.After(newest) {
		newest = c.standing.DecidedAt
	}
	return !newest.IsZero() && !newest.Before(c.warrant.Since)
}

// move returns what going from one rank to another is: leaving the suspension rank restores, entering it demotes. A rank that is not on the
// ladder counts as lower than all.
func (l Ladder) move(from, to string) Action {
	if l.suspension != nil && from == l.suspension.Name {
		return ActionRestore
	}
	at, known := l.index[to]
	before, was := l.index[from]
	switch {
	case !known || was && at < before:
		return ActionDemote
	case was && at == before:
		return ActionRestore
	}
	return ActionPromote
}
