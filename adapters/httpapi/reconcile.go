package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const pathReconciliations = "/automation/reconciliations"

// reconciliationRoutes returns what administrators do with walks over the group's members.
func (s *Server) reconciliationRoutes() []route {
	const one = pathReconciliations + "/:" + paramSweep
	return []route{
		post(pathReconciliations, domain.ScopeAdmin, s.startReconciliation),
		post(one+"/cancel", domain.ScopeAdmin, cancelSweep(s, s.options.Reconciler.CancelReconciliation, reconciliationDTOFrom)),
		get(pathReconciliations, domain.ScopeAdmin, listSweeps(s, s.options.Reconciler.Reconciliations, reconciliationPageDTOFrom)),
		get(one, domain.ScopeAdmin, showSweep(s, s.options.Reconciler.Reconciliation, reconciliationDTOFrom)),
		get(one+"/differences", domain.ScopeAdmin, s.differences),
	}
}

// startReconciliation answers POST /automation/reconciliations, with or without a body.
func (s *Server) startReconciliation(c echo.Context) error {
	f, err := s.readSweep(c, false)
	if err != nil {
		return err
	}
	if err := f.complete(c); err != nil {
		return err
	}
	request := ports.ReconciliationRequest{Caller: f.Caller, Apply: f.apply}
	started, err := s.options.Reconciler.StartReconciliation(c.Request().Context(), request)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, pathReconciliations+"/"+started.ID)
	return answerAs(c, http.StatusAccepted, reconciliationDTOFrom(started, s.options.Clock.Now()))
}

// differences answers GET /automation/reconciliations/{id}/differences.
func (s *Server) differences(c echo.Context) error {
	id, err := pathSweep(c)
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
