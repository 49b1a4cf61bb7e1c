package storetest

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// listDead returns a page of the dead.
func listDead(t *testing.T, s ports.Store, filter ports.DeadFilter, before int64, limit int) []ports.DeadEntry {
	t.Helper()
	entries, err := s.DeadEntries(soon(t), filter, before, limit)
	if err != nil {
		t.Fatalf("DeadEntries(%+v, before %d, limit %d): got error %v, want none", filter, before, limit, err)
	}
	return entries
}

// wantDead fails the test unless the filter chooses those dead entries, in that order.
func wantDead(t *testing.T, s ports.Store, filter ports.DeadFilter, want ...string) {
	t.Helper()
	names := []string{}
	for _, d := range listDead(t, s, filter, 0, 100) {
		names = append(names, label(d.Entry))
	}
	same(t, "DeadEntries", names, append([]string{}, want...))
}

// revive makes dead entries due again and fails the test unless that many were, and so many stay dead.
func revive(t *testing.T, s ports.Store, filter ports.DeadFilter, revived, settled int) {
	t.Helper()
	got, err := s.ReviveEntries(soon(t), filter)
	if err != nil {
		t.Fatalf("ReviveEntries(%+v): got error %v, want none", filter, err)
	}
	same(t, "ReviveEntries", got, ports.Revival{Revived: revived, Settled: settled})
}

// bury enqueues the entries of one player and gives each up.
func bury(t *testing.T, s ports.Store, entries ...ports.OutboxEntry) {
	t.Helper()
	for _, e := range entries {
		enqueue(t, s, e)
		if e.Effect.Kind == domain.EffectWebhook {
			settleTold(t, s, only(t, claimWebhooks(t, s)), ports.SettleDead)
		} else if !settle(t, s, claimOne(t, s), ports.SettleDead, 0) {
			t.Fatalf("Settle of %s: got false, want true", label(e))
		}
	}
}

