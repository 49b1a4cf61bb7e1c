package app

import (
	"context"
	"maps"
	"sync"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// tombs is the marks of those who were erased, as this process last read them. It answers without asking the store. Where an answer that is a
// few seconds old would do harm, the store is asked instead.
type tombs struct {
	store ports.Erasures

	mu    sync.RWMutex
	marks map[string]bool
	news  map[string]bool // what became of marks while they are being read: true for added, false for removed; nil at other times
	stirs bool            // something changed that is not kept beside the store
}

// tombPage is how many erasures are read at once.
const tombPage = 1000

// refresh reads the marks anew. What is added or removed meanwhile holds, whether the store showed it already or not.
func (t *tombs) refresh(ctx context.Context) error {
	t.mu.Lock()
	t.news = make(map[string]bool)
	t.mu.Unlock()
	marks, err := t.read(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	news := t.news
	t.news = nil
	if err != nil {
		return err
	}
	for mark, added := range news {
		marks[mark] = added
	}
	maps.DeleteFunc(marks, func(_ string, erased bool) bool { return !erased })
	t.marks = marks
	return nil
}

// read returns the marks that the store keeps.
func (t *tombs) read(ctx context.Context) (map[string]bool, error) {
	marks := make(map[string]bool)
	for before := ""; ; {
		page, err := t.store.Erasures(ctx, before, tombPage)
		if err != nil {
			return nil, wrap("read the erasures", err)
		}
		for _, e := range page {
			before = e.ID
			if e.State != ports.ErasureLifted {
				marks[e.Mark] = true
			}
		}
		if len(page) < tombPage {
			return marks, nil
		}
	}
}

func (t *tombs) add(mark string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.marks == nil {
		t.marks = make(map[string]bool)
	}
	t.marks[mark], t.stirs = true, true
	if t.news != nil {
		t.news[mark] = true
	}
}

func (t *tombs) remove(marks []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, mark := range marks {
		delete(t.marks, mark)
		if t.news != nil {
			t.news[mark] = false
		}
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

// Erased reports whether a user was erased, as far as this process knows: what another did may take ten seconds to be known here. It asks nobody.
func (s *Service) Erased(user domain.UserID) bool {
	return !user.IsZero() && !s.tombs.empty() && s.tombs.any(s.parts.Seals.marks(user))
}
