package app

import (
	"sync"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// crew is the hands that carry out the effects of some lanes. What one crew waits for holds up no other: a ban is carried out while
// promotions wait for their turn at Roblox, and neither waits for the mirror.
type crew struct {
	lanes    ports.Room // with as many entries as it has hands
	patient  bool       // it leaves Roblox alone when that asks for it; otherwise each of its effects finds out for itself
	behind   *crew      // it takes nothing on while that one has more to do than hands; nil where it waits for nobody
	more     bool       // the last claim filled its room: there may be more. It is the claimer's alone
	mu       sync.Mutex
	busy     int
	rests    time.Time // until when
	failures int       // calls that failed in a row
}

// crewsOf returns the crews of a dispatcher that changes so many roles at once. Half as many hands more carry out bans and suspensions, and a
// quarter each mirrors standings, announces decisions, and takes those looks that can wait until no role change does.
func crewsOf(workers int) []*crew {
	some := func(n int) int { return max(n, 2) }
	anything := ports.AnyLane(0)[0]
	moves := &crew{lanes: ports.Room{First: ports.LaneDemote, Last: ports.LaneObserve, Limit: workers}, patient: true, more: true}
	return []*crew{
		{lanes: ports.Room{First: anything.First, Last: ports.LaneSuspend, Limit: some(workers / 2)}},
		moves,
		{lanes: ports.Room{First: ports.LaneMirror, Last: ports.LaneMirror, Limit: some(workers / 4)}, patient: true},
		{lanes: ports.Room{First: ports.LaneMessage, Last: ports.LaneSpare - 1, Limit: some(workers / 4)}, patient: true},
		{lanes: ports.Room{First: ports.LaneSpare, Last: anything.Last, Limit: some(workers / 4)}, patient: true, behind: moves},
	}
}

// room returns how much more the crew can take on now.
func (c *crew) room(now time.Time) ports.Room {
	c.mu.Lock()
	defer c.mu.Unlock()
	room := c.lanes
	room.Limit -= c.busy
	if c.behind != nil && c.behind.more {
		room.Limit = 0
	}
	if now.Before(c.rests) && c.rests.Sub(now) <= longestRest { // else the clock was set back
		room.Limit = 0
	}
	return room
}

// claimed notes whether those claims filled the room that the crew had.
func (c *crew) claimed(room ports.Room, claims []ports.Claim) bool {
	for _, claim := range claims {
		if c.has(claim.Entry.Lane) {
			room.Limit--
		}
	}
	c.more = room.Limit <= 0
	return c.more
}

func (c *crew) has(lane ports.Lane) bool { return c.lanes.First <= lane && lane <= c.lanes.Last }

func (c *crew) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy++
}

func (c *crew) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
}

// How long a crew leaves Roblox alone: at most, and after a refusal for the rate that names no time.
const (
	longestRest = time.Hour
	plainRest   = time.Second
)

// learn takes what became of a try. It makes the crew rest when Roblox wants to be left alone, or when nobody of the crew gets an answer:
// so a long queue is not claimed and put back, or tried, in vain.
func (c *crew) learn(err error, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.failures = 0
		return
	}
	rest := domain.RetryAfterOf(err)
	switch domain.KindOf(err) {
	case domain.KindExhausted:
		rest = max(rest, plainRest)
	case domain.KindUnavailable:
		if c.failures++; c.failures > c.lanes.Limit {
			rest = max(rest, min(domain.RetryDelay(c.failures-c.lanes.Limit, 1, 0), longestPause))
		}
	default:
		c.failures = 0
		return
	}
	if !c.patient {
		return
	}
	if until := now.Add(min(rest, longestRest)); until.After(c.rests) || c.rests.Sub(now) > longestRest {
		c.rests = until
	}
}
