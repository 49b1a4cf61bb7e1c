package httpapi_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/domain"
)

// signedCall is a request to be signed by hand, as the README says.
type signedCall struct {
	method, target, body string
	headers              map[string]string // those that the signature covers
	key, secret          string
	at                   time.Time
}

// canonical returns the text that is signed.
func (s signedCall) canonical() string {
	body := sha256.Sum256([]byte(s.body))
	lines := []string{"grps-v1", strconv.FormatInt(s.at.Unix(), 10), s.method, s.target}
	for _, name := range []string{
		"idempotency-key", "x-grps-actor", "x-grps-apply", "x-grps-evaluate", "x-grps-nonce", "x-roblox-experience",
	} {
		lines = append(lines, name+":"+s.headers[name])
	}
	return strings.Join(append(lines, hex.EncodeToString(body[:])), "\n")
}

// request returns the request with its signature.
func (s signedCall) request(t *testing.T) *http.Request {
	t.Helper()
	digest := sha256.Sum256([]byte(s.secret))
	mac := hmac.New(sha256.New, digest[:])
	mac.Write([]byte(s.canonical()))
	r := httptest.NewRequestWithContext(t.Context(), s.method, s.target, strings.NewReader(s.body))
	r.Header.Set("Content-Type", "application/json")
	for name, value := range s.headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("x-grps-key-name", s.key)
	r.Header.Set("x-grps-timestamp", strconv.FormatInt(s.at.Unix(), 10))
	r.Header.Set("x-grps-signature", hex.EncodeToString(mac.Sum(nil)))
	return r
}

// report is a report with everything that a signature covers.
func signedReport() signedCall {
	return signedCall{
		method: "POST", target: pathIngest + "?pretty=1", body: goodReport, key: "signer", secret: "secret of signer", at: now,
		headers: map[string]string{
			"idempotency-key": "k1", "x-grps-actor": "5", "x-grps-apply": "true", "x-grps-evaluate": "true", "x-grps-nonce": "n1",
			"x-roblox-experience": "lobby",
		},
	}
}

func signingRing() *ring {
	signer := keyOf("signer", domain.ScopeAdmin)
	signer.Signed, signer.AnyActor = true, true
	other := keyOf("other", domain.ScopeAdmin)
	other.Signed = true
	return &ring{[]domain.Key{keyOf("plain", domain.ScopeAdmin), signer, other}}
}

func TestASignedRequestPassesOnceAndIsWhatItSays(t *testing.T) {
	a := newAPI(t, withRing(signingRing()))
	w := a.do(signedReport().request(t))
	if w.Code != 200 {
		t.Fatalf("got %d %s, want 200", w.Code, w.Body)
	}
	got := a.ingester.IngestCalls()[0].Request
	if got.Principal != "signer" || got.Actor != user(5) || !got.Apply || got.Key != "k1" || got.Experience != "lobby" || got.Report.Username != "Vex" {
		t.Errorf("request: got %+v, want what was signed", got)
	}
	if w := a.do(signedCall{method: "GET", target: pathTop, key: "signer", secret: "secret of signer", at: now}.request(t)); w.Code != 200 {
		t.Errorf("one without a body and without headers: got %d %s, want 200", w.Code, w.Body)
	}
}

