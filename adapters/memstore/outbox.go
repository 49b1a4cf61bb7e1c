package memstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Claim leases entries that are due; see ports.Outbox.
func (s *Store) Claim(ctx context.Context, rooms []ports.Room, lease time.Duration) ([]ports.Claim, error) {
	return s.claim(ctx, lease, func(u *unit, at time.Time) []place { return u.claimable(at, rooms) })
}

// claim leases the places that are chosen.
func (s *Store) claim(ctx context.Context, lease time.Duration, choose func(u *unit, at time.Time) []place) ([]ports.Claim, error) {
	if err := s.takeTurn(ctx); err != nil {
		return nil, fmt.Errorf("claim effects: %w", err)
	}
	defer s.endTurn()
	u, at := begin(&s.kept), now()
	var claims []ports.Claim
	for _, p := range choose(u, at) {
		p, c := p.claimed(at, lease)
		u.putPlace(p)
		claims = append(claims, c)
	}
	if err := s.commit(ctx, u); err != nil {
		return nil, err
	}
	return claims, nil
}

// Depth returns how full the outbox is.
func (s *Store) Depth(ctx context.Context) (ports.OutboxDepth, error) {
	return read(ctx, s, "measure the outbox", func(kept *tables) (ports.OutboxDepth, error) {
		var depth ports.OutboxDepth
		at := now()
		for _, places := range kept.places {
			for _, p := range places {
				if p.dead {
					depth.Dead++
					continue
				}
				depth.Waiting++
				if p.entry.Effect.Kind.Settles() {
					depth.Settling++
				}
				if p.enqueuedAt.After(at) {
					depth.Later++
				}
				depth.Oldest = max(depth.Oldest, at.Sub(p.enqueuedAt))
			}
		}
		return depth, nil
	})
}

// KindDepths returns how much of each kind the outbox holds.
func (s *Store) KindDepths(ctx context.Context) ([]ports.KindDepth, error) {
	return read(ctx, s, "measure the outbox by kind", func(kept *tables) ([]ports.KindDepth, error) {
		at := now()
		var depths []ports.KindDepth
		for _, kind := range domain.EffectKinds() {
			depth := ports.KindDepth{Kind: kind}
			for _, places := range kept.places {
				for _, p := range places {
					switch {
					case p.entry.Effect.Kind != kind:
					case p.dead:
						depth.Dead++
					case !p.enqueuedAt.After(at):
						depth.Waiting++
						depth.Oldest = max(depth.Oldest, at.Sub(p.enqueuedAt))
					}
				}
			}
			depths = append(depths, depth)
		}
		return depths, nil
	})
}

func (u *unit) Enqueue(ctx context.Context, entries []ports.OutboxEntry) error {
	return u.call(ctx, "enqueue effects", func() error {
		at := now()
		for _, e := range entries {
			e.Effect.Until = domain.Instant(e.Effect.Until)
			u.enqueue(e, at)
		}
		return nil
	})
}

func (u *unit) enqueue(e ports.OutboxEntry, at time.Time) {
	taken, ok := u.placeFor(e)
	if !ok {
		u.last.place++
		taken.id = u.last.place
	}
	u.last.wish++
	at, e.Delay = at.Add(max(e.Delay, 0)), 0
	u.putPlace(place{
		id: taken.id, generation: taken.generation + 1, wish: u.last.wish,
		entry: e, enqueuedAt: at, due: at, lease: taken.lease,
	})
}

func (u *unit) Waiting(ctx context.Context, user domain.UserID) ([]ports.OutboxEntry, error) {
	var entries []ports.OutboxEntry
	err := u.call(ctx, "look up waiting effects", func() error {
		places := slices.SortedFunc(slices.Values(u.placesOf(user)), byWish)
		for _, p := range places {
			if !p.dead {
				entries = append(entries, p.entry)
			}
		}
		return nil
	})
	return entries, err
}

func (u *unit) Settle(ctx context.Context, settlement ports.Settlement) (bool, error) {
	settled := false
	err := u.call(ctx, "settle an effect", func() error {
		settled = u.settle(settlement)
		return nil
	})
	return settled, err
}

func (u *unit) settle(s ports.Settlement) bool {
	p, ok := u.placeOf(s.Claim)
	if !ok || !p.lease.of(s.Claim) {
		return false
	}
	p.lease = lease{}
	if p.generation != s.Claim.Generation { // a newer wish took the place: it need not wait any more
		u.putPlace(p)
		return false
	}
	switch s.Result {
	case ports.SettleDelivered:
		u.removePlace(p)
		return true
	case ports.SettleRetry:
		p.due, p.reason = now().Add(s.After), s.Reason
	case ports.SettleDead:
		p.dead, p.diedAt, p.reason = true, now(), s.Reason
	case ports.SettleBack:
		p.returned++
	}
	u.putPlace(p)
	return true
}
