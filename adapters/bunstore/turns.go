package bunstore

import "context"

// turns lets those who need a connection have one in the order in which they asked. A pool alone gives a free connection to any of those who
// wait, so that one of many may wait for seconds while others come and go.
type turns chan struct{}

// take returns once it is the caller's turn, or the error of ctx. Unless it fails, done must follow.
func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turns) done() { <-t }
