package httpapi_test

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/domain"
)

// ring is keys that change.
type ring struct{ keys []domain.Key }

func (r *ring) Keys() []domain.Key { return r.keys }

// keyOf returns a key of a file with these scopes, whose secret is "secret of" it.
func keyOf(name string, scopes domain.Scope) domain.Key {
	return domain.Key{Name: name, Digest: sha256.Sum256([]byte("secret of " + name)), Scopes: scopes}
}

// withRing lets keys of a source open the API.
func withRing(r *ring) func(*api) {
	return func(a *api) { a.options.KeySource = r }
}

// routesOf returns what the server answers, as requests that can be made.
func routesOf(t *testing.T) []httpapi.Route {
	t.Helper()
	server, ok := newAPI(t).Handler.(*httpapi.Server)
	if !ok {
		t.Fatal("the handler is no server")
	}
	routes := server.Routes()
	if len(routes) < 20 {
		t.Fatalf("routes: got %d, want all of them", len(routes))
	}
	for i, r := range routes {
		routes[i].Path = strings.NewReplacer(":userId", "5", ":id", madeID, ":name", "club").Replace(r.Path)
		if r.Method == http.MethodGet {
			routes = append(routes, httpapi.Route{Method: http.MethodHead, Path: routes[i].Path, Scope: r.Scope})
		}
	}
	return routes
}

// TestEveryRouteOpensToItsScopeAndToNothingElse walks every route with a key of every single scope, and with keys that are none.
func TestEveryRouteOpensToItsScopeAndToNothingElse(t *testing.T) {
	keys := &ring{}
	for _, scope := range domain.Scopes() {
		expired, early := keyOf("expired "+scope.String(), scope), keyOf("early "+scope.String(), scope)
		expired.ExpiresAt, early.NotBefore = now, now.Add(time.Microsecond)
		keys.keys = append(keys.keys, keyOf("live "+scope.String(), scope), expired, early, keyOf("revoked "+scope.String(), scope))
	}
	a := newAPI(t, withRing(keys))
	if w := a.send(t, "GET", pathTop, "", "x-grps-api-key: secret of revoked read"); w.Code != http.StatusOK {
		t.Fatalf("a key before it is revoked: got %d, want 200", w.Code)
	}
	kept := keys.keys
	keys.keys = nil
	for _, key := range kept {
		if !strings.HasPrefix(key.Name, "revoked") {
			keys.keys = append(keys.keys, key)
		}
	}
	cells := 0
	for _, r := range routesOf(t) {
		wants := func(what string, want func(status int) bool, headers ...string) {
			t.Helper()
			before := a.calls()
			body := ""
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				body = `{"userId":5,"username":"V","rankPoints":1,"kos":0,"wos":0,"activity":"leaderboard"}`
			}
			w := a.send(t, r.Method, r.Path, body, headers...)
			cells++
			if !want(w.Code) {
				t.Errorf("%s %s with %s: got %d", r.Method, r.Path, what, w.Code)
			}
			if (w.Code == 401 || w.Code == 403) && a.calls() != before {
				t.Errorf("%s %s with %s: a use case was called for a caller who was refused", r.Method, r.Path, what)
			}
			if (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("%s %s with %s: got %d with the challenge %q", r.Method, r.Path, what, w.Code, w.Header().Get("WWW-Authenticate"))
			}
		}
		is := func(status int) func(int) bool { return func(got int) bool { return got == status } }
		passes := func(got int) bool { return got != 401 && got != 403 && got != 404 && got != 405 && got < 500 }
		if r.Scope == httpapi.Open {
			wants("no key", is(200))
			wants("a wrong key", is(200), "x-grps-api-key: wrong")
			continue
		}
		if r.Scope == httpapi.Signed {
			for _, key := range []string{"wrong", "secret of live admin"} {
				wants("no signature", func(status int) bool { return status == 401 || status == 409 }, "x-grps-api-key: "+key)
			}
			continue
		}
		wants("no key", is(401))
		wants("a wrong key", is(401), "x-grps-api-key: wrong")
		for _, held := range domain.Scopes() {
			want := is(403)
			if held == r.Scope || held == domain.ScopeAdmin {
				want = passes
			}
			wants("the scope "+held.String(), want, "x-grps-api-key: secret of live "+held.String())
			for _, state := range []string{"expired", "early", "revoked"} {
				wants(state+" "+held.String(), is(401), "x-grps-api-key: secret of "+state+" "+held.String())
			}
		}
	}
	t.Logf("%d requests", cells)
}

func TestWithoutAKeyInItsSourceNobodyPasses(t *testing.T) {
	a := newAPI(t, withRing(&ring{}))
	wantProblem(t, a.send(t, "GET", pathTop, ""), 401, "key_required")
}

func TestAScopeThatIsLackingIsNamed(t *testing.T) {
	keys := &ring{keys: []domain.Key{keyOf("reader", domain.ScopeRead)}}
	a := newAPI(t, withRing(keys))
	for path, want := range map[string]struct{ code, word string }{
		pathIngest:                                  {"scope_required", "ingest"},
		pathDecide:                                  {"scope_required", "decide"},
		"/decisions/" + madeID + "/approve":         {"admin_required", "approve"},
		"/players/5/hold":                           {"admin_required", "admin"},
		pathReconciliations:                         {"admin_required", "admin"},
		"/decisions/" + madeID + "/undo":            {"admin_required", "admin"},
		"/roblox/events/player-activity/" + "batch": {"scope_required", "ingest"},
	} {
		p := wantProblem(t, a.send(t, "POST", path, "{}", "x-grps-api-key: secret of reader"), 403, want.code)
		if !strings.Contains(p.Detail, want.word) {
			t.Errorf("%s: got %q, want a sentence that names %s", path, p.Detail, want.word)
		}
	}
}

func TestOrdersTakeTheScopeAdmin(t *testing.T) {
	keys := &ring{keys: []domain.Key{keyOf("decides", domain.ScopeDecide), keyOf("staff", domain.ScopeAdmin)}}
	a := newAPI(t, withRing(keys))
	const order = `{"userId":5,"action":"BAN"}`
	wantProblem(t, a.send(t, "POST", pathDecide, order, "x-grps-api-key: secret of decides"), 403, "admin_required")
	if w := a.send(t, "POST", pathDecide, `{"userId":5}`, "x-grps-api-key: secret of decides"); w.Code != 200 {
		t.Errorf("a decision by the rules: got %d, want 200", w.Code)
	}
	if w := a.send(t, "POST", pathDecide, order, "x-grps-api-key: secret of staff"); w.Code != 200 {
		t.Errorf("an order by an administrator: got %d, want 200", w.Code)
	}
}