func deadLetters(t *testing.T, h Harness) {
	t.Helper()

	t.Run("an entry that was given up is listed with everything that is known of it", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 7)
		cause := decisionOf(7, 1, domain.StatusApplied)
		decide(t, s, cause)
		entry := told(7, "staff", awkward)
		entry.DecisionID, entry.Lane = cause.ID, 8
		enqueue(t, s, entry)
		c := only(t, claimWebhooks(t, s))
		pause(t.Context(), shortLease/6)
		settleTold(t, s, c, ports.SettleDead)
		dead := listDead(t, s, ports.DeadFilter{}, 0, 10)
		if len(dead) != 1 {
			t.Fatalf("DeadEntries: got %d, want one", len(dead))
		}
		if at := dead[0].DeadAt; !at.After(c.FirstTried) || at.Sub(c.FirstTried) > patience || at != domain.Instant(at) {
			t.Errorf("DeadAt: got %s after a try at %s", at, c.FirstTried)
		}
		dead[0].DeadAt = time.Time{}
		same(t, "DeadEntries", dead[0], ports.DeadEntry{
			ID: c.ID, Entry: entry, Attempts: 1, Reason: undelivered, EnqueuedAt: c.EnqueuedAt,
		})
	})

	t.Run("what waits, is leased or was delivered is not listed", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		settle(t, s, claimOne(t, s), ports.SettleDelivered, 0)
		enqueue(t, s, effectOf(domain.EffectMirror, 2))
		claimOne(t, s)
		enqueue(t, s, effectOf(domain.EffectMirror, 3))
		wantDead(t, s, ports.DeadFilter{})
	})

	t.Run("a filter chooses by kind, target and id, and by all that is set", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		bury(t, s, told(1, "staff", "a"), told(1, "log", "b"), announcement(1, "staff"), effectOf(domain.EffectMirror, 1))
		all := listDead(t, s, ports.DeadFilter{}, 0, 10)
		if len(all) != 4 {
			t.Fatalf("DeadEntries: got %d, want four", len(all))
		}
		wantDead(t, s, ports.DeadFilter{}, "mirror 1", "announce 1 staff", "webhook 1 log b", "webhook 1 staff a")
		wantDead(t, s, ports.DeadFilter{Kind: domain.EffectWebhook}, "webhook 1 log b", "webhook 1 staff a")
		wantDead(t, s, ports.DeadFilter{Target: "staff"}, "announce 1 staff", "webhook 1 staff a")
		wantDead(t, s, ports.DeadFilter{Kind: domain.EffectWebhook, Target: "staff"}, "webhook 1 staff a")
		wantDead(t, s, ports.DeadFilter{IDs: []int64{all[0].ID, all[3].ID, all[0].ID, 1 << 40}}, "mirror 1", "webhook 1 staff a")
		wantDead(t, s, ports.DeadFilter{IDs: []int64{all[0].ID}, Kind: domain.EffectWebhook})
		wantDead(t, s, ports.DeadFilter{Target: awkward})
	})

	t.Run("pages follow each other without a gap, and what dies meanwhile does not shift them", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		for _, mark := range []string{"a", "b", "c", "d"} {
			bury(t, s, told(1, "staff", mark))
		}
		first := listDead(t, s, ports.DeadFilter{}, 0, 2)
		bury(t, s, told(1, "staff", "e"))
		second := listDead(t, s, ports.DeadFilter{}, first[len(first)-1].ID, 2)
		var marks []string
		for _, d := range append(first, second...) {
			marks = append(marks, d.Entry.Effect.Rank)
		}
		same(t, "two pages", marks, []string{"d", "c", "b", "a"})
		if rest := listDead(t, s, ports.DeadFilter{}, second[1].ID, 2); len(rest) != 0 {
			t.Errorf("DeadEntries at the end: got %d, want none", len(rest))
		}
		if none := listDead(t, s, ports.DeadFilter{}, 0, 0); len(none) != 0 {
			t.Errorf("DeadEntries with limit 0: got %d, want none", len(none))
		}
	})

	t.Run("what is revived is due at once, in its old order, with its attempts forgotten", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, told(1, "staff", "a"))
		dead := only(t, claimWebhooks(t, s))
		settleTold(t, s, dead, ports.SettleDead)
		enqueue(t, s, told(1, "staff", "b"))
		pause(t.Context(), shortLease/6)
		revive(t, s, ports.DeadFilter{}, 1, 0)
		wantDead(t, s, ports.DeadFilter{})
		c := only(t, claimWebhooks(t, s))
		same(t, "Claim.Entry", c.Entry, dead.Entry)
		if c.ID != dead.ID || c.Attempt != 1 || c.Generation <= dead.Generation || c.LastReason != "" {
			t.Errorf("Claim: got %+v, want the first attempt of a new generation, and no reason", c)
		}
		if !c.EnqueuedAt.After(dead.EnqueuedAt) || c.FirstTried.Before(c.EnqueuedAt) {
			t.Errorf("Claim: got it enqueued at %s and tried at %s, want it enqueued anew", c.EnqueuedAt, c.FirstTried)
		}
		settleTold(t, s, c, ports.SettleDelivered)
		wantTold(t, s, "the younger one follows", nil, "webhook 1 staff b")
	})

	t.Run("only what the filter chooses is revived, and twice is harmless", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		bury(t, s, told(1, "staff", "a"), told(1, "log", "b"), effectOf(domain.EffectMirror, 1), announcement(1, "c"))
		revive(t, s, ports.DeadFilter{Kind: domain.EffectWebhook, Target: "log"}, 1, 0)
		revive(t, s, ports.DeadFilter{Kind: domain.EffectWebhook, Target: "log"}, 0, 0)
		wantDead(t, s, ports.DeadFilter{}, "announce 1 c", "mirror 1", "webhook 1 staff a")
		revive(t, s, ports.DeadFilter{}, 3, 0)
		same(t, "Claim", labels(claim(t, s, 10, longLease)), []string{"mirror 1", "announce 1 c"})
		wantTold(t, s, "both", nil, "webhook 1 log b", "webhook 1 staff a")
	})

	t.Run("what settles decisions stays dead and is counted apart", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		bury(t, s, effectOf(domain.EffectGroupRole, 1), to(effectOf(domain.EffectRestriction, 1), "42"), effectOf(domain.EffectMirror, 1))
		revive(t, s, ports.DeadFilter{Kind: domain.EffectGroupRole}, 0, 1)
		revive(t, s, ports.DeadFilter{}, 1, 2)
		wantDead(t, s, ports.DeadFilter{}, "restriction 1 42", "group_role 1 Storm Corporal I")
		same(t, "Claim", label(claimOne(t, s).Entry), "mirror 1")
	})

	t.Run("a claim from before the revival changes nothing", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		old := claimOne(t, s)
		settle(t, s, old, ports.SettleDead, 0)
		revive(t, s, ports.DeadFilter{}, 1, 0)
		if settle(t, s, old, ports.SettleDelivered, 0) {
			t.Error("Settle of the claim that died: got true, want false")
		}
		c := claimOne(t, s)
		if settle(t, s, old, ports.SettleDelivered, 0) {
			t.Error("Settle of the claim that died, while the revived one is leased: got true, want false")
		}
		if !settle(t, s, c, ports.SettleDelivered, 0) {
			t.Error("Settle of the revived one: got false, want true")
		}
	})

	t.Run("an entry that dies again says so anew", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		bury(t, s, told(1, "staff", "a"))
		before := listDead(t, s, ports.DeadFilter{}, 0, 1)[0].DeadAt
		revive(t, s, ports.DeadFilter{}, 1, 0)
		pause(t.Context(), shortLease/6)
		settleTold(t, s, only(t, claimWebhooks(t, s)), ports.SettleDead)
		if after := listDead(t, s, ports.DeadFilter{}, 0, 1)[0].DeadAt; !after.After(before) {
			t.Errorf("DeadAt: got %s, want later than the %s before", after, before)
		}
	})
}
