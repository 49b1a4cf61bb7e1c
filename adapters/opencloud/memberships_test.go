package opencloud_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	emptyPage  = `{"groupMemberships":[],"nextPageToken":"more"}`
	membership = `{"path":"groups/7/memberships/MTU2","user":"users/156","role":"groups/7/roles/12",` +
		`"roles":["groups/7/roles/12","groups/7/roles/11"]}`
)

func roleIDs(m ports.Membership) []int64 {
	ids := []int64{}
	for _, role := range m.Roles {
		ids = append(ids, role.Int64())
	}
	slices.Sort(ids)
	return ids
}

func TestMembershipShowsEveryRoleHeld(t *testing.T) {
	r := newRig(t)
	r.box.Join(156, trooper, officer)
	m, err := r.client.Membership(t.Context(), player, ports.LanePromote)
	wantNoError(t, "Membership", err)
	got := roleIDs(m)
	if !m.Member || !slices.Contains(got, trooper) || !slices.Contains(got, officer) || len(got) != 3 {
		t.Fatalf("Membership: got %v %v, want a member with trooper, officer and the base role", m.Member, got)
	}
}

func TestWhoeverIsNotInTheGroupIsNoError(t *testing.T) {
	m, err := newRig(t).client.Membership(t.Context(), player, ports.LanePromote)
	wantNoError(t, "Membership", err)
	equal(t, "Membership", m, ports.Membership{})
}

func TestRoleChangesReturnWhatIsHeldThen(t *testing.T) {
	r := newRig(t)
	r.box.Join(156, recruit)
	for range 2 { // they may be called again
		m, err := r.client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
		wantNoError(t, "AssignRole", err)
		if got := roleIDs(m); !slices.Contains(got, trooper) || !slices.Contains(got, recruit) {
			t.Fatalf("after AssignRole: got %v, want recruit and trooper among them", got)
		}
	}
	for range 2 {
		m, err := r.client.UnassignRole(t.Context(), player, mustRole(recruit), ports.LanePromote)
		wantNoError(t, "UnassignRole", err)
		if got := roleIDs(m); !slices.Contains(got, trooper) || slices.Contains(got, recruit) {
			t.Fatalf("after UnassignRole: got %v, want trooper and not recruit", got)
		}
	}
	held, _ := r.box.Member(156)
	if len(held.Roles) != 2 || held.Roles[1].ID != trooper {
		t.Fatalf("the sandbox: got %v, want the base role and trooper", held.Roles)
	}
}

func TestRoleChangesOfSomebodyElseAreRefusedByKind(t *testing.T) {
	r := newRig(t, func(_ *options, c *sandbox.Config) { c.KeyOwner = 999 })
	r.box.SetRoles(999, trooper)
	r.box.Join(156, officer)
	_, err := r.client.AssignRole(t.Context(), player, mustRole(recruit), ports.LanePromote)
	wantKind(t, err, domain.KindDenied, "permission_denied")
	_, err = r.client.AssignRole(t.Context(), mustUser(157), mustRole(recruit), ports.LanePromote)
	wantKind(t, err, domain.KindNotFound, "not_found")
	_, err = r.client.AssignRole(t.Context(), player, mustRole(99), ports.LanePromote)
	wantKind(t, err, domain.KindInvalid, "invalid_argument")
}

func TestWithoutAGroupNothingIsAsked(t *testing.T) {
	client, calls := answering(t, says(200, `{}`), func(o *options) { o.GroupID = 0 })
	_, err := client.Membership(t.Context(), player, ports.LanePromote)
	wantKind(t, err, domain.KindBlocked, "group_not_configured")
	_, err = client.AssignRole(t.Context(), player, mustRole(recruit), ports.LanePromote)
	wantKind(t, err, domain.KindBlocked, "group_not_configured")
	_, err = client.Roles(t.Context())
	wantKind(t, err, domain.KindBlocked, "group_not_configured")
	equal(t, "calls", calls(), 0)
}

func TestTheMemberIsFoundBehindEmptyPages(t *testing.T) {
	var tokens []string
	client, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		token := r.URL.Query().Get("pageToken")
		tokens = append(tokens, token)
		equal(t, "filter", r.URL.Query().Get("filter"), "user == 'users/156'")
		body := `{"groupMemberships":[` + membership + `]}`
		if token == "" {
			body = emptyPage
		}
		says(200, body)(w, r)
	})
	m, err := client.Membership(t.Context(), player, ports.LanePromote)
	wantNoError(t, "Membership", err)
	equal(t, "roles", roleIDs(m), []int64{11, 12})
	equal(t, "tokens", tokens, []string{"", "more"})
}

func TestEmptyPagesAreNotFollowedForEver(t *testing.T) {
	client, calls := answering(t, says(200, emptyPage))
	_, err := client.Membership(t.Context(), player, ports.LanePromote)
	wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")
	equal(t, "calls", calls(), 2)

	n := 0
	client, calls = answering(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		says(200, strings.ReplaceAll(emptyPage, "more", strings.Repeat("m", n)))(w, r)
	})
	_, err = client.Membership(t.Context(), player, ports.LanePromote)
	wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")
	equal(t, "calls", calls(), 5)
}

