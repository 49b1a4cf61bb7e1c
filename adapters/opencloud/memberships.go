package opencloud

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// maxMemberPages is how many pages are looked through for one member: Roblox may put empty ones before the page that holds it.
const maxMemberPages = 5

type membershipDTO struct {
	Path  string   `json:"path"`
	User  string   `json:"user"`
	Role  string   `json:"role"`  // the highest only
	Roles []string `json:"roles"` // all of them
}

type membershipsDTO struct {
	Memberships   []membershipDTO `json:"groupMemberships"`
	NextPageToken string          `json:"nextPageToken"`
}

type roleChangeDTO struct {
	Role string `json:"role"`
}

// Membership returns what the player holds now, by listing the group's memberships filtered to the user: Roblox offers no way to read
// a single one. Whoever is not in the group is no error.
func (c *Client) Membership(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
	m, err := c.membership(ctx, user, lane)
	if err != nil {
		return ports.Membership{}, fmt.Errorf("read the membership of user %s: %w", user, err)
	}
	return m, nil
}

// AssignRole gives the member a role and returns what the member holds then. Roblox takes no action when the role is held already, so
// it may be called again. The user's number stands for the membership.
func (c *Client) AssignRole(
	ctx context.Context, user domain.UserID, role domain.RoleID, lane ports.Lane,
) (ports.Membership, error) {
	m, err := c.changeRole(ctx, call{at: c.assign, lane: lane}, ":assignRole", user, role)
	if err != nil {
		return ports.Membership{}, fmt.Errorf("assign role %s to user %s: %w", role, user, err)
	}
	return m, nil
}

// UnassignRole takes a role away and returns what the member holds then. Roblox takes no action when the role is not held, so it may
// be called again.
func (c *Client) UnassignRole(
	ctx context.Context, user domain.UserID, role domain.RoleID, lane ports.Lane,
) (ports.Membership, error) {
	m, err := c.changeRole(ctx, call{at: c.unassign, lane: lane}, ":unassignRole", user, role)
	if err != nil {
		return ports.Membership{}, fmt.Errorf("take role %s from user %s: %w", role, user, err)
	}
	return m, nil
}

func (c *Client) membership(ctx context.Context, user domain.UserID, lane ports.Lane) (ports.Membership, error) {
	if err := c.inGroup(); err != nil {
		return ports.Membership{}, err
	}
	query := url.Values{"filter": {"user == '" + userName(user) + "'"}, "maxPageSize": {"10"}}
	for range maxMemberPages {
		var page membershipsDTO
		err := c.do(ctx, call{
			at: c.memberships, lane: lane, method: http.MethodGet, path: "/cloud/v2/" + c.groupName() + "/memberships", query: query,
		}, &page)
		switch {
		case err != nil:
			return ports.Membership{}, err
		case len(page.Memberships) > 0:
			return c.membershipFrom(page.Memberships, user)
		case page.NextPageToken == "":
			return ports.Membership{}, nil
		case page.NextPageToken == query.Get("pageToken"):
			return ports.Membership{}, unreadable("the list of memberships leads back to the same page")
		}
		query.Set("pageToken", page.NextPageToken)
	}
	return ports.Membership{}, unreadable(strconv.Itoa(maxMemberPages) + " pages of memberships were empty, and more were promised")
}

func (c *Client) changeRole(
	ctx context.Context, r call, verb string, user domain.UserID, role domain.RoleID,
) (ports.Membership, error) {
	if err := c.inGroup(); err != nil {
		return ports.Membership{}, err
	}
	var answer membershipDTO
	r.method = http.MethodPost
	r.path = "/cloud/v2/" + c.groupName() + "/memberships/" + user.String() + verb
	r.body = roleChangeDTO{Role: c.roleName(role)}
	if err := c.do(ctx, r, &answer); err != nil {
		return ports.Membership{}, err
	}
	return c.membershipFrom([]membershipDTO{answer}, user)
}

// membershipFrom refuses an answer about another user or group. One that names no roles at all is refused too: taking it for a member
// without roles would have them assigned anew.
func (c *Client) membershipFrom(dtos []membershipDTO, user domain.UserID) (ports.Membership, error) {
	if len(dtos) != 1 {
		return ports.Membership{}, unreadable("one user has several memberships in a group")
	}
	dto := dtos[0]
	if dto.User != userName(user) || !c.holds(dto) {
		return ports.Membership{}, unreadable("the membership is that of somebody else, or in another group")
	}
	roles, err := c.rolesFrom(dto)
	if err != nil {
		return ports.Membership{}, err
	}
	return ports.Membership{Member: true, Roles: roles}, nil
}

// holds reports whether a membership is one in the group.
func (c *Client) holds(dto membershipDTO) bool {
	return dto.Path == "" || strings.HasPrefix(dto.Path, c.groupName()+"/memberships/")
}

// rolesFrom returns the roles that a membership names.
func (c *Client) rolesFrom(dto membershipDTO) ([]domain.RoleID, error) {
	names := dto.Roles
	if names == nil && dto.Role != "" {
		names = []string{dto.Role}
	}
	if names == nil {
		return nil, unreadable("the membership names no roles")
	}
	roles := make([]domain.RoleID, 0, len(names))
	for _, name := range names {
		role, ok := c.roleOf(name)
		if !ok {
			return nil, unreadable("the membership names a role of another group")
		}
		roles = append(roles, role)
	}
	return roles, nil
}
