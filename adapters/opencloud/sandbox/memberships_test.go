package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

func (r *rig) assign(user string, role int64) answer {
	r.Helper()
	return r.changeRole(user, "assignRole", role)
}

func (r *rig) unassign(user string, role int64) answer {
	r.Helper()
	return r.changeRole(user, "unassignRole", role)
}

func (r *rig) changeRole(user, verb string, role int64) answer {
	r.Helper()
	target := "/cloud/v2/groups/7/memberships/" + user + ":" + verb
	return r.post(target, fmt.Sprintf(`{"role":"groups/7/roles/%d"}`, role))
}

// roles are the custom roles a user holds, by rank.
func (r *rig) roles(user int64) []int64 {
	r.Helper()
	state, in := r.s.Member(user)
	if !in {
		return nil
	}
	ids := []int64{}
	for _, role := range state.Roles[1:] {
		ids = append(ids, role.ID)
	}
	if state.Roles[0].Rank != 1 {
		r.Fatalf("roles of %d: got %v, want the base role first", user, state.Roles)
	}
	return ids
}

func TestRolesAreAssignedAndUnassigned(t *testing.T) {
	r := newRig(t)
	r.s.Join(5, recruit)
	joined := "2026-11-22T12:00:00.123456789Z"
	r.clock.advance(time.Second)

	var got membership
	r.assign("5", trooper).want(200).into(&got)
	base := fmt.Sprintf("groups/7/roles/%d", r.s.Roles()[1].ID)
	equal(t, "answer", got, membership{
		Path: "groups/7/memberships/NQ", User: "users/5", Role: "groups/7/roles/12",
		Roles:      []string{"groups/7/roles/12", "groups/7/roles/11", base},
		CreateTime: joined, UpdateTime: "2026-11-22T12:00:01.123456789Z",
	})
	r.unassign("NQ", recruit).want(200)
	equal(t, "roles", r.roles(5), []int64{trooper})
	r.unassign("5", trooper).want(200).into(&got)
	equal(t, "roles", r.roles(5), []int64{})
	equal(t, "highest role", got.Role, base)
}

func TestWhatIsSoAlreadyIsNotChanged(t *testing.T) {
	r := newRig(t)
	r.s.Join(5, recruit)
	base := r.s.Roles()[1].ID
	r.clock.advance(time.Minute)
	for name, call := range map[string]func(*rig) answer{
		"assigning a role held":       func(r *rig) answer { return r.assign("5", recruit) },
		"unassigning a role not held": func(r *rig) answer { return r.unassign("5", trooper) },
		"assigning the base role":     func(r *rig) answer { return r.assign("5", base) },
		"unassigning the base role":   func(r *rig) answer { return r.unassign("5", base) },
	} {
		t.Run(name, func(t *testing.T) {
			r := r.on(t)
			var got membership
			call(r).want(200).into(&got)
			equal(t, "updateTime", got.UpdateTime, "2026-11-22T12:00:00.123456789Z")
			equal(t, "roles", r.roles(5), []int64{recruit})
			equal(t, "changed", r.lastCall().Changed, false)
		})
	}
}

