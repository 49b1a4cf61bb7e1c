package storetest

import (
	"errors"
	"testing"

	"github.com/grps/grps/domain"
)

func failedCommit(t *testing.T, h Harness) {
	t.Helper()
	if h.FailCommit == nil {
		t.Fatalf("the harness has no FailCommit: give it one, or leave the category %q out with a reason", FailedCommit)
	}

	t.Run("a commit that fails is an error and nothing is kept", func(t *testing.T) {
		s := h.open(t)
		failing := h.FailCommit(t, s)
		err := failing.Write(soon(t), tracesOf(1).leave)
		if err == nil {
			t.Fatal("Write whose commit fails: got no error, want one")
		}
		if _, ok := errors.AsType[*domain.Error](err); !ok {
			t.Errorf("Write whose commit fails: got %v (%T), want a domain error", err, err)
		}
		same(t, "what is there after the unit", tracesOf(1).found(t, s), []string{})
	})

	t.Run("a commit that fails says so every time", func(t *testing.T) {
		s := h.open(t)
		failing := h.FailCommit(t, s)
		for range 5 {
			if err := failing.Write(soon(t), tracesOf(1).leave); err == nil {
				t.Error("Write whose commit fails: got no error, want one")
			}
		}
		same(t, "what is there after the units", tracesOf(1).found(t, s), []string{})
	})
}
