package storetest

import (
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func outboxWaits(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a player's announcements are all kept and claimed one after another, in order", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, announcement(1, "a"), announcement(1, "b"))
		enqueue(t, s, announcement(1, "b"), announcement(1, "c"))
		for _, want := range []string{"a", "b", "b", "c"} {
			c := claimOne(t, s)
			if c.Entry.Target != want {
				t.Errorf("Claim: got %s, want announcement %s", label(c.Entry), want)
			}
			idle(t, s, "an older announcement is leased")
			settle(t, s, c, ports.SettleDelivered, 0)
		}
		idle(t, s, "nothing is left")
	})

	t.Run("an announcement waits for an older one that is put off, and for none that is dead", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, announcement(1, "a"), announcement(1, "b"))
		first := claimOne(t, s)
		settle(t, s, first, ports.SettleRetry, longLease)
		idle(t, s, "the older announcement is put off")
		enqueue(t, s, announcement(1, "c"))
		idle(t, s, "the oldest announcement is put off")

		known(t, s, 2)
		enqueue(t, s, announcement(2, "a"), announcement(2, "b"))
		settle(t, s, claimOne(t, s), ports.SettleDead, 0)
		same(t, "Claim after the older one died", label(claimOne(t, s).Entry), "announce 2 b")
	})

	t.Run("a lane does not carry an announcement past an older one", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, inLane(5, announcement(1, "a")), inLane(1, announcement(1, "b")))
		same(t, "Claim", label(claimOne(t, s).Entry), "announce 1 a")
	})

	t.Run("announcements of different players do not wait for each other", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, announcement(1, "a"), announcement(1, "b"))
		enqueue(t, s, announcement(2, "a"), announcement(2, "b"))
		same(t, "Claim", labels(claim(t, s, 10, longLease)), []string{"announce 1 a", "announce 2 a"})
	})

	t.Run("what tells waits for what settles a decision of the player, as long as that waits", func(t *testing.T) {
		s := h.open(t)
		for i, pair := range tellingAfterSettling() {
			n := int64(i + 1)
			known(t, s, n)
			// Neither an earlier place in the list nor a lower lane carries it past.
			enqueue(t, s, inLane(-3, effectOf(pair.telling, n)), effectOf(pair.settling, n))
			c := claimOne(t, s)
			if c.Entry.Effect.Kind != pair.settling {
				t.Fatalf("Claim: got %s, want the %s", label(c.Entry), pair.settling)
			}
			idle(t, s, "what settles the decision is leased")
			settle(t, s, c, ports.SettleRetry, shortLease)
			c = claimSoon(t, s)
			if c.Entry.Effect.Kind != pair.settling {
				t.Fatalf("Claim after a retry: got %s, want the %s", label(c.Entry), pair.settling)
			}
			settle(t, s, c, ports.SettleRetry, longLease)
			idle(t, s, "what settles the decision is put off")
		}
	})

	t.Run("what tells is claimed once what settles is delivered or dead", func(t *testing.T) {
		s := h.open(t)
		n := int64(0)
		for _, pair := range tellingAfterSettling() {
			for _, result := range []ports.SettleResult{ports.SettleDelivered, ports.SettleDead} {
				n++
				known(t, s, n)
				enqueue(t, s, effectOf(pair.settling, n), effectOf(pair.telling, n))
				settle(t, s, claimOne(t, s), result, 0)
				if got := claimOne(t, s).Entry.Effect.Kind; got != pair.telling {
					t.Errorf("Claim: got a %s, want the %s", got, pair.telling)
				}
			}
		}
	})

	t.Run("what tells waits for everything that settles, not just for the first of it", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, to(effectOf(domain.EffectRestriction, 1), "a"), to(effectOf(domain.EffectRestriction, 1), "b"),
			effectOf(domain.EffectGroupRole, 1), effectOf(domain.EffectMirror, 1))
		for _, c := range claim(t, s, 10, longLease) {
			idle(t, s, "something that settles is not delivered")
			settle(t, s, c, ports.SettleDelivered, 0)
		}
		same(t, "Claim", label(claimOne(t, s).Entry), "mirror 1")
	})

	t.Run("nobody waits for another player's effects", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, effectOf(domain.EffectGroupRole, 1))
		enqueue(t, s, effectOf(domain.EffectMirror, 2), effectOf(domain.EffectAnnounce, 2))
		want := []string{"group_role 1 Storm Corporal I", "mirror 2", "announce 2"}
		same(t, "Claim", labels(claim(t, s, 10, longLease)), want)
	})

	t.Run("entries that wait do not use up the limit", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, inLane(1, effectOf(domain.EffectGroupRole, 1)), inLane(1, effectOf(domain.EffectMirror, 1)),
			inLane(1, announcement(1, "a")), inLane(1, announcement(1, "b")))
		enqueue(t, s, inLane(2, effectOf(domain.EffectMirror, 2)))
		want := []string{"group_role 1 Storm Corporal I", "mirror 2"}
		same(t, "Claim", labels(claim(t, s, 2, longLease)), want)
	})
}

type kinds struct{ telling, settling domain.EffectKind }

// tellingAfterSettling returns each kind that waits with each kind that it waits for.
func tellingAfterSettling() []kinds {
	var pairs []kinds
	for _, settling := range []domain.EffectKind{domain.EffectGroupRole, domain.EffectRestriction} {
		for _, telling := range []domain.EffectKind{domain.EffectMirror, domain.EffectAnnounce, domain.EffectObserve} {
			pairs = append(pairs, kinds{telling, settling})
		}
	}
	return pairs
}
