package opencloud

import (
	"strconv"
	"strings"

	"github.com/grps/grps/domain"
)

// idBehind returns the number that follows prefix in a resource name such as users/156, in canonical digits and nothing behind it.
func idBehind(name, prefix string) (int64, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == digits
}

func userName(user domain.UserID) string { return "users/" + user.String() }

func (c *Client) groupName() string { return "groups/" + strconv.FormatInt(c.group, 10) }

func (c *Client) roleName(role domain.RoleID) string {
	return c.groupName() + "/roles/" + role.String()
}

// roleOf returns the role that a resource name names; false for what is no role of the group.
func (c *Client) roleOf(name string) (domain.RoleID, bool) {
	n, ok := idBehind(name, c.groupName()+"/roles/")
	if !ok {
		return domain.RoleID{}, false
	}
	role, err := domain.NewRoleID(n)
	return role, err == nil
}
