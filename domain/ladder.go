package domain

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"
)

// MaxCount is the largest counter, point total or minimum that is kept: a signed 32-bit column.
const MaxCount = 1<<31 - 1

// GuestRank is Roblox's name for somebody who is not a member. Automation ignores it.
const GuestRank = "Guest"

// Rank is one entry of a policy's ladder. As part of a [Ladder] its fields are checked.
type Rank struct {
	Name        string
	MinPoints   int64  // points that holding it needs, 0 … MaxCount
	MinTimeDays int64  // days in the rank below before it can be granted, 0 … MaxDays
	Level       string // free text; CMD, CCM and LDR make the rank privileged
	Privileged  bool   // automation never grants or takes it on its own
	Punishment  bool   // the suspension rank: not a rung
	Role        RoleID // the group role it maps to; zero when the rank exists in the record only
}

// MinTenure returns MinTimeDays as a duration.
func (r Rank) MinTenure() time.Duration { return time.Duration(r.MinTimeDays) * 24 * time.Hour }

// Ladder is the ordered career ranks of a policy, lowest first, and its suspension rank, if it has one. It never changes.
type Ladder struct {
	rungs      []Rank
	index      map[string]int // by name, into rungs
	suspension *Rank          // nil when there is none
}

// NewLadder orders ranks by MinPoints (as given on ties) and checks them. The error is of KindInvalid and names every fault by its
// JSON pointer in the order given ("/ranks/3/name"): names that are empty, too long or used twice, roles used twice, negative or
// too large numbers, more than one punishment rank, no career rank, and a lowest rung that needs points.
func NewLadder(ranks []Rank) (Ladder, error) {
	l := Ladder{index: make(map[string]int, len(ranks))}
	faults := rankFaults(ranks)
	for _, r := range ranks {
		r.Privileged = r.Privileged || privilegedLevel(r.Level)
		if r.Punishment {
			l.suspension = &r
			continue
		}
		l.rungs = append(l.rungs, r)
	}
	slices.SortStableFunc(l.rungs, func(a, b Rank) int { return cmp.Compare(a.MinPoints, b.MinPoints) })
	if len(l.rungs) == 0 {
		faults = append(faults, FieldError{"/ranks", "needs at least one rank that is not a punishment"})
	} else if low := l.rungs[0]; low.MinPoints > 0 {
		faults = append(faults, FieldError{"/ranks", fmt.Sprintf(
			"needs a rank with minPoints 0: the lowest, %q, needs %d, so nobody could enter the ladder", low.Name, low.MinPoints)})
	}
	if len(faults) > 0 {
		return Ladder{}, invalid("ladder_invalid", "the rank ladder cannot be used", faults...)
	}
	for i, r := range l.rungs {
		l.index[r.Name] = i
	}
	return l, nil
}

// Len returns how many rungs there are.
func (l Ladder) Len() int { return len(l.rungs) }

// Rungs yields the rungs, lowest first.
func (l Ladder) Rungs() iter.Seq[Rank] { return slices.Values(l.rungs) }

// Managed yields every rank whose role GRPS moves members between: the rungs, lowest first, then the suspension rank.
func (l Ladder) Managed() iter.Seq[Rank] {
	return func(yield func(Rank) bool) {
		for _, r := range l.rungs {
			if !yield(r) {
				return
			}
		}
		if l.suspension != nil {
			yield(*l.suspension)
		}
	}
}

// Rung returns the career rank of that name, and false when no rung has it.
func (l Ladder) Rung(name string) (Rank, bool) {
	i, ok := l.index[name]
	if !ok {
		return Rank{}, false
	}
	return l.rungs[i], true
}

// Rank returns the rung or the suspension rank of that name, and false when there is neither.
func (l Ladder) Rank(name string) (Rank, bool) {
	if l.suspension != nil && l.suspension.Name == name {
		return *l.suspension, true
	}
	return l.Rung(name)
}

// Suspension returns the suspension rank, and false when the ladder has none.
func (l Ladder) Suspension() (Rank, bool) {
	if l.suspension == nil {
		return Rank{}, false
	}
	return *l.suspension, true
}

// Next returns the rung above name, and false at the top or when name is no rung.
func (l Ladder) Next(name string) (Rank, bool) { return l.step(name, 1) }

// Previous returns the rung below name, and false at the bottom or when name is no rung.
func (l Ladder) Previous(name string) (Rank, bool) { return l.step(name, -1) }

// Earned returns the highest rung that points alone reach and that is not privileged. With fewer points than any rung needs, and when
// every reachable rung is privileged, it is the lowest rung.
func (l Ladder) Earned(points int64) Rank {
	earned := l.rungs[0]
	for _, r := range l.rungs {
		if r.MinPoints > points {
			break
		}
		if !r.Privileged {
			earned = r
		}
	}
	return earned
}

func (l Ladder) step(name string, by int) (Rank, bool) {
	i, ok := l.index[name]
	if !ok || i+by < 0 || i+by >= len(l.rungs) {
		return Rank{}, false
	}
	return l.rungs[i+by], true
}

func privilegedLevel(level string) bool { return level == "CMD" || level == "CCM" || level == "LDR" }

func rankFaults(ranks []Rank) []FieldError {
	var faults []FieldError
	fault := func(i int, key, message string) {
		faults = append(faults, FieldError{fmt.Sprintf("/ranks/%d/%s", i, key), message})
	}
	names, roles, suspension := make(map[string]int), make(map[RoleID]int), -1
	for i, r := range ranks {
		if wrong := nameFault(r.Name, MaxNameLength); wrong != "" {
			fault(i, "name", wrong)
		} else if r.Name == "" {
			fault(i, "name", "must not be empty")
		} else if r.Name == GuestRank {
			fault(i, "name", "must not be \"Guest\": that is what Roblox calls people outside the group")
		} else if first, ok := names[r.Name]; ok {
			fault(i, "name", fmt.Sprintf("repeats the name of rank %d (%q); give each rank its own", first, r.Name))
		} else {
			names[r.Name] = i
		}
		if !r.Role.IsZero() {
			if first, ok := roles[r.Role]; ok {
				fault(i, "roleId", fmt.Sprintf("repeats the role of rank %d (%s); two ranks cannot share a role", first, r.Role))
			} else {
				roles[r.Role] = i
			}
		}
		if r.MinPoints < 0 || r.MinPoints > MaxCount {
			fault(i, "minPoints", fmt.Sprintf("must be 0 … %d", MaxCount))
		}
		if r.MinTimeDays < 0 || r.MinTimeDays > MaxDays {
			fault(i, "minTimeDays", fmt.Sprintf("must be 0 … %d", MaxDays))
		}
		if r.Punishment && suspension >= 0 {
			fault(i, "isPunishment", fmt.Sprintf("is set for rank %d too; only one rank can be the suspension rank", suspension))
		} else if r.Punishment {
			suspension = i
		}
	}
	return faults
}