func TestAnswersThatAreNotAboutTheMemberAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"another user":               strings.ReplaceAll(membership, "users/156", "users/157"),
		"a longer user id":           strings.ReplaceAll(membership, "users/156", "users/1560"),
		"another group":              strings.ReplaceAll(membership, "groups/7/m", "groups/8/m"),
		"a role of another group":    strings.ReplaceAll(membership, "groups/7/roles/11", "groups/8/roles/11"),
		"a role that is no number":   strings.ReplaceAll(membership, "roles/11", "roles/x"),
		"a role of a negative id":    strings.ReplaceAll(membership, "roles/11", "roles/-1"),
		"a role with a leading zero": strings.ReplaceAll(membership, "roles/11", "roles/011"),
		"a role with something else": strings.ReplaceAll(membership, "roles/11", "roles/11/x"),
		"no user":                    `{"roles":["groups/7/roles/11"]}`,
		"no roles at all":            `{"user":"users/156"}`,
		"roles of another type":      `{"user":"users/156","roles":"groups/7/roles/11"}`,
		"an empty object":            `{}`,
		"null":                       `null`,
		"an empty body":              ``,
		"half an answer":             membership[:40],
		"a page of HTML":             `<html>Please log in</html>`,
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := answering(t, says(200, body))
			_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
			wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")

			if body == "" {
				return // a list without members is an answer
			}
			client, _ = answering(t, says(200, `{"groupMemberships":[`+body+`]}`))
			_, err = client.Membership(t.Context(), player, ports.LanePromote)
			wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")
		})
	}
}

func TestTwoMembershipsOfOneUserAreRefused(t *testing.T) {
	client, _ := answering(t, says(200, `{"groupMemberships":[`+membership+`,`+membership+`]}`))
	_, err := client.Membership(t.Context(), player, ports.LanePromote)
	wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")
}

func TestAMemberWhoHoldsNoRolesIsOneAllTheSame(t *testing.T) {
	client, _ := answering(t, says(200, `{"user":"users/156","roles":[]}`))
	m, err := client.UnassignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	wantNoError(t, "UnassignRole", err)
	equal(t, "Membership", m, ports.Membership{Member: true, Roles: []domain.RoleID{}})
}

func TestTheHighestRoleStandsInForAnAbsentList(t *testing.T) {
	client, _ := answering(t, says(200, `{"user":"users/156","role":"groups/7/roles/12"}`))
	m, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	wantNoError(t, "AssignRole", err)
	equal(t, "roles", roleIDs(m), []int64{12})
}

func TestRoleChangesAreSentAsRobloxWantsThem(t *testing.T) {
	var uri string
	client, _ := answering(t, func(w http.ResponseWriter, r *http.Request) { uri = r.RequestURI; says(200, membership)(w, r) })
	_, err := client.UnassignRole(t.Context(), player, mustRole(recruit), ports.LanePromote)
	wantNoError(t, "UnassignRole", err)
	equal(t, "the request", uri, "/cloud/v2/groups/7/memberships/156:unassignRole")
}

func TestFaultsOfGroupCallsHaveTheirKinds(t *testing.T) {
	for name, c := range map[string]struct {
		fault sandbox.Fault
		kind  domain.Kind
		code  string
	}{
		"too many":                {sandbox.Fault{Kind: sandbox.FaultTooMany}, domain.KindExhausted, "resource_exhausted"},
		"internal":                {sandbox.Fault{Kind: sandbox.FaultInternal}, domain.KindUnavailable, "internal"},
		"unavailable":             {sandbox.Fault{Kind: sandbox.FaultUnavailable}, domain.KindUnavailable, "unavailable"},
		"the key":                 {sandbox.Fault{Kind: sandbox.FaultUnauthorized}, domain.KindUnavailable, "open_cloud_key_refused"},
		"denied":                  {sandbox.Fault{Kind: sandbox.FaultRefused}, domain.KindDenied, "permission_denied"},
		"HTML":                    {sandbox.Fault{Kind: sandbox.FaultHTML}, domain.KindUnavailable, "unavailable"},
		"HTML with 200":           {sandbox.Fault{Kind: sandbox.FaultHTML, Status: 200}, domain.KindUnavailable, "open_cloud_answer"},
		"nothing with 200":        {sandbox.Fault{Kind: sandbox.FaultEmpty}, domain.KindUnavailable, "open_cloud_answer"},
		"the member just left":    {sandbox.Fault{Kind: sandbox.FaultLostMember}, domain.KindNotFound, "not_found"},
		"an error after the fact": {sandbox.Fault{Kind: sandbox.FaultInternal, AfterWrite: true}, domain.KindUnavailable, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.box.Join(156, recruit)
			c.fault.Operation = sandbox.OpAssignRole
			r.box.Inject(c.fault)
			_, err := r.client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
			wantKind(t, err, c.kind, c.code)
		})
	}
}
