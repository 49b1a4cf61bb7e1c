package app

import (
	"context"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// meanwhile is a store during whose reading of erasures something else happens.
type meanwhile struct {
	ports.Store
	kept []ports.Erasure
	do   func()
}

func (m meanwhile) Erasures(context.Context, string, int) ([]ports.Erasure, error) {
	kept := append([]ports.Erasure{}, m.kept...) // as they were before
	m.do()
	return kept, nil
}

func TestWhoIsErasedWhileTheMarksAreReadIsKnownAtOnce(t *testing.T) {
	seals := NewSeals("a key")
	early, err1 := domain.NewUserID(7)
	late, err2 := domain.NewUserID(8)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	marks := &tombs{}
	marks.store = meanwhile{
		kept: []ports.Erasure{{ID: "1", Mark: seals.mark(0, early), State: ports.ErasureDone}},
		do: func() {
			marks.add(seals.mark(0, late))
			marks.remove(seals.marks(early))
		},
	}
	if err := marks.refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !marks.any(seals.marks(late)) {
		t.Error("who was erased while the marks were read: not known, want known")
	}
	if marks.any(seals.marks(early)) {
		t.Error("whose erasure was lifted while the marks were read: known, want not known")
	}
}
