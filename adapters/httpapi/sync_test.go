package httpapi_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	signingSecret = "canary-signing-secret-77de"
	goodPull      = `{"activity":"leaderboard","limit":50}`
)

func sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestAPullIsSignedWhenThereIsASecret(t *testing.T) {
	good := sign(signingSecret, goodPull)
	for name, c := range map[string]struct {
		secret  string
		headers []string
		ok      bool
	}{
		"the right signature":             {signingSecret, []string{"x-grps-signature: " + good}, true},
		"in capitals":                     {signingSecret, []string{"x-grps-signature: " + strings.ToUpper(good)}, true},
		"none":                            {signingSecret, nil, false},
		"an empty one":                    {signingSecret, []string{"x-grps-signature: "}, false},
		"that of another secret":          {signingSecret, []string{"x-grps-signature: " + sign("other", goodPull)}, false},
		"that of an empty secret":         {signingSecret, []string{"x-grps-signature: " + sign("", goodPull)}, false},
		"that of another body":            {signingSecret, []string{"x-grps-signature: " + sign(signingSecret, goodPull+" ")}, false},
		"cut short":                       {signingSecret, []string{"x-grps-signature: " + good[:62]}, false},
		"with more after it":              {signingSecret, []string{"x-grps-signature: " + good + "00"}, false},
		"no hex":                          {signingSecret, []string{"x-grps-signature: " + strings.Repeat("z", 64)}, false},
		"none, and no secret":             {"", nil, true},
		"a wrong one, and no secret":      {"", []string{"x-grps-signature: 00"}, true},
		"the right one in a wrong header": {signingSecret, []string{"x-signature: " + good}, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withOddRequests, func(a *api) { a.options.SignatureSecret = c.secret })
			w := a.send(t, "POST", pathSync, goodPull, c.headers...)
			if c.ok {
				if w.Code != 200 || len(a.syncer.SyncCalls()) != 1 {
					t.Errorf("answer: got %d %s, want 200", w.Code, w.Body)
				}
				return
			}
			wantProblem(t, w, 401, "signature_required")
			if w.Header().Get("WWW-Authenticate") == "" || a.calls() > 0 {
				t.Errorf("WWW-Authenticate %q, calls %d: want a challenge and no call", w.Header().Get("WWW-Authenticate"), a.calls())
			}
		})
	}
}

func TestASignatureIsOfTheBodyBeforeItWasPacked(t *testing.T) {
	a := newAPI(t, func(a *api) { a.options.SignatureSecret = signingSecret })
	packed := string(zipped(t, strings.NewReader(goodPull)))
	w := a.send(t, "POST", pathSync, packed, "content-encoding: gzip", "x-grps-signature: "+sign(signingSecret, goodPull))
	if w.Code != 200 {
		t.Errorf("answer: got %d %s, want 200", w.Code, w.Body)
	}
}

func TestAPullReachesTheUseCaseAsItWasMeant(t *testing.T) {
	for body, want := range map[string]struct {
		limit  int
		cursor string
		wrong  string // the fields that the problem names
	}{
		`{"activity":"leaderboard"}`:                                    {100, "", ""},
		`{"activity":"leaderboard","limit":null,"cursor":null}`:         {100, "", ""},
		`{"activity":"leaderboard","limit":1,"cursor":" e\u0301= "}`:    {1, " e\u0301= ", ""},
		`{"activity":"leaderboard","limit":5e2}`:                        {500, "", ""},
		`{"activity":"leaderboard","limit":0}`:                          {0, "", "limit"},
		`{"activity":"leaderboard","limit":501}`:                        {0, "", "limit"},
		`{"activity":"leaderboard","limit":1e18}`:                       {0, "", "limit"},
		`{"activity":"leaderboard","limit":-1e18}`:                      {0, "", "limit"},
		`{"activity":"leaderboard","limit":"5"}`:                        {0, "", "limit"},
		`{"activity":"Leaderboard"}`:                                    {0, "", "activity"},
		`{"activity":"players"}`:                                        {0, "", "activity"},
		`{"activity":5}`:                                                {0, "", "activity"},
		`{}`:                                                            {0, "", "activity"},
		`[]`:                                                            {0, "", "activity"},
		`{"activity":"leaderboard","cursor":5}`:                         {0, "", "cursor"},
		`{"activity":"leaderboard","cursor":"a\nb"}`:                    {0, "", "cursor"},
		`{"activity":"","limit":0,"cursor":[]}`:                         {0, "", "activity limit cursor"},
		`{"activity":"leaderboard","cursor":"` + long(2049, 'c') + `"}`: {0, "", "cursor"},
	} {
		t.Run(body[:min(len(body), 80)], func(t *testing.T) {
			a := newAPI(t)
			w := a.send(t, "POST", pathSync, body)
			if want.wrong != "" {
				p := wantProblem(t, w, 422, "validation_failed")
				if p.fields() != want.wrong || a.calls() > 0 {
					t.Errorf("problem %+v after %d calls: want %s named and no call", p, a.calls(), want.wrong)
				}
				return
			}
			if w.Code != 200 {
				t.Fatalf("answer: got %d %s, want 200", w.Code, w.Body)
			}
			got := a.syncer.SyncCalls()[0].Request
			if got.Limit != want.limit || got.Cursor != want.cursor || got.Principal != "anonymous" {
				t.Errorf("request: got %+v, want %+v", got, want)
			}
		})
	}
}

func long(n int, r rune) string { return strings.Repeat(string(r), n) }

func TestAPullAnswersWhatItDid(t *testing.T) {
	a := newAPI(t)
	next := "cursor-2"
	a.syncer.SyncFunc = func(context.Context, ports.SyncRequest) (ports.SyncResult, error) {
		return ports.SyncResult{Updated: 3, Created: 2, Skipped: 1, Next: next}, nil
	}
	wantBody(t, a.send(t, "POST", pathSync, goodPull).Body.String(), `{"updated":3,"created":2,"nextCursor":"cursor-2"}`)
	next = ""
	wantBody(t, a.send(t, "POST", pathSync, goodPull).Body.String(), `{"updated":3,"created":2,"nextCursor":null}`)
}

func TestAPullWithoutADataStoreIsBlocked(t *testing.T) {
	a := newAPI(t)
	a.syncer.SyncFunc = func(context.Context, ports.SyncRequest) (ports.SyncResult, error) {
		return ports.SyncResult{}, &domain.Error{Kind: domain.KindBlocked, Code: "sync_not_configured", Message: "there is no data store"}
	}
	wantProblem(t, a.send(t, "POST", pathSync, goodPull), 409, "sync_not_configured")
}
