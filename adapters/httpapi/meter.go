package httpapi

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/ports"
)

// noRoute stands for the method and the pattern of requests that no route answers: what they ask for is the callers' text.
const noRoute = "none"

// routeKey is a route as a request shows it.
type routeKey struct{ method, path string }

// meters count what each route answers. They are looked up once, so that a request costs a look at a map.
type meters struct {
	byRoute map[routeKey]ports.RouteMeter
	none    ports.RouteMeter
}

// newMeters returns the meters of the routes; nil without anything that counts.
func newMeters(meter ports.RequestMeter, routes []route) *meters {
	if meter == nil {
		return nil
	}
	m := &meters{byRoute: make(map[routeKey]ports.RouteMeter, 2*len(routes)), none: meter.Route(noRoute, noRoute)}
	for _, r := range routes {
		m.byRoute[routeKey{r.Method, r.Path}] = meter.Route(r.Method, r.Path)
		if r.Method == http.MethodGet {
			m.byRoute[routeKey{http.MethodHead, r.Path}] = meter.Route(http.MethodHead, r.Path)
		}
	}
	return m
}

// answered counts a request that was answered.
func (m *meters) answered(c echo.Context, took time.Duration) {
	if m == nil {
		return
	}
	at, known := m.byRoute[routeKey{c.Request().Method, c.Path()}]
	if !known {
		at = m.none
	}
	at.Answered(c.Response().Status, took)
}
