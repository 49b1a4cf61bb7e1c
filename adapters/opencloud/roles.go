package opencloud

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Role is a role of the group.
type Role struct {
	ID   domain.RoleID
	Name string
	Rank int // 0 is Guest and 255 the owner, neither of which can be assigned; 1 is what every member holds
}

// Roblox's largest page of roles, and more pages than a group's 256 ranks fill.
const (
	rolesPerPage = 20
	maxRolePages = 20
)

type roleDTO struct {
	Path        string `json:"path"`
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	Rank        int    `json:"rank"`
}

type rolesDTO struct {
	Roles         []roleDTO `json:"groupRoles"`
	NextPageToken string    `json:"nextPageToken"`
}

// Roles returns every role of the group, in Roblox's order.
func (c *Client) Roles(ctx context.Context) ([]Role, error) {
	roles, err := c.listRoles(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the group's roles: %w", err)
	}
	return roles, nil
}

func (c *Client) listRoles(ctx context.Context) ([]Role, error) {
	if err := c.inGroup(); err != nil {
		return nil, err
	}
	var roles []Role
	query := url.Values{"maxPageSize": {strconv.Itoa(rolesPerPage)}}
	for range maxRolePages {
		var page rolesDTO
		err := c.do(ctx, call{
			at: c.roles, lane: ports.LaneObserve, method: http.MethodGet, path: "/cloud/v2/" + c.groupName() + "/roles", query: query,
		}, &page)
		if err != nil {
			return nil, err
		}
		for _, dto := range page.Roles {
			role, err := c.roleFrom(dto)
			if err != nil {
				return nil, err
			}
			roles = append(roles, role)
		}
		if page.NextPageToken == "" {
			return roles, nil
		}
		query.Set("pageToken", page.NextPageToken)
	}
	return nil, unreadable("the list of roles does not end")
}

func (c *Client) roleFrom(dto roleDTO) (Role, error) {
	id, ok := c.roleOf(dto.Path)
	if !ok || dto.ID != "" && dto.ID != id.String() {
		return Role{}, unreadable("the list of roles names a role of another group")
	}
	if dto.Rank < 0 || dto.Rank > 255 {
		return Role{}, unreadable("a role's rank is outside 0 … 255")
	}
	return Role{ID: id, Name: dto.DisplayName, Rank: dto.Rank}, nil
}
