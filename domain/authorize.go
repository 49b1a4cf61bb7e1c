package domain

import "fmt"

// Authorize says whether the actor, a player with a rank of their own, may do what d does to the target: nil, or an error of KindDenied
// with the code "actor_not_allowed" and what is missing. The permissions of the actor's rank decide: canAdjust for moves along the ladder
// and holds, canWarn for suspensions and their end, canBan for bans and their end. Nobody acts on a player whose rank, or the rung before
// a punishment, is at or above their own, nor grants such a rank, nor acts on themselves; a punished actor may nothing.
func Authorize(p Policy, actor, target Standing, d Decision) error {
	ladder := p.parts.Ladder
	own, onRung := ladder.index[actor.Rank]
	need, may := required(p.Permission(actor.Rank), target, d)
	below := func(rank string) bool {
		at, ok := ladder.index[rank]
		return ok && at < own
	}
	held := target.Rank
	if _, ok := ladder.index[held]; !ok && target.Punishment.InForce() {
		held = target.FormerRank
	}
	switch {
	case actor.UserID == target.UserID:
		return notAllowed("nobody acts on themselves")
	case actor.Punishment.InForce():
		return notAllowed(fmt.Sprintf("the actor %s is suspended or banned", actor.UserID))
	case !onRung:
		return notAllowed(fmt.Sprintf("the actor's rank %q is not a rung of the ladder", actor.Rank))
	case !may:
		return notAllowed(fmt.Sprintf("the actor's rank %s lacks %s, which permissions.json gives", actor.Rank, need))
	case !below(held):
		return notAllowed(fmt.Sprintf("the player's rank %q is not below the actor's, %s", held, actor.Rank))
	}
	if _, rung := ladder.index[d.To]; rung && !below(d.To) {
		return notAllowed(fmt.Sprintf("the rank %s is not below the actor's, %s", d.To, actor.Rank))
	}
	return nil
}

// required returns the name of the permission that a decision about the target takes, and whether it is given.
func required(given Permission, target Standing, d Decision) (name string, may bool) {
	bans := d.Action == ActionBan || d.Action == ActionRestore && target.Punishment.Status == PunishmentSevere
	switch {
	case bans:
		return "canBan", given.CanBan
	case d.Action == ActionSuspend, d.Action == ActionRestore:
		return "canWarn", given.CanWarn
	}
	return "canAdjust", given.CanAdjust
}

func notAllowed(why string) error {
	return &Error{Kind: KindDenied, Code: "actor_not_allowed", Message: why}
}
