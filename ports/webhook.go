package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// Webhook is somebody outside who wants to be told: by its name, without its address, which is a secret.
type Webhook struct {
	Name    string
	Format  string          // how it is told, in a word for people
	Host    string          // the machine that it leads to
	Actions []domain.Action // the decisions that it is told of; empty for all
}

// Wants reports whether the webhook is told of decisions with that action.
func (w Webhook) Wants(action domain.Action) bool {
	for _, wanted := range w.Actions {
		if wanted == action {
			return true
		}
	}
	return len(w.Actions) == 0
}

// WebhookMessage is what a webhook is told: a decision as it is now, or an alert.
type WebhookMessage struct {
	Webhook  string // its name
	ID       string // the same for every attempt
	At       time.Time
	Decision DecisionRecord // without an ID for an alert
	Username string         // of the player; "" when not known
	Alert    domain.Alert   // the zero Alert for a decision
}

// Webhooks tells others.
type Webhooks interface {
	// Send tells the webhook once and returns nil only when it was taken. It may be called again with the same ID, and then the webhook
	// may hear it twice. It waits a few seconds at most for the webhook's turn, where there is a limit to how often it may be told, and
	// is refused with kind exhausted when that does not suffice. An unknown name is of kind not found. No error shows an address or a
	// secret, or anything that was answered.
	Send(ctx context.Context, message WebhookMessage) error
}
