package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// claimers are cases with several workers at once.
func claimers(t *testing.T, h Harness) {
	t.Helper()

	t.Run("of two hundred entries eight claimers lease each exactly once", func(t *testing.T) {
		s := h.open(t)
		const entries = 200
		enqueueMirrors(t, s, entries)
		ctx := soon(t)
		var mu sync.Mutex
		times := make(map[string]int)
		count := func(claims []ports.Claim) {
			mu.Lock()
			defer mu.Unlock()
			for _, c := range claims {
				times[label(c.Entry)]++
			}
		}
		for i, err := range race(8, func(int) error {
			for range entries { // no more claims than that can find anything
				claims, err := s.Claim(ctx, ports.AnyLane(7), longLease)
				if err != nil || len(claims) == 0 {
					return err
				}
				count(claims)
			}
			return nil
		}) {
			if err != nil {
				t.Errorf("claimer %d: got error %v, want none", i, err)
			}
		}
		for range entries { // whoever passed over an entry that another was about to lease may have gone home early
			claims := claim(t, s, 100, longLease)
			if len(claims) == 0 {
				break
			}
			count(claims)
		}
		if len(times) != entries {
			t.Errorf("entries leased: got %d, want %d", len(times), entries)
		}
		for name, n := range times {
			if n != 1 {
				t.Errorf("%s: got leased %d times, want once", name, n)
			}
		}
	})

	t.Run("eight workers deliver every announcement once and each player's in order", func(t *testing.T) {
		s := h.open(t)
		const everybody, each = 10, 4
		for n := range int64(everybody) {
			known(t, s, n+1)
			for i := range each {
				enqueue(t, s, announcement(n+1, fmt.Sprint(i)))
			}
		}
		ctx := soon(t)
		var mu sync.Mutex
		delivered := make(map[domain.UserID][]string)
		for i, err := range race(8, func(int) error {
			for ctx.Err() == nil {
				claims, err := s.Claim(ctx, ports.AnyLane(2), longLease)
				if err != nil {
					return err
				}
				for _, c := range claims {
					mu.Lock()
					delivered[c.Entry.Effect.User] = append(delivered[c.Entry.Effect.User], c.Entry.Target)
					mu.Unlock()
					if err := deliver(ctx, s, c); err != nil {
						return err
					}
				}
				if d, err := s.Depth(ctx); err != nil || d.Waiting == 0 {
					return err
				}
			}
			return ctx.Err()
		}) {
			if err != nil {
				t.Errorf("worker %d: got error %v, want none", i, err)
			}
		}
		for n := range int64(everybody) {
			same(t, fmt.Sprintf("announcements of player %d", n+1), delivered[user(n+1)], []string{"0", "1", "2", "3"})
		}
	})
}

// enqueueMirrors stores n players and enqueues an entry about each.
func enqueueMirrors(t *testing.T, s ports.Store, n int) {
	t.Helper()
	standings := make([]domain.Standing, n)
	entries := make([]ports.OutboxEntry, n)
	for i := range n {
		standings[i], entries[i] = player(int64(i+1)), effectOf(domain.EffectMirror, int64(i+1))
	}
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		if err := w.SaveStandings(ctx, placed(standings...)); err != nil {
			return err
		}
		return w.Enqueue(ctx, entries)
	})
}

// deliver settles a claim as delivered and returns an error when the claim was lost.
func deliver(ctx context.Context, s ports.Store, c ports.Claim) error {
	return s.Write(ctx, lockFirst(c.Entry.Effect.User.Int64(), func(ctx context.Context, w ports.Writer) error {
		settled, err := w.Settle(ctx, ports.Settlement{Claim: c})
		if err == nil && !settled {
			return fmt.Errorf("the claim of %s was lost", label(c.Entry))
		}
		return err
	}))
}
