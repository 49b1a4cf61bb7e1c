package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// A long lease outlasts every case; a short one is over soon, and yet not before a loaded machine has looked once.
const (
	longLease  = time.Hour
	shortLease = 240 * time.Millisecond
)

// enqueue adds entries of one player in one unit.
func enqueue(t *testing.T, s ports.Store, entries ...ports.OutboxEntry) {
	t.Helper()
	locked(t, s, entries[0].Effect.User.Int64(), func(ctx context.Context, w ports.Writer) error {
		return w.Enqueue(ctx, entries)
	})
}

// claim leases up to limit entries.
func claim(t *testing.T, s ports.Store, limit int, lease time.Duration) []ports.Claim {
	t.Helper()
	claims, err := s.Claim(soon(t), ports.AnyLane(limit), lease)
	if err != nil {
		t.Fatalf("Claim(limit %d): got error %v, want none", limit, err)
	}
	if len(claims) > limit {
		t.Fatalf("Claim(limit %d): got %d claims, want no more than the limit", limit, len(claims))
	}
	return claims
}

// claimOne leases the only entry that can be leased for a long time, and ends the test when there is none or more than one.
func claimOne(t *testing.T, s ports.Store) ports.Claim {
	t.Helper()
	return only(t, claim(t, s, 10, longLease))
}

// claimSoon waits until something can be leased and leases it for a long time.
func claimSoon(t *testing.T, s ports.Store) ports.Claim {
	t.Helper()
	for ctx := soon(t); ctx.Err() == nil; pause(ctx, shortLease/6) {
		if claims := claim(t, s, 10, longLease); len(claims) > 0 {
			return only(t, claims)
		}
	}
	t.Fatalf("Claim: got nothing for %s, want the entry to become claimable", patience)
	return ports.Claim{}
}

func only(t *testing.T, claims []ports.Claim) ports.Claim {
	t.Helper()
	if len(claims) != 1 {
		t.Fatalf("Claim: got %q, want exactly one claim", labels(claims))
	}
	return claims[0]
}

// idle fails the test when anything can be leased.
func idle(t *testing.T, s ports.Store, why string) {
	t.Helper()
	if claims := claim(t, s, 10, longLease); len(claims) > 0 {
		t.Errorf("Claim while %s: got %q, want nothing", why, labels(claims))
	}
}

// undelivered is the reason of every settlement of the suite that does not deliver.
const undelivered = "why it was not delivered"

// settle ends a claim and returns what Settle returned.
func settle(t *testing.T, s ports.Store, c ports.Claim, result ports.SettleResult, after time.Duration) bool {
	t.Helper()
	settlement := ports.Settlement{Claim: c, Result: result, After: after}
	if result != ports.SettleDelivered {
		settlement.Reason = undelivered
	}
	settled := false
	locked(t, s, c.Entry.Effect.User.Int64(), func(ctx context.Context, w ports.Writer) (err error) {
		settled, err = w.Settle(ctx, settlement)
		return err
	})
	return settled
}

// waiting returns the entries of the player that are not dead.
func waiting(t *testing.T, s ports.Store, n int64) []ports.OutboxEntry {
	t.Helper()
	var entries []ports.OutboxEntry
	locked(t, s, n, func(ctx context.Context, w ports.Writer) (err error) {
		entries, err = w.Waiting(ctx, user(n))
		return err
	})
	return entries
}

// depth returns how full the outbox is.
func depth(t *testing.T, s ports.Store) ports.OutboxDepth {
	t.Helper()
	d, err := s.Depth(soon(t))
	if err != nil {
		t.Fatalf("Depth: got error %v, want none", err)
	}
	return d
}

// label tells entries of a case apart: the kind, the player, and what else was given.
func label(e ports.OutboxEntry) string {
	text := e.Effect.Kind.String() + " " + e.Effect.User.String()
	for _, part := range []string{e.Target, e.Effect.Rank} {
		if part != "" {
			text += " " + part
		}
	}
	return text
}

func labels(claims []ports.Claim) []string {
	names := make([]string, len(claims))
	for i, c := range claims {
		names[i] = label(c.Entry)
	}
	return names
}

func labelsOf(entries []ports.OutboxEntry) []string {
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = label(e)
	}
	return names
}

// announcement returns an announcement that can be told from the others of its player by its target.
func announcement(n int64, name string) ports.OutboxEntry {
	return to(effectOf(domain.EffectAnnounce, n), name)
}

// pause waits until d has passed or the context ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
