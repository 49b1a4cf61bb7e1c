package app

import (
	"context"
	"math"
	"sort"
	"sync"
	"time"

	"github.com/grps/grps/ports"
)

// The bounds of what is remembered of places.
const (
	stepLength = 10_000      // players between two marks that are remembered
	stepsFor   = time.Minute // how long they are used
)

// places finds the place of a player without counting everybody before: it remembers every stepLength-th place for a while, and counts
// from the last of those. With fewer players than that there is none to remember, and places are exact.
type places struct {
	mu      sync.Mutex
	steps   []ports.Mark
	players int64
	read    time.Time // zero before the first time
}

// of returns the place that a mark is, from 1, and how many players have one.
func (p *places) of(ctx context.Context, store ports.LeaderboardReader, mark ports.Mark, now time.Time) (place, players int64, err error) {
	steps, players, err := p.fresh(ctx, store, now)
	if err != nil {
		return 0, 0, err
	}
	passed := sort.Search(len(steps), func(i int) bool { return !ahead(steps[i], mark) })
	from := ports.Mark{}
	if passed > 0 {
		from = steps[passed-1]
	}
	between, err := store.CountBetween(ctx, from, mark)
	place = int64(passed)*stepLength + between + 1
	return place, max(players, place), err
}

// fresh returns the steps, and reads them again when they are old. Whoever asks meanwhile waits.
func (p *places) fresh(ctx context.Context, store ports.LeaderboardReader, now time.Time) ([]ports.Mark, int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if age := now.Sub(p.read); !p.read.IsZero() && age >= 0 && age < stepsFor {
		return p.steps, p.players, nil
	}
	steps, err := store.EveryNth(ctx, stepLength)
	if err != nil {
		return nil, 0, err
	}
	last := ports.Mark{}
	if len(steps) > 0 {
		last = steps[len(steps)-1]
	}
	rest, err := store.CountBetween(ctx, last, ports.Mark{Points: math.MinInt64}) // a mark behind everybody
	if err != nil {
		return nil, 0, err
	}
	p.steps, p.players, p.read = steps, int64(len(steps))*stepLength+rest, now
	return p.steps, p.players, nil
}

// ahead reports whether a stands before b.
func ahead(a, b ports.Mark) bool {
	switch {
	case a.Points != b.Points:
		return a.Points > b.Points
	case a.Kos != b.Kos:
		return a.Kos > b.Kos
	}
	return a.User.Int64() < b.User.Int64()
}
