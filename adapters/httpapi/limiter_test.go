package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/domain"
)

// limited puts an API under limits, with a clock that stands still and can be moved.
func limited(t *testing.T, limits httpapi.Limits, changes ...func(*api)) (*api, *clock) {
	t.Helper()
	stopped := &clock{at: now}
	return newAPI(t, append(changes, func(a *api) { a.options.Clock, a.options.Limits = stopped, limits })...), stopped
}

// get asks for the leaderboard from an address; headers are as of send.
func (a *api) get(t *testing.T, from string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return a.from(t, from, "GET", pathTop, "", headers...)
}

func (a *api) from(t *testing.T, address, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.RemoteAddr = address + ":4711"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	return a.do(r)
}

func wantRate(t *testing.T, w *httptest.ResponseRecorder, limit, remaining, reset string) {
	t.Helper()
	h := w.Header()
	if h.Get("x-ratelimit-limit") != limit || h.Get("x-ratelimit-remaining") != remaining || h.Get("x-ratelimit-reset") != reset {
		t.Errorf("limit %q, remaining %q, reset %q: want %q, %q, %q", h.Get("x-ratelimit-limit"), h.Get("x-ratelimit-remaining"),
			h.Get("x-ratelimit-reset"), limit, remaining, reset)
	}
}

func TestOneKeyIsHeldToItsRateAndAnotherIsNot(t *testing.T) {
	a, clock := limited(t, httpapi.Limits{Key: domain.Rate{PerSecond: 0.5, Burst: 2}}, withKeys)
	game, staff := "x-grps-api-key: "+gameSecret, "x-grps-api-key: "+staffSecret
	for i, want := range []struct{ remaining, reset string }{{"1", "2"}, {"0", "4"}} {
		w := a.get(t, fmt.Sprintf("192.0.2.%d", i), game) // whatever address it comes from
		if w.Code != 200 {
			t.Fatalf("request %d: got %d, want 200", i+1, w.Code)
		}
		wantRate(t, w, "2", want.remaining, want.reset)
	}
	w := a.get(t, "192.0.2.9", game)
	p := wantProblem(t, w, 429, "rate_limited")
	wantRate(t, w, "2", "0", "4")
	if w.Header().Get("Retry-After") != "2" || !strings.Contains(p.Detail, "0.5 a second") {
		t.Errorf("Retry-After %q, detail %q: want 2 and the rate", w.Header().Get("Retry-After"), p.Detail)
	}
	if got := len(a.boards.TopCalls()); got != 2 {
		t.Errorf("calls: got %d, want the two that were granted", got)
	}
	if w := a.get(t, "192.0.2.9", staff); w.Code != 200 {
		t.Errorf("another key: got %d, want 200", w.Code)
	}
	clock.at = now.Add(2 * time.Second)
	if w := a.get(t, "192.0.2.9", game); w.Code != 200 {
		t.Errorf("after Retry-After: got %d, want 200", w.Code)
	}
}

func TestAKeyMayHaveARateOfItsOwn(t *testing.T) {
	a, _ := limited(t, httpapi.Limits{Key: domain.Rate{PerSecond: 1, Burst: 1}}, withKeys, func(a *api) {
		a.options.Keys[0].Rate = domain.Rate{PerSecond: 3}
	})
	wantRate(t, a.get(t, "192.0.2.1", "x-grps-api-key: "+gameSecret), "3", "2", "1")
	wantRate(t, a.get(t, "192.0.2.1", "x-grps-api-key: "+staffSecret), "1", "0", "1")
}

func TestARotatingForwardedAddressIsOneClient(t *testing.T) {
	pass := func(changes ...func(*api)) int {
		a, clock := limited(t, httpapi.Limits{Address: domain.Rate{PerSecond: 5, Burst: 5}}, changes...)
		passed := 0
		for i := range 100 {
			clock.at = now.Add(time.Duration(i) * time.Millisecond)
			if a.get(t, "192.0.2.1", fmt.Sprintf("x-forwarded-for: 198.51.100.%d", i)).Code == 200 {
				passed++
			}
		}
		return passed
	}
	if got := pass(); got != 5 {
		t.Errorf("passed: got %d of 100, want the burst of 5", got)
	}
	trusting := func(a *api) { a.options.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }
	if got := pass(trusting); got != 100 {
		t.Errorf("passed through a trusted proxy: got %d of 100, want all", got)
	}
}

