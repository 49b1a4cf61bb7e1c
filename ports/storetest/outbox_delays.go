package storetest

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// after returns the entry with a delay.
func after(delay time.Duration, e ports.OutboxEntry) ports.OutboxEntry {
	e.Delay = delay
	return e
}

func outboxDelays(t *testing.T, h Harness) {
	t.Helper()

	t.Run("an entry with a delay is claimed when that is over, and is as old as it would be if it were made then", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		began := time.Now() //nolint:forbidigo // stands for the clock of the storage
		enqueue(t, s, after(shortLease, effectOf(domain.EffectObserve, 1)))
		idle(t, s, "the delay is not over")
		same(t, "Waiting", labelsOf(waiting(t, s, 1)), []string{"observe 1"})
		c := claimSoon(t, s)
		if early := began.Add(shortLease - time.Millisecond); c.EnqueuedAt.Before(early) {
			t.Errorf("Claim.EnqueuedAt: got %s, want %s or later", c.EnqueuedAt, early)
		}
	})

	t.Run("an entry with a delay counts as waiting, and has no age before that is over", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, after(longLease, effectOf(domain.EffectObserve, 1)))
		same(t, "Depth", depth(t, s), ports.OutboxDepth{Waiting: 1, Later: 1})
	})

	t.Run("a wish is due by its own delay, whatever that of the one was whose place it takes", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, after(longLease, effectOf(domain.EffectObserve, 1)), effectOf(domain.EffectObserve, 2))
		enqueue(t, s, effectOf(domain.EffectObserve, 1), after(longLease, effectOf(domain.EffectObserve, 2)))
		same(t, "Claim", label(claimOne(t, s).Entry), "observe 1")
		idle(t, s, "the wish about player 2 is put off")
	})

	t.Run("entries of one call have each their own delay, and one below zero is none", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3)
		enqueue(t, s, after(longLease, effectOf(domain.EffectObserve, 1)), after(-longLease, effectOf(domain.EffectObserve, 2)),
			effectOf(domain.EffectObserve, 3))
		same(t, "Claim", labels(claim(t, s, 10, longLease)), []string{"observe 2", "observe 3"})
	})

	t.Run("what has a delay is put off by it after every try alike", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, after(time.Microsecond, effectOf(domain.EffectObserve, 1)))
		settle(t, s, claimSoon(t, s), ports.SettleRetry, 0)
		same(t, "Claim", label(claimSoon(t, s).Entry), "observe 1")
	})
}
