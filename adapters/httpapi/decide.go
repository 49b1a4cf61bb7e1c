package httpapi

import (
	"fmt"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// decide answers POST /automation/decisions.
func (s *Server) decide(c echo.Context) error {
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
	f, err := readStrictly(body)
	if err != nil {
		return err
	}
	if f.take("action") != "" {
		if err := wantScope(c, domain.ScopeAdmin); err != nil {
			return err
		}
	}
	request, err := readDecide(f, from, asked.apply)
	if err != nil {
		return err
	}
	if err := mayActFor(c, request.Actor); err != nil {
		return err
	}
	result, err := s.options.Decider.Decide(c.Request().Context(), request)
	if err != nil {
		return err
	}
	if request.Order != (domain.Order{}) {
		return answer(c, orderedDTOFrom(result, s.options.ApprovalTTL))
	}
	return answer(c, decideDTO{Decision: decisionDTOFrom(result.Decision), Player: playerDTOFrom(result.Player)})
}

// readDecide returns the request that a body holds. The actor of the body goes before the header's; apply may be in either, but the two
// must not contradict each other.
func readDecide(f fields, from ports.Caller, header flag) (ports.DecideRequest, error) {
	request := ports.DecideRequest{Caller: from, User: f.required("userId").userID("userId"), Reason: f.text("reason")}
	if actor := f.userID("actorUserId"); !actor.IsZero() {
		request.Actor = actor
	}
	request.Apply = f.applies(header)
	f.checkReason(request.Reason)
	request.Order = readOrder(f)
	return request, f.findings.err()
}

// applies reports whether the body or the header asks to apply, and notes it when they contradict each other.
func (f fields) applies(header flag) bool {
	return both(f, "apply", headerApply, header).on
}

// checkReason notes it when a reason cannot be kept.
func (f fields) checkReason(reason string) {
	if utf8.RuneCountInString(reason) > ports.MaxReason {
		f.fault("reason", fmt.Sprintf("must be at most %d characters long", ports.MaxReason))
	} else if hasHidden(reason) {
		f.fault("reason", "must not hold control characters or text-direction overrides")
	}
}

// decideDTO is the answer to a request for a decision.
type decideDTO struct {
	Decision decisionDTO `json:"decision"`
	Player   playerDTO   `json:"player"`
}
