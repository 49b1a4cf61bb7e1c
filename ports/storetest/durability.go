package storetest

import (
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func durability(t *testing.T, h Harness) {
	t.Helper()
	if h.Reopen == nil {
		t.Fatalf("the harness has no Reopen: give it one, or leave the category %q out with a reason", Durability)
	}

	t.Run("what was committed is there after closing and opening again", func(t *testing.T) {
		s := h.open(t)
		write(t, s, tracesOf(1).leave)
		before := standing(t, s, 1)
		key := tracesOf(1).snapshot.Request
		answered := answers(t, s, key)
		s = h.Reopen(t, s)
		tracesOf(1).kept(t, s)
		same(t, "Standing", standing(t, s, 1), before)
		same(t, "Answers", answers(t, s, key), answered)
		same(t, "Waiting", waiting(t, s, 1), []ports.OutboxEntry{tracesOf(1).entry})
	})

	t.Run("a lease outlives closing and opening again", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		c := claimOne(t, s)
		s = h.Reopen(t, s)
		idle(t, s, "the entry is leased since before the store was opened again")
		if !settle(t, s, c, ports.SettleDelivered, 0) {
			t.Error("Settle of a claim made before: got false, want true")
		}
	})

	t.Run("ids go on ascending after closing and opening again", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		before := appendAll(t, s, snapshotOf(1, 1), snapshotOf(1, 2))
		s = h.Reopen(t, s)
		after := appendAll(t, s, snapshotOf(1, 3))
		if after[0] <= before[1] {
			t.Errorf("AppendSnapshots: got id %d after %v, want a greater one", after[0], before)
		}
	})
}
