package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// Ranks that Roblox itself gives a meaning to.
const (
	rankGuest = 0
	rankBase  = 1
	rankOwner = 255
)

// maxMembers bounds the people a sandbox knows, those who left included.
const maxMembers = 250_000

// maxRoleName is the length that Roblox documents for a role's displayName, in characters.
const maxRoleName = 100

// Role is one role of the group. ID is unique; Rank is 0..255 and unique within the group: 0 is Guest, 1 the base role
// every member keeps, 255 the Owner.
type Role struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Rank int    `json:"rank"`
}

// roster is the group's roles and who holds them. It is not safe for concurrent use: the server locks.
type roster struct {
	roles   []Role // by rank
	byID    map[int64]Role
	members map[int64]*member
}

// member is a user the sandbox has met. Whoever left stays known, so that nobody joins anew on their own.
type member struct {
	now    membership
	before *membership // the state before the last write; nil when there was none
}

// membership is a member's state at one moment. It is replaced and never changed, so that a copy stays true.
type membership struct {
	in      bool
	created time.Time
	updated time.Time
	roles   []Role // by rank, the base role first
}

func newRoster(custom []Role) (*roster, error) {
	r := &roster{byID: map[int64]Role{}, members: map[int64]*member{}}
	ranks := map[int]bool{}
	for _, role := range custom {
		switch {
		case role.ID < 1:
			return nil, fmt.Errorf("role %q: id %d must be positive", role.Name, role.ID)
		case role.Name == "" || utf8.RuneCountInString(role.Name) > maxRoleName:
			return nil, fmt.Errorf("role %d: the name must have 1 to %d characters", role.ID, maxRoleName)
		case role.Rank < rankGuest || role.Rank > rankOwner:
			return nil, fmt.Errorf("role %q: rank %d is outside 0..255", role.Name, role.Rank)
		case ranks[role.Rank]:
			return nil, fmt.Errorf("role %q: rank %d is used twice", role.Name, role.Rank)
		}
		if _, taken := r.byID[role.ID]; taken {
			return nil, fmt.Errorf("role %q: id %d is used twice", role.Name, role.ID)
		}
		ranks[role.Rank] = true
		r.byID[role.ID] = role
	}
	free := int64(100_000_000)
	given := []Role{{Name: "Guest", Rank: rankGuest}, {Name: "Member", Rank: rankBase}, {Name: "Owner", Rank: rankOwner}}
	for _, role := range given {
		if ranks[role.Rank] {
			continue
		}
		for _, taken := r.byID[free]; taken; _, taken = r.byID[free] {
			free++
		}
		role.ID = free
		r.byID[role.ID] = role
	}
	r.roles = slices.SortedFunc(maps.Values(r.byID), byRank)
	return r, nil
}

func byRank(a, b Role) int { return cmp.Compare(a.Rank, b.Rank) }

// at returns the role with the given rank; only ranks that newRoster guarantees may be asked for.
func (r *roster) at(rank int) Role {
	i, _ := slices.BinarySearchFunc(r.roles, rank, func(role Role, rank int) int { return cmp.Compare(role.Rank, rank) })
	return r.roles[i]
}

// pick turns ids into roles, each once, by rank, with the base role added. A role the group does not have and the Guest
// role are errors.
func (r *roster) pick(ids []int64) ([]Role, error) {
	roles := []Role{r.at(rankBase)}
	for _, id := range ids {
		role, known := r.byID[id]
		if !known {
			return nil, fmt.Errorf("the group has no role %d", id)
		}
		if role.Rank == rankGuest {
			return nil, errors.New("the Guest role means not being a member and cannot be held")
		}
		roles = withRole(roles, role)
	}
	return roles, nil
}

// look returns the state of a user, or the one before the last write when stale.
func (r *roster) look(user int64, stale bool) membership {
	m := r.members[user]
	switch {
	case m == nil:
		return membership{}
	case stale && m.before != nil:
		return *m.before
	}
	return m.now
}

// put makes a member of user who holds exactly roles. A user never met is simply there: nothing was before. It reports
// whether there was room.
func (r *roster) put(user int64, roles []Role, at time.Time) bool {
	m := r.members[user]
	if m == nil {
		if len(r.members) >= maxMembers {
			return false
		}
		r.members[user] = &member{now: membership{in: true, created: at, updated: at, roles: roles}}
		return true
	}
	next := membership{in: true, created: m.now.created, updated: at, roles: roles}
	if !m.now.in {
		next.created = at
	}
	m.replace(next)
	return true
}

// leave ends a membership; whoever is not a member is left as is.
func (r *roster) leave(user int64) {
	if m := r.members[user]; m != nil && m.now.in {
		m.replace(membership{})
	}
}

func (m *member) replace(next membership) {
	before := m.now
	m.before, m.now = &before, next
}

// highest is the highest-ranked role held, or the zero Role of someone who is not a member.
func (m membership) highest() Role {
	if len(m.roles) == 0 {
		return Role{}
	}
	return m.roles[len(m.roles)-1]
}

func (m membership) holds(role Role) bool { return slices.Contains(m.roles, role) }

// withRole and withoutRole return new slices: a membership is never changed in place.
func withRole(roles []Role, role Role) []Role {
	if slices.Contains(roles, role) {
		return roles
	}
	return slices.SortedFunc(slices.Values(append(slices.Clone(roles), role)), byRank)
}

func withoutRole(roles []Role, role Role) []Role {
	return slices.DeleteFunc(slices.Clone(roles), func(held Role) bool { return held == role })
}
