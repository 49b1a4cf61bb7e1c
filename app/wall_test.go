package app_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

// wall is who may not join which universe.
type wall struct {
	mu     sync.Mutex
	wishes []ports.Restriction
	faults map[int64][]error
	held   map[ports.Restriction]bool // by player and universe
	looks  int
}

func newWall() *wall {
	return &wall{faults: make(map[int64][]error), held: make(map[ports.Restriction]bool)}
}

func (w *wall) fail(universe int64, faults ...error) { w.faults[universe] = faults }

func (w *wall) mock() *portsmock.RestrictionsMock {
	return &portsmock.RestrictionsMock{
		RestrictFunc: func(_ context.Context, r ports.Restriction) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.wishes = append(w.wishes, r)
			universe := r.Universe.Int64()
			if faults := w.faults[universe]; len(faults) > 0 {
				w.faults[universe] = faults[1:]
				return faults[0]
			}
			w.held[ports.Restriction{User: r.User, Universe: r.Universe}] = r.Active
			return nil
		},
		RestrictedFunc: func(_ context.Context, user domain.UserID, universe domain.UniverseID) (bool, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.looks++
			return w.held[ports.Restriction{User: user, Universe: universe}], nil
		},
	}
}

// open lets player 7 join the universe, as somebody would by hand.
func (w *wall) open(t *testing.T, universe int64) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held[ports.Restriction{User: userID(t, 7), Universe: universes(t, universe)[0]}] = false
}

// shut reports whether player 7 may not join the universe now.
func (w *wall) shut(t *testing.T, universe int64) bool {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held[ports.Restriction{User: userID(t, 7), Universe: universes(t, universe)[0]}]
}

// active reports whether player 7 may not join the universe.
func (w *wall) active(t *testing.T, universe int64) bool {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	active := false
	for _, r := range w.wishes {
		if r.User == userID(t, 7) && r.Universe.Int64() == universe {
			active = r.Active
		}
	}
	return active
}

// pairs returns the different idempotency pairs that were sent about a universe.
func (w *wall) pairs(universe int64) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var pairs []string
	for _, r := range w.wishes {
		if r.Universe.Int64() == universe {
			pairs = append(pairs, r.Key+" "+r.FirstTried.String())
		}
	}
	slices.Sort(pairs)
	return slices.Compact(pairs)
}

func universes(t *testing.T, ids ...int64) []domain.UniverseID {
	t.Helper()
	var list []domain.UniverseID
	for _, n := range ids {
		id, err := domain.NewUniverseID(n)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
	}
	return list
}
