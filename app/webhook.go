package app

import (
	"context"
	"errors"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// errNoWebhook says that a webhook was configured when it was to be told, and is not now.
var errNoWebhook = &domain.Error{
	Kind: domain.KindUnavailable, Code: "webhook_not_configured", RetryAfter: time.Minute,
	Message: "no webhook of that name is configured; what it was to be told waits until one is",
}

// errUnsettled says that there is nothing to tell yet.
var errUnsettled = &domain.Error{
	Kind: domain.KindUnavailable, Code: "decision_open", RetryAfter: 30 * time.Second,
	Message: "the decision is not settled; it is told once it is",
}

// webhook tells one webhook, once. fault is what the webhook itself did wrong, if it was asked at all.
func (d *Dispatcher) webhook(ctx context.Context, c ports.Claim) (v verdict, fault error) {
	if !d.parts.Remote.tells(c.Entry.Target) {
		return d.untold(c, errNoWebhook), errNoWebhook
	}
	message, err := d.message(ctx, c)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return delivered(), nil // there is no such decision any more
	case err != nil:
		return d.untold(c, wrap("read what to tell the webhook", err)), nil
	case message.Decision.Status.Open():
		return d.untold(c, errUnsettled), nil
	}
	if err := d.parts.Remote.Webhooks.Send(ctx, message); err != nil {
		return d.untold(c, wrap("tell the webhook", err)), err
	}
	return delivered(), nil
}

// message returns what the claim is to tell, as it is now. domain.ErrNotFound when the decision is gone.
func (d *Dispatcher) message(ctx context.Context, c ports.Claim) (ports.WebhookMessage, error) {
	if alert := c.Entry.Effect.Alert; c.Entry.DecisionID == "" {
		return ports.WebhookMessage{Webhook: c.Entry.Target, ID: alert.ID, At: c.EnqueuedAt, Alert: alert}, nil
	}
	record, err := d.parts.Store.Decision(ctx, c.Entry.DecisionID)
	if err != nil {
		return ports.WebhookMessage{}, err
	}
	message := ports.WebhookMessage{
		Webhook: c.Entry.Target, ID: record.ID, At: record.UpdatedAt, Decision: record, Username: record.Input.Username,
	}
	switch standing, err := d.parts.Store.Standing(ctx, record.UserID); {
	case err == nil:
		message.Username = standing.Username
	case !errors.Is(err, domain.ErrNotFound):
		return ports.WebhookMessage{}, err
	}
	return message, nil
}

// untold judges an error as failed does, with the patience that webhooks get. What is refused for the rate keeps its place: the webhook is
// left alone for a while.
func (d *Dispatcher) untold(c ports.Claim, err error) verdict {
	v := verdict{err: err}
	v.settlement.Reason = reasonOf(err)
	switch kind := domain.KindOf(err); {
	case final(kind) && c.LastReason == v.settlement.Reason:
		v.settlement.Result = ports.SettleDead
	case d.overdue(c):
		v.settlement.Result, v.settlement.Reason = ports.SettleDead, pastDeadline+v.settlement.Reason
	case kind == domain.KindExhausted:
		v.settlement.Result = ports.SettleBack
	default:
		v.settlement.Result = ports.SettleRetry
		v.settlement.After = domain.WebhookDelay(c.Try(), d.options.Jitter(), domain.RetryAfterOf(err))
	}
	return v
}

// overdue reports whether a webhook was to be told for as long as it may be tried. What could not be tried at first, because its decision
// was not settled or others were before it, has as long again.
func (d *Dispatcher) overdue(c ports.Claim) bool {
	now := d.parts.Clock.Now()
	return now.Sub(c.FirstTried) >= domain.WebhookPatience || d.age(c.EnqueuedAt) >= 2*domain.WebhookPatience
}
