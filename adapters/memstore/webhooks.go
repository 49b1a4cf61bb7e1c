package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/grps/grps/ports"
)

// ClaimWebhooks leases at most one entry for each webhook that is not busy; see ports.Outbox.
func (s *Store) ClaimWebhooks(ctx context.Context, busy []string, lease time.Duration) ([]ports.Claim, error) {
	return s.claim(ctx, lease, func(u *unit, at time.Time) []place {
		first := make(map[string]place)
		for places := range u.places.values() {
			waits := obstaclesAmong(places)
			for i := range places {
				p := &places[i]
				if !p.isTold() || !p.isDue(at) || slices.Contains(busy, p.entry.Target) || waits.hold(p) {
					continue
				}
				if before, ok := first[p.entry.Target]; !ok || cmp.Or(p.due.Compare(before.due), byWish(*p, before)) < 0 {
					first[p.entry.Target] = *p
				}
			}
		}
		return slices.SortedFunc(maps.Values(first), func(a, b place) int { return cmp.Compare(a.entry.Target, b.entry.Target) })
	})
}

// WebhookDepths returns how much each webhook has still to be told; see ports.DeadLetters.
func (s *Store) WebhookDepths(ctx context.Context) ([]ports.WebhookDepth, error) {
	return read(ctx, s, "measure what webhooks are told", func(kept *tables) ([]ports.WebhookDepth, error) {
		byName := make(map[string]ports.WebhookDepth)
		at := now()
		for _, places := range kept.places {
			for i := range places {
				p := &places[i]
				if !p.isTold() {
					continue
				}
				depth := byName[p.entry.Target]
				depth.Webhook = p.entry.Target
				if p.dead {
					depth.Dead++
				} else {
					depth.Waiting++
					depth.Oldest = max(depth.Oldest, at.Sub(p.enqueuedAt))
				}
				byName[p.entry.Target] = depth
			}
		}
		return slices.SortedFunc(maps.Values(byName), func(a, b ports.WebhookDepth) int { return cmp.Compare(a.Webhook, b.Webhook) }), nil
	})
}
