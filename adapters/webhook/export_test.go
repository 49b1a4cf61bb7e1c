package webhook

import (
	"context"
	"time"
)

// PaceOf is the function paceOf.
var PaceOf = paceOf

// Turn is the method turn.
func (p *pace) Turn(ctx context.Context, now time.Time) error { return p.turn(ctx, now) }
