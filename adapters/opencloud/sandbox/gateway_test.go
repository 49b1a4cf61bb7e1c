package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

func TestAConfigurationThatCannotBeIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*sandbox.Config){
		"without a group":             func(c *sandbox.Config) { c.GroupID = 0 },
		"a negative key owner":        func(c *sandbox.Config) { c.KeyOwner = -1 },
		"a universe named twice":      func(c *sandbox.Config) { c.Universes = []int64{1, 1} },
		"a universe 0":                func(c *sandbox.Config) { c.Universes = []int64{0} },
		"a role id used twice":        func(c *sandbox.Config) { c.Roles[1].ID = c.Roles[0].ID },
		"a rank used twice":           func(c *sandbox.Config) { c.Roles[1].Rank = c.Roles[0].Rank },
		"a rank above 255":            func(c *sandbox.Config) { c.Roles[0].Rank = 256 },
		"a role without a name":       func(c *sandbox.Config) { c.Roles[0].Name = "" },
		"a role name of 101 letters":  func(c *sandbox.Config) { c.Roles[0].Name = strings.Repeat("é", 101) },
		"a role without an id":        func(c *sandbox.Config) { c.Roles[0].ID = 0 },
		"a negative limit":            func(c *sandbox.Config) { c.Limits.GroupPerMinute = -1 },
		"a negative number of gamers": func(c *sandbox.Config) { c.Limits.ConcurrentUsers = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			c := config()
			spoil(&c)
			if _, err := sandbox.New(c); err == nil {
				t.Fatal("New: got no error, want one")
			}
		})
	}
}

func TestTheRolesRobloxAddsAreThereOnce(t *testing.T) {
	c := config()
	c.Roles = append(c.Roles, sandbox.Role{ID: 100_000_000, Name: "Fan", Rank: 1})
	r := newRigOf(t, c)
	equal(t, "roles", r.s.Roles(), []sandbox.Role{
		{ID: 100_000_001, Name: "Guest", Rank: 0},
		{ID: 100_000_000, Name: "Fan", Rank: 1},
		{ID: recruit, Name: "Recruit", Rank: 10},
		{ID: trooper, Name: "Trooper", Rank: 20},
		{ID: officer, Name: "Officer", Rank: 200},
		{ID: 100_000_002, Name: "Owner", Rank: 255},
	})
}

func TestAKeyIsAskedFor(t *testing.T) {
	cases := []struct {
		name       string
		configured string
		sent       string
		status     int
	}{
		{"the right key is accepted", key, key, http.StatusOK},
		{"a wrong key is refused", key, "other", http.StatusUnauthorized},
		{"no key is refused", key, "", http.StatusUnauthorized},
		{"any key is accepted when none is configured", "", "whatever", http.StatusOK},
		{"no key is refused when none is configured", "", "", http.StatusUnauthorized},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			conf := config()
			conf.APIKey = c.configured
			r := newRigOf(t, conf)
			req := r.request(http.MethodGet, "/cloud/v2/groups/7", "")
			req.Header.Set("X-Api-Key", c.sent)
			a := r.send(req, "").want(c.status)
			if c.status == http.StatusUnauthorized {
				equal(t, "body", a.body, `{"errors":[{"code":0,"message":"Invalid API Key"}]}`)
			}
		})
	}
}

func TestPathsAndMethods(t *testing.T) {
	cases := []struct {
		name, method, target string
		status               int
		allow                string
	}{
		{"an unknown path", "GET", "/cloud/v2/nothing", 404, ""},
		{"a slash at the end", "GET", "/cloud/v2/groups/7/", 404, ""},
		{"one membership cannot be read", "GET", "/cloud/v2/groups/7/memberships/5", 405, "PATCH"},
		{"a role cannot be deleted", "DELETE", "/cloud/v2/groups/7/roles/11", 405, "GET"},
		{"an unknown verb", "POST", "/cloud/v2/groups/7/memberships/5:promote", 404, ""},
		{"an encoded colon is not a verb's", "POST", "/cloud/v2/groups/7/memberships/5%3AassignRole", 405, "PATCH"},
		{"the deprecated membership update", "PATCH", "/cloud/v2/groups/7/memberships/5", 501, ""},
		{"increment", "POST", "/cloud/v2/universes/42/data-stores/s/entries/a:increment", 501, ""},
		{"restriction logs", "GET", "/cloud/v2/universes/42/user-restrictions:listLogs", 501, ""},
		{"another group", "GET", "/cloud/v2/groups/8", 404, ""},
		{"a group that is no number", "GET", "/cloud/v2/groups/x", 400, ""},
		{"the wildcard group outside the membership list", "GET", "/cloud/v2/groups/-", 400, ""},
		{"another universe", "GET", "/cloud/v2/universes/1/user-restrictions/5", 404, ""},
		{"a query that cannot be decoded", "GET", "/cloud/v2/groups/7?x=%zz", 400, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := newRig(t).do(c.method, c.target, "").want(c.status)
			equal(t, "Allow", a.header.Get("Allow"), c.allow)
		})
	}
}

