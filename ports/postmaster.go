package ports

import (
	"context"
	"time"
)

// DeadPage is one page of what could not be delivered, newest place first.
type DeadPage struct {
	Entries []DeadEntry
	Next    string // where the next page begins; "" at the end
}

// WebhookState is a webhook and how much it has still to be told.
type WebhookState struct {
	Webhook    Webhook
	Configured bool // false for one that was configured before, and of which only the name is known
	Depth      WebhookDepth
}

// WebhookTrial is how a webhook answered to a test.
type WebhookTrial struct {
	Taken  bool
	Reason string // why not
	Took   time.Duration
}

// Postmaster looks after what could not be delivered, and after webhooks.
type Postmaster interface {
	// Undelivered returns one page of what was given up; cursor "" begins at the newest. Errors: code "cursor_invalid" of kind invalid for a
	// cursor that was not given out; domain.ErrNotFound for the target of webhooks, or of whatever kind, that nothing has: no webhook or
	// universe that is configured, nothing that waits for a webhook, nothing that was given up.
	Undelivered(ctx context.Context, filter DeadFilter, cursor string, limit int) (DeadPage, error)

	// Redeliver makes what was given up due again; see DeadLetters.ReviveEntries. domain.ErrNotFound for a target as above.
	Redeliver(ctx context.Context, filter DeadFilter) (Revival, error)

	// Webhooks returns the webhooks that are configured, in their order, and then those that were and still have something to be told.
	Webhooks(ctx context.Context) ([]WebhookState, error)

	// TryWebhook tells a webhook at once that this is a test. That it is not taken is no error; domain.ErrNotFound when no webhook of that
	// name is configured.
	TryWebhook(ctx context.Context, name string) (WebhookTrial, error)
}
