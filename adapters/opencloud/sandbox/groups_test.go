package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

func TestTheGroupNamesItsOwnerAndCountsItsMembers(t *testing.T) {
	r := newRig(t)
	r.s.Join(5)
	r.s.Join(6)
	r.s.Leave(6)
	got := r.get("/cloud/v2/groups/7").want(200).fields()
	equal[any](t, "id", got["id"], "7")
	equal[any](t, "owner", got["owner"], "users/999")
	equal[any](t, "memberCount", got["memberCount"], 2.0)
}

func TestOfSeveralOwnersTheKeysIsNamed(t *testing.T) {
	r := newRig(t)
	owner := r.s.Roles()[5].ID
	for user := range int64(20) {
		r.s.Join(100+user, owner)
	}
	equal[any](t, "owner", r.get("/cloud/v2/groups/7").want(200).fields()["owner"], "users/999")
}

type rolesAnswer struct {
	GroupRoles []struct {
		ID, DisplayName string
		Rank            int
		MemberCount     *int
	}
	NextPageToken string
}

func TestRolesComeInPagesByRank(t *testing.T) {
	c := config()
	for rank := 100; rank < 130; rank++ {
		c.Roles = append(c.Roles, sandbox.Role{ID: int64(1000 + rank), Name: fmt.Sprint("Rank ", rank), Rank: rank})
	}
	r := newRigOf(t, c)
	for _, size := range []struct {
		query string
		want  []int // sizes of the pages
	}{
		{"", []int{10, 10, 10, 6}},
		{"?maxPageSize=20", []int{20, 16}},
		{"?maxPageSize=500", []int{20, 16}},
		{"?maxPageSize=18", []int{18, 18}},
		{"?maxPageSize=0", []int{10, 10, 10, 6}},
	} {
		t.Run(size.query, func(t *testing.T) {
			var sizes, ranks []int
			for token := "first"; token != ""; {
				target := "/cloud/v2/groups/7/roles" + size.query
				if token != "first" {
					target += map[bool]string{true: "?", false: "&"}[size.query == ""] + "pageToken=" + token
				}
				var got rolesAnswer
				r.get(target).want(200).into(&got)
				sizes = append(sizes, len(got.GroupRoles))
				for _, role := range got.GroupRoles {
					ranks = append(ranks, role.Rank)
				}
				token = got.NextPageToken
			}
			equal(t, "page sizes", sizes, size.want)
			for i := 1; i < len(ranks); i++ {
				if ranks[i] <= ranks[i-1] {
					t.Fatalf("ranks: got %v, want each above the one before", ranks)
				}
			}
		})
	}
}

func TestTheEndOfAListIsAnEmptyToken(t *testing.T) {
	got := newRig(t).get("/cloud/v2/groups/7/roles").want(200).fields()
	token, sent := got["nextPageToken"]
	if !sent || token != "" {
		t.Fatalf("nextPageToken: got %v (sent: %v), want an empty one", token, sent)
	}
}

func TestPagingRefusesWhatDoesNotBelong(t *testing.T) {
	r := newRig(t)
	for user := range int64(20) {
		r.s.Join(100+user, recruit)
	}
	var got struct{ NextPageToken string }
	r.get("/cloud/v2/groups/7/memberships?maxPageSize=5").want(200).into(&got)
	next := "&pageToken=" + got.NextPageToken
	r.get("/cloud/v2/groups/7/memberships?maxPageSize=5" + next).want(200)
	role := url.QueryEscape("role == 'groups/7/roles/11'")
	for name, target := range map[string]string{
		"another page size": "/cloud/v2/groups/7/memberships?maxPageSize=6" + next,
		"another filter":    "/cloud/v2/groups/7/memberships?maxPageSize=5" + next + "&filter=" + role,
		"another list":      "/cloud/v2/groups/7/roles?maxPageSize=5" + next,
		"a token cut short": "/cloud/v2/groups/7/memberships?maxPageSize=5" + next[:len(next)-3],
		"no number":         "/cloud/v2/groups/7/memberships?maxPageSize=x",
		"a negative size":   "/cloud/v2/groups/7/memberships?maxPageSize=-1",
	} {
		t.Run(name, func(t *testing.T) {
			r := r.on(t)
			r.get(target).wantError(http.StatusBadRequest, "INVALID_ARGUMENT")
		})
	}
}

// on is the rig for a subtest.
func (r *rig) on(t *testing.T) *rig {
	t.Helper()
	return &rig{T: t, s: r.s, clock: r.clock}
}

func TestARoleIsReadByID(t *testing.T) {
	r := newRig(t)
	r.s.Join(5, trooper)
	got := r.get("/cloud/v2/groups/7/roles/12").want(200).fields()
	equal(t, "role", got, map[string]any{
		"path": "groups/7/roles/12", "id": "12", "displayName": "Trooper", "rank": 20.0, "memberCount": 1.0,
	})
	guest := r.s.Roles()[0]
	if _, sent := r.get(fmt.Sprintf("/cloud/v2/groups/7/roles/%d", guest.ID)).want(200).fields()["memberCount"]; sent {
		t.Fatal("memberCount of the guest role: got one, want none")
	}
	r.get("/cloud/v2/groups/7/roles/9999").wantError(404, "NOT_FOUND")
	r.get("/cloud/v2/groups/7/roles/x").wantError(400, "INVALID_ARGUMENT")
}