// TestNothingThatASignatureCoversCanBeChanged changes one thing at a time of a request that was signed.
func TestNothingThatASignatureCoversCanBeChanged(t *testing.T) {
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	drop := func(name string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(name) } }
	changes := map[string]func(*http.Request){
		"the method":            func(r *http.Request) { r.Method = "PUT" },
		"the path":              func(r *http.Request) { r.URL.Path = pathBatch },
		"how the path is coded": func(r *http.Request) { r.URL.RawPath = "/roblox/events/player%2Dactivity" },
		"the query":             func(r *http.Request) { r.URL.RawQuery = "pretty=0" },
		"no query":              func(r *http.Request) { r.URL.RawQuery = "" },
		"the body": func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(goodReport, "520", "521", 1)))
		},
		"more of a body": func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(goodReport+" ")), int64(len(goodReport)+1)
		},
		"the timestamp":          set("x-grps-timestamp", strconv.FormatInt(now.Unix()+1, 10)),
		"the name of the key":    set("x-grps-key-name", "other"),
		"a key that never signs": set("x-grps-key-name", "plain"),
		"a key that is none":     set("x-grps-key-name", "nobody"),
		"no name":                drop("x-grps-key-name"),
		"no signature":           drop("x-grps-signature"),
		"an empty signature":     set("x-grps-signature", ""),
		"a signature of nothing": set("x-grps-signature", strings.Repeat("0", 64)),
		"no hex":                 set("x-grps-signature", strings.Repeat("z", 64)),
		"a secret besides":       set("x-grps-api-key", "secret of signer"),
		"another's key besides":  set("x-grps-api-key", "plain"),
	}
	for name, value := range signedReport().headers {
		changes["another "+name], changes["no "+name] = set(name, value+"0"), drop(name)
	}
	flips := signedReport().request(t).Header.Get("x-grps-signature")
	for i := range flips {
		flipped := []byte(flips)
		flipped[i] = "fedcba9876543210"[strings.IndexByte("0123456789abcdef", flips[i])]
		changes[fmt.Sprintf("digit %d of the signature", i)] = set("x-grps-signature", string(flipped))
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withRing(signingRing()))
			r := signedReport().request(t)
			change(r)
			w := a.do(r)
			wantProblem(t, w, 401, "signature_required")
			if a.calls() > 0 || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Signature") {
				t.Errorf("calls %d, challenge %q: want none, and one for a signature", a.calls(), w.Header().Get("WWW-Authenticate"))
			}
		})
	}
}

func TestEmptyHeadersCannotBeAddedToASignedRequest(t *testing.T) {
	for _, name := range []string{"x-grps-actor", "x-grps-apply", "idempotency-key", "x-grps-nonce"} {
		a := newAPI(t, withRing(signingRing()))
		s := signedReport()
		s.headers = nil
		r := s.request(t)
		r.Header.Set(name, "")
		if w := a.do(r); w.Code != 400 || a.calls() > 0 {
			t.Errorf("an empty %s that was added: got %d and %d calls, want 400 and none", name, w.Code, a.calls())
		}
	}
}

func TestASecretDoesNotOpenWithAKeyThatSigns(t *testing.T) {
	a := newAPI(t, withRing(signingRing()))
	wantProblem(t, a.send(t, "GET", pathTop, "", "x-grps-api-key: secret of signer"), 401, "signature_required")
	digest := sha256.Sum256([]byte("secret of signer"))
	wantProblem(t, a.send(t, "GET", pathTop, "", "x-grps-api-key: "+hex.EncodeToString(digest[:])), 401, "key_required")
}

func TestADigestDoesNotSignForAKeyThatDoesNot(t *testing.T) {
	a := newAPI(t, withRing(signingRing()), func(a *api) { a.options.Keys = []httpapi.Key{httpapi.NewKey("game", gameSecret)} })
	for name, secret := range map[string]string{"plain": "secret of plain", "game": gameSecret} {
		wantProblem(t, a.do(signedCall{method: "GET", target: pathTop, key: name, secret: secret, at: now}.request(t)), 401, "signature_required")
	}
}

