package httpapi

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathReconciliations = "/automation/reconciliations"
	paramReconciliation = "id"
)

// reconciliationRoutes returns what administrators do with walks over the group's members.
func (s *Server) reconciliationRoutes() []route {
	const one = pathReconciliations + "/:" + paramReconciliation
	return []route{
		post(pathReconciliations, domain.ScopeAdmin, s.startReconciliation),
		post(one+"/cancel", domain.ScopeAdmin, s.cancelReconciliation),
		get(pathReconciliations, domain.ScopeAdmin, s.reconciliations),
		get(one, domain.ScopeAdmin, s.reconciliation),
		get(one+"/differences", domain.ScopeAdmin, s.differences),
	}
}

// startReconciliation answers POST /automation/reconciliations, with or without a body.
func (s *Server) startReconciliation(c echo.Context) error {
	asked, err := flagsOf(c.Request().Header)
	if err != nil {
		return err
	}
	from, err := caller(c)
	if err != nil {
		return err
	}
	body := []byte("{}")
	if c.Request().ContentLength != 0 {
		if body, err = s.body(c); err != nil {
			return err
		}
	}
	request, err := readReconciliation(body, from, asked.apply)
	if err != nil {
		return err
	}
	if err := mayActFor(c, request.Actor); err != nil {
		return err
	}
	started, err := s.options.Reconciler.StartReconciliation(c.Request().Context(), request)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, pathReconciliations+"/"+started.ID)
	return answerAs(c, http.StatusAccepted, reconciliationDTOFrom(started, s.options.Clock.Now()))
}

// readReconciliation returns the request that a body holds. Apply may be in the body or in the header, but the two must not contradict
// each other. A dry run does not apply, whatever else is said.
func readReconciliation(body []byte, from ports.Caller, header flag) (ports.ReconciliationRequest, error) {
	f, err := readStrictly(body)
	if err != nil {
		return ports.ReconciliationRequest{}, err
	}
	request := ports.ReconciliationRequest{Caller: from}
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

// reconciliation answers GET /automation/reconciliations/{id}.
func (s *Server) reconciliation(c echo.Context) error {
	id, err := pathReconciliation(c)
	if err != nil {
		return err
	}
	walk, err := s.options.Reconciler.Reconciliation(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return answer(c, reconciliationDTOFrom(walk, s.options.Clock.Now()))
}

// reconciliations answers GET /automation/reconciliations.
func (s *Server) reconciliations(c echo.Context) error {
	q := queryOf(c.Request().URL)
	cursor, limit := q.cursor(), q.limit(defaultPageRows)
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Reconciler.Reconciliations(c.Request().Context(), cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, reconciliationPageDTOFrom(page, s.options.Clock.Now()))
}

// differences answers GET /automation/reconciliations/{id}/differences.
func (s *Server) differences(c echo.Context) error {
	id, err := pathReconciliation(c)
	if err != nil {
		return err
	}
	q := queryOf(c.Request().URL)
	cursor, limit := q.cursor(), q.limit(defaultPageRows)
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Reconciler.Differences(c.Request().Context(), id, cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, differencePageDTOFrom(page))
}

// cancelReconciliation answers POST /automation/reconciliations/{id}/cancel. A body is not looked at.
func (s *Server) cancelReconciliation(c echo.Context) error {
	id, err := pathReconciliation(c)
	if err != nil {
		return err
	}
	from, err := caller(c)
	if err != nil {
		return err
	}
	walk, err := s.options.Reconciler.CancelReconciliation(c.Request().Context(), from, id)
	if err != nil {
		return err
	}
	return answer(c, reconciliationDTOFrom(walk, s.options.Clock.Now()))
}

// pathReconciliation returns the walk that the path names.
func pathReconciliation(c echo.Context) (string, error) {
	id, err := pathPart(c, paramReconciliation)
	if err != nil {
		return "", err
	}
	if !looksLikeUUID(id) {
		return "", domain.ErrNotFound
	}
	return strings.ToLower(id), nil
}
