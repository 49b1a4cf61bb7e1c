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

// membersPerPage is Roblox's largest page of memberships; groupReadsPerMinute is what it documents for reading a group.
const (
	membersPerPage      = 100
	groupReadsPerMinute = 150
)

// Members lists up to limit members of the group, at most 100 whatever the limit. Each page takes a turn of MemberPagesPerMinute and one
// of the reads of memberships, behind everybody else who waits for those. A cursor belongs to the limit that it was given for. A member
// of whom Roblox tells no user or no roles of this group is counted and left out.
func (c *Client) Members(ctx context.Context, cursor string, limit int) (ports.MemberPage, error) {
	page, err := c.members(ctx, cursor, limit)
	if err != nil {
		return ports.MemberPage{}, fmt.Errorf("list the group's members: %w", err)
	}
	return page, nil
}

func (c *Client) members(ctx context.Context, cursor string, limit int) (ports.MemberPage, error) {
	if err := c.inGroup(); err != nil {
		return ports.MemberPage{}, err
	}
	if err := c.walks.take(ctx, ports.LaneSpare, 1, c.patience); err != nil {
		return ports.MemberPage{}, err
	}
	defer c.walks.done(1, true)
	query := url.Values{"maxPageSize": {strconv.Itoa(max(1, min(limit, membersPerPage)))}}
	if cursor != "" {
		query.Set("pageToken", cursor)
	}
	var answer membershipsDTO
	err := c.do(ctx, call{
		at: c.memberships, lane: ports.LaneSpare, method: http.MethodGet, path: "/cloud/v2/" + c.groupName() + "/memberships", query: query,
	}, &answer)
	switch {
	case err != nil:
		return ports.MemberPage{}, err
	case answer.NextPageToken != "" && answer.NextPageToken == cursor:
		return ports.MemberPage{}, unreadable("the list of memberships leads back to the same page")
	}
	page := ports.MemberPage{Members: make([]ports.Member, 0, len(answer.Memberships)), Next: answer.NextPageToken}
	for _, dto := range answer.Memberships {
		if !c.holds(dto) {
			return ports.MemberPage{}, unreadable("the list of memberships is that of another group")
		}
		if member, ok := c.memberFrom(dto); ok {
			page.Members = append(page.Members, member)
		} else {
			page.Skipped++
		}
	}
	return page, nil
}

func (c *Client) memberFrom(dto membershipDTO) (ports.Member, bool) {
	n, ok := idBehind(dto.User, "users/")
	user, err := domain.NewUserID(n)
	if !ok || err != nil {
		return ports.Member{}, false
	}
	roles, err := c.rolesFrom(dto)
	return ports.Member{User: user, Roles: roles}, err == nil
}

// CountMembers returns how many members Roblox says that the group has.
func (c *Client) CountMembers(ctx context.Context) (int64, error) {
	if err := c.inGroup(); err != nil {
		return 0, fmt.Errorf("count the group's members: %w", err)
	}
	var answer struct {
		Path  string `json:"path"`
		Count int64  `json:"memberCount"`
	}
	err := c.do(ctx, call{at: c.counts, lane: ports.LaneSpare, method: http.MethodGet, path: "/cloud/v2/" + c.groupName()}, &answer)
	if err == nil && (answer.Path != c.groupName() || answer.Count < 0) {
		err = unreadable("the group is another, or has fewer than no members")
	}
	if err != nil {
		return 0, fmt.Errorf("count the group's members: %w", err)
	}
	return answer.Count, nil
}
