package httpapi

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/ports"
)

// approveDecision answers POST /decisions/{id}/approve.
func (s *Server) approveDecision(c echo.Context) error {
	return s.answerQuestion(c, s.options.Approver.Approve)
}

// rejectDecision answers POST /decisions/{id}/reject.
func (s *Server) rejectDecision(c echo.Context) error {
	return s.answerQuestion(c, s.options.Approver.Reject)
}

// answerQuestion gives an administrator's answer, by use, to the decision that the path names.
func (s *Server) answerQuestion(
	c echo.Context, use func(context.Context, ports.ApprovalRequest) (ports.DecideResult, error),
) error {
	id, err := pathDecision(c)
	if err != nil {
		return err
	}
	f, from, reason, err := s.remark(c)
	if err != nil {
		return err
	}
	if err := f.findings.err(); err != nil {
		return err
	}
	result, err := use(c.Request().Context(), ports.ApprovalRequest{Caller: from, ID: id, Reason: reason})
	if err != nil {
		return err
	}
	return answer(c, orderedDTOFrom(result, s.options.ApprovalTTL))
}