func TestAFloodOfWrongKeysIsRefusedBeforeKeysAreCompared(t *testing.T) {
	a, clock := limited(t, httpapi.Limits{Failures: domain.Rate{PerSecond: 1, Burst: 5}}, withKeys)
	statuses := map[int]int{}
	for i := range 100 {
		statuses[a.get(t, "192.0.2.1", fmt.Sprintf("x-grps-api-key: guess-%d", i)).Code]++
	}
	if statuses[401] != 5 || statuses[429] != 95 {
		t.Errorf("wrong keys: got %v, want 5 times 401 and 95 times 429", statuses)
	}
	wantProblem(t, a.get(t, "192.0.2.1", "x-grps-api-key: "+gameSecret), 429, "rate_limited") // or it would tell which guess was right
	if w := a.get(t, "192.0.2.2", "x-grps-api-key: "+gameSecret); w.Code != 200 {
		t.Errorf("from another address: got %d, want 200", w.Code)
	}
	clock.at = now.Add(time.Second)
	for range 10 {
		if w := a.get(t, "192.0.2.1", "x-grps-api-key: "+gameSecret); w.Code != 200 {
			t.Fatalf("a right key a second later: got %d, want 200, however often", w.Code)
		}
	}
}

func TestAWrongSignatureCountsAsAFailureToo(t *testing.T) {
	a, _ := limited(t, httpapi.Limits{Failures: domain.Rate{PerSecond: 1, Burst: 1}}, func(a *api) { a.options.SignatureSecret = "s" })
	body := `{"activity":"leaderboard","limit":1}`
	wantProblem(t, a.from(t, "192.0.2.1", "POST", pathSync, body), 401, "signature_required")
	wantProblem(t, a.from(t, "192.0.2.1", "POST", pathSync, body), 429, "rate_limited")
}

func TestABatchCostsByTheHundred(t *testing.T) {
	a, _ := limited(t, httpapi.Limits{Key: domain.Rate{PerSecond: 1, Burst: 6}})
	reports := func(n int) string {
		return `{"snapshots":[` + strings.TrimSuffix(strings.Repeat(goodReport+",", n), ",") + `]}`
	}
	wantRate(t, a.from(t, "192.0.2.1", "POST", pathBatch, reports(100)), "6", "5", "1")
	wantRate(t, a.from(t, "192.0.2.1", "POST", pathBatch, reports(101)), "6", "3", "3")
	w := a.from(t, "192.0.2.1", "POST", pathBatch, reports(500))
	wantProblem(t, w, 429, "rate_limited")
	if got := len(a.ingester.IngestBatchCalls()); got != 2 {
		t.Errorf("calls: got %d, want none for the batch that was refused", got)
	}
}

func TestHealthIsNeverLimited(t *testing.T) {
	one := domain.Rate{PerSecond: 0.01, Burst: 1}
	a, _ := limited(t, httpapi.Limits{Key: one, Address: one, Failures: one}, withKeys)
	for range 3 {
		a.get(t, "192.0.2.1", "x-grps-api-key: wrong")
	}
	for range 100 {
		w := a.from(t, "192.0.2.1", "GET", "/health/live", "")
		if w.Code != 200 || w.Header().Get("x-ratelimit-limit") != "" {
			t.Fatalf("live: got %d %v, want 200 and no limit", w.Code, w.Header())
		}
	}
}

func TestOfTwoLimitsTheTighterIsTold(t *testing.T) {
	wide, tight := domain.Rate{PerSecond: 10, Burst: 50}, domain.Rate{PerSecond: 10, Burst: 5}
	a, _ := limited(t, httpapi.Limits{Key: wide, Address: tight})
	wantRate(t, a.get(t, "192.0.2.1"), "5", "4", "1")
	a, _ = limited(t, httpapi.Limits{Key: tight, Address: wide})
	wantRate(t, a.get(t, "192.0.2.1"), "5", "4", "1")
	a, _ = limited(t, httpapi.Limits{})
	wantRate(t, a.get(t, "192.0.2.1"), "", "", "")
}

func TestAFloodOfRefusalsDoesNotFillTheLog(t *testing.T) {
	a, clock := limited(t, httpapi.Limits{Failures: domain.Rate{PerSecond: 1, Burst: 5}}, withKeys)
	for range 10_000 {
		a.get(t, "192.0.2.1", "x-grps-api-key: wrong")
	}
	if got := a.logs.Len(); got != 20 {
		t.Errorf("lines in a second: got %d, want 20", got)
	}
	clock.at = now.Add(time.Second)
	if w := a.from(t, "192.0.2.9", "GET", "/nothing", "", "x-grps-api-key: "+gameSecret); w.Code != http.StatusNotFound || a.logs.Len() != 21 {
		t.Errorf("another refusal: got %d and %d lines, want 404 and a line", w.Code, a.logs.Len())
	}
	a.get(t, "192.0.2.1", "x-grps-api-key: wrong")
	last := a.logs.All()[a.logs.Len()-1].ContextMap()
	if last["untold"] != int64(9_980) {
		t.Errorf("the next line: got %v, want that 9980 were left out", last)
	}
}
