package httpapi

import (
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// deadPageDTO is one page of what was given up.
type deadPageDTO struct {
	Effects    []deadDTO `json:"effects"`
	NextCursor *string   `json:"nextCursor"`
}

// deadDTO is an effect that was given up.
type deadDTO struct {
	ID         int64     `json:"id"`
	Kind       string    `json:"kind"`
	Target     *string   `json:"target"`
	UserID     *int64    `json:"userId"`
	DecisionID *string   `json:"decisionId"`
	Alert      *alertDTO `json:"alert"`
	Attempts   int       `json:"attempts"`
	Reason     string    `json:"reason"`
	EnqueuedAt *string   `json:"enqueuedAt"`
	DeadAt     *string   `json:"deadAt"`
	Replayable bool      `json:"replayable"`
}

// alertDTO is what there was to tell where no decision is behind it.
type alertDTO struct {
	ID    string `json:"id"`
	Topic string `json:"topic"`
	Text  string `json:"text"`
}

func deadPageDTOFrom(page ports.DeadPage) deadPageDTO {
	return deadPageDTO{Effects: each(page.Entries, deadDTOFrom), NextCursor: textOrNull(page.Next)}
}

func deadDTOFrom(d ports.DeadEntry) deadDTO {
	effect := d.Entry.Effect
	dto := deadDTO{
		ID: d.ID, Kind: effect.Kind.String(), Target: textOrNull(d.Entry.Target), UserID: numberOrNull(effect.User.Int64()),
		DecisionID: textOrNull(d.Entry.DecisionID), Attempts: d.Attempts, Reason: d.Reason,
		EnqueuedAt: instantText(d.EnqueuedAt), DeadAt: instantText(d.DeadAt), Replayable: !effect.Kind.Settles(),
	}
	if effect.Alert != (domain.Alert{}) {
		alert := alertDTO(effect.Alert)
		dto.Alert = &alert
	}
	return dto
}

// replayDTO is what a replay did.
type replayDTO struct {
	Replayed int     `json:"replayed"`
	Kept     int     `json:"kept"` // chosen, and given up for good
	Detail   *string `json:"detail"`
}

func replayDTOFrom(done ports.Revival) replayDTO {
	dto := replayDTO{Replayed: done.Revived, Kept: done.Settled}
	if done.Settled > 0 {
		dto.Detail = textOrNull("role changes and restrictions are never replayed: their decisions have failed by now; have them decided anew")
	}
	return dto
}

// webhooksDTO is the webhooks, those that are configured first.
type webhooksDTO struct {
	Webhooks []webhookDTO `json:"webhooks"`
}

// webhookDTO is a webhook without its address, which is a secret.
type webhookDTO struct {
	Name          string   `json:"name"`
	Configured    bool     `json:"configured"`
	Format        *string  `json:"format"`
	Host          *string  `json:"host"`
	Actions       []string `json:"actions"` // empty for all
	Waiting       int      `json:"waiting"`
	Dead          int      `json:"dead"`
	OldestSeconds int64    `json:"oldestSeconds"`
}

func webhooksDTOFrom(states []ports.WebhookState) webhooksDTO {
	return webhooksDTO{Webhooks: each(states, webhookDTOFrom)}
}

func webhookDTOFrom(w ports.WebhookState) webhookDTO {
	return webhookDTO{
		Name: w.Webhook.Name, Configured: w.Configured, Format: textOrNull(w.Webhook.Format), Host: textOrNull(w.Webhook.Host),
		Actions: each(w.Webhook.Actions, domain.Action.String), Waiting: w.Depth.Waiting, Dead: w.Depth.Dead,
		OldestSeconds: int64(w.Depth.Oldest / time.Second),
	}
}

// trialDTO is how a webhook answered to a test.
type trialDTO struct {
	Taken  bool    `json:"taken"`
	Reason *string `json:"reason"`
	TookMS int64   `json:"tookMs"`
}
