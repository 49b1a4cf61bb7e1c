package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// OutboxEntry is an effect on its way out.
type OutboxEntry struct {
	Effect     domain.Effect
	Target     string        // what the effect is about besides the player, such as a universe's id or a webhook's name; "" for nothing
	DecisionID string        // "" when no decision caused it
	Lane       Lane          // entries of a lower lane go first
	Trace      string        // by what to go on with the request that led to it; see Tracer.Mark. "" for none
	Delay      time.Duration // it is as if the wish were made that much later, by the store's clock; 0 in what is handed out
}

// Claim is an entry leased to one worker. ID, Generation and Attempt together name this lease: a newer wish or a later lease has others.
type Claim struct {
	ID         int64
	Generation int64 // counts the wishes that replaced each other in this place
	Attempt    int   // 1 for the first lease of this wish
	Returned   int   // how many of the leases before this one went back, not tried
	Entry      OutboxEntry
	FirstTried time.Time // when this wish was leased first; the same for every attempt
	EnqueuedAt time.Time // when this wish was made
	LastReason string    // the reason of this wish's last settlement; "" when there was none
}

// Try returns the how manieth try this is, 1 for the first: a lease that went back was none.
func (c Claim) Try() int { return max(1, c.Attempt-c.Returned) }

// SettleResult says what became of a claimed effect.
type SettleResult uint8

// The results.
const (
	SettleDelivered SettleResult = iota // done: the entry goes
	SettleRetry                         // try again after a while
	SettleDead                          // given up: the entry stays, for people to see, and is never claimed again
	SettleBack                          // not tried: the entry stays due as it was, before those that were due later
)

// Settlement is the end of a claim.
type Settlement struct {
	Claim  Claim
	Result SettleResult
	After  time.Duration // for SettleRetry: from now, by the store's clock
	Reason string        // why, for people; "" when there is nothing to say. Not kept of a claim that goes back
}

// OutboxWriter changes the outbox inside a unit. Lock the player first.
type OutboxWriter interface {
	// Enqueue adds the entries, due at once or after their Delay, in order. An effect whose kind replaces takes the place of an entry, waiting or dead, of the
	// same player, kind and target: with a new generation, its attempts forgotten, as the youngest wish of its player. While that entry is leased the replaced wish may still be
	// carried out; the new one is not claimed before that lease is settled or over.
	Enqueue(ctx context.Context, entries []OutboxEntry) error

	// Waiting returns the entries of the player that are not dead, leased ones too, oldest wish first.
	Waiting(ctx context.Context, user domain.UserID) ([]OutboxEntry, error)

	// Settle ends a claim, of Claim or ClaimWebhooks. It returns false when the claim was lost: settled before, replaced by a newer wish,
	// or leased again after its lease was over. A lost claim changes nothing, except that a newer wish in its place becomes claimable at
	// once. Settling twice is harmless.
	Settle(ctx context.Context, settlement Settlement) (bool, error)
}

// OutboxDepth is how full the outbox is.
type OutboxDepth struct {
	Waiting  int           // entries that are not dead
	Settling int           // of those, the ones that settle decisions
	Later    int           // likewise, the ones whose Delay is not over
	Dead     int           // entries that were given up
	Oldest   time.Duration // the age of the oldest waiting wish by the store's clock; 0 when none waits
}

// KindDepth is how much of one kind of effect the outbox holds.
type KindDepth struct {
	Kind    domain.EffectKind
	Waiting int           // entries that are not dead and whose Delay is over
	Dead    int           // entries that were given up
	Oldest  time.Duration // the age of the oldest wish that waits, by the store's clock; 0 when none does
}

// Room is how many more entries of the lanes from First to Last somebody can take on.
type Room struct {
	First, Last Lane
	Limit       int
}

// Outbox hands effects to workers, outside a unit.
type Outbox interface {
	// Claim leases entries that are due to the caller for the given time by the store's clock: for each room up to its limit of those in
	// its lanes, lower lanes first, then those longest due, and returns them all in that order. No entry is leased to two callers or for
	// two rooms at once; one whose lease is over can be claimed again. An announcement waits for the older announcements of its player,
	// and everything that does not settle decisions waits for what does, of the same player. Entries that are dead hold nobody up. It is
	// empty when nothing is due, or when there is no room. What webhooks are told is left to ClaimWebhooks and holds nothing up here. Beside
	// an error there may be claims all the same: the entries that could be read, where some could not.
	Claim(ctx context.Context, rooms []Room, lease time.Duration) ([]Claim, error)

	// ClaimWebhooks leases, for each webhook that entries name and busy does not, at most one entry that is due: the one longest due.
	// Leases are as in Claim. An entry waits for the older ones of its player to the same webhook, unless they are dead, and for what
	// settles decisions of its player; entries about no player wait for each other likewise. What goes to another webhook holds it up
	// never. The claims come in ascending order of the webhook's name. It is empty when nothing is due.
	ClaimWebhooks(ctx context.Context, busy []string, lease time.Duration) ([]Claim, error)

	// Depth returns how full the outbox is.
	Depth(ctx context.Context) (OutboxDepth, error)

	// KindDepths returns how much of each kind the outbox holds: one for every kind, in the order of domain.EffectKinds.
	KindDepths(ctx context.Context) ([]KindDepth, error)
}
