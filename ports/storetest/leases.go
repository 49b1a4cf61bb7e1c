package storetest

import (
	"context"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func leases(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a leased entry is not claimed again while the lease lasts", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		claimOne(t, s)
		idle(t, s, "the entry is leased")
	})

	t.Run("an entry whose lease is over is claimed again: the next attempt, first tried when it was", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		first := only(t, claim(t, s, 10, shortLease))
		second := claimSoon(t, s)
		want := first
		want.Attempt = 2
		same(t, "the second claim", second, want)
	})

	t.Run("settling after the lease is over counts as long as nobody leased the entry again", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		c := only(t, claim(t, s, 10, h.precision()))
		pause(t.Context(), shortLease)
		if !settle(t, s, c, ports.SettleDelivered, 0) {
			t.Error("Settle after the lease was over: got false, want true")
		}
		same(t, "Depth", depth(t, s), ports.OutboxDepth{})
	})

	t.Run("settling a claim that was leased again says false and changes nothing", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		for _, result := range []ports.SettleResult{ports.SettleDelivered, ports.SettleRetry, ports.SettleDead, ports.SettleBack} {
			enqueue(t, s, effectOf(domain.EffectMirror, 1))
			first := only(t, claim(t, s, 10, shortLease))
			second := claimSoon(t, s)
			if settle(t, s, first, result, 0) {
				t.Errorf("Settle with result %d of a claim that was leased again: got true, want false", result)
			}
			idle(t, s, "the second lease lasts")
			if !settle(t, s, second, ports.SettleDelivered, 0) {
				t.Error("Settle of the second claim: got false, want true")
			}
		}
	})

	t.Run("delivered entries are gone", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		if !settle(t, s, claimOne(t, s), ports.SettleDelivered, 0) {
			t.Error("Settle: got false, want true")
		}
		idle(t, s, "nothing is left")
		same(t, "Depth", depth(t, s), ports.OutboxDepth{})
	})

	t.Run("an entry to retry is claimed again once the time is over: the next attempt, first tried when it was, and with the reason", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		first := claimOne(t, s)
		if !settle(t, s, first, ports.SettleRetry, shortLease) {
			t.Error("Settle: got false, want true")
		}
		second := claimSoon(t, s)
		want := first
		want.Attempt, want.LastReason = 2, undelivered
		same(t, "the second claim", second, want)
		settle(t, s, second, ports.SettleRetry, longLease)
		idle(t, s, "the entry is put off")
	})

	t.Run("the time to a retry is not cut short by the lease that went before", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		settle(t, s, only(t, claim(t, s, 10, h.precision())), ports.SettleRetry, longLease)
		pause(t.Context(), shortLease)
		idle(t, s, "the entry is put off")
	})

	t.Run("a retry may be due at once", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		for attempt := range 3 {
			c := claimSoon(t, s)
			if c.Attempt != attempt+1 {
				t.Errorf("Claim: got attempt %d, want %d", c.Attempt, attempt+1)
			}
			settle(t, s, c, ports.SettleRetry, 0)
		}
	})

	t.Run("dead entries are never claimed", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		if !settle(t, s, only(t, claim(t, s, 10, h.precision())), ports.SettleDead, 0) {
			t.Error("Settle: got false, want true")
		}
		pause(t.Context(), shortLease)
		idle(t, s, "the entry is dead")
		if d := depth(t, s); d.Dead != 1 {
			t.Errorf("Depth: got %+v, want the dead entry to stay", d)
		}
	})

	t.Run("settling twice says false the second time, and changes nothing", func(t *testing.T) {
		s := h.open(t)
		results := []ports.SettleResult{ports.SettleDelivered, ports.SettleRetry, ports.SettleDead, ports.SettleBack}
		for i, first := range results[:3] { // what goes back may be claimed again at once
			n := int64(i + 1)
			known(t, s, n)
			enqueue(t, s, effectOf(domain.EffectMirror, n))
			c := claimOne(t, s)
			settle(t, s, c, first, longLease)
			before := depth(t, s)
			for _, second := range results {
				if settle(t, s, c, second, 0) {
					t.Errorf("Settle with result %d after %d: got true, want false", second, first)
				}
			}
			idle(t, s, "the entry was settled")
			after := depth(t, s)
			if after.Waiting != before.Waiting || after.Dead != before.Dead {
				t.Errorf("Depth: got %+v, want it to stay %+v", after, before)
			}
		}
	})

	t.Run("settling twice in one unit says false the second time", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		c := claimOne(t, s)
		locked(t, s, 1, func(ctx context.Context, w ports.Writer) error {
			for i, want := range []bool{true, false} {
				got, err := w.Settle(ctx, ports.Settlement{Claim: c, Result: ports.SettleDelivered})
				if err != nil {
					return err
				}
				if got != want {
					t.Errorf("Settle no. %d: got %t, want %t", i+1, got, want)
				}
			}
			return nil
		})
	})

	t.Run("a claim that was delivered never touches a later wish of the same sort", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, wish(1, "old"))
		old := claimOne(t, s)
		settle(t, s, old, ports.SettleDelivered, 0)
		enqueue(t, s, wish(1, "new"))
		c := claimOne(t, s)
		if settle(t, s, old, ports.SettleDelivered, 0) {
			t.Error("Settle of a claim delivered before: got true, want false")
		}
		idle(t, s, "the later wish is leased")
		if !settle(t, s, c, ports.SettleDelivered, 0) {
			t.Error("Settle of the later wish: got false, want true")
		}
	})

	t.Run("a settlement that is rolled back did not happen", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		c := claimOne(t, s)
		err := s.Write(soon(t), lockFirst(1, func(ctx context.Context, w ports.Writer) error {
			if _, err := w.Settle(ctx, ports.Settlement{Claim: c}); err != nil {
				return err
			}
			return context.Canceled
		}))
		is(t, "Write", err, context.Canceled)
		if !settle(t, s, c, ports.SettleDelivered, 0) {
			t.Error("Settle: got false, want true")
		}
	})

	puttingBack(t, h)
	claimers(t, h)
}
