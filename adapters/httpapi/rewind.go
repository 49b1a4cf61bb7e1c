package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathRewinds  = "/automation/rewinds"
	paramRewind  = "id"
	maxScopeName = 200 // characters of a key's, an experience's or a server's name
)

// rewindRoutes returns what administrators do with rewinds.
func (s *Server) rewindRoutes() []route {
	const one = pathRewinds + "/:" + paramRewind
	return []route{
		post(pathRewinds, domain.ScopeAdmin, s.startRewind),
		post(one+"/cancel", domain.ScopeAdmin, s.cancelRewind),
		post(one+"/resume", domain.ScopeAdmin, s.resumeRewind),
		get(pathRewinds, domain.ScopeAdmin, s.rewinds),
		get(one, domain.ScopeAdmin, s.rewind),
		get(one+"/players", domain.ScopeAdmin, s.rewoundPlayers),
	}
}

// startRewind answers POST /automation/rewinds.
func (s *Server) startRewind(c echo.Context) error {
	asked, err := flagsOf(c.Request().Header)
	if err != nil {
		return err
	}
	from, err := caller(c)
	if err != nil {
		return err
	}
	body, err := s.body(c)
	if err != nil {
		return err
	}
	request, err := readRewind(body, from, asked.apply)
	if err != nil {
		return err
	}
	if err := mayActFor(c, request.Actor); err != nil {
		return err
	}
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

// readRewind returns the request that a body holds. Apply may be in the body or in the header, but the two must not contradict each other.
// A dry run does not apply, whatever else is said.
func readRewind(body []byte, from ports.Caller, header flag) (ports.RewindRequest, error) {
	f, err := readStrictly(body)
	if err != nil {
		return ports.RewindRequest{}, err
	}
	request := ports.RewindRequest{Caller: from, Scope: ports.SnapshotScope{
		Principal: f.scopeName("key"), Experience: f.scopeName("experience"), Server: f.scopeName("server"),
		Since: f.instant("since"), Until: f.instant("until"),
	}}
	if actor := f.userID("actorUserId"); !actor.IsZero() {
		request.Actor = actor
	}
	apply, dry := f.boolean("apply"), f.boolean("dryRun")
	if apply.given && header.given && apply.on != header.on {
		f.fault("apply", "contradicts the header "+headerApply)
	}
	request.Apply = (apply.on || header.on) && !dry.on
	return request, f.findings.err()
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

// rewind answers GET /automation/rewinds/{id}.
func (s *Server) rewind(c echo.Context) error {
	id, err := pathRewind(c)
	if err != nil {
		return err
	}
	rewind, err := s.options.Rewinder.Rewind(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return answer(c, rewindDTOFrom(rewind, s.options.Clock.Now()))
}

// rewinds answers GET /automation/rewinds.
func (s *Server) rewinds(c echo.Context) error {
	q := queryOf(c.Request().URL)
	cursor, limit := q.cursor(), q.limit(defaultPageRows)
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Rewinder.Rewinds(c.Request().Context(), cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, rewindPageDTOFrom(page, s.options.Clock.Now()))
}

// rewoundPlayers answers GET /automation/rewinds/{id}/players.
func (s *Server) rewoundPlayers(c echo.Context) error {
	id, err := pathRewind(c)
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

// cancelRewind answers POST /automation/rewinds/{id}/cancel. A body is not looked at.
func (s *Server) cancelRewind(c echo.Context) error {
	id, err := pathRewind(c)
	if err != nil {
		return err
	}
	from, err := caller(c)
	if err != nil {
		return err
	}
	rewind, err := s.options.Rewinder.CancelRewind(c.Request().Context(), from, id)
	if err != nil {
		return err
	}
	return answer(c, rewindDTOFrom(rewind, s.options.Clock.Now()))
}

// resumeRewind answers POST /automation/rewinds/{id}/resume. A body is not looked at.
func (s *Server) resumeRewind(c echo.Context) error {
	id, err := pathRewind(c)
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

// pathRewind returns the rewind that the path names.
func pathRewind(c echo.Context) (string, error) {
	id, err := pathPart(c, paramRewind)
	if err != nil {
		return "", err
	}
	if !looksLikeUUID(id) {
		return "", domain.ErrNotFound
	}
	return strings.ToLower(id), nil
}
