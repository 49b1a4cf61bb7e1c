package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
)

// Open is the scope of a route that needs no key.
const Open domain.Scope = 1 << 7

// Signed is the scope of a route that needs no key but a signature of what is sent, which the route itself checks.
const Signed = Open | 1<<6

// Route is one thing that the API answers.
type Route struct {
	Method string
	Path   string       // parameters begin with a colon
	Scope  domain.Scope // what a key needs for it; Open or Signed where none is needed
}

// route is a Route with what answers it.
type route struct {
	Route
	handler echo.HandlerFunc
}

// get returns what is read; HEAD is answered as well.
func get(path string, scope domain.Scope, handler echo.HandlerFunc) route {
	return route{Route{http.MethodGet, path, scope}, handler}
}

func post(path string, scope domain.Scope, handler echo.HandlerFunc) route {
	return route{Route{http.MethodPost, path, scope}, handler}
}

func del(path string, scope domain.Scope, handler echo.HandlerFunc) route {
	return route{Route{http.MethodDelete, path, scope}, handler}
}

// Routes returns everything that the API answers. HEAD, which is answered wherever GET is, is not listed.
func (s *Server) Routes() []Route {
	var listed []Route
	for _, r := range s.table() {
		listed = append(listed, r.Route)
	}
	return listed
}

// table is every route, each with the one scope that it needs.
func (s *Server) table() []route {
	const player, decision = pathPlayer, "/decisions/:" + paramDecision
	return slices.Concat([]route{
		get(pathLive, Open, s.live),
		get(pathReady, Open, s.ready),
		get(player, domain.ScopeRead, s.player),
		get(player+"/history", domain.ScopeRead, s.history),
		get(player+"/eligibility", domain.ScopeRead, s.eligibility),
		get("/decisions", domain.ScopeRead, s.decisions),
		get(decision, domain.ScopeRead, s.trace),
		get("/findings", domain.ScopeRead, s.findings),
		get("/players", domain.ScopeRead, s.search),
		get("/leaderboard/players/:"+paramUser, domain.ScopeRead, s.around),
		get("/leaderboard/top", domain.ScopeRead, s.top),
		get("/leaderboard/records", domain.ScopeRead, s.records),
		post(pathIngest, domain.ScopeIngest, s.ingest),
		post(pathBatch, domain.ScopeIngest, s.ingestBatch),
		post("/sync/roblox", domain.ScopeIngest, s.sync),
		post("/automation/decisions", domain.ScopeDecide, s.decide),
		post(decision+"/approve", domain.ScopeApprove, s.approveDecision),
		post(decision+"/reject", domain.ScopeApprove, s.rejectDecision),
		post(decision+"/undo", domain.ScopeAdmin, s.undo),
		post(player+"/hold", domain.ScopeAdmin, s.pause),
		del(player+"/hold", domain.ScopeAdmin, s.release),
	}, s.reviewRoutes(), s.reconciliationRoutes(), s.rewindRoutes(), s.automationRoutes(), s.effectRoutes(), s.documentRoutes(), s.erasureRoutes())
}

// register answers the routes. The error names each that does not say what it needs.
func register(e *echo.Echo, routes []route) error {
	var faults []error
	for _, r := range routes {
		between := []echo.MiddlewareFunc{needs(r.Scope)}
		switch {
		case r.Scope == Open, r.Scope == Signed:
			between = nil
		case !slices.Contains(domain.Scopes(), r.Scope):
			faults = append(faults, fmt.Errorf("httpapi: the route %s %s must need one scope, a signature, or be open", r.Method, r.Path))
			continue
		}
		e.Add(r.Method, r.Path, r.handler, between...)
		if r.Method == http.MethodGet {
			e.Add(http.MethodHead, r.Path, r.handler, between...)
		}
	}
	return errors.Join(faults...)
}

// openPaths returns the paths that need no key.
func openPaths(routes []route) map[string]bool {
	open := make(map[string]bool)
	for _, r := range routes {
		if r.Scope == Open || r.Scope == Signed {
			open[r.Path] = true
		}
	}
	return open
}