func TestASignatureIsGoodForFiveMinutesEitherWay(t *testing.T) {
	for seconds, want := range map[int]int{
		-300: 200, -299: 200, 0: 200, 299: 200, 300: 200,
		-301: 401, 301: 401, -3600: 401, 86400: 401,
	} {
		a := newAPI(t, withRing(signingRing()), func(a *api) { a.options.Clock = &clock{at: now.Truncate(time.Second)} })
		s := signedReport()
		s.at = now.Add(time.Duration(seconds) * time.Second)
		w := a.do(s.request(t))
		if w.Code != want {
			t.Errorf("signed %d s from now: got %d %s, want %d", seconds, w.Code, w.Body, want)
		}
		if want == 401 && !strings.Contains(w.Body.String(), "seconds away") {
			t.Errorf("signed %d s from now: got %s, want it to say how far", seconds, w.Body)
		}
	}
	for _, timestamp := range []string{"", "now", "1.5", "+1772366400", "01772366400", "-5", "99999999999999999999", "253402300800"} {
		a := newAPI(t, withRing(signingRing()))
		r := signedReport().request(t)
		r.Header.Set("x-grps-timestamp", timestamp)
		wantProblem(t, a.do(r), 400, "header_invalid")
	}
}

// TestACapturedRequestIsRefusedByEveryReplica repeats a thousand requests that were taken, to the server that took them and to another on
// the same store.
func TestACapturedRequestIsRefusedByEveryReplica(t *testing.T) {
	store := memstore.New()
	onStore := func(a *api) { a.options.Nonces = store }
	first, second := newAPI(t, withRing(signingRing()), onStore), newAPI(t, withRing(signingRing()), onStore)
	accepted := 0
	for i := range 1000 {
		s := signedReport()
		s.headers["x-grps-nonce"] = ""
		s.body = strings.Replace(goodReport, "77", strconv.Itoa(i+1), 1)
		if i%2 == 0 {
			s.headers["x-grps-nonce"] = fmt.Sprintf("nonce %d", i)
		} else {
			delete(s.headers, "x-grps-nonce")
		}
		if w := first.do(s.request(t)); w.Code != 200 {
			t.Fatalf("request %d: got %d %s, want 200", i, w.Code, w.Body)
		}
		for _, again := range []*api{first, second} {
			r := s.request(t)
			if i%3 == 0 {
				r.Header.Set("x-grps-signature", strings.ToUpper(r.Header.Get("x-grps-signature")))
			}
			if w := again.do(r); w.Code != 401 {
				accepted++
			}
		}
	}
	if accepted > 0 || first.folded != 1000 || second.folded != 0 {
		t.Errorf("repeated requests that were taken: %d; folded: %d and %d, want 0, 1000 and 0", accepted, first.folded, second.folded)
	}
}

func TestANonceMakesTheSameRequestAnother(t *testing.T) {
	a := newAPI(t, withRing(signingRing()))
	get := signedCall{method: "GET", target: pathTop, key: "signer", secret: "secret of signer", at: now, headers: map[string]string{"x-grps-nonce": "a"}}
	for _, step := range []struct {
		nonce string
		at    time.Time
		want  int
	}{{"a", now, 200}, {"b", now, 200}, {"a", now, 401}, {"a", now.Add(time.Second), 401}, {"c", now.Add(time.Second), 200}} {
		get.headers["x-grps-nonce"], get.at = step.nonce, step.at
		if w := a.do(get.request(t)); w.Code != step.want {
			t.Errorf("nonce %q at %s: got %d, want %d", step.nonce, step.at, w.Code, step.want)
		}
	}
	get.key, get.secret, get.headers["x-grps-nonce"] = "other", "secret of other", "a"
	if w := a.do(get.request(t)); w.Code != 200 {
		t.Errorf("another key's nonce of the same text: got %d, want 200", w.Code)
	}
}

// forgetful remembers nothing.
type forgetful struct{ until time.Time }

func (f *forgetful) SpendNonce(_ context.Context, _ string, until time.Time) (bool, error) {
	f.until = until
	return false, domain.ErrUnavailable
}

func (*forgetful) PruneNonces(context.Context, time.Time, int) (int, error) { return 0, nil }

