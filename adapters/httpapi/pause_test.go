package httpapi_test

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestReportsOfACallerWhoFoundNoRoomAreNotReadForAMoment(t *testing.T) {
	stopped := &clock{at: now}
	a := newAPI(t, withKeys, func(a *api) {
		a.options.Clock = stopped
		a.ingester.IngestFunc = func(context.Context, ports.IngestRequest) (ports.IngestResult, error) {
			return ports.IngestResult{}, &domain.Error{Kind: domain.KindUnavailable, Code: "overloaded", RetryAfter: time.Second, Message: "full"}
		}
	})
	loud, quiet := "x-grps-api-key: "+gameSecret, "x-grps-api-key: "+staffSecret
	post := func(key string, calls int) {
		t.Helper()
		w := a.send(t, "POST", pathIngest, goodReport, key)
		wantProblem(t, w, 503, "overloaded")
		if got := len(a.ingester.IngestCalls()); got != calls || w.Header().Get("Retry-After") != "1" {
			t.Errorf("calls: got %d and Retry-After %q, want %d and 1", got, w.Header().Get("Retry-After"), calls)
		}
	}
	post(loud, 1)
	post(loud, 1)
	wantProblem(t, a.send(t, "POST", pathBatch, "{", loud), 503, "overloaded")
	post(quiet, 2) // another caller's are looked at
	if w := a.send(t, "GET", "/players/5", "", loud); w.Code != 200 {
		t.Errorf("another request of the caller: got %d, want 200", w.Code)
	}
	stopped.at = now.Add(29 * time.Millisecond)
	post(loud, 2)
	stopped.at = now.Add(30 * time.Millisecond)
	post(loud, 3)
	stopped.at = now.Add(-time.Hour) // a clock that is put back pauses nobody for long
	post(loud, 4)
}

func TestOtherRefusalsPauseNobody(t *testing.T) {
	a := newAPI(t, func(a *api) {
		a.options.Clock = &clock{at: now}
		a.ingester.IngestFunc = func(context.Context, ports.IngestRequest) (ports.IngestResult, error) {
			return ports.IngestResult{}, domain.ErrUnavailable
		}
	})
	for range 3 {
		wantProblem(t, a.send(t, "POST", pathIngest, goodReport), 503, "unavailable")
	}
	if got := len(a.ingester.IngestCalls()); got != 3 {
		t.Errorf("calls: got %d, want 3", got)
	}
}
