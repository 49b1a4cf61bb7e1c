package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

func (r *rig) look(method, target, body string) answer {
	r.Helper()
	req := r.request(method, "/_sandbox/"+target, body)
	req.Header.Del("X-Api-Key")
	return r.send(req, body)
}

func TestAMemberIsShownReadably(t *testing.T) {
	r := newRig(t)
	r.s.Join(5, trooper)
	r.patch(restrictionOf5, `{"gameJoinRestriction":{"active":true,"duration":"60s","displayReason":"d"}}`).want(200)
	equal(t, "member", r.look("GET", "members/5", "").want(200).fields(), map[string]any{
		"userId": 5.0, "member": true,
		"roles": []any{
			map[string]any{"id": 100_000_001.0, "name": "Member", "rank": 1.0},
			map[string]any{"id": 12.0, "name": "Trooper", "rank": 20.0},
		},
		"restrictions": []any{map[string]any{
			"universe": 42.0, "active": true, "startTime": "2026-11-22T12:00:00.123456789Z",
			"duration": "60s", "displayReason": "d",
		}},
	})
	equal(t, "stranger", r.look("GET", "members/6", "").want(200).fields(), map[string]any{
		"userId": 6.0, "member": false, "roles": []any{}, "restrictions": []any{},
	})
	r.look("GET", "members/x", "").want(400)
}

func TestAMemberIsMovedByHand(t *testing.T) {
	r := newRig(t)
	got := r.look("POST", "members/5", `{"roles":[11,12]}`).want(200).fields()
	equal[any](t, "member", got["member"], true)
	equal(t, "roles", r.roles(5), []int64{recruit, trooper})
	r.look("POST", "members/5", `{"roles":[]}`).want(200)
	equal(t, "roles", r.roles(5), []int64{})
	r.look("POST", "members/5", `{"leave":true}`).want(200)
	equal(t, "roles", r.roles(5), nil)
	r.patch(restrictionOf5, `{"gameJoinRestriction":{"active":true}}`).want(200)
	lifted := r.look("POST", "members/5", `{"lift":true}`).want(200).fields()
	equal[any](t, "restriction", lifted["restrictions"].([]any)[0].(map[string]any)["active"], false)
	r.look("POST", "members/6", `{"lift":true}`).want(200)
	for name, body := range map[string]string{
		"nothing":         `{}`,
		"both":            `{"roles":[11],"leave":true}`,
		"roles and lift":  `{"roles":[11],"lift":true}`,
		"leave and lift":  `{"lift":true,"leave":true}`,
		"an unknown role": `{"roles":[9999]}`,
		"a misspelt name": `{"role":[11]}`,
		"not JSON":        `roles`,
	} {
		t.Run(name, func(t *testing.T) {
			r := r.on(t)
			r.look("POST", "members/5", body).want(400)
			equal(t, "roles", r.roles(5), nil)
		})
	}
}

func TestCallsAndMessagesAreShown(t *testing.T) {
	r := newRig(t)
	r.post("/cloud/v2/universes/42:publishMessage", `{"topic":"t","message":"m"}`).wantEmpty()
	at := "2026-11-22T12:00:00.123456789Z"
	equal(t, "calls", r.look("GET", "calls", "").want(200).fields(), map[string]any{"next": 1.0, "calls": []any{map[string]any{
		"seq": 1.0, "time": at, "method": "POST", "path": "/cloud/v2/universes/42:publishMessage",
		"operation": "PublishUniverseMessage", "status": 200.0, "changed": true,
	}}})
	equal(t, "messages", r.look("GET", "messages", "").want(200).fields(), map[string]any{"messages": []any{map[string]any{
		"time": at, "universe": 42.0, "topic": "t", "message": "m",
	}}})
}

