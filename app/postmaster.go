package app

import (
	"context"
	"slices"
	"strconv"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Undelivered implements ports.Postmaster.
func (s *Service) Undelivered(ctx context.Context, filter ports.DeadFilter, cursor string, limit int) (ports.DeadPage, error) {
	before := int64(0)
	if cursor != "" {
		var err error
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil || before < 1 {
			return ports.DeadPage{}, errCursor
		}
	}
	entries, err := s.parts.Store.DeadEntries(ctx, filter, before, limit+1)
	if err != nil {
		return ports.DeadPage{}, wrap("read what was given up", err)
	}
	if len(entries) == 0 && cursor == "" {
		if err := s.checkTarget(ctx, filter); err != nil {
			return ports.DeadPage{}, err
		}
	}
	entries, next := paged(entries, limit, func(e ports.DeadEntry) string { return strconv.FormatInt(e.ID, 10) })
	return ports.DeadPage{Entries: entries, Next: next}, nil
}

// Redeliver implements ports.Postmaster.
func (s *Service) Redeliver(ctx context.Context, filter ports.DeadFilter) (ports.Revival, error) {
	done, err := s.parts.Store.ReviveEntries(ctx, filter)
	if err != nil {
		return ports.Revival{}, wrap("make what was given up due again", err)
	}
	if done == (ports.Revival{}) {
		return done, s.checkTarget(ctx, filter)
	}
	s.settled.wake()
	return done, nil
}

// checkTarget refuses a target that nothing has, which is a slip. One that was configured once is known by what waits for it or was given up;
// what is about players has places of its own as targets, which nobody writes by hand.
func (s *Service) checkTarget(ctx context.Context, filter ports.DeadFilter) error {
	anything := filter.Kind == 0
	if filter.Target == "" || !anything && filter.Kind != domain.EffectWebhook || s.parts.Remote.tells(filter.Target) {
		return nil
	}
	depths, err := s.parts.Store.WebhookDepths(ctx)
	if err != nil {
		return wrap("measure what webhooks are told", err)
	}
	if slices.ContainsFunc(depths, func(d ports.WebhookDepth) bool { return d.Webhook == filter.Target }) {
		return nil
	}
	if anything {
		if slices.ContainsFunc(s.parts.Remote.Universes, func(u domain.UniverseID) bool { return u.String() == filter.Target }) {
			return nil
		}
		dead, err := s.parts.Store.DeadEntries(ctx, ports.DeadFilter{Target: filter.Target}, 0, 1)
		if err != nil || len(dead) > 0 {
			return wrap("look for what was given up", err)
		}
	}
	return &domain.Error{
		Kind: domain.KindNotFound, Code: domain.ErrNotFound.Code,
		Message: "no webhook of that name is configured, and nothing that was given up has it as target; GET /webhooks and 'grps webhooks list' name them",
	}
}

// Webhooks implements ports.Postmaster.
func (s *Service) Webhooks(ctx context.Context) ([]ports.WebhookState, error) {
	depths, err := s.parts.Store.WebhookDepths(ctx)
	if err != nil {
		return nil, wrap("measure what webhooks are told", err)
	}
	known := make(map[string]ports.WebhookDepth, len(depths))
	for _, d := range depths {
		known[d.Webhook] = d
	}
	var states []ports.WebhookState
	for _, w := range s.parts.Remote.Targets {
		depth := known[w.Name]
		depth.Webhook = w.Name
		states = append(states, ports.WebhookState{Webhook: w, Configured: true, Depth: depth})
	}
	for _, d := range depths {
		if !s.parts.Remote.tells(d.Webhook) {
			states = append(states, ports.WebhookState{Webhook: ports.Webhook{Name: d.Webhook}, Depth: d})
		}
	}
	return states, nil
}

// TryWebhook implements ports.Postmaster.
func (s *Service) TryWebhook(ctx context.Context, name string) (ports.WebhookTrial, error) {
	if !s.parts.Remote.tells(name) {
		return ports.WebhookTrial{}, &domain.Error{
			Kind: domain.KindNotFound, Code: domain.ErrNotFound.Code, Message: "no webhook of that name is configured; WEBHOOKS_FILE lists them",
		}
	}
	began := s.parts.Clock.Now()
	id := s.parts.IDs.NewID()
	err := s.parts.Remote.Webhooks.Send(ctx, ports.WebhookMessage{
		Webhook: name, ID: id, At: domain.Instant(began),
		Alert: domain.NewAlert(id, domain.AlertTest, "This is a test of the webhook "+name+". Nothing happened to anybody."),
	})
	trial := ports.WebhookTrial{Taken: err == nil, Took: s.parts.Clock.Now().Sub(began)}
	if err != nil {
		trial.Reason = reasonOf(err)
	}
	return trial, nil
}
