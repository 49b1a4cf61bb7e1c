package storetest

import (
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// puttingBack is about claims that were not tried.
func puttingBack(t *testing.T, h Harness) {
	t.Helper()

	t.Run("an entry that goes back is claimed before those that were due later: the next attempt, first tried when it was", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		pause(t.Context(), shortLease/6) // so that the store's clock tells the two apart
		enqueue(t, s, effectOf(domain.EffectMirror, 2))
		first := only(t, claim(t, s, 1, longLease))
		if !settle(t, s, first, ports.SettleBack, longLease) {
			t.Error("Settle: got false, want true")
		}
		second := only(t, claim(t, s, 1, longLease))
		want := first
		want.Attempt, want.Returned = 2, 1
		same(t, "the second claim", second, want)
	})

	t.Run("what went back is no try, until a newer wish takes its place", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, wish(1, "old"))
		for _, step := range []struct {
			result                ports.SettleResult
			attempt, returned, is int
		}{
			{ports.SettleBack, 1, 0, 1}, {ports.SettleBack, 2, 1, 1}, {ports.SettleRetry, 3, 2, 1}, {ports.SettleBack, 4, 2, 2}, {ports.SettleRetry, 5, 3, 2},
		} {
			c := claimSoon(t, s)
			if c.Attempt != step.attempt || c.Returned != step.returned || c.Try() != step.is {
				t.Errorf("Claim: got attempt %d, %d of those before returned, try %d; want %+v", c.Attempt, c.Returned, c.Try(), step)
			}
			settle(t, s, c, step.result, 0)
		}
		enqueue(t, s, wish(1, "new"))
		if c := claimSoon(t, s); c.Attempt != 1 || c.Returned != 0 || c.Try() != 1 {
			t.Errorf("Claim of the newer wish: got attempt %d, %d returned, want the first", c.Attempt, c.Returned)
		}
	})

	t.Run("what goes back keeps the reason of the settlement before", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		settle(t, s, claimOne(t, s), ports.SettleRetry, 0)
		settle(t, s, claimSoon(t, s), ports.SettleBack, 0)
		if got := claimSoon(t, s).LastReason; got != undelivered {
			t.Errorf("Claim: got last reason %q, want %q", got, undelivered)
		}
	})

	t.Run("what goes back holds up what waits for it", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectGroupRole, 1), effectOf(domain.EffectMirror, 1))
		settle(t, s, claimOne(t, s), ports.SettleBack, 0)
		same(t, "Claim", labels(claim(t, s, 10, longLease)), []string{label(effectOf(domain.EffectGroupRole, 1))})
	})

	t.Run("going back twice says false the second time, and leaves a later lease alone", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		first := claimOne(t, s)
		settle(t, s, first, ports.SettleBack, 0)
		second := claimOne(t, s)
		if settle(t, s, first, ports.SettleBack, 0) {
			t.Error("Settle of a claim that went back before: got true, want false")
		}
		idle(t, s, "the second lease lasts")
		if !settle(t, s, second, ports.SettleDelivered, 0) {
			t.Error("Settle of the second claim: got false, want true")
		}
	})
}
