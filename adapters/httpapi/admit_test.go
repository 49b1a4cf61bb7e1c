package httpapi_test

import (
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// steady is a clock for requests at the same time.
type steady struct{}

func (steady) Now() time.Time { return now }

// blocked is an API whose reads of the leaderboard hang until they are let go.
func blocked(t *testing.T, changes ...func(*api)) (a *api, under <-chan struct{}, release func()) {
	t.Helper()
	begun, gone := make(chan struct{}, 1000), make(chan struct{})
	release = sync.OnceFunc(func() { close(gone) })
	t.Cleanup(release)
	a = newAPI(t, append(changes, func(a *api) {
		a.options.Clock = steady{}
		a.boards.TopFunc = func(context.Context, string, int) (ports.Leaderboard, error) {
			begun <- struct{}{}
			<-gone
			return ports.Leaderboard{}, nil
		}
	})...)
	return a, begun, release
}

func TestWhenEveryPlaceIsTakenReadsAreRefusedAndTheRestGoesOn(t *testing.T) {
	a, under, release := blocked(t)
	var asking sync.WaitGroup
	codes := make(chan int, 400)
	for range 16 {
		asking.Go(func() { codes <- a.send(t, "GET", pathTop, "").Code })
	}
	for range 16 {
		<-under
	}
	began := time.Now()
	w := a.send(t, "GET", pathTop, "") // waits, as long as anybody may
	wantProblem(t, w, 503, "overloaded")
	if w.Header().Get("Retry-After") != "1" || time.Since(began) > 5*time.Second {
		t.Errorf("Retry-After %q after %s: want 1 in less than a second", w.Header().Get("Retry-After"), time.Since(began))
	}
	for request, want := range map[string]int{
		"GET /health/live": 200, "GET /players/5": 200, "GET /nothing": 404, "POST " + pathIngest: 200, "POST " + pathDecide: 200,
	} {
		method, path, _ := strings.Cut(request, " ")
		body := ""
		if method == "POST" {
			body = goodReport
		}
		if path == pathDecide {
			body = `{"userId":77}`
		}
		if w := a.send(t, method, path, body); w.Code != want {
			t.Errorf("%s meanwhile: got %d, want %d", request, w.Code, want)
		}
	}
	release()
	asking.Wait()
	for range 16 {
		if code := <-codes; code != 200 {
			t.Errorf("a read that had a place: got %d, want 200", code)
		}
	}
	if w := a.send(t, "GET", pathTop, ""); w.Code != 200 {
		t.Errorf("afterwards: got %d, want 200", w.Code)
	}
}

func TestAClientThatSendsItsBodySlowlyTakesNoPlace(t *testing.T) {
	a := newAPI(t, func(a *api) { a.options.Clock = steady{} })
	var slow []*io.PipeWriter
	var asking sync.WaitGroup
	for range 100 {
		body, client := io.Pipe()
		slow = append(slow, client)
		asking.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), "POST", pathDecide, body)
			r.Header.Set("Content-Type", "application/json")
			if w := a.do(r); w.Code != 400 {
				t.Errorf("a body that was cut off: got %d %s, want 400", w.Code, w.Body)
			}
		})
		if _, err := io.WriteString(client, `{"userId"`); err != nil {
			t.Fatal(err)
		}
	}
	if w := a.send(t, "POST", pathDecide, `{"userId":77}`); w.Code != 200 {
		t.Errorf("a request with its body: got %d, want 200", w.Code)
	}
	for _, client := range slow {
		_ = client.CloseWithError(io.ErrUnexpectedEOF)
	}
	asking.Wait()
}

