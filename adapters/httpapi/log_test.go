package httpapi_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/telemetry/logtest"
	"github.com/grps/grps/domain"
)

func TestARequestIsOneLine(t *testing.T) {
	for name, c := range map[string]struct {
		request string
		want    map[string]any
	}{
		"a player": {"GET /players/5?_token=x", map[string]any{
			"method": "GET", "route": "/players/:userId", "status": int64(200), "principal": "game", "user_id": int64(5),
		}},
		"a player that is none": {"GET /players/x", map[string]any{
			"method": "GET", "route": "/players/:userId", "status": int64(400), "principal": "game",
			"error_kind": "invalid", "error": "id_malformed",
		}},
		"a path that is none": {"GET /secret/path", map[string]any{
			"method": "GET", "route": "", "status": int64(404), "principal": "game", "error_kind": "not_found", "error": "route_not_found",
		}},
		"a method that is none": {"EVIL /players/5", map[string]any{
			"method": "other", "route": "/players/:userId", "status": int64(405), "principal": "game",
			"error_kind": "invalid", "error": "method_not_allowed",
		}},
		"a report": {"POST " + pathIngest, map[string]any{
			"method": "POST", "route": pathIngest, "status": int64(400), "principal": "game",
			"error_kind": "invalid", "error": "body_malformed",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withKeys, func(a *api) { a.options.Clock = &clock{at: now, step: 1500 * time.Microsecond} })
			method, path, _ := strings.Cut(c.request, " ")
			a.send(t, method, path, "", "x-grps-api-key: "+gameSecret)
			c.want["request_id"], c.want["duration_ms"] = madeID, 1.5
			if a.logs.Len() != 1 {
				t.Fatalf("lines: got %d, want 1", a.logs.Len())
			}
			if diff := cmp.Diff(c.want, a.logs.All()[0].ContextMap()); diff != "" {
				t.Errorf("fields: (-want +got)\n%s", diff)
			}
		})
	}
}

func TestNoSecretNoBodyAndNoNameIsEverLogged(t *testing.T) {
	var written bytes.Buffer
	a := newAPI(t, withKeys, func(a *api) {
		a.options.Logger = logtest.JSON(&written)
		a.options.SignatureSecret = signingSecret
	})
	key := "x-grps-api-key: " + gameSecret
	canaryBodies := []string{
		report("username", `"canary-name"`), report("username", `"canary-name\u202e"`), report("canary-field", "1"),
		report("metadata", `{"canary":"canary","canary":1}`), `{"canary-name":1,"canary-name":2}`, "canary", report("rank", `"canary`),
		report("USERNAME", `"canary"`),
	}
	for _, body := range canaryBodies {
		a.send(t, "POST", pathIngest, body, key, "x-grps-actor: canary-actor")
		a.send(t, "POST", pathIngest, body, key, "x-roblox-experience: canary", "idempotency-key: canary")
		a.send(t, "POST", pathDecide, body, key)
		a.send(t, "POST", pathSync, body, key, "x-grps-signature: "+sign(signingSecret, body))
		a.send(t, "POST", pathSync, body, key, "x-grps-signature: canary")
		a.send(t, "POST", pathIngest, body, "x-grps-api-key: canary-wrong-secret")
	}
	a.send(t, "GET", "/players/canary?key="+gameSecret, "", key)
	a.send(t, "GET", "/canary/"+gameSecret, "", key)
	a.send(t, "GET", pathTop+"?limit=canary", "", key, "user-agent: canary", "referer: canary", "cookie: canary")
	lines := slices.Collect(strings.Lines(written.String()))
	if want := 6*len(canaryBodies) + 3; len(lines) != want {
		t.Errorf("lines: got %d, want %d", len(lines), want)
	}
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("line: got %q, want one JSON object", line)
		}
		if strings.Contains(line, "canary") {
			t.Errorf("line: got %s, want no canary in it", line)
		}
	}
}

func TestOnlyFaultsOfTheServiceAreErrorLines(t *testing.T) {
	for level, err := range map[string]error{"info": domain.ErrNotFound, "error": domain.ErrUnavailable} {
		a := newAPI(t, failing(err))
		a.send(t, "GET", "/players/5", "")
		if got := a.logs.All()[0].Level.String(); got != level {
			t.Errorf("level of %v: got %s, want %s", err, got, level)
		}
	}
}
