package app

import (
	"testing"
)

func TestFollowingNothingAllocatesNothing(t *testing.T) {
	s, ctx := &Service{}, t.Context()
	got := testing.AllocsPerRun(1000, func() {
		within, span := s.step(ctx, unitOfWork)
		span.Note("grps.reports", 5)
		if s.mark(within) != "" || s.apart(within) != ctx || s.resume(ctx, "mark") != ctx {
			t.Error("something is followed without anything that follows")
		}
		span.End(nil)
	})
	if got != 0 {
		t.Errorf("a step that nobody follows makes %g allocations, want none", got)
	}
}
