package storetest

import (
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// wish returns a group role wish that can be told from others by the rank.
func wish(n int64, rank string) ports.OutboxEntry {
	e := effectOf(domain.EffectGroupRole, n)
	e.Effect.Rank = rank
	return e
}

func outboxReplaces(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a newer wish brings the trace of its own", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		older, newer := wish(1, "a"), wish(1, "b")
		older.Trace, newer.Trace = "of the older", "of the newer"
		enqueue(t, s, older)
		enqueue(t, s, newer)
		same(t, "Waiting", waiting(t, s, 1), []ports.OutboxEntry{newer})
		newer.Trace = ""
		enqueue(t, s, newer)
		same(t, "Claim.Entry", claimOne(t, s).Entry, newer)
	})

	t.Run("a newer wish takes the place of one that waits, whatever its kind", func(t *testing.T) {
		s := h.open(t)
		for kind := domain.EffectGroupRole; kind.Replaces(); kind++ {
			n := int64(kind)
			known(t, s, n)
			cause := decisionOf(n, n, domain.StatusPending)
			decide(t, s, cause)
			older, newer := effectOf(kind, n), inLane(4, effectOf(kind, n))
			newer.Effect.Rank, newer.Effect.Active = "newer", !older.Effect.Active
			newer.Effect.Until, newer.DecisionID = noon(), cause.ID
			enqueue(t, s, older)
			enqueue(t, s, newer)
			same(t, "Waiting", waiting(t, s, n), []ports.OutboxEntry{newer})
			same(t, "Claim.Entry", claimOne(t, s).Entry, newer)
		}
	})

	t.Run("of two wishes in one call the last one stays", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, wish(1, "first"), effectOf(domain.EffectMirror, 1), wish(1, "second"))
		same(t, "Waiting", labelsOf(waiting(t, s, 1)), []string{"mirror 1", "group_role 1 second"})
	})

	t.Run("wishes about another player, kind or target are left alone", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, wish(1, "a"), to(wish(1, "b"), "x"), to(effectOf(domain.EffectRestriction, 1), "x"))
		enqueue(t, s, wish(2, "c"))
		enqueue(t, s, to(wish(1, "d"), "X"), to(effectOf(domain.EffectRestriction, 1), "y"), to(effectOf(domain.EffectMirror, 1), "x"))
		same(t, "Waiting of player 1", labelsOf(waiting(t, s, 1)), []string{
			"group_role 1 a", "group_role 1 x b", "restriction 1 x", "group_role 1 X d", "restriction 1 y", "mirror 1 x",
		})
		same(t, "Waiting of player 2", labelsOf(waiting(t, s, 2)), []string{"group_role 2 c"})
	})

	t.Run("a wish that takes a place is the youngest of its player", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, wish(1, "old"), effectOf(domain.EffectRestriction, 1))
		pause(t.Context(), shortLease/6) // so that the store's clock tells the two apart
		enqueue(t, s, wish(1, "new"))
		same(t, "Waiting", labelsOf(waiting(t, s, 1)), []string{"restriction 1", "group_role 1 new"})
		same(t, "Claim", labels(claim(t, s, 10, longLease)), []string{"restriction 1", "group_role 1 new"})
	})

	t.Run("a wish that was put off is replaced by one that is due at once, with no attempts", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, wish(1, "old"))
		old := claimOne(t, s)
		settle(t, s, old, ports.SettleRetry, longLease)
		pause(t.Context(), shortLease/6)
		enqueue(t, s, wish(1, "new"))
		fresh(t, old, claimOne(t, s))
	})

	t.Run("a wish that is dead is replaced by one that lives", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, wish(1, "old"))
		old := claimOne(t, s)
		settle(t, s, old, ports.SettleDead, 0)
		pause(t.Context(), shortLease/6)
		enqueue(t, s, wish(1, "new"))
		if d := depth(t, s); d.Waiting != 1 || d.Dead != 0 {
			t.Errorf("Depth: got %+v, want one waiting and none dead", d)
		}
		fresh(t, old, claimOne(t, s))
	})

	t.Run("a dead announcement is not replaced", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, announcement(1, "a"))
		settle(t, s, claimOne(t, s), ports.SettleDead, 0)
		enqueue(t, s, announcement(1, "a"))
		if d := depth(t, s); d.Waiting != 1 || d.Dead != 1 {
			t.Errorf("Depth: got %+v, want one waiting and one dead", d)
		}
	})

	replacedWhileLeased(t, h)
}

// fresh fails the test unless the claim is the first one of a wish that replaced the old claim's.
func fresh(t *testing.T, old, c ports.Claim) {
	t.Helper()
	if c.Entry.Effect.Rank != "new" || c.Attempt != 1 {
		t.Errorf("Claim: got attempt %d of the wish for %q, want attempt 1 of the new one", c.Attempt, c.Entry.Effect.Rank)
	}
	if c.ID == old.ID && c.Generation <= old.Generation {
		t.Errorf("Claim: got generation %d after %d, want a newer one", c.Generation, old.Generation)
	}
	if !c.EnqueuedAt.After(old.EnqueuedAt) || !c.FirstTried.After(old.FirstTried) || c.FirstTried.Before(c.EnqueuedAt) {
		t.Errorf("Claim: got a wish of %s first tried at %s after one of %s first tried at %s, want its own later instants",
			c.EnqueuedAt, c.FirstTried, old.EnqueuedAt, old.FirstTried)
	}
}
