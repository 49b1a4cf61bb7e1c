package httpapi

import (
	"fmt"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

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
	request, err := readDecide(body, from, asked.apply)
	if err != nil {
		return err
	}
	result, err := s.options.Decider.Decide(c.Request().Context(), request)
	if err != nil {
		return err
	}
	return answer(c, decideDTO{Decision: decisionDTOFrom(result.Decision), Player: playerDTOFrom(result.Player)})
}

// readDecide returns the request that a body holds. The actor of the body goes before the header's; apply may be in either, but the two
// must not contradict each other.
func readDecide(body []byte, from ports.Caller, header flag) (ports.DecideRequest, error) {
	f, err := readFields(body)
	if err != nil {
		return ports.DecideRequest{}, err
	}
	request := ports.DecideRequest{Caller: from, User: f.required("userId").userID("userId"), Reason: f.text("reason")}
	if actor := f.userID("actorUserId"); !actor.IsZero() {
		request.Actor = actor
	}
	apply := f.boolean("apply")
	if apply.given && header.given && apply.on != header.on {
		f.fault("apply", "contradicts the header "+headerApply)
	}
	request.Apply = apply.on || header.on
	if utf8.RuneCountInString(request.Reason) > ports.MaxReason {
		f.fault("reason", fmt.Sprintf("must be at most %d characters long", ports.MaxReason))
	} else if hasHidden(request.Reason) {
		f.fault("reason", "must not hold control characters or text-direction overrides")
	}
	return request, f.findings.err()
}

// decideDTO is the answer to a request for a decision.
type decideDTO struct {
	Decision decisionDTO `json:"decision"`
	Player   playerDTO   `json:"player"`
}
