package httpapi_test

import (
	"strings"
	"testing"
)

func TestOnlyListedOriginsMayCallFromABrowser(t *testing.T) {
	listed := []string{"https://board.example", "http://localhost:5173"}
	for _, c := range []struct {
		origin  string
		listed  []string
		allowed bool
	}{
		{"https://board.example", listed, true},
		{"http://localhost:5173", listed, true},
		{"http://localhost:5174", listed, false},
		{"http://board.example", listed, false},
		{"https://board.example:443", listed, false},
		{"https://BOARD.example", listed, false},
		{"https://board.example.evil.example", listed, false},
		{"https://evil.board.example", listed, false},
		{"https://board.example/", listed, false},
		{"null", listed, false},
		{"*", listed, false},
		{"", listed, false},
		{"https://board.example", nil, false},
		{"null", nil, false},
	} {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			t.Run(method+" from "+c.origin, func(t *testing.T) {
				a := newAPI(t, withKeys, func(a *api) { a.options.AllowedOrigins = c.listed })
				headers := []string{"origin: " + c.origin}
				if method == "OPTIONS" {
					headers = append(headers, "access-control-request-method: POST", "access-control-request-headers: x-grps-api-key")
				}
				w := a.send(t, method, pathTop, "", headers...)
				want := ""
				if c.allowed {
					want = c.origin
				}
				header := w.Header()
				if got := header.Get("Access-Control-Allow-Origin"); got != want {
					t.Errorf("Access-Control-Allow-Origin: got %q, want %q", got, want)
				}
				if header.Get("Access-Control-Allow-Credentials") != "" {
					t.Error("Access-Control-Allow-Credentials: got one, want none")
				}
				if c.listed != nil && !strings.Contains(strings.Join(header.Values("Vary"), ","), "Origin") {
					t.Errorf("Vary: got %q, want Origin in it", header.Values("Vary"))
				}
				if method != "OPTIONS" {
					return
				}
				if w.Code != 204 || c.allowed != strings.Contains(header.Get("Access-Control-Allow-Headers"), "X-Grps-Api-Key") ||
					c.allowed != strings.Contains(header.Get("Access-Control-Allow-Methods"), "POST") {
					t.Errorf("preflight: got %d %v, want 204 and methods and headers only if allowed", w.Code, header)
				}
			})
		}
	}
}

func TestAProblemCanBeReadByAnAllowedOrigin(t *testing.T) {
	a := newAPI(t, withKeys, func(a *api) { a.options.AllowedOrigins = []string{"https://board.example"} })
	w := a.send(t, "GET", pathTop, "", "origin: https://board.example")
	wantProblem(t, w, 401, "key_required")
	if got := w.Header().Get("Access-Control-Allow-Origin"); got != "https://board.example" {
		t.Errorf("Access-Control-Allow-Origin: got %q, want the origin", got)
	}
	if got := w.Header().Get("Access-Control-Expose-Headers"); !strings.Contains(got, "Retry-After") {
		t.Errorf("Access-Control-Expose-Headers: got %q, want Retry-After in it", got)
	}
}

func TestOptionsWithoutAPreflightNeedsAKey(t *testing.T) {
	a := newAPI(t, withKeys)
	wantProblem(t, a.send(t, "OPTIONS", pathTop, "", "origin: https://board.example"), 401, "key_required")
}