type membershipsAnswer struct {
	GroupMemberships []membership
	NextPageToken    string
}

type membership struct {
	Path, User, Role string
	Roles            []string
	CreateTime       string
	UpdateTime       string
}

func (r *rig) members(groupID, filter string) membershipsAnswer {
	r.Helper()
	var got membershipsAnswer
	target := "/cloud/v2/groups/" + groupID + "/memberships?maxPageSize=100&filter=" + url.QueryEscape(filter)
	r.get(target).want(200).into(&got)
	return got
}

func usersOf(a membershipsAnswer) []string {
	users := []string{}
	for _, m := range a.GroupMemberships {
		users = append(users, m.User)
	}
	return users
}

func TestAMembershipCarriesEveryRoleHeld(t *testing.T) {
	r := newRig(t)
	r.s.Join(1599940985, recruit, trooper)
	base := r.s.Roles()[1].ID
	got := r.members("7", "user == 'users/1599940985'")
	equal(t, "memberships", got, membershipsAnswer{GroupMemberships: []membership{{
		Path:       "groups/7/memberships/MTU5OTk0MDk4NQ",
		User:       "users/1599940985",
		Role:       "groups/7/roles/12",
		Roles:      []string{"groups/7/roles/12", "groups/7/roles/11", fmt.Sprintf("groups/7/roles/%d", base)},
		CreateTime: "2026-11-22T12:00:00.123456789Z",
		UpdateTime: "2026-11-22T12:00:00.123456789Z",
	}}})
}

func TestMembershipsAreFiltered(t *testing.T) {
	r := newRig(t)
	r.s.Join(5, recruit)
	r.s.Join(6, recruit, trooper)
	r.s.Join(8)
	r.s.Leave(8)
	for _, c := range []struct {
		name, group, filter string
		want                []string
	}{
		{"no filter lists all members", "7", "", []string{"users/5", "users/6", "users/999"}},
		{"by user", "7", "user == 'users/5'", []string{"users/5"}},
		{"double quotes and no spaces", "7", `user=="users/5"`, []string{"users/5"}},
		{"not a member is an empty list", "7", "user == 'users/77'", []string{}},
		{"who left is no member", "7", "user == 'users/8'", []string{}},
		{"by role", "7", "role == 'groups/7/roles/11'", []string{"users/5", "users/6"}},
		{"by a role nobody holds", "7", "role == 'groups/7/roles/13'", []string{}},
		{"by a role there is not", "7", "role == 'groups/7/roles/9999'", []string{}},
		{"any group, some users", "-", "user in ['users/6', 'users/5', 'users/77']", []string{"users/5", "users/6"}},
		{"a user named twice", "-", "user in ['users/5','users/5']", []string{"users/5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			equal(t, "users", usersOf(r.on(t).members(c.group, c.filter)), c.want)
		})
	}
}

func TestFiltersOutsideTheDocumentedSubsetAreRefused(t *testing.T) {
	list := func(n int) string {
		return "user in [" + strings.TrimSuffix(strings.Repeat("'users/5',", n), ",") + "]"
	}
	r := newRig(t)
	r.members("-", list(50))
	for _, c := range []struct{ name, group, filter string }{
		{"51 users", "-", list(51)},
		{"any group without a filter", "-", ""},
		{"any group by one user", "-", "user == 'users/5'"},
		{"an empty list", "-", "user in []"},
		{"a list without brackets", "-", "user in 'users/5'"},
		{"a list in a named group", "7", "user in ['users/5']"},
		{"a bare user id", "7", "user == '5'"},
		{"no quotes", "7", "user == users/5"},
		{"a role of another group", "7", "role == 'groups/8/roles/11'"},
		{"another field", "7", "rank == '5'"},
		{"another operator", "7", "user != 'users/5'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := "/cloud/v2/groups/" + c.group + "/memberships?filter=" + url.QueryEscape(c.filter)
			r.on(t).get(target).wantError(400, "INVALID_ARGUMENT")
		})
	}
}

func TestMembershipPagesHoldAtMost100(t *testing.T) {
	r := newRig(t)
	for user := range int64(150) {
		r.s.Join(1000 + user)
	}
	var got membershipsAnswer
	r.get("/cloud/v2/groups/7/memberships").want(200).into(&got)
	equal(t, "default size", len(got.GroupMemberships), 10)
	r.get("/cloud/v2/groups/7/memberships?maxPageSize=1000").want(200).into(&got)
	equal(t, "largest size", len(got.GroupMemberships), 100)
	var rest membershipsAnswer
	r.get("/cloud/v2/groups/7/memberships?maxPageSize=1000&pageToken=" + got.NextPageToken).want(200).into(&rest)
	equal(t, "the rest, with the key's owner", len(rest.GroupMemberships), 51)
	equal(t, "token", rest.NextPageToken, "")
}