func TestRoleChangesAreRefused(t *testing.T) {
	const captain = 14
	c := config()
	c.Roles = append(c.Roles, sandbox.Role{ID: captain, Name: "Captain", Rank: 210})
	guest, owner := int64(100_000_000), int64(100_000_002)
	cases := []struct {
		name   string
		user   string
		role   string
		status int
		code   string
	}{
		{"the guest role", "5", fmt.Sprintf(`"groups/7/roles/%d"`, guest), 400, "INVALID_ARGUMENT"},
		{"the owner role", "5", fmt.Sprintf(`"groups/7/roles/%d"`, owner), 400, "INVALID_ARGUMENT"},
		{"an unknown role", "5", `"groups/7/roles/9999"`, 400, "INVALID_ARGUMENT"},
		{"a role of another group", "5", `"groups/8/roles/11"`, 400, "INVALID_ARGUMENT"},
		{"a bare role id", "5", `"11"`, 400, "INVALID_ARGUMENT"},
		{"a number", "5", `11`, 400, "INVALID_ARGUMENT"},
		{"no role", "5", `null`, 400, "INVALID_ARGUMENT"},
		{"a membership id that is none", "abc", `"groups/7/roles/11"`, 400, "INVALID_ARGUMENT"},
		{"who is not a member", "77", `"groups/7/roles/11"`, 404, "NOT_FOUND"},
		{"who left", "8", `"groups/7/roles/11"`, 404, "NOT_FOUND"},
		{"a role at the key owner's", "5", `"groups/7/roles/13"`, 403, "PERMISSION_DENIED"},
		{"a role above the key owner's", "5", `"groups/7/roles/14"`, 403, "PERMISSION_DENIED"},
		{"a member at the key owner's", "6", `"groups/7/roles/11"`, 403, "PERMISSION_DENIED"},
		{"a member above the key owner", "9", `"groups/7/roles/11"`, 403, "PERMISSION_DENIED"},
		{"the key's owner", "999", `"groups/7/roles/11"`, 403, "PERMISSION_DENIED"},
	}
	for _, tc := range cases {
		for _, verb := range []string{"assignRole", "unassignRole"} {
			t.Run(tc.name+" by "+verb, func(t *testing.T) {
				r := newRigOf(t, c)
				r.s.SetRoles(keyOwner, officer)
				r.s.Join(5)
				r.s.Join(6, officer)
				r.s.Join(8)
				r.s.Leave(8)
				r.s.Join(9, recruit, captain)
				r.post("/cloud/v2/groups/7/memberships/"+tc.user+":"+verb, `{"role":`+tc.role+`}`).
					wantError(tc.status, tc.code)
				equal(t, "changed", r.lastCall().Changed, false)
			})
		}
	}
}

func TestAKeyOwnerWhoLeftMayRankNobody(t *testing.T) {
	r := newRig(t)
	r.s.Join(5)
	r.s.Leave(keyOwner)
	r.assign("5", recruit).wantError(403, "PERMISSION_DENIED")
}

func TestTheOwnerMayRankEverybodyElse(t *testing.T) {
	r := newRig(t)
	r.s.Join(5, officer)
	r.unassign("5", officer).want(200)
	equal(t, "roles", r.roles(5), []int64{})
}

func TestUnknownUsersJoinWhenAskedAboutIfSo(t *testing.T) {
	c := config()
	c.AutoJoin = true
	ask := map[string]func(*rig){
		"by the membership list": func(r *rig) { r.members("7", "user == 'users/5'") },
		"by the wildcard list":   func(r *rig) { r.members("-", "user in ['users/5']") },
		"by a role change":       func(r *rig) { r.unassign("5", recruit).want(200) },
	}
	for name, asks := range ask {
		t.Run(name+", with AutoJoin", func(t *testing.T) {
			r := newRigOf(t, c)
			asks(r)
			equal(t, "roles", r.roles(5), []int64{})
		})
		t.Run(name+", not again after leaving", func(t *testing.T) {
			r := newRigOf(t, c)
			asks(r)
			r.s.Leave(5)
			r.members("7", "user == 'users/5'")
			equal(t, "roles", r.roles(5), nil)
		})
	}
	t.Run("nobody joins without AutoJoin", func(t *testing.T) {
		r := newRig(t)
		r.members("7", "user == 'users/5'")
		equal(t, "roles", r.roles(5), nil)
	})
}

func TestStaffMoveMembersByHand(t *testing.T) {
	r := newRig(t)
	r.s.Join(5, recruit)
	r.s.Join(5, trooper)
	equal(t, "joined twice", r.roles(5), []int64{recruit, trooper})
	r.s.SetRoles(5, officer)
	equal(t, "set", r.roles(5), []int64{officer})
	r.s.SetRoles(6, recruit)
	equal(t, "set for who was no member", r.roles(6), []int64{recruit})
	r.s.Leave(5)
	equal(t, "left", r.roles(5), nil)
	r.s.Join(5)
	equal(t, "joined again", r.roles(5), []int64{})
}

func TestARoleThatIsNotThereCannotBeSet(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("SetRoles: got no panic, want one")
		}
	}()
	newRig(t).s.SetRoles(5, 9999)
}
