package httpapi

import (
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathRewinds  = "/automation/rewinds"
	maxScopeName = 200 // characters of a key's, an experience's or a server's name
)

// rewindRoutes returns what administrators do with rewinds.
func (s *Server) rewindRoutes() []route {
	const one = pathRewinds + "/:" + paramSweep
	return []route{
		post(pathRewinds, domain.ScopeAdmin, s.startRewind),
		post(one+"/cancel", domain.ScopeAdmin, cancelSweep(s, s.options.Rewinder.CancelRewind, rewindDTOFrom)),
		post(one+"/resume", domain.ScopeAdmin, s.resumeRewind),
		get(pathRewinds, domain.ScopeAdmin, listSweeps(s, s.options.Rewinder.Rewinds, rewindPageDTOFrom)),
		get(one, domain.ScopeAdmin, showSweep(s, s.options.Rewinder.Rewind, rewindDTOFrom)),
		get(one+"/players", domain.ScopeAdmin, s.rewoundPlayers),
	}
}

// startRewind answers POST /automation/rewinds.
func (s *Server) startRewind(c echo.Context) error {
	f, err := s.readSweep(c, true)
	if err != nil {
		return err
	}
	request := ports.RewindRequest{Caller: f.Caller, Apply: f.apply, Scope: ports.SnapshotScope{
		Principal: f.scopeName("key"), Experience: f.scopeName("experience"), Server: f.scopeName("server"),
		Since: f.instant("since"), Until: f.instant("until"),
	}}
	if err := f.complete(c); err != nil {
		return err
	}
	request.KeyUnknown = request.Scope.Principal != "" && !s.keys().knows(request.Scope.Principal)
	started, err := s.options.Rewinder.StartRewind(c.Request().Context(), request)
	if err != nil {
		return err
	}
	return s.rewinding(c, started)
}

// rewinding answers with a rewind that goes on from here by itself, and where to look at it.
func (s *Server) rewinding(c echo.Context, rewind ports.RewindProgress) error {
	c.Response().Header().Set(echo.HeaderLocation, pathRewinds+"/"+rewind.ID)
	return answerAs(c, http.StatusAccepted, rewindDTOFrom(rewind, s.options.Clock.Now()))
}

// scopeName returns the name of a key, an experience or a server; "" when it is absent.
func (f fields) scopeName(name string) string {
	text := f.text(name)
	switch {
	case utf8.RuneCountInString(text) > maxScopeName:
		f.fault(name, fmt.Sprintf("must be at most %d characters long", maxScopeName))
	case hasHidden(text):
		f.fault(name, "must not hold control characters or text-direction overrides")
	}
	return text
}

// rewoundPlayers answers GET /automation/rewinds/{id}/players.
func (s *Server) rewoundPlayers(c echo.Context) error {
	id, err := pathSweep(c)
	if err != nil {
		return err
	}
	q := queryOf(c.Request().URL)
	everybody, cursor, limit := q.flag("all"), q.cursor(), q.limit(defaultPageRows)
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Rewinder.RewoundPlayers(c.Request().Context(), id, everybody, cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, rewoundPageDTOFrom(page))
}

// resumeRewind answers POST /automation/rewinds/{id}/resume. A body is not looked at.
func (s *Server) resumeRewind(c echo.Context) error {
	id, err := pathSweep(c)
	if err != nil {
		return err
	}
	from, err := caller(c)
	if err != nil {
		return err
	}
	rewind, err := s.options.Rewinder.ResumeRewind(c.Request().Context(), from, id)
	if err != nil {
		return err
	}
	return s.rewinding(c, rewind)
}
