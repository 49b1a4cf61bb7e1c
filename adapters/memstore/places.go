package memstore

import (
	"maps"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// placesOf returns the player's places.
func (u *unit) placesOf(user domain.UserID) []place {
	places, _ := u.places.get(user)
	return places
}

// placeOf returns the place that the claim is about, and false when it is gone.
func (u *unit) placeOf(c ports.Claim) (place, bool) {
	for _, p := range u.placesOf(c.Entry.Effect.User) {
		if p.id == c.ID {
			return p, true
		}
	}
	return place{}, false
}

// placeFor returns the place that the entry takes over, and false when there is none.
func (u *unit) placeFor(e ports.OutboxEntry) (place, bool) {
	for _, p := range u.placesOf(e.Effect.User) {
		if p.takes(e) {
			return p, true
		}
	}
	return place{}, false
}

// putPlace keeps the place, instead of what it was before.
func (u *unit) putPlace(p place) {
	user := p.entry.Effect.User
	places := slices.Clone(u.placesOf(user))
	if at := slices.IndexFunc(places, func(other place) bool { return other.id == p.id }); at >= 0 {
		places[at] = p
	} else {
		places = append(places, p)
	}
	u.places.put(user, places)
}

func (u *unit) removePlace(p place) {
	user := p.entry.Effect.User
	places := slices.DeleteFunc(slices.Clone(u.placesOf(user)), func(other place) bool { return other.id == p.id })
	if len(places) == 0 {
		u.places.remove(user)
		return
	}
	u.places.put(user, places)
}

// claimable returns the places that are due, wait for nothing, are for no webhook and have a room, in the order of claiming.
func (u *unit) claimable(at time.Time, rooms []ports.Room) []place {
	var full []roomful
	for _, room := range rooms {
		if room.Limit > 0 {
			full = append(full, roomful{room: room})
		}
	}
	if len(full) == 0 {
		return nil
	}
	for places := range u.places.values() {
		waits := obstaclesAmong(places)
		for i := range places {
			if p := &places[i]; p.isDue(at) && !p.isTold() && !waits.hold(p) {
				for r := range full {
					full[r].add(p)
				}
			}
		}
	}
	taken := make(map[int64]*place)
	for _, r := range full {
		for _, p := range r.places {
			taken[p.id] = p
		}
	}
	return values(slices.SortedFunc(maps.Values(taken), byClaim))
}

// values returns copies of places.
func values(places []*place) []place {
	copies := make([]place, len(places))
	for i, p := range places {
		copies[i] = *p
	}
	return copies
}

// roomful is what goes into a room: the first of what was added, in the order of claiming.
type roomful struct {
	room   ports.Room
	places []*place
}

func (r *roomful) add(p *place) {
	lane := p.entry.Lane
	full := len(r.places) == r.room.Limit
	if lane < r.room.First || lane > r.room.Last || full && byClaim(p, r.places[len(r.places)-1]) > 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(r.places, p, byClaim)
	if full {
		r.places = r.places[:len(r.places)-1]
	}
	r.places = slices.Insert(r.places, at, p)
}
