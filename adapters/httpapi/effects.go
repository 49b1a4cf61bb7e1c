package httpapi

import (
	"encoding/json"
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathEffects  = "/effects"
	pathWebhooks = "/webhooks"
	paramWebhook = "name"

	maxReplayIDs  = 1000
	maxTargetText = 64 // runes of a target: a universe's id or a webhook's name
)

// effectRoutes returns what administrators do with what could not be delivered, and with webhooks.
func (s *Server) effectRoutes() []route {
	return []route{
		get(pathEffects, domain.ScopeAdmin, s.deadEffects),
		post(pathEffects+"/replay", domain.ScopeAdmin, s.replay),
		get(pathWebhooks, domain.ScopeAdmin, s.webhooks),
		post(pathWebhooks+"/:"+paramWebhook+"/test", domain.ScopeAdmin, s.tryWebhook),
	}
}

// deadEffects answers GET /effects.
func (s *Server) deadEffects(c echo.Context) error {
	q := queryOf(c.Request().URL)
	filter := ports.DeadFilter{Kind: q.effectKind("kind"), Target: q.target("target")}
	cursor, limit := q.cursor(), q.limit(defaultPageRows)
	if state, given := q.text("state"); given && state != "dead" {
		q.fault("state", "must be dead: what waits is delivered by itself")
	}
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Postmaster.Undelivered(c.Request().Context(), filter, cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, deadPageDTOFrom(page))
}

// replay answers POST /effects/replay, with or without a body.
func (s *Server) replay(c echo.Context) error {
	body := []byte("{}")
	if c.Request().ContentLength != 0 {
		var err error
		if body, err = s.body(c); err != nil {
			return err
		}
	}
	f, err := readStrictly(body)
	if err != nil {
		return err
	}
	filter := ports.DeadFilter{Kind: f.effectKind("kind"), Target: f.text("target"), IDs: f.ids("ids", maxReplayIDs)}
	if len([]rune(filter.Target)) > maxTargetText {
		f.fault("target", fmt.Sprintf("must be at most %d characters long", maxTargetText))
	}
	if err := f.findings.err(); err != nil {
		return err
	}
	done, err := s.options.Postmaster.Redeliver(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	return answer(c, replayDTOFrom(done))
}

// webhooks answers GET /webhooks.
func (s *Server) webhooks(c echo.Context) error {
	states, err := s.options.Postmaster.Webhooks(c.Request().Context())
	if err != nil {
		return err
	}
	return answer(c, webhooksDTOFrom(states))
}

// tryWebhook answers POST /webhooks/{name}/test. A body is not looked at.
func (s *Server) tryWebhook(c echo.Context) error {
	name, err := pathPart(c, paramWebhook)
	if err != nil {
		return err
	}
	trial, err := s.options.Postmaster.TryWebhook(c.Request().Context(), name)
	if err != nil {
		return err
	}
	return answer(c, trialDTO{Taken: trial.Taken, Reason: textOrNull(trial.Reason), TookMS: trial.Took.Milliseconds()})
}

const wantKind = "must be group_role, restriction, observe, mirror, announce or webhook"

// effectKind returns a kind of effects; 0 when it is absent.
func (q *query) effectKind(name string) domain.EffectKind {
	text, given := q.text(name)
	if !given {
		return 0
	}
	kind, err := domain.ParseEffectKind(text)
	if err != nil {
		q.fault(name, wantKind)
	}
	return kind
}

// target returns what effects are about besides the player; "" when it is absent.
func (q *query) target(name string) string {
	text, _ := q.text(name)
	if text != "" && !printableASCII(text, maxTargetText) {
		q.fault(name, "must be the name of a webhook or the id of a universe")
	}
	return text
}

func (f fields) effectKind(name string) domain.EffectKind {
	text := f.text(name)
	if text == "" {
		return 0
	}
	kind, err := domain.ParseEffectKind(text)
	if err != nil {
		f.fault(name, wantKind)
	}
	return kind
}

// ids returns a list of up to most numbers of entries; none when it is absent or empty.
func (f fields) ids(name string, most int) []int64 {
	v := f.take(name)
	if v == "" {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal([]byte(v), &items) != nil {
		f.fault(name, "must be a list of ids as GET /effects shows them")
		return nil
	}
	if len(items) > most {
		f.fault(name, fmt.Sprintf("must hold at most %d ids", most))
		return nil
	}
	var ids []int64
	for _, item := range items {
		n, fault := int64(0), notWhole
		if value(item).isNumber() {
			n, fault = integerOf(string(item))
		}
		if fault != "" || n < 1 {
			f.fault(name, "must be a list of ids as GET /effects shows them")
			return nil
		}
		ids = append(ids, n)
	}
	return ids
}
