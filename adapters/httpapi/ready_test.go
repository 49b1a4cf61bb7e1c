package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const pathReady = "/health/ready"

// ailing is a process whose newest policy is broken, and whose outbox holds something.
func ailing() ports.Readiness {
	return ports.Readiness{
		Ready: true, Service: ports.PartState{Reason: "runs"}, Store: ports.PartState{Reason: "answered in 1 ms"},
		Policy: ports.PartState{Status: ports.PartWarn, Reason: "broken"}, Outbox: ports.PartState{Reason: "few"},
		OpenCloud: ports.PartState{Status: ports.PartFail, Reason: "disabled"}, Revision: "r1",
		Depths: []ports.KindDepth{
			{Kind: domain.EffectGroupRole, Waiting: 2, Oldest: 90 * time.Second}, {Kind: domain.EffectWebhook, Waiting: 1, Dead: 4, Oldest: time.Second},
		},
	}
}

func withProbe(r ports.Readiness) func(*api) {
	return func(a *api) { a.prober.ReadinessFunc = func(context.Context) ports.Readiness { return r } }
}

func TestEverybodyIsToldWhetherTheServiceIsReadyAndReadersWhy(t *testing.T) {
	keys := &ring{keys: []domain.Key{keyOf("reader", domain.ScopeRead), keyOf("game", domain.ScopeIngest), keyOf("staff", domain.ScopeAdmin)}}
	a := newAPI(t, withRing(keys), withProbe(ailing()))
	const bare = `{"status":"warn","timestamp":"2026-03-01T12:00:00.25Z"}`
	const told = `{"status":"warn","timestamp":"2026-03-01T12:00:00.25Z","parts":{"service":{"status":"ok","reason":"runs"},` +
		`"store":{"status":"ok","reason":"answered in 1 ms"},` +
		`"policy":{"status":"warn","reason":"broken","revision":"r1","newest":false},` +
		`"outbox":{"status":"ok","reason":"few","waiting":3,"dead":4,"oldestSeconds":90},` +
		`"openCloud":{"status":"fail","reason":"disabled"}}}`
	for _, c := range []struct {
		headers []string
		want    string
	}{
		{nil, bare},
		{[]string{"x-grps-api-key: wrong"}, bare},
		{[]string{"x-grps-api-key: secret of game"}, bare},
		{[]string{"x-grps-api-key: secret of reader"}, told},
		{[]string{"x-grps-api-key: secret of staff"}, told},
	} {
		w := a.send(t, "GET", pathReady, "", c.headers...)
		if w.Code != http.StatusOK {
			t.Errorf("with %q: got %d, want 200", c.headers, w.Code)
		}
		wantBody(t, w.Body.String(), c.want)
	}
}

func TestWithoutKeysEverybodyOnThisMachineIsToldWhy(t *testing.T) {
	a := newAPI(t, withProbe(ailing()))
	if w := a.send(t, "GET", pathReady, ""); !strings.Contains(w.Body.String(), `"parts"`) {
		t.Errorf("got %s, want the parts", w.Body)
	}
}

func TestAServiceThatCannotServeAnswers503AndWhenToAskAgain(t *testing.T) {
	r := ailing()
	r.Ready = false
	a := newAPI(t, withKeys, withProbe(r))
	w := a.send(t, "GET", pathReady, "")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
		t.Errorf("got %d with Retry-After %q, want 503 with 1", w.Code, w.Header().Get("Retry-After"))
	}
	wantBody(t, w.Body.String(), `{"status":"fail","timestamp":"2026-03-01T12:00:00.25Z"}`)
	if line := a.logs.All()[0]; line.Level != zapcore.DebugLevel {
		t.Errorf("the line of a probe has the level %s, want debug", line.Level)
	}
	if w := a.send(t, "GET", "/health/live", ""); w.Code != http.StatusOK {
		t.Errorf("live: got %d, want 200", w.Code)
	}
}

func TestKeysCannotBeTriedAtTheHealthOfTheService(t *testing.T) {
	a := newAPI(t, withKeys, func(a *api) { a.options.Limits = httpapi.Limits{Failures: domain.Rate{PerSecond: 1, Burst: 3}} })
	for n := range 5 {
		want := http.StatusOK
		if n >= 3 {
			want = http.StatusTooManyRequests
		}
		if w := a.send(t, "GET", pathReady, "", "x-grps-api-key: wrong"); w.Code != want {
			t.Errorf("wrong key %d: got %d, want %d", n+1, w.Code, want)
		}
	}
	if w := a.send(t, "GET", pathReady, ""); w.Code != http.StatusOK {
		t.Errorf("without a key, from the same address: got %d, want 200", w.Code)
	}
}
