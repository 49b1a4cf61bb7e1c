package app

import (
	"context"
	"sync"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// tombs is the marks of those who were erased, as this process last read them. It answers without asking the store; where it matters that the
// answer is not a second old, the store is asked.
type tombs struct {
	store ports.Erasures

	mu    sync.RWMutex
	marks map[string]bool
	stirs bool // something changed that is not kept beside the store
}

// tombPage is how many erasures are read at once.
const tombPage = 1000

// refresh reads the marks anew.
func (t *tombs) refresh(ctx context.Context) error {
	marks := make(map[string]bool)
	for before := ""; ; {
		page, err := t.store.Erasures(ctx, before, tombPage)
		if err != nil {
			return wrap("read the erasures", err)
		}
		for _, e := range page {
			before = e.ID
			if e.State != ports.ErasureLifted {
				marks[e.Mark] = true
			}
		}
		if len(page) < tombPage {
			break
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.marks = marks
	return nil
}

func (t *tombs) add(mark string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.marks == nil {
		t.marks = make(map[string]bool)
	}
	t.marks[mark], t.stirs = true, true
}

func (t *tombs) remove(marks []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, mark := range marks {
		delete(t.marks, mark)
	}
	t.stirs = true
}

// stir notes that something changed that is to be kept beside the store.
func (t *tombs) stir() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stirs = true
}

// stirred reports whether something changed since it was asked last.
func (t *tombs) stirred() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	stirs := t.stirs
	t.stirs = false
	return stirs
}

func (t *tombs) empty() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.marks) == 0
}

// any reports whether one of the marks is somebody's who was erased.
func (t *tombs) any(marks []string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, mark := range marks {
		if t.marks[mark] {
			return true
		}
	}
	return false
}

// Erased reports whether a user was erased, as far as this process knows: what another did may take a second to be known here. It asks nobody.
func (s *Service) Erased(user domain.UserID) bool {
	return !user.IsZero() && !s.tombs.empty() && s.tombs.any(s.parts.Seals.marks(user))
}
