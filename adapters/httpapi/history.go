package httpapi

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	paramDecision   = "id"
	defaultPageRows = 25
)

// decisions answers GET /decisions.
func (s *Server) decisions(c echo.Context) error {
	q := queryOf(c.Request().URL)
	filter := ports.DecisionFilter{
		User: q.userID("userId"), Actor: q.userID("actor"),
		Action: q.action("action"), Status: q.status("status"), Policy: q.revision("policy"), Review: q.uuid("review"),
		Since: q.instant("since"), Until: q.instant("until"),
	}
	cursor, limit := q.cursor(), q.limit(defaultPageRows)
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Historian.Decisions(c.Request().Context(), filter, cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, ledgerPageDTOFrom(page, s.options.ApprovalTTL))
}

// trace answers GET /decisions/{id}.
func (s *Server) trace(c echo.Context) error {
	id, err := pathDecision(c)
	if err != nil {
		return err
	}
	trace, err := s.options.Historian.Trace(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return answer(c, traceDTOFrom(trace, s.options.ApprovalTTL))
}

// history answers GET /players/{userId}/history.
func (s *Server) history(c echo.Context) error {
	user, err := pathUser(c)
	if err != nil {
		return err
	}
	q := queryOf(c.Request().URL)
	cursor, limit := q.cursor(), q.limit(defaultPageRows)
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Historian.History(c.Request().Context(), user, cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, historyDTOFrom(page, s.options.ApprovalTTL))
}

// eligibility answers GET /players/{userId}/eligibility.
func (s *Server) eligibility(c echo.Context) error {
	user, err := pathUser(c)
	if err != nil {
		return err
	}
	placed, explained, err := s.options.Explainer.Explain(c.Request().Context(), user)
	if err != nil {
		return err
	}
	return answer(c, eligibilityDTOFrom(placed, explained))
}

// errNoID is the error of a path that has something else where an id belongs. Nothing is there, whatever it is.
var errNoID = &domain.Error{
	Kind: domain.KindNotFound, Code: domain.ErrNotFound.Code, Message: "this is no id; an id looks like 01a205df-3d69-75c8-a941-5a1b062f530f",
}

// pathDecision returns the id of the decision that the path names.
func pathDecision(c echo.Context) (string, error) { return pathUUID(c, paramDecision) }

// pathUUID returns the UUID that a parameter of the path is.
func pathUUID(c echo.Context, name string) (string, error) {
	id, err := pathPart(c, name)
	if err != nil {
		return "", err
	}
	if !looksLikeUUID(id) {
		return "", errNoID
	}
	return strings.ToLower(id), nil
}

// looksLikeUUID reports whether text is 32 hex digits in the five groups of a UUID, of any version.
func looksLikeUUID(text string) bool {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if len(text) != len(form) {
		return false
	}
	for i := range len(form) {
		allowed := "0123456789abcdefABCDEF"
		if form[i] == '-' {
			allowed = "-"
		}
		if strings.IndexByte(allowed, text[i]) < 0 {
			return false
		}
	}
	return true
}
