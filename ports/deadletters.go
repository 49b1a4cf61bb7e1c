package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// DeadEntry is an entry of the outbox that was given up.
type DeadEntry struct {
	ID         int64
	Entry      OutboxEntry
	Attempts   int
	Reason     string // why it was given up, for people
	EnqueuedAt time.Time
	DeadAt     time.Time // when it was given up; zero where a release did that which did not note it
}

// DeadFilter chooses dead entries. Its zero value chooses all; what is set must all hold.
type DeadFilter struct {
	Kind   domain.EffectKind // 0 for any
	Target string            // "" for any
	IDs    []int64           // empty for any
}

// Revival is what reviving dead entries did.
type Revival struct {
	Revived int // entries that are due again
	Settled int // entries that were chosen and stay dead, because a decision waited for them, which has failed by now
}

// WebhookDepth is how much one webhook has still to be told.
type WebhookDepth struct {
	Webhook string
	Waiting int           // entries that are not dead
	Dead    int           // entries that were given up
	Oldest  time.Duration // the age of the oldest waiting entry by the store's clock; 0 when none waits
}

// DeadLetters is what could not be delivered, outside a unit.
type DeadLetters interface {
	// DeadEntries returns up to limit dead entries that the filter chooses, of those with an id below before, in descending order of
	// id; 0 starts at the highest. Entries that die meanwhile never shift the pages behind them. It is empty at the end.
	DeadEntries(ctx context.Context, filter DeadFilter, before int64, limit int) ([]DeadEntry, error)

	// ReviveEntries makes the dead entries that the filter chooses due at once: with a new generation, enqueued now, their attempts
	// forgotten and in their old order. Those that settle decisions stay dead and are counted apart. It may be called again: what lives
	// is left alone.
	ReviveEntries(ctx context.Context, filter DeadFilter) (Revival, error)

	// WebhookDepths returns how much each webhook that entries name has still to be told, in ascending order of its name. It is empty
	// when no entry names one.
	WebhookDepths(ctx context.Context) ([]WebhookDepth, error)
}