func TestBodiesAreJSONOfBoundedSize(t *testing.T) {
	const target = "/cloud/v2/universes/42:publishMessage"
	cases := []struct {
		name, kind, body string
		status           int
	}{
		{"one object", "application/json", `{"topic":"t","message":"m"}`, 200},
		{"with a charset", "application/json; charset=utf-8", `{"topic":"t","message":"m"}`, 200},
		{"cut short", "application/json", `{"topic":"t"`, 400},
		{"two values", "application/json", `{"topic":"t","message":"m"} {}`, 400},
		{"a list", "application/json", `[]`, 400},
		{"null", "application/json", `null`, 400},
		{"nothing", "application/json", ``, 400},
		{"bad UTF-8", "application/json", "{\"topic\":\"t\",\"message\":\"\xff\"}", 400},
		{"names in other case", "application/json", `{"Topic":"t","Message":"m"}`, 400},
		{"another content type", "text/plain", `{"topic":"t","message":"m"}`, 400},
		{"more than 64 KiB", "application/json", `{"topic":"` + strings.Repeat("x", 64<<10) + `"}`, 413},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			req := r.request(http.MethodPost, target, c.body)
			req.Header.Set("Content-Type", c.kind)
			r.send(req, c.body).want(c.status)
		})
	}
	t.Run("without a length", func(t *testing.T) {
		r := newRig(t)
		req := r.request(http.MethodPost, target, `{}`)
		req.ContentLength = -1
		r.send(req, `{}`).want(http.StatusLengthRequired)
	})
}

func TestIntrospectionTellsWhatTheKeyMayDo(t *testing.T) {
	r := newRig(t)
	req := r.request(http.MethodPost, "/api-keys/v1/introspect", `{"apiKey":"the-key"}`)
	req.Header.Del("X-Api-Key")
	var got struct {
		AuthorizedUserID int64
		Scopes           []struct {
			Name                  string
			GroupIDs, UniverseIDs []string
		}
		Enabled, Expired bool
	}
	r.send(req, "").want(http.StatusOK).into(&got)
	if got.AuthorizedUserID != keyOwner || !got.Enabled || got.Expired {
		t.Fatalf("key: got %+v, want an enabled one of user %d", got, keyOwner)
	}
	equal(t, "group scope", got.Scopes[0].GroupIDs, []string{"7"})
	equal(t, "restriction scope", got.Scopes[1].UniverseIDs, []string{"42", "43"})

	r.post("/api-keys/v1/introspect", `{"apiKey":"other"}`).want(http.StatusUnauthorized)
	r.post("/api-keys/v1/introspect", `{"apiKey":5}`).wantError(http.StatusBadRequest, "INVALID_ARGUMENT")
}

func TestMessagesAreTakenWithinTheirBounds(t *testing.T) {
	const target = "/cloud/v2/universes/42:publishMessage"
	r := newRig(t)
	topic, text := strings.Repeat("t", 80), strings.Repeat("é", 1024)
	r.post(target, `{"topic":"`+topic+`","message":"`+text+`"}`).wantEmpty()
	equal(t, "messages", r.s.Messages(), []sandbox.Message{
		{Time: r.clock.at, Universe: universe, Topic: topic, Text: text},
	})
	for name, body := range map[string]string{
		"a topic of 81 characters":     `{"topic":"` + topic + `t","message":"m"}`,
		"no topic":                     `{"message":"m"}`,
		"a message of 1025 characters": `{"topic":"t","message":"` + text + `e"}`,
		"no message":                   `{"topic":"t"}`,
		"a message that is no text":    `{"topic":"t","message":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			newRig(t).post(target, body).wantError(http.StatusBadRequest, "INVALID_ARGUMENT")
		})
	}
	r.post("/cloud/v2/universes/1:publishMessage", `{"topic":"t","message":"m"}`).wantError(404, "NOT_FOUND")
	if n := len(r.s.Messages()); n != 1 {
		t.Fatalf("messages: got %d, want 1", n)
	}
}

func TestCallsAreLoggedAlsoWhenRefused(t *testing.T) {
	r := newRig(t)
	r.s.Join(5)
	r.post("/cloud/v2/groups/7/memberships/5:assignRole", `{"role":"groups/7/roles/12"}`).want(200)
	r.get("/cloud/v2/groups/7/memberships?filter=user+%3D%3D+%27users/6%27").want(200)
	bare := r.request(http.MethodGet, "/cloud/v2/groups/7", "")
	bare.Header.Del("X-Api-Key")
	r.send(bare, "").want(401)
	equal(t, "calls", r.s.Calls(), []sandbox.Call{
		{
			Seq: 1, Time: r.clock.at, Method: "POST", Path: "/cloud/v2/groups/7/memberships/5:assignRole",
			Operation: sandbox.OpAssignRole, UserID: 5, RoleID: 12, Status: 200, Changed: true,
		},
		{
			Seq: 2, Time: r.clock.at, Method: "GET", Path: "/cloud/v2/groups/7/memberships",
			Query: "filter=user+%3D%3D+%27users/6%27", Operation: sandbox.OpListMemberships, UserID: 6, Status: 200,
		},
		{Seq: 3, Time: r.clock.at, Method: "GET", Path: "/cloud/v2/groups/7", Operation: sandbox.OpGetGroup, Status: 401},
	})
}

func TestTheCallLogKeepsTheLatest(t *testing.T) {
	r := newRig(t)
	for range 10_002 {
		r.s.ServeHTTP(httptest.NewRecorder(), r.request(http.MethodGet, "/first", ""))
	}
	r.get("/last").want(404)
	calls := r.s.Calls()
	if len(calls) != 10_000 || calls[9_999].Path != "/last" || calls[0].Path != "/first" {
		t.Fatalf("calls: got %d ending in %q, want 10000 ending in /last", len(calls), calls[len(calls)-1].Path)
	}
}
