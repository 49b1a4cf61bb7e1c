package opencloud_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestEveryMemberComesOncePageByPage(t *testing.T) {
	r := newRig(t)
	for n := range int64(250) {
		r.box.Join(1000+n, trooper)
	}
	r.box.Leave(1007)
	var sizes []int
	seen := map[int64]int{}
	for cursor := ""; ; {
		page, err := r.client.Members(t.Context(), cursor, 500)
		wantNoError(t, "Members", err)
		sizes = append(sizes, len(page.Members))
		for _, m := range page.Members {
			seen[m.User.Int64()]++
			if m.User.Int64() < 1250 && !slices.Contains(m.Roles, mustRole(trooper)) {
				t.Errorf("member %s: got the roles %v, want trooper among them", m.User, m.Roles)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	count, err := r.client.CountMembers(t.Context())
	wantNoError(t, "CountMembers", err)
	if int64(len(seen)) != count || count < 249 || seen[1007] != 0 || seen[1249] != 1 || sizes[0] != 100 {
		t.Fatalf("got %d members in pages of %v, user 1007 %d times, want the %d of the group, in pages of 100, without who left",
			len(seen), sizes, seen[1007], count)
	}
	for user, times := range seen {
		if times != 1 {
			t.Errorf("member %d: got %d times, want once", user, times)
		}
	}
}

func TestAMemberOfWhomNothingIsUnderstoodIsCounted(t *testing.T) {
	page := strings.Join([]string{
		membership, strings.ReplaceAll(membership, "users/156", "users/x"), strings.ReplaceAll(membership, "users/156", "nobody"),
		`{"path":"groups/7/memberships/a","user":"users/157"}`, strings.ReplaceAll(membership, "groups/7/roles/11", "groups/8/roles/11"),
		`{"path":"groups/7/memberships/b","user":"users/158","roles":[]}`,
	}, ",")
	client, _ := answering(t, says(200, `{"groupMemberships":[`+page+`],"nextPageToken":""}`))
	got, err := client.Members(t.Context(), "", 10)
	wantNoError(t, "Members", err)
	equal(t, "page", got, ports.MemberPage{Skipped: 4, Members: []ports.Member{
		{User: player, Roles: []domain.RoleID{mustRole(12), mustRole(11)}}, {User: mustUser(158), Roles: []domain.RoleID{}},
	}})
}

func TestMembersOfAnotherGroupAreRefused(t *testing.T) {
	client, _ := answering(t, says(200, `{"groupMemberships":[`+strings.ReplaceAll(membership, "groups/7/m", "groups/8/m")+`]}`))
	_, err := client.Members(t.Context(), "", 10)
	wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")
	client, _ = answering(t, says(200, `{"path":"groups/8","memberCount":3}`))
	_, err = client.CountMembers(t.Context())
	wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")
}

func TestAListThatLeadsBackToTheSamePageIsRefused(t *testing.T) {
	client, _ := answering(t, says(200, `{"groupMemberships":[],"nextPageToken":"more"}`))
	_, err := client.Members(t.Context(), "more", 10)
	wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")
}

func TestACursorThatRobloxDoesNotTakeIsInvalid(t *testing.T) {
	r := newRig(t)
	_, err := r.client.Members(t.Context(), "from long ago", 100)
	wantKind(t, err, domain.KindInvalid, "invalid_argument")
	for n := range int64(20) {
		r.box.Join(1000+n, trooper)
	}
	page, err := r.client.Members(t.Context(), "", 10)
	wantNoError(t, "Members", err)
	_, err = r.client.Members(t.Context(), page.Next, 20)
	wantKind(t, err, domain.KindInvalid, "invalid_argument")
}

func TestMembersAreAskedForAsRobloxWantsThem(t *testing.T) {
	var uris []string
	client, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		uris = append(uris, r.RequestURI)
		says(200, `{"groupMemberships":[]}`)(w, r)
	})
	for _, c := range []struct {
		cursor string
		limit  int
	}{{"", 100}, {"a+b/c=", 1000}, {"", 0}} {
		_, err := client.Members(t.Context(), c.cursor, c.limit)
		wantNoError(t, "Members", err)
	}
	const path = "/cloud/v2/groups/7/memberships?maxPageSize="
	equal(t, "requests", uris, []string{path + "100", path + "100&pageToken=a%2Bb%2Fc%3D", path + "1"})
}

func TestWalksTakeTheirPartOfTheReadsAndNoMore(t *testing.T) {
	r := newRig(t, func(o *options, _ *sandbox.Config) { o.Limits.MemberPagesPerMinute, o.Patience = 3, time.Millisecond })
	for range 3 {
		_, err := r.client.Members(t.Context(), "", 10)
		wantNoError(t, "Members", err)
	}
	_, err := r.client.Members(t.Context(), "", 10)
	if e := wantKind(t, err, domain.KindExhausted, "open_cloud_budget"); e.RetryAfter <= 0 || e.RetryAfter > 61*time.Second {
		t.Errorf("retry after %s, want when the next turn is free", e.RetryAfter)
	}
	if _, err := r.client.Membership(t.Context(), player, ports.LaneObserve); err != nil {
		t.Errorf("another read: got %v, want no error: the walk left it its turns", err)
	}
	equal(t, "pages sent", len(r.callsOf(sandbox.OpListMemberships)), 4)
}

func TestFaultsOfListingHaveTheirKinds(t *testing.T) {
	for name, c := range map[string]struct {
		fault sandbox.Fault
		kind  domain.Kind
	}{
		"too many":    {sandbox.Fault{Kind: sandbox.FaultTooMany}, domain.KindExhausted},
		"unavailable": {sandbox.Fault{Kind: sandbox.FaultUnavailable}, domain.KindUnavailable},
		"denied":      {sandbox.Fault{Kind: sandbox.FaultRefused}, domain.KindDenied},
		"HTML":        {sandbox.Fault{Kind: sandbox.FaultHTML, Status: 200}, domain.KindUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.box.Inject(c.fault)
			_, err := r.client.Members(t.Context(), "", 10)
			if got := domain.KindOf(err); got != c.kind {
				t.Errorf("Members: got %s (%v), want %s", got, err, c.kind)
			}
			r = newRig(t)
			r.box.Inject(c.fault)
			_, err = r.client.CountMembers(t.Context())
			if got := domain.KindOf(err); got != c.kind {
				t.Errorf("CountMembers: got %s (%v), want %s", got, err, c.kind)
			}
		})
	}
}

