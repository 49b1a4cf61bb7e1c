package storetest

import (
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func outboxDepth(t *testing.T, h Harness) {
	t.Helper()

	t.Run("depth counts waiting, leased and put off entries together, and the dead apart", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3, 4, 5)
		for n := range int64(5) {
			enqueue(t, s, effectOf(domain.EffectMirror, n+1))
		}
		claims := claim(t, s, 4, longLease)
		settle(t, s, claims[0], ports.SettleDelivered, 0)
		settle(t, s, claims[1], ports.SettleDead, 0)
		settle(t, s, claims[2], ports.SettleRetry, longLease)
		if d := depth(t, s); d.Waiting != 3 || d.Dead != 1 {
			t.Errorf("Depth: got %+v, want 3 waiting and 1 dead", d)
		}
	})

	t.Run("of those that wait depth counts the ones that settle decisions", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3)
		for n, kind := range []domain.EffectKind{domain.EffectGroupRole, domain.EffectRestriction, domain.EffectGroupRole} {
			enqueue(t, s, effectOf(kind, int64(n+1)))
		}
		enqueue(t, s, effectOf(domain.EffectMirror, 1), effectOf(domain.EffectAnnounce, 1), effectOf(domain.EffectObserve, 1))
		settle(t, s, only(t, claim(t, s, 1, longLease)), ports.SettleDead, 0)
		if d := depth(t, s); d.Waiting != 5 || d.Settling != 2 {
			t.Errorf("Depth: got %+v, want 5 waiting, of which 2 settle decisions", d)
		}
	})

	t.Run("and the ones whose delay is not over, unlike those that are only tried again later", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3)
		enqueue(t, s, after(longLease, wish(1, "a")), wish(2, "b"), after(shortLease, wish(3, "c")))
		settle(t, s, only(t, claim(t, s, 1, longLease)), ports.SettleRetry, longLease)
		if d := depth(t, s); d.Waiting != 3 || d.Later != 2 {
			t.Errorf("Depth: got %+v, want 3 waiting, of which 2 come later", d)
		}
		pause(t.Context(), 2*shortLease)
		if d := depth(t, s); d.Waiting != 3 || d.Later != 1 {
			t.Errorf("Depth after one delay: got %+v, want 3 waiting, of which 1 comes later", d)
		}
	})

	t.Run("the oldest is the age of the oldest waiting wish", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, wish(1, "old"))
		pause(t.Context(), shortLease)
		enqueue(t, s, wish(2, "young"))
		if got := depth(t, s).Oldest; got < shortLease/2 || got > patience {
			t.Errorf("Depth.Oldest: got %s, want at least the %s that passed", got, shortLease)
		}
		old := claim(t, s, 1, longLease)[0]
		settle(t, s, old, ports.SettleRetry, longLease)
		measured := fromNow(0)
		before := depth(t, s).Oldest
		if before < shortLease/2 {
			t.Errorf("Depth.Oldest after putting off: got %s, want the age of the wish, not of its retry", before)
		}
		enqueue(t, s, wish(1, "new"))
		got, passed := depth(t, s).Oldest, fromNow(0).Sub(measured)
		if got > before+passed-shortLease/2 {
			t.Errorf("Depth.Oldest after replacing the oldest: got %s, want less than the %s of %s ago", got, before, passed)
		}
	})

	t.Run("the dead have no age", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		settle(t, s, claimOne(t, s), ports.SettleDead, 0)
		same(t, "Depth", depth(t, s), ports.OutboxDepth{Dead: 1})
	})
}
