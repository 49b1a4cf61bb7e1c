package storetest

import (
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// replacedWhileLeased is about a wish that a newer one replaces while somebody is carrying it out.
func replacedWhileLeased(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a wish that replaces a leased one is not claimed while the lease lasts", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, wish(1, "old"))
		claimOne(t, s)
		enqueue(t, s, wish(1, "new"))
		idle(t, s, "the replaced wish is leased")
		enqueue(t, s, wish(1, "newer"))
		idle(t, s, "the wish before the replaced one is leased")
		same(t, "Waiting", labelsOf(waiting(t, s, 1)), []string{"group_role 1 newer"})
	})

	t.Run("settling a replaced wish says false, whatever became of it, and lets the newer one go at once", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		for _, result := range []ports.SettleResult{ports.SettleDelivered, ports.SettleRetry, ports.SettleDead, ports.SettleBack} {
			enqueue(t, s, wish(1, "old"))
			old := claimOne(t, s)
			enqueue(t, s, wish(1, "between"))
			pause(t.Context(), shortLease/6)
			enqueue(t, s, wish(1, "new"))
			if settle(t, s, old, result, longLease) {
				t.Errorf("Settle of a replaced wish with result %d: got true, want false", result)
			}
			c := claimOne(t, s)
			fresh(t, old, c)
			if !settle(t, s, c, ports.SettleDelivered, 0) {
				t.Error("Settle of the newer wish: got false, want true")
			}
			same(t, "Depth", depth(t, s), ports.OutboxDepth{})
		}
	})

	t.Run("a wish that replaces a leased one is claimed when the lease is over", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, wish(1, "old"))
		old := only(t, claim(t, s, 10, shortLease))
		enqueue(t, s, wish(1, "new"))
		fresh(t, old, claimSoon(t, s))
	})

	t.Run("settling a replaced wish late does not free the newer one from its own lease", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, wish(1, "old"))
		old := only(t, claim(t, s, 10, shortLease))
		enqueue(t, s, wish(1, "new"))
		c := claimSoon(t, s)
		if settle(t, s, old, ports.SettleDelivered, 0) {
			t.Error("Settle of a replaced wish: got true, want false")
		}
		idle(t, s, "the newer wish is leased")
		if !settle(t, s, c, ports.SettleDelivered, 0) {
			t.Error("Settle of the newer wish: got false, want true")
		}
	})

	t.Run("what tells waits for a newer wish as it did for the one before", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, wish(1, "old"), effectOf(domain.EffectMirror, 1))
		old := claimOne(t, s)
		enqueue(t, s, wish(1, "new"))
		settle(t, s, old, ports.SettleDelivered, 0)
		same(t, "Claim", label(claimOne(t, s).Entry), "group_role 1 new")
	})
}
