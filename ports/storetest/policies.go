package storetest

import (
	"context"
	"strings"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// keepPolicy keeps documents under a revision in a unit of its own.
func keepPolicy(t *testing.T, s ports.Store, revision, documents string) {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) error { return w.KeepPolicy(ctx, revision, documents) })
}

// documentsOf returns what is kept under a revision, and ends the test when nothing is.
func documentsOf(t *testing.T, s ports.Store, revision string) string {
	t.Helper()
	documents, err := s.PolicyDocuments(soon(t), revision)
	if err != nil {
		t.Fatalf("PolicyDocuments(%q): got error %v, want none", revision, err)
	}
	return documents
}

func policies(t *testing.T, h Harness) {
	t.Helper()

	t.Run("the documents of a policy come back byte by byte, each under its revision", func(t *testing.T) {
		s := h.open(t)
		kept := map[string]string{
			strings.Repeat("a", 64): "grps policy 2\nrank \"A\"\n", strings.Repeat("A", 64): " \t\r\n", "b": awkward + "\n\n",
			awkward: "", "large": strings.Repeat(awkward, 5000),
		}
		for revision, documents := range kept {
			keepPolicy(t, s, revision, documents)
		}
		for revision, documents := range kept {
			if got := documentsOf(t, s, revision); got != documents {
				t.Errorf("PolicyDocuments(%.70q): got %d bytes, want the %d that were kept", revision, len(got), len(documents))
			}
		}
	})

	t.Run("a revision is kept once: what is kept under it already stays as it is", func(t *testing.T) {
		s := h.open(t)
		keepPolicy(t, s, "r1", "the first")
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			for _, documents := range []string{"the second", "the third"} {
				if err := w.KeepPolicy(ctx, "r1", documents); err != nil {
					return err
				}
			}
			if err := w.KeepPolicy(ctx, "r2", "of this unit"); err != nil {
				return err
			}
			return w.KeepPolicy(ctx, "r2", "of this unit, again")
		})
		same(t, "PolicyDocuments", documentsOf(t, s, "r1"), "the first")
		same(t, "PolicyDocuments", documentsOf(t, s, "r2"), "of this unit")
	})

	t.Run("of twenty who keep one revision at once none fails, and one is kept", func(t *testing.T) {
		s := h.open(t)
		numbers := make([]int64, 20)
		for i := range numbers {
			numbers[i] = int64(i + 1)
		}
		known(t, s, numbers...)
		ctx := soon(t)
		for i, err := range race(len(numbers), func(i int) error {
			return s.Write(ctx, lockFirst(numbers[i], func(ctx context.Context, w ports.Writer) error {
				if err := w.KeepPolicy(ctx, "r", "documents"); err != nil {
					return err
				}
				return w.AddDecisions(ctx, []ports.DecisionRecord{decisionOf(numbers[i], numbers[i], domain.StatusPending)})
			}))
		}) {
			if err != nil {
				t.Errorf("caller %d: got error %v, want none", i, err)
			}
		}
		same(t, "PolicyDocuments", documentsOf(t, s, "r"), "documents")
	})

	t.Run("a policy that nobody kept is not found", func(t *testing.T) {
		s := h.open(t)
		keepPolicy(t, s, "r1", "documents")
		for _, revision := range []string{"", "r", "R1", "r11", "\x00", awkward} {
			_, err := s.PolicyDocuments(soon(t), revision)
			is(t, "PolicyDocuments of an unknown revision", err, domain.ErrNotFound)
		}
	})
}
