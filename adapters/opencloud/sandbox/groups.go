package sandbox

import (
	"fmt"
	"slices"
	"strconv"
)

// maxRolePage is the documented largest page of the role list.
const maxRolePage = 20

type groupDTO struct {
	Path               string `json:"path"`
	CreateTime         string `json:"createTime"`
	UpdateTime         string `json:"updateTime"`
	ID                 string `json:"id"`
	DisplayName        string `json:"displayName"`
	Description        string `json:"description"`
	Owner              string `json:"owner,omitempty"`
	MemberCount        int    `json:"memberCount"`
	PublicEntryAllowed bool   `json:"publicEntryAllowed"`
	Locked             bool   `json:"locked"`
	Verified           bool   `json:"verified"`
}

type roleDTO struct {
	Path        string `json:"path"`
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	Rank        int    `json:"rank"`
	MemberCount *int   `json:"memberCount,omitempty"` // absent for the guest role
}

type rolePage struct {
	GroupRoles    []roleDTO `json:"groupRoles"`
	NextPageToken string    `json:"nextPageToken"`
}

func (s *Server) getGroup(q *request) (any, error) {
	if err := s.checkGroup(q); err != nil {
		return nil, err
	}
	group := groupDTO{
		Path:        s.groupPath(),
		CreateTime:  stamp(s.started),
		UpdateTime:  stamp(s.started),
		ID:          strconv.FormatInt(s.group, 10),
		DisplayName: "Sandbox group " + strconv.FormatInt(s.group, 10),
	}
	owner := s.roster.at(rankOwner)
	for user, m := range s.roster.members {
		if !m.now.in {
			continue
		}
		group.MemberCount++
		// Several holders of the owner role exist only if set by hand; the key's owner is named before others.
		if m.now.holds(owner) && (group.Owner == "" || user == s.keyOwner) {
			group.Owner = userPath(user)
		}
	}
	return group, nil
}

func (s *Server) listRoles(q *request) (any, error) {
	if err := s.checkGroup(q); err != nil {
		return nil, err
	}
	ranks := make([]int, len(s.roster.roles))
	for i, role := range s.roster.roles {
		ranks[i] = role.Rank
	}
	ranks, next, err := page(q, ranks, maxRolePage)
	if err != nil {
		return nil, err
	}
	out := rolePage{GroupRoles: make([]roleDTO, 0, len(ranks)), NextPageToken: next}
	counts := s.roleCounts()
	for _, rank := range ranks {
		out.GroupRoles = append(out.GroupRoles, s.roleDTO(s.roster.at(rank), counts))
	}
	return out, nil
}

func (s *Server) getRole(q *request) (any, error) {
	if err := s.checkGroup(q); err != nil {
		return nil, err
	}
	id, ok := parseID(q.param["role"])
	if !ok {
		return nil, invalidArgument("the role id must be a positive number")
	}
	role, known := s.roster.byID[id]
	if !known {
		return nil, notFound("the group has no role %d", id)
	}
	return s.roleDTO(role, s.roleCounts()), nil
}

// checkGroup refuses a path that names another group than the sandbox's.
func (s *Server) checkGroup(q *request) error {
	text := q.param["group"]
	id, ok := parseID(text)
	if !ok {
		return invalidArgument("the group id must be a positive number here, not %q", text)
	}
	if id != s.group {
		return notFound("there is no group %d", id)
	}
	return nil
}

func (s *Server) roleCounts() map[int64]int {
	counts := map[int64]int{}
	for _, m := range s.roster.members {
		for _, role := range m.now.roles {
			counts[role.ID]++
		}
	}
	return counts
}

func (s *Server) roleDTO(role Role, counts map[int64]int) roleDTO {
	dto := roleDTO{
		Path:        s.rolePath(role.ID),
		ID:          strconv.FormatInt(role.ID, 10),
		DisplayName: role.Name,
		Rank:        role.Rank,
	}
	if role.Rank != rankGuest {
		count := counts[role.ID]
		dto.MemberCount = &count
	}
	return dto
}

func (s *Server) groupPath() string { return fmt.Sprintf("groups/%d", s.group) }

func (s *Server) rolePath(id int64) string { return fmt.Sprintf("groups/%d/roles/%d", s.group, id) }

func (s *Server) rolePaths(roles []Role) []string {
	paths := make([]string, 0, len(roles))
	for _, role := range slices.Backward(roles) {
		paths = append(paths, s.rolePath(role.ID))
	}
	return paths
}

func userPath(user int64) string { return fmt.Sprintf("users/%d", user) }
