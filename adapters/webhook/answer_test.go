package webhook_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestAnAnswerSaysWhetherToTryAgain(t *testing.T) {
	for status, want := range map[int]struct {
		kind domain.Kind
		code string
	}{
		300: {domain.KindBlocked, "webhook_redirects"}, 301: {domain.KindBlocked, "webhook_redirects"}, 307: {domain.KindBlocked, "webhook_redirects"},
		400: {domain.KindInvalid, "webhook_refused"}, 401: {domain.KindDenied, "webhook_denied"}, 403: {domain.KindDenied, "webhook_denied"},
		404: {domain.KindNotFound, "webhook_gone"}, 405: {domain.KindInvalid, "webhook_refused"}, 408: {domain.KindUnavailable, "webhook_failing"},
		409: {domain.KindUnavailable, "webhook_failing"}, 410: {domain.KindNotFound, "webhook_gone"}, 413: {domain.KindInvalid, "webhook_refused"},
		422: {domain.KindInvalid, "webhook_refused"}, 425: {domain.KindUnavailable, "webhook_failing"}, 429: {domain.KindExhausted, "webhook_limited"},
		500: {domain.KindUnavailable, "webhook_failing"}, 502: {domain.KindUnavailable, "webhook_failing"}, 503: {domain.KindUnavailable, "webhook_failing"},
		599: {domain.KindUnavailable, "webhook_failing"},
	} {
		r := startReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "canary")
		})
		err := r.client(t, "generic").Send(t.Context(), told(t))
		e, ok := errors.AsType[*domain.Error](err)
		if !ok || e.Kind != want.kind || e.Code != want.code {
			t.Errorf("%d: got %v, want kind %s and code %s", status, err, want.kind, want.code)
			continue
		}
		noCanary(t, "the error", err.Error())
		if n := len(r.deliveries()); n != 1 {
			t.Errorf("%d: %d requests, want one: no redirect is followed", status, n)
		}
	}
	for _, status := range []int{200, 201, 202, 204} {
		r := startReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		if err := r.client(t, "generic").Send(t.Context(), told(t)); err != nil {
			t.Errorf("%d: got %v, want the message taken", status, err)
		}
	}
}

func TestAReceiverSaysWhenItWantsToHearMore(t *testing.T) {
	header := func(pairs ...string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 1; i+1 < len(pairs); i += 2 {
				w.Header().Set(pairs[i], pairs[i+1])
			}
			var status int
			_, _ = fmt.Sscan(pairs[0], &status)
			w.WriteHeader(status)
			if len(pairs)%2 == 0 {
				_, _ = io.WriteString(w, pairs[len(pairs)-1])
			}
		}
	}
	for name, test := range map[string]struct {
		format      string
		answer      func(http.ResponseWriter, *http.Request)
		least, most time.Duration // until the next message
	}{
		"in seconds":                      {"generic", header("429", "Retry-After", "30"), 29 * time.Second, 30 * time.Second},
		"as a date":                       {"generic", header("503", "Retry-After", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)), 55 * time.Second, time.Minute},
		"in a body, as Discord does":      {"discord", header("429", `{"message":"slow down","retry_after":64.57,"global":false}`), 63 * time.Second, 64570 * time.Millisecond},
		"in both, and the longer counts":  {"discord", header("429", "Retry-After", "5", `{"retry_after":12.5}`), 12 * time.Second, 12500 * time.Millisecond},
		"before it is too much":           {"discord", header("204", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset-After", "7.5"), 7 * time.Second, 7500 * time.Millisecond},
		"for longer than a message waits": {"generic", header("429", "Retry-After", "99999999999"), 23 * time.Hour, 24 * time.Hour},
		"in no way that can be read":      {"generic", header("429", "Retry-After", "soon"), 0, 0},
		"with time to spare":              {"discord", header("204", "X-RateLimit-Remaining", "3", "X-RateLimit-Reset-After", "60"), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := startReceiver(t, test.answer)
			c := r.client(t, test.format)
			first := c.Send(t.Context(), told(t))
			if asked := domain.RetryAfterOf(first); test.most > 0 && first != nil && (asked < test.least || asked > test.most+500*time.Millisecond) {
				t.Errorf("got %v with %s, want %s", first, asked, test.most)
			}
			second := c.Send(t.Context(), told(t))
			if test.most == 0 {
				if n := len(r.deliveries()); n != 2 {
					t.Errorf("%d requests, want two: %v", n, second)
				}
				return
			}
			if domain.KindOf(second) != domain.KindExhausted || len(r.deliveries()) != 1 {
				t.Errorf("the next message: got %v after %d requests, want it put off", second, len(r.deliveries()))
			}
			if left := domain.RetryAfterOf(second); left < test.least-time.Second || left > test.most {
				t.Errorf("the next message is put off for %s, want %s at most", left, test.most)
			}
		})
	}
}

func TestAnAnswerIsReadNoFurtherThanNeeded(t *testing.T) {
	var wrote int64
	done := make(chan struct{})
	r := startReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(done)
		for range 64 << 10 { // 256 MB
			n, err := w.Write(make([]byte, 4<<10))
			wrote += int64(n)
			if err != nil {
				return
			}
		}
	})
	if err := r.client(t, "generic").Send(t.Context(), told(t)); err != nil {
		t.Fatal(err)
	}
	<-done
	if wrote > 16<<20 { // what the sockets in between hold
		t.Errorf("%d bytes were taken of an answer", wrote)
	}
}

func TestWhatGoesWrongOnTheWayIsToldWithoutTheAddress(t *testing.T) {
	hangs := startReceiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	breaks := startReceiver(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	talks := startReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		_, _ = io.WriteString(conn, "canary canary\r\n\r\n")
		_ = conn.Close()
	})
	gone := startReceiver(t, nil)
	gone.Close()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(untrusted.Close)
	untrusted.Config.ErrorLog = nil
	for _, test := range []struct {
		name string
		at   *receiver
		want string
	}{
		{"it hangs", hangs, "webhook_timeout"},
		{"it hangs up", breaks, "webhook_broken"},
		{"it does not speak HTTP", talks, "webhook_broken"},
		{"nothing listens", gone, "webhook_no_server"},
		{"it is somebody else", &receiver{Server: untrusted}, "webhook_certificate"},
	} {
		t.Run(test.name, func(t *testing.T) {
			began := time.Now()
			err := test.at.client(t, "generic").Send(t.Context(), told(t))
			e, ok := errors.AsType[*domain.Error](err)
			if !ok || e.Kind != domain.KindUnavailable || e.Code != test.want {
				t.Fatalf("got %v, want kind unavailable and code %s", err, test.want)
			}
			noCanary(t, "the error", err.Error())
			if took := time.Since(began); took > 12*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
	if err := gone.client(t, "generic").Send(t.Context(), ports.WebhookMessage{Webhook: "b"}); domain.KindOf(err) != domain.KindNotFound {
		t.Errorf("another name: got %v, want kind not found", err)
	}
}
