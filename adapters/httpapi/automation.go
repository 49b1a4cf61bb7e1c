package httpapi

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const pathAutomation = "/automation"

// automationRoutes returns what there is to see of automation, and its switch, for administrators.
func (s *Server) automationRoutes() []route {
	return []route{
		get(pathAutomation, domain.ScopeRead, s.automation),
		post(pathAutomation+"/stop", domain.ScopeAdmin, s.turn(s.options.Automator.StopAutomation)),
		post(pathAutomation+"/resume", domain.ScopeAdmin, s.turn(s.options.Automator.ResumeAutomation)),
	}
}

// automation answers GET /automation.
func (s *Server) automation(c echo.Context) error {
	status, err := s.options.Automator.Automation(c.Request().Context())
	if err != nil {
		return err
	}
	return answer(c, automationDTOFrom(status))
}

// turn answers POST /automation/stop or /resume, with or without a body.
func (s *Server) turn(turn func(context.Context, ports.SwitchRequest) (ports.AutomationStatus, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		f, from, reason, err := s.remark(c)
		if err != nil {
			return err
		}
		if err := f.findings.err(); err != nil {
			return err
		}
		status, err := turn(c.Request().Context(), ports.SwitchRequest{Caller: from, Reason: reason})
		if err != nil {
			return err
		}
		return answer(c, automationDTOFrom(status))
	}
}

// automationDTO is how automation stands.
type automationDTO struct {
	State             string    `json:"state"` // running, paused or stopped
	Reason            *string   `json:"reason"`
	Since             *string   `json:"since"`
	By                *string   `json:"by"` // the name of the key that brought it there; limits, the setting STOP, or restore, where none did
	ActorUserID       *int64    `json:"actorUserId"`
	Limits            limitsDTO `json:"limits"`
	MovesLastHour     int64     `json:"movesLastHour"`
	DemotionsLastHour int64     `json:"demotionsLastHour"`
	Held              int64     `json:"held"`
	KnownPlayers      int64     `json:"knownPlayers"`
}

// limitsDTO is the limits of the policy, under their names there; 0 is no limit.
type limitsDTO struct {
	MovesPerHour     int64 `json:"maxMovesPerHour"`
	DemotionsPercent int64 `json:"maxDemotionsPercent"`
	RungsPerDay      int64 `json:"maxRungsPerPlayerPerDay"`
}

// Who brought automation to its state where no key did.
const (
	byLimits  = "limits"
	bySetting = "STOP"
)

func automationDTOFrom(s ports.AutomationStatus) automationDTO {
	by := s.Principal
	switch {
	case s.Setting:
		by = bySetting
	case s.State == domain.AutomationPaused && by == "":
		by = byLimits
	}
	return automationDTO{
		State: s.State.String(), Reason: textOrNull(s.Reason), Since: instantText(s.Since), By: textOrNull(by),
		ActorUserID: numberOrNull(s.Actor.Int64()), Limits: limitsDTO(s.Limits),
		MovesLastHour: s.Moved.All, DemotionsLastHour: s.Moved.Down, Held: s.Held, KnownPlayers: s.Players,
	}
}
