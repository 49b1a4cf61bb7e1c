package httpapi

import (
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// readOrder returns what a person orders in the body of a request for a decision; no order when it names no action.
func readOrder(f fields) domain.Order {
	if f.take("action") == "" {
		for _, name := range []string{"targetRank", "durationDays", "hold"} { // known, and nothing without an action
			f.take(name)
		}
		return domain.Order{}
	}
	order := domain.Order{To: f.text("targetRank"), Hold: f.hold()}
	action, err := domain.ParseAction(f.verbatim("action"))
	if err != nil || action == domain.ActionNone {
		f.fault("action", "must be PROMOTE, DEMOTE, SUSPEND, BAN or RESTORE")
	}
	order.Action = action
	if days, given := f.integer("durationDays"); given {
		order.Days = days
		if days < 1 || days > domain.MaxDays {
			f.fault("durationDays", fmt.Sprintf("must be 1 … %d", domain.MaxDays))
		} else if action != domain.ActionSuspend {
			f.fault("durationDays", "goes with SUSPEND only")
		}
	}
	return order
}

// hold returns what a body says about the player's hold.
func (f fields) hold() domain.HoldMode {
	switch hold := f.boolean("hold"); {
	case hold.on:
		return domain.HoldOn
	case hold.given:
		return domain.HoldOff
	}
	return domain.HoldUnsaid
}

// undo answers POST /decisions/{id}/undo.
func (s *Server) undo(c echo.Context) error {
	id, err := pathDecision(c)
	if err != nil {
		return err
	}
	f, from, reason, err := s.remark(c)
	if err != nil {
		return err
	}
	request := ports.UndoRequest{
		Caller: from, ID: id, Reason: reason, Hold: f.hold(), DryRun: f.boolean("dryRun").on,
	}
	if err := f.findings.err(); err != nil {
		return err
	}
	result, err := s.options.Undoer.Undo(c.Request().Context(), request)
	if err != nil {
		return err
	}
	return answer(c, orderedDTOFrom(result, s.options.ApprovalTTL))
}

// pause answers POST /players/{userId}/hold, release DELETE of the same.
func (s *Server) pause(c echo.Context) error   { return s.setHold(c, domain.HoldOn) }
func (s *Server) release(c echo.Context) error { return s.setHold(c, domain.HoldOff) }

func (s *Server) setHold(c echo.Context, hold domain.HoldMode) error {
	user, err := pathUser(c)
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
	result, err := s.options.Decider.Decide(c.Request().Context(), ports.DecideRequest{
		Caller: from, User: user, Apply: true, Reason: reason, Order: domain.Order{Hold: hold},
	})
	if err != nil {
		return err
	}
	return answer(c, orderedDTOFrom(result, s.options.ApprovalTTL))
}

// remark reads a body that may be left out: who acts, in place of whom the header names, and why. What is wrong with it is in the findings
// of the fields.
func (s *Server) remark(c echo.Context) (f fields, from ports.Caller, reason string, err error) {
	if from, err = caller(c); err != nil {
		return fields{}, ports.Caller{}, "", err
	}
	body := []byte("{}")
	if c.Request().ContentLength != 0 {
		if body, err = s.body(c); err != nil {
			return fields{}, ports.Caller{}, "", err
		}
	}
	if f, err = readStrictly(body); err != nil {
		return fields{}, ports.Caller{}, "", err
	}
	reason = f.text("reason")
	f.checkReason(reason)
	if actor := f.userID("actorUserId"); !actor.IsZero() {
		from.Actor = actor
	}
	return f, from, reason, mayActFor(c, from.Actor)
}

// orderedDTO is the answer to what a person asked for.
type orderedDTO struct {
	Decision ledgerDTO `json:"decision"`
	Player   playerDTO `json:"player"`
}

func orderedDTOFrom(result ports.DecideResult, wait time.Duration) orderedDTO {
	return orderedDTO{Decision: ledgerDTOFrom(result.Decision, wait), Player: playerDTOFrom(result.Player)}
}

// orderDTO is what a person ordered, under the names of the request.
type orderDTO struct {
	Action       *string `json:"action"`
	TargetRank   *string `json:"targetRank"`
	DurationDays *int64  `json:"durationDays"`
	Hold         *bool   `json:"hold"`
}

// orderDTOFrom returns nil where nothing was ordered.
func orderDTOFrom(o domain.Order) *orderDTO {
	if o == (domain.Order{}) {
		return nil
	}
	dto := orderDTO{TargetRank: textOrNull(o.To), DurationDays: numberOrNull(o.Days), Hold: holdOrNull(o.Hold)}
	if o.Action != domain.ActionNone {
		dto.Action = textOrNull(o.Action.String())
	}
	return &dto
}

// returnedDTO is what an undo gave back besides the rank.
type returnedDTO struct {
	RankSince           *string `json:"rankSince"`
	FormerRank          *string `json:"formerRank"`
	PunishmentStatus    *string `json:"punishmentStatus"`
	PunishmentExpiresAt *string `json:"punishmentExpiresAt"`
}

// returnedDTOFrom returns nil for a decision that is no undo.
func returnedDTOFrom(record ports.DecisionRecord) *returnedDTO {
	if record.Origin != domain.OriginUndo {
		return nil
	}
	r := record.Decision.Returned
	return &returnedDTO{
		RankSince: instantText(r.RankSince), FormerRank: textOrNull(r.FormerRank),
		PunishmentStatus: textOrNull(r.Punishment.Status.String()), PunishmentExpiresAt: instantText(r.Punishment.Until),
	}
}

func holdOrNull(m domain.HoldMode) *bool {
	if m == domain.HoldUnsaid {
		return nil
	}
	on := m == domain.HoldOn
	return &on
}