func TestBodiesTakeOnlySoMuchMemoryTogether(t *testing.T) {
	begun, gone := make(chan struct{}, 100), make(chan struct{})
	a := newAPI(t, func(a *api) {
		a.options.Clock = steady{}
		a.ingester.IngestBatchFunc = func(_ context.Context, r []ports.IngestRequest) ([]ports.IngestAnswer, error) {
			if len(r) > 1 {
				begun <- struct{}{}
				<-gone
			}
			answers := make([]ports.IngestAnswer, len(r))
			for i := range answers {
				answers[i].Result.Player = player(r[i].Report.UserID)
			}
			return answers, nil
		}
	})
	big := `{"snapshots":[` + goodReport + "," + goodReport + `],"other":"` + strings.Repeat("x", 900<<10) + `"}`
	small := `{"snapshots":[` + goodReport + `]}`
	post := func(body string, packed bool) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), "POST", pathBatch, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if packed {
			text := zipped(t, strings.NewReader(body))
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
			r.Header.Set("Content-Encoding", "gzip")
		}
		return a.do(r)
	}
	var asking sync.WaitGroup
	for i := range 34 { // of 900 KiB: 36 fit into 32 MiB
		asking.Go(func() { post(big, i%2 == 0) })
		<-begun
	}
	refused, answered := 0, make(chan *httptest.ResponseRecorder, 10)
	for range 10 {
		asking.Go(func() { answered <- post(big, true) })
		select {
		case w := <-answered:
			wantProblem(t, w, 503, "overloaded")
			refused++
		case <-begun:
		}
	}
	if refused < 7 {
		t.Errorf("refused: got %d of 10 more, want 7 at least", refused)
	}
	if w := post(small, false); w.Code != 200 {
		t.Errorf("a small one: got %d %s, want 200", w.Code, w.Body)
	}
	close(gone)
	asking.Wait()
	if w := post(big, true); w.Code != 200 {
		t.Errorf("afterwards: got %d, want 200", w.Code)
	}
}

func TestAGateKeepsWhatAHandlerWouldSayOfABody(t *testing.T) {
	a := newAPI(t)
	long := `{"userId":77,"reason":"` + strings.Repeat("x", 64<<10) + `"}`
	wantProblem(t, a.send(t, "POST", pathDecide, long), 413, "body_too_large")
	r := httptest.NewRequestWithContext(t.Context(), "POST", pathDecide, strings.NewReader(long))
	r.Header.Set("Content-Type", "application/json")
	r.ContentLength = -1
	wantProblem(t, a.do(r), 413, "body_too_large")
	if got := a.calls(); got != 0 {
		t.Errorf("calls: got %d, want none", got)
	}
	a.decider.DecideFunc = func(_ context.Context, r ports.DecideRequest) (ports.DecideResult, error) {
		return ports.DecideResult{Player: player(r.User)}, domain.ErrUnavailable
	}
	wantProblem(t, a.send(t, "POST", pathDecide, `{"userId":77}`), 503, "unavailable")
}

// slowNonces is a store that is too slow to remember nonces.
type slowNonces struct {
	ports.Nonces
	begun chan struct{}
	gone  chan struct{}
}

func (s slowNonces) SpendNonce(context.Context, string, time.Time) (bool, error) {
	s.begun <- struct{}{}
	<-s.gone
	return true, nil
}

func TestSignedRequestsWaitForAPlaceToo(t *testing.T) {
	slow := slowNonces{begun: make(chan struct{}, 100), gone: make(chan struct{})}
	a := newAPI(t, withRing(signingRing()), func(a *api) { a.options.Clock, a.options.Nonces = steady{}, slow })
	call := signedCall{method: "GET", target: pathTop, key: "signer", secret: "secret of signer", at: now}
	var asking sync.WaitGroup
	for range 16 {
		asking.Go(func() {
			if w := a.do(call.request(t)); w.Code != 200 {
				t.Errorf("one with a place: got %d, want 200", w.Code)
			}
		})
		<-slow.begun
	}
	wantProblem(t, a.do(call.request(t)), 503, "overloaded")
	if w := a.send(t, "GET", pathTop, "", "x-grps-api-key: secret of plain"); w.Code != 200 {
		t.Errorf("one that is not signed: got %d, want 200", w.Code)
	}
	close(slow.gone)
	asking.Wait()
}
