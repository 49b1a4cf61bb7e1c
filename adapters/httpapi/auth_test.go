package httpapi_test

import (
	"strings"
	"testing"

	"github.com/grps/grps/adapters/httpapi"
)

const (
	gameSecret  = "canary-game-secret-6f1c"
	staffSecret = "canary-staff-secret-90ab"
)

func withKeys(a *api) {
	a.options.Keys = []httpapi.Key{
		httpapi.NewKey("game", gameSecret), httpapi.NewKey("staff", staffSecret), httpapi.NewKey("spare", "third"),
	}
}

func TestOnlyAKeyOpensTheAPI(t *testing.T) {
	for name, c := range map[string]struct {
		headers   []string
		principal string // "" when refused
	}{
		"no key":                        {nil, ""},
		"an empty key":                  {[]string{"x-grps-api-key: "}, ""},
		"the first key":                 {[]string{"x-grps-api-key: " + gameSecret}, "game"},
		"the second key":                {[]string{"x-grps-api-key: " + staffSecret}, "staff"},
		"the last key":                  {[]string{"X-GRPS-API-KEY: third"}, "spare"},
		"a key with its last byte off":  {[]string{"x-grps-api-key: " + gameSecret[:len(gameSecret)-1] + "d"}, ""},
		"a key with its first byte off": {[]string{"x-grps-api-key: d" + gameSecret[1:]}, ""},
		"the beginning of a key":        {[]string{"x-grps-api-key: " + gameSecret[:8]}, ""},
		"a key and more":                {[]string{"x-grps-api-key: " + gameSecret + "x"}, ""},
		"a key in other case":           {[]string{"x-grps-api-key: " + strings.ToUpper(gameSecret)}, ""},
		"two keys":                      {[]string{"x-grps-api-key: " + gameSecret, "x-grps-api-key: " + staffSecret}, ""},
		"the name of a key":             {[]string{"x-grps-api-key: game"}, ""},
		"a key in another header":       {[]string{"authorization: Bearer " + gameSecret}, ""},
		"a key of 10 KB":                {[]string{"x-grps-api-key: " + strings.Repeat("k", 10_000)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withKeys)
			w := a.send(t, "POST", pathIngest, goodReport, c.headers...)
			if c.principal == "" {
				wantProblem(t, w, 401, "key_required")
				if w.Header().Get("WWW-Authenticate") == "" || a.calls() > 0 {
					t.Errorf("WWW-Authenticate %q, calls %d: want a challenge and no call", w.Header().Get("WWW-Authenticate"), a.calls())
				}
				return
			}
			if w.Code != 200 {
				t.Fatalf("status: got %d, want 200", w.Code)
			}
			if got := a.ingester.IngestCalls()[0].Request.Principal; got != c.principal {
				t.Errorf("principal: got %q, want %q", got, c.principal)
			}
		})
	}
}

func TestEveryRouteButLiveNeedsAKey(t *testing.T) {
	a := newAPI(t, withKeys)
	for _, request := range []string{
		"GET /players/5", "GET " + pathTop, "GET " + pathRecords, "POST " + pathIngest, "POST " + pathBatch, "POST " + pathDecide, "POST " + pathSync,
		"GET /decisions", "GET /decisions/" + madeID, "GET /players/5/history", "GET /players/5/eligibility",
		"POST /decisions/" + madeID + "/undo", "POST /players/5/hold", "DELETE /players/5/hold",
		"GET " + pathReviews, "POST " + pathReviews, "GET " + pathReview, "POST " + pathReview + "/cancel", "POST " + pathReview + "/resume",
		"GET " + pathReconciliations, "POST " + pathReconciliations, "GET " + pathReconciliation, "GET " + pathReconciliation + "/differences",
		"POST " + pathReconciliation + "/cancel",
		"HEAD /players/5", "HEAD /decisions", "OPTIONS /players/5", "DELETE /players/5", "GET /nothing",
	} {
		method, path, _ := strings.Cut(request, " ")
		if w := a.send(t, method, path, ""); w.Code != 401 {
			t.Errorf("%s without a key: got %d, want 401", request, w.Code)
		}
	}
	for _, method := range []string{"GET", "HEAD"} {
		if w := a.send(t, method, "/health/live", ""); w.Code != 200 {
			t.Errorf("%s /health/live without a key: got %d, want 200", method, w.Code)
		}
	}
	if a.calls() > 0 {
		t.Errorf("calls of use cases: got %d, want 0", a.calls())
	}
}

func TestWithoutKeysEveryCallerIsAnonymous(t *testing.T) {
	a := newAPI(t)
	a.send(t, "POST", pathIngest, goodReport, "x-grps-api-key: whatever")
	if got := a.ingester.IngestCalls()[0].Request.Principal; got != "anonymous" {
		t.Errorf("principal: got %q, want anonymous", got)
	}
}

func TestAKeyHoldsNoSecret(t *testing.T) {
	key := httpapi.NewKey("game", gameSecret)
	if key.Name != "game" || strings.Contains(string(key.Digest[:]), gameSecret[:4]) || key.Digest == httpapi.NewKey("game", staffSecret).Digest {
		t.Errorf("key: got %+v, want a name and the digest of its secret", key)
	}
}