func TestTheCallLogIsReadOnFromWhereItWasReadTo(t *testing.T) {
	r := newRig(t)
	next := 0.0
	read := func() []any {
		t.Helper()
		page := r.look("GET", fmt.Sprintf("calls?since=%.0f", next), "").want(200).fields()
		next = page["next"].(float64)
		return page["calls"].([]any)
	}
	equal(t, "calls of nobody", read(), []any{})
	for range 3 {
		r.get("/cloud/v2/groups/7")
	}
	equal(t, "first calls", len(read()), 3)
	r.s.Join(5)
	r.post("/cloud/v2/groups/7/memberships/5:assignRole", `{"role":"groups/7/roles/12"}`).want(200)
	calls := read()
	equal(t, "later calls", len(calls), 1)
	for name, want := range map[string]any{"seq": 4.0, "operation": "AssignRole", "userId": 5.0, "roleId": 12.0, "changed": true} {
		equal(t, name, calls[0].(map[string]any)[name], want)
	}
	equal(t, "no further calls", read(), []any{})
	r.look("GET", "calls?since=-1", "").want(400)
	r.look("GET", "calls?since=x", "").want(400)
}

func TestAGapInTheCallLogCanBeSeen(t *testing.T) {
	r := newRig(t)
	for range 10_003 {
		r.get("/cloud/v2/groups/7")
	}
	var page struct{ Calls []sandbox.Call }
	r.look("GET", "calls?since=1", "").want(200).into(&page)
	equal(t, "calls that are kept", len(page.Calls), 10_000)
	equal(t, "first of them", page.Calls[0].Seq, int64(4))
}

func TestMembersAreListedInPages(t *testing.T) {
	r := newRig(t)
	for user := range int64(5) {
		r.s.Join(10+user, trooper)
	}
	r.s.Leave(12)
	var users []float64
	var members []bool
	after := 0.0
	for pages := 1; ; pages++ {
		page := r.look("GET", fmt.Sprintf("members?limit=2&after=%.0f", after), "").want(200).fields()
		for _, entry := range page["members"].([]any) {
			users = append(users, entry.(map[string]any)["userId"].(float64))
			members = append(members, entry.(map[string]any)["member"].(bool))
		}
		if page["next"] == nil {
			equal(t, "pages", pages, 3)
			break
		}
		after = page["next"].(float64)
	}
	equal(t, "users", users, []float64{10, 11, 12, 13, 14, keyOwner})
	equal(t, "members", members, []bool{true, true, false, true, true, true})
	for _, query := range []string{"limit=0", "limit=1001", "limit=x", "after=-1"} {
		r.look("GET", "members?"+query, "").want(400)
	}
}

func TestFaultsAreArmedAndClearedFromOutside(t *testing.T) {
	r := newRig(t)
	r.look("POST", "faults", `{"kind":"429","operation":"GetGroup","times":1,"retryAfterSeconds":2}`).want(204)
	r.look("POST", "faults", `{"kind":"503"}`).want(204)
	a := r.get("/cloud/v2/groups/7").want(429)
	equal(t, "Retry-After", a.header.Get("Retry-After"), "2")
	r.get("/cloud/v2/groups/7").want(503)
	r.look("DELETE", "faults", "").want(204)
	r.get("/cloud/v2/groups/7").want(200)
	for name, body := range map[string]string{
		"an unknown kind":   `{"kind":"418"}`,
		"a misspelt name":   `{"kind":"429","retryAfter":2}`,
		"an endless hang":   `{"kind":"timeout","hangSeconds":1e300}`,
		"a negative number": `{"kind":"429","retryAfterSeconds":-1}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := r.on(t)
			r.look("POST", "faults", body).want(400)
			r.get("/cloud/v2/groups/7").want(200)
		})
	}
	r.look("GET", "nothing", "").want(404)
	r.look("PUT", "faults", "").want(405)
}

func TestConcurrentCallsLoseNothing(t *testing.T) {
	r := newRig(t)
	for user := range int64(8) {
		r.s.Join(100 + user)
	}
	var wg sync.WaitGroup
	for user := range 8 {
		id := string(rune('0' + user))
		wg.Go(func() {
			for _, role := range []string{"11", "12", "13"} {
				target := "/cloud/v2/groups/7/memberships/10" + id + ":assignRole"
				req := r.request(http.MethodPost, target, `{"role":"groups/7/roles/`+role+`"}`)
				r.s.ServeHTTP(httptest.NewRecorder(), req)
			}
			r.s.Calls()
			r.s.Member(100)
		})
	}
	wg.Wait()
	for user := range int64(8) {
		equal(t, "roles", r.roles(100+user), []int64{recruit, trooper, officer})
	}
	equal(t, "calls", len(r.s.Calls()), 24)
}
