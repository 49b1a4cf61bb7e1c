package ports

import (
	"context"
	"time"
)

// Budget is where processes agree on calls that they share, such as those that one API key may make at Roblox: a text for each name, which
// one process at a time changes.
type Budget interface {
	// Share lets change say what is kept under the name from then on. It gets what is kept, "" when nothing is, and the time by the store's
	// clock, which is the same for all processes and in UTC. Nobody else changes what is kept under the name meanwhile. When change returns
	// an error, Share returns it and nothing is changed. change may be called again, on what another process kept meanwhile; what it
	// assigns outside must be assigned as a whole. It may call nothing of the store.
	Share(ctx context.Context, name string, change func(kept string, now time.Time) (string, error)) error
}
