package httpapi

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestOnlyAdministratorsPassWhatIsForThem(t *testing.T) {
	keys := []Key{NewKey("game", "plain secret"), NewAdminKey("staff", "admin secret")}
	for name, c := range map[string]struct {
		keys   []Key
		secret string
		want   int
	}{
		"an administrator's key":          {keys, "admin secret", http.StatusNoContent},
		"another key":                     {keys, "plain secret", http.StatusForbidden},
		"no key":                          {keys, "", http.StatusUnauthorized},
		"anybody where the API is open":   {nil, "", http.StatusNoContent},
		"a plain key where none is admin": {keys[:1], "plain secret", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			e := echo.New()
			e.HTTPErrorHandler = answerProblem
			e.Use(authenticate(c.keys))
			e.GET("/", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }, administrators)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			if c.secret != "" {
				r.Header.Set(headerKey, c.secret)
			}
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("status: got %d %s, want %d", w.Code, w.Body, c.want)
			}
		})
	}
}
