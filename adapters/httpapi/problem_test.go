package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const internalText = "pq: canary-dsn-password at db.internal"

func failing(err error) func(*api) {
	return func(a *api) {
		a.invents = true
		a.players.PlayerFunc = func(context.Context, domain.UserID) (ports.PlacedStanding, error) { return ports.PlacedStanding{}, err }
	}
}

func TestEveryKindOfErrorHasItsStatus(t *testing.T) {
	cause := errors.New(internalText)
	refused := func(kind domain.Kind) error {
		return &domain.Error{Kind: kind, Code: "no", Message: "no", Cause: cause}
	}
	slow := func(kind domain.Kind, after time.Duration) error {
		return &domain.Error{Kind: kind, Code: "slow", Message: "wait", RetryAfter: after, Cause: cause}
	}
	for name, c := range map[string]struct {
		err        error
		status     int
		code       string
		retryAfter string
		errorKind  string
	}{
		"invalid":                 {refused(domain.KindInvalid), 422, "no", "", "invalid"},
		"not found":               {domain.ErrNotFound, 404, "not_found", "", "not_found"},
		"wrapped":                 {fmt.Errorf("read the player: %w", domain.ErrNotFound), 404, "not_found", "", "not_found"},
		"conflict":                {domain.ErrConflict, 409, "conflict", "", "conflict"},
		"denied":                  {refused(domain.KindDenied), 403, "no", "", "denied"},
		"blocked":                 {&domain.Error{Kind: domain.KindBlocked, Code: "held", Message: "not now"}, 409, "held", "", "blocked"},
		"exhausted":               {slow(domain.KindExhausted, 0), 429, "slow", "1", "exhausted"},
		"exhausted 2½":            {slow(domain.KindExhausted, 2500*time.Millisecond), 429, "slow", "3", "exhausted"},
		"unavailable":             {domain.ErrUnavailable, 503, "unavailable", "1", "unavailable"},
		"busy":                    {slow(domain.KindUnavailable, time.Minute), 503, "slow", "60", "unavailable"},
		"no code":                 {&domain.Error{Kind: domain.KindBlocked, Message: "not now"}, 409, "blocked", "", "blocked"},
		"internal":                {&domain.Error{Code: "secret_code", Message: internalText}, 500, "internal", "", "internal"},
		"unknown":                 {cause, 500, "internal", "", "internal"},
		"the deadline":            {fmt.Errorf("query %w: %w", cause, context.DeadlineExceeded), 503, "timeout", "1", "unavailable"},
		"cancelled, client there": {context.Canceled, 503, "timeout", "1", "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, failing(c.err))
			w := a.send(t, "GET", "/players/5", "")
			wantProblem(t, w, c.status, c.code)
			if got := w.Header().Get("Retry-After"); got != c.retryAfter {
				t.Errorf("Retry-After: got %q, want %q", got, c.retryAfter)
			}
			if strings.Contains(w.Body.String(), "canary") || strings.Contains(w.Body.String(), "db.internal") {
				t.Errorf("body: got %s, want nothing internal in it", w.Body)
			}
			line := a.logs.All()[0].ContextMap()
			if line["error_kind"] != c.errorKind {
				t.Errorf("error_kind: got %v, want %s", line["error_kind"], c.errorKind)
			}
			want := c.code
			if c.status >= 500 {
				want = c.err.Error()
			}
			if line["error"] != want {
				t.Errorf("error in the log: got %v, want %s", line["error"], want)
			}
		})
	}
}

func TestFieldsOfAnErrorAreListed(t *testing.T) {
	a := newAPI(t, failing(&domain.Error{
		Kind: domain.KindInvalid, Code: "snapshot_invalid", Message: "cannot be accepted",
		Fields: []domain.FieldError{{Field: "kos", Message: "must be 0 … 5"}, {Field: "wos", Message: "must be whole"}},
	}))
	p := wantProblem(t, a.send(t, "GET", "/players/5", ""), 422, "validation_failed")
	if want := "cannot be accepted: kos must be 0 … 5; wos must be whole"; p.Detail != want || p.fields() != "kos wos" {
		t.Errorf("problem: got %+v, want detail %q and both fields", p, want)
	}
}

func TestAPanicIsAnInternalProblemAndItsStackIsLogged(t *testing.T) {
	a := newAPI(t, func(a *api) {
		a.players.PlayerFunc = func(context.Context, domain.UserID) (ports.PlacedStanding, error) { panic(internalText) }
	})
	w := a.send(t, "GET", "/players/5", "")
	wantProblem(t, w, 500, "internal")
	if strings.Contains(w.Body.String(), "canary") {
		t.Errorf("body: got %s, want nothing internal in it", w.Body)
	}
	line := a.logs.All()[0].ContextMap()
	if !strings.Contains(fmt.Sprintf("%s", line["stack"]), "problem_test.go") || !strings.Contains(line["error"].(string), internalText) {
		t.Errorf("log line: got %v, want the panic and its stack", line)
	}
}

func TestAPanicThatAbortsTheConnectionGoesOn(t *testing.T) {
	a := newAPI(t, func(a *api) {
		a.players.PlayerFunc = func(context.Context, domain.UserID) (ports.PlacedStanding, error) { panic(http.ErrAbortHandler) }
	})
	defer func() {
		if got := recover(); got != http.ErrAbortHandler { //nolint:errorlint // the very value must come through
			t.Errorf("panic: got %v, want http.ErrAbortHandler", got)
		}
	}()
	a.send(t, "GET", "/players/5", "")
}

func TestAClientThatLeftIsNoFault(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	a := newAPI(t, func(a *api) {
		a.players.PlayerFunc = func(ctx context.Context, _ domain.UserID) (ports.PlacedStanding, error) {
			leave()
			<-ctx.Done()
			return ports.PlacedStanding{}, &domain.Error{Kind: domain.KindUnavailable, Code: "unavailable", Cause: ctx.Err()}
		}
	})
	w := a.do(httptest.NewRequestWithContext(ctx, "GET", "/players/5", nil))
	wantProblem(t, w, 499, "client_gone")
	line := a.logs.All()[0]
	if line.Level.String() != "info" || line.ContextMap()["error_kind"] != "canceled" || line.ContextMap()["status"] != int64(499) {
		t.Errorf("log line: got %s %v, want info, canceled, 499", line.Level, line.ContextMap())
	}
}

func TestARequestHasADeadline(t *testing.T) {
	for name, c := range map[string]struct{ limit, want time.Duration }{
		"by default":   {0, 10 * time.Second},
		"as it is set": {time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				a := newAPI(t, func(a *api) {
					a.options.Limits.Timeout = c.limit
					a.players.PlayerFunc = func(ctx context.Context, _ domain.UserID) (ports.PlacedStanding, error) {
						<-ctx.Done()
						return ports.PlacedStanding{}, ctx.Err()
					}
				})
				w := a.send(t, "GET", "/players/5", "")
				wantProblem(t, w, 503, "timeout")
				if took := time.Since(began); took != c.want {
					t.Errorf("deadline: got %s, want %s", took, c.want)
				}
			})
		})
	}
}