func TestWithoutAMemoryNoSignedRequestPasses(t *testing.T) {
	nonces := &forgetful{}
	a := newAPI(t, withRing(signingRing()), func(a *api) { a.options.Nonces = nonces })
	if w := a.do(signedReport().request(t)); w.Code != 503 || a.calls() > 0 {
		t.Errorf("got %d and %d calls, want 503 and none", w.Code, a.calls())
	}
	if kept := nonces.until.Sub(now.Truncate(time.Second)); kept != 10*time.Minute {
		t.Errorf("remembered for %s, want twice the window", kept)
	}
	options := newAPI(t).options
	options.KeySource, options.Nonces = signingRing(), nil
	if _, err := httpapi.New(options); err == nil || !strings.Contains(err.Error(), "Nonces") {
		t.Errorf("a server without nonces: got error %v, want one that names the option", err)
	}
}

func TestASignedBodyIsHeldToItsLimit(t *testing.T) {
	a := newAPI(t, withRing(signingRing()))
	s := signedReport()
	s.body = strings.Repeat(" ", 64<<10+1)
	r := s.request(t)
	r.ContentLength = -1
	wantProblem(t, a.do(r), 413, "body_too_large")
}

func TestASignedRequestNeedsNoSignatureOfItsBodyAndAPlainOneStillDoes(t *testing.T) {
	signed := signingRing()
	a := newAPI(t, withRing(signed), func(a *api) { a.options.SignatureSecret = signingSecret })
	const body = `{"activity":"leaderboard"}`
	if w := a.do(signedCall{method: "POST", target: pathSync, body: body, key: "signer", secret: "secret of signer", at: now}.request(t)); w.Code != 200 {
		t.Errorf("a signed request: got %d %s, want 200", w.Code, w.Body)
	}
	wantProblem(t, a.send(t, "POST", pathSync, body, "x-grps-api-key: secret of plain"), 401, "signature_required")
	if w := a.send(t, "POST", pathSync, body, "x-grps-api-key: secret of plain", "x-grps-signature: "+sign(signingSecret, body)); w.Code != 200 {
		t.Errorf("a body that is signed: got %d %s, want 200", w.Code, w.Body)
	}
}

func TestAKeyThatSignsExpiresAndLacksScopesLikeAnyOther(t *testing.T) {
	keys := signingRing()
	keys.keys[1].ExpiresAt, keys.keys[2].Scopes = now, domain.ScopeIngest
	a := newAPI(t, withRing(keys))
	get := signedCall{method: "GET", target: pathTop, key: "signer", secret: "secret of signer", at: now}
	wantProblem(t, a.do(get.request(t)), 401, "signature_required")
	get.key, get.secret = "other", "secret of other"
	wantProblem(t, a.do(get.request(t)), 403, "scope_required")
}

// exampleSignature is what a shell computed.
const exampleSignature = "91be100dfd2049b04705e6c746848b7da5701368a6ea2124b17cd0d5320b8b97"

// TestTheExampleOfTheREADMEIsSignedAsItSays holds the canonical form to the figures that the README got from a shell.
func TestTheExampleOfTheREADMEIsSignedAsItSays(t *testing.T) {
	const secret = "grps_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	s := signedCall{
		method: "POST", target: "/automation/decisions?pretty=1", body: `{"userId":12345678,"apply":true}`, key: "dashboard", secret: secret,
		at: time.Unix(1772366400, 0), headers: map[string]string{"x-grps-actor": "5"},
	}
	key := domain.Key{Name: "dashboard", Digest: sha256.Sum256([]byte(secret)), Scopes: domain.ScopeDecide, AnyActor: true, Signed: true}
	a := newAPI(t, withRing(&ring{[]domain.Key{key}}), func(a *api) { a.options.Clock = &clock{at: time.Unix(1772366400, 0).UTC()} })
	r := s.request(t)
	if got := r.Header.Get("x-grps-signature"); got != exampleSignature {
		t.Errorf("signature: got %s, want %s", got, exampleSignature)
	}
	if w := a.do(r); w.Code != 200 {
		t.Errorf("got %d %s, want 200", w.Code, w.Body)
	}
}
