package sandbox

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
)

// maxMembershipPage is the documented largest page of the membership list.
const maxMembershipPage = 100

// anyGroup is the wildcard that stands for every group in the membership list.
const anyGroup = "-"

type membershipDTO struct {
	Path       string   `json:"path"`
	CreateTime string   `json:"createTime"`
	UpdateTime string   `json:"updateTime"`
	User       string   `json:"user"`
	Role       string   `json:"role"`
	Roles      []string `json:"roles"`
}

type membershipPage struct {
	GroupMemberships []membershipDTO `json:"groupMemberships"`
	NextPageToken    string          `json:"nextPageToken"`
}

func (s *Server) listMemberships(q *request) (any, error) {
	wildcard := q.param["group"] == anyGroup
	if !wildcard {
		if err := s.checkGroup(q); err != nil {
			return nil, err
		}
	}
	filter, err := parseMembershipFilter(q.query.Get("filter"), s.group, wildcard)
	if err != nil {
		return nil, err
	}
	for _, user := range filter.users {
		s.meet(q, user)
	}
	users, next, err := page(q, s.membersIn(filter, q.stale), maxMembershipPage)
	if err != nil {
		return nil, err
	}
	out := membershipPage{GroupMemberships: make([]membershipDTO, 0, len(users)), NextPageToken: next}
	for _, user := range users {
		out.GroupMemberships = append(out.GroupMemberships, s.membershipDTO(user, s.roster.look(user, q.stale)))
	}
	return out, nil
}

// membersIn returns the members that a filter lets through, ascending.
func (s *Server) membersIn(filter membershipFilter, stale bool) []int64 {
	candidates := filter.users
	if candidates == nil {
		for user := range s.roster.members {
			candidates = append(candidates, user)
		}
		slices.Sort(candidates)
	}
	role, known := s.roster.byID[filter.role]
	var users []int64
	for _, user := range candidates {
		m := s.roster.look(user, stale)
		if m.in && (filter.role == 0 || known && m.holds(role)) {
			users = append(users, user)
		}
	}
	return users
}

func (s *Server) assignRole(q *request) (any, error)   { return s.changeRole(q, withRole) }
func (s *Server) unassignRole(q *request) (any, error) { return s.changeRole(q, withoutRole) }

// changeRole does what both calls share: the checks in the order form, membership, right; then the change, which is
// none when the role is already held, already gone, or the base role.
func (s *Server) changeRole(q *request, change func([]Role, Role) []Role) (any, error) {
	if err := s.checkGroup(q); err != nil {
		return nil, err
	}
	body, err := parseObject(q.body)
	if err != nil {
		return nil, err
	}
	role, err := s.assignableRole(body)
	if err != nil {
		return nil, err
	}
	q.role = role.ID
	user, ok := parseMembershipID(q.param["membership"])
	if !ok {
		return nil, invalidArgument("the membership id must be one of ours or a user id")
	}
	s.meet(q, user)
	held := s.roster.look(user, false)
	if !held.in {
		return nil, notFound("user %d is not a member of the group", user)
	}
	if err := s.mayRank(held, role); err != nil {
		return nil, err
	}
	roles := change(held.roles, role)
	if role.Rank != rankBase && !slices.Equal(roles, held.roles) {
		s.roster.put(user, roles, q.now)
		q.changed = true
	}
	return s.membershipDTO(user, s.roster.look(user, false)), nil
}

func (s *Server) assignableRole(body object) (Role, error) {
	path, err := fieldOf[string](body, "role")
	if err != nil {
		return Role{}, err
	}
	id, ok := parseRolePath(path, s.group)
	if !ok {
		return Role{}, invalidArgument("role must be groups/%d/roles/{id}", s.group)
	}
	role, known := s.roster.byID[id]
	switch {
	case !known:
		return Role{}, invalidArgument("the group has no role %d", id)
	case role.Rank == rankGuest || role.Rank == rankOwner:
		return Role{}, invalidArgument("the role %q can be neither assigned nor unassigned", role.Name)
	}
	return role, nil
}

// mayRank holds the rule that the highest role of the key's owner decides: both the member and the role must rank
// below it. So nobody ranks themselves, and an owner who left the group ranks nobody.
func (s *Server) mayRank(held membership, role Role) error {
	own := s.roster.look(s.keyOwner, false).highest().Rank
	switch {
	case held.highest().Rank >= own:
		return permissionDenied("the member does not rank below the key's owner")
	case role.Rank >= own:
		return permissionDenied("the role does not rank below the key's owner")
	}
	return nil
}

// meet lets a user never heard of join with the base role, if the sandbox is set to.
func (s *Server) meet(q *request, user int64) {
	if s.autoJoin && s.roster.members[user] == nil {
		s.roster.put(user, []Role{s.roster.at(rankBase)}, q.now)
	}
}

func (s *Server) membershipDTO(user int64, m membership) membershipDTO {
	return membershipDTO{
		Path:       fmt.Sprintf("%s/memberships/%s", s.groupPath(), membershipID(user)),
		CreateTime: stamp(m.created),
		UpdateTime: stamp(m.updated),
		User:       userPath(user),
		Role:       s.rolePath(m.highest().ID),
		Roles:      s.rolePaths(m.roles),
	}
}

// membershipID is the id Roblox returns: unpadded base64 of the user id's digits.
func membershipID(user int64) string {
	return base64.RawStdEncoding.EncodeToString([]byte(strconv.FormatInt(user, 10)))
}

// parseMembershipID accepts a user id as well as what membershipID returns; the two cannot be mistaken for each other,
// because base64 of a digit begins with a letter.
func parseMembershipID(text string) (int64, bool) {
	if user, ok := parseID(text); ok {
		return user, true
	}
	digits, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	return parseID(string(digits))
}