func TestWithoutAGroupNobodyIsListed(t *testing.T) {
	client, calls := answering(t, says(200, `{}`), func(o *options) { o.GroupID = 0 })
	_, err := client.Members(t.Context(), "", 10)
	wantKind(t, err, domain.KindBlocked, "group_not_configured")
	_, err = client.CountMembers(t.Context())
	wantKind(t, err, domain.KindBlocked, "group_not_configured")
	equal(t, "calls", calls(), 0)
}

func TestRestrictedTellsWhetherThePlayerMayJoin(t *testing.T) {
	r := newRig(t)
	restricted := func() bool {
		t.Helper()
		got, err := r.client.Restricted(t.Context(), player, game)
		wantNoError(t, "Restricted", err)
		return got
	}
	equal(t, "before any restriction", restricted(), false)
	wantNoError(t, "ban", r.client.Restrict(t.Context(), ban()))
	equal(t, "while it is in force", restricted(), true)
	if elsewhere, err := r.client.Restricted(t.Context(), player, otherGame); err != nil || elsewhere {
		t.Errorf("in another universe: got %t and %v, want false", elsewhere, err)
	}
	lifted := ban()
	lifted.Active, lifted.Key = false, "key-2"
	wantNoError(t, "lift", r.client.Restrict(t.Context(), lifted))
	equal(t, "after it was lifted", restricted(), false)

	forADay := ban()
	forADay.Until, forADay.Key = noon.Add(24*time.Hour), "key-3"
	r.clock.advance(time.Minute)
	wantNoError(t, "ban for a day", r.client.Restrict(t.Context(), forADay))
	equal(t, "before its end", restricted(), true)
	r.clock.advance(24 * time.Hour)
	equal(t, "after its end", restricted(), false)
}

func TestWhoWasNeverRestrictedMayJoin(t *testing.T) {
	client, _ := answering(t, says(404, `{"code":"NOT_FOUND","message":"no restriction"}`))
	got, err := client.Restricted(t.Context(), player, game)
	wantNoError(t, "Restricted", err)
	equal(t, "restricted", got, false)
}

func TestARestrictionThatIsNotThePlayersIsRefused(t *testing.T) {
	const mine = `{"path":"universes/42/user-restrictions/156","user":"users/156","gameJoinRestriction":{"active":true}}`
	for name, body := range map[string]string{
		"another user":     strings.ReplaceAll(mine, "156", "157"),
		"another universe": strings.ReplaceAll(mine, "universes/42", "universes/43"),
		"nobody's":         `{"gameJoinRestriction":{"active":true}}`,
		"no answer":        `{"user":"users/156","gameJoinRestriction":{}}`,
		"no restriction":   `{"user":"users/156"}`,
		"null":             `null`,
		"no JSON":          `<html>`,
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := answering(t, says(200, body))
			_, err := client.Restricted(t.Context(), player, game)
			wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")
		})
	}
	client, calls := answering(t, says(200, mine))
	_, err := client.Restricted(t.Context(), player, mustUniverse(99))
	wantKind(t, err, domain.KindBlocked, "universe_not_configured")
	equal(t, "calls about a universe that is not configured", calls(), 0)
}
