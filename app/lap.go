package app

import (
	"context"
	"errors"

	"github.com/grps/grps/ports"
)

// lap is how far a loop has come through what is due. What comes to nothing is still due afterwards, and would come first again: so a step
// begins behind what the last one tried, and at the front once the end was reached. However much fails, it keeps nothing from its turn.
type lap struct{ after ports.Due }

// step tries up to limit of what is due next, each by itself: what one comes to holds up no other. It returns whether there may be more behind
// them, and what failed. A try that ends the lap leaves the rest for the next, which begins at the front.
func (l *lap) step(
	ctx context.Context, limit int,
	list func(ctx context.Context, after ports.Due, limit int) ([]ports.Due, error), try func(ctx context.Context, due ports.Due) (end bool, err error),
) (more bool, err error) {
	due, err := list(ctx, l.after, limit)
	if err != nil {
		return false, err
	}
	var faults []error
	for _, d := range due {
		if ctx.Err() != nil {
			return false, errors.Join(faults...)
		}
		l.after = d
		end, err := try(ctx, d)
		faults = append(faults, err)
		if end {
			l.after = ports.Due{}
			return false, errors.Join(faults...)
		}
	}
	if len(due) < limit {
		l.after = ports.Due{}
		return false, errors.Join(faults...)
	}
	return true, errors.Join(faults...)
}
