package ports

import (
	"context"
	"time"
)

// Nonces is where processes agree on what may be used once, such as the signature of a request.
type Nonces interface {
	// SpendNonce keeps a nonce, until then at least, and returns true; false when it is kept already, and then nothing changes. Of several who
	// spend the same one at once, in whatever processes, one gets true. After an error it may be spent or not.
	SpendNonce(ctx context.Context, nonce string, until time.Time) (bool, error)

	// PruneNonces forgets up to limit of the nonces that were to be kept until before then, and returns how many that were. It may be called
	// again, and by several at once.
	PruneNonces(ctx context.Context, before time.Time, limit int) (int, error)
}
