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
	if err := s.takeTurn(ctx); err != nil {
		return nil, fmt.Errorf("claim effects: %w", err)
	}
	defer s.endTurn()
	u, at := begin(&s.kept), now()
	var claims []ports.Claim
	for _, p := range u.claimable(at, rooms) {
		p, c := p.claimed(at, lease)
		u.places.put(p.id, p)
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
		for _, p := range kept.places {
			if p.dead {
				depth.Dead++
				continue
			}
			depth.Waiting++
			if p.entry.Effect.Kind.Settles() {
				depth.Settling++
			}
			depth.Oldest = max(depth.Oldest, at.Sub(p.enqueuedAt))
		}
		return depth, nil
	})
}

// claimable returns the places that are due, wait for nothing and have a room, in the order of claiming.
func (u *unit) claimable(at time.Time, rooms []ports.Room) []place {
	waits := make(map[domain.UserID]obstacles)
	for p := range u.places.values() {
		if user := p.entry.Effect.User; !p.dead {
			waits[user] = waits[user].with(p)
		}
	}
	var due []place
	for p := range u.places.values() {
		if !p.dead && !at.Before(p.due) && !p.lease.lasts(at) && !waits[p.entry.Effect.User].hold(p) {
			due = append(due, p)
		}
	}
	slices.SortFunc(due, byClaim)
	rooms = slices.Clone(rooms)
	return slices.DeleteFunc(due, func(p place) bool { return !enter(rooms, p.entry.Lane) })
}

// enter uses up a place in every room that takes the lane, and reports whether there was one.
func enter(rooms []ports.Room, lane ports.Lane) bool {
	entered := false
	for i, r := range rooms {
		if r.First <= lane && lane <= r.Last && r.Limit > 0 {
			rooms[i].Limit--
			entered = true
		}
	}
	return entered
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
	u.places.put(taken.id, place{
		id: taken.id, generation: taken.generation + 1, wish: u.last.wish,
		entry: e, enqueuedAt: at, due: at, lease: taken.lease,
	})
}

// placeFor returns the place that the entry takes over, and false when there is none.
func (u *unit) placeFor(e ports.OutboxEntry) (place, bool) {
	for p := range u.places.values() {
		if p.takes(e) {
			return p, true
		}
	}
	return place{}, false
}

func (u *unit) Waiting(ctx context.Context, user domain.UserID) ([]ports.OutboxEntry, error) {
	var entries []ports.OutboxEntry
	err := u.call(ctx, "look up waiting effects", func() error {
		var places []place
		for p := range u.places.values() {
			if p.entry.Effect.User == user && !p.dead {
				places = append(places, p)
			}
		}
		slices.SortFunc(places, byWish)
		for _, p := range places {
			entries = append(entries, p.entry)
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
	p, ok := u.places.get(s.Claim.ID)
	if !ok || !p.lease.of(s.Claim) {
		return false
	}
	p.lease = lease{}
	if p.generation != s.Claim.Generation { // a newer wish took the place: it need not wait any more
		u.places.put(p.id, p)
		return false
	}
	switch s.Result {
	case ports.SettleDelivered:
		u.places.remove(p.id)
		return true
	case ports.SettleRetry:
		p.due, p.reason = now().Add(s.After), s.Reason
	case ports.SettleDead:
		p.dead, p.reason = true, s.Reason
	case ports.SettleBack:
	}
	u.places.put(p.id, p)
	return true
}
