package httpapi

import (
	"math"
	"sync"
	"time"

	"github.com/grps/grps/domain"
)

// pace is a Rate as it is reckoned with. One without requests a second is no limit.
type pace domain.Rate

// limited reports whether p limits anything.
func (p pace) limited() bool { return p.PerSecond > 0 }

// burst returns how many may be made at once: as many as in a second where nothing is said of it, and one at the least.
func (p pace) burst() int {
	if p.Burst > 0 {
		return p.Burst
	}
	return max(int(math.Ceil(p.PerSecond)), 1)
}

// apart returns how long it takes to earn one request.
func (p pace) apart() time.Duration { return max(time.Duration(float64(time.Second)/p.PerSecond), 1) }

// allowance is what somebody may still spend.
type allowance struct {
	rate  pace
	left  int           // how many more at once, now
	whole time.Duration // until it is the whole burst again
	wait  time.Duration // until what was refused may be repeated; 0 when it was granted
}

func (a allowance) granted() bool { return a.wait == 0 }

// buckets remembers what callers spent, by the generic cell rate algorithm: of each caller only the instant at which all that was spent
// is earned again, so whoever is not remembered has the whole burst. No more than most callers are remembered: one is forgotten once
// that many others, or half of them, have spent since.
type buckets[K comparable] struct {
	most int

	mu    sync.Mutex
	young map[K]int64 // those instants, in Unix nanoseconds
	old   map[K]int64 // of those who have not spent since young was begun
}

func newBuckets[K comparable](most int) *buckets[K] {
	return &buckets[K]{most: most, young: make(map[K]int64)}
}

// spend takes cost off what who may spend, or refuses and takes nothing. A cost above the burst is the whole burst: it could never be paid
// otherwise.
func (b *buckets[K]) spend(who K, rate pace, cost int, now time.Time) allowance {
	return b.weigh(who, rate, cost, now, true)
}

// peek returns what spend(who, rate, 1, now) would, and takes nothing.
func (b *buckets[K]) peek(who K, rate pace, now time.Time) allowance {
	return b.weigh(who, rate, 1, now, false)
}

func (b *buckets[K]) weigh(who K, rate pace, cost int, now time.Time, take bool) allowance {
	if !rate.limited() {
		return allowance{}
	}
	apart := int64(rate.apart())
	whole := int64(rate.burst()) * apart
	price := int64(min(cost, rate.burst())) * apart
	at := now.UnixNano()

	b.mu.Lock()
	defer b.mu.Unlock()
	spent := min(max(b.earned(who)-at, 0), whole) // more than the whole burst can be owed only when the clock was put back
	after := spent + price
	if after > whole {
		return allowance{rate: rate, left: int((whole - spent) / apart), whole: time.Duration(spent), wait: time.Duration(after - whole)}
	}
	if take {
		b.remember(who, at+after)
	}
	return allowance{rate: rate, left: int((whole - after) / apart), whole: time.Duration(after)}
}

// earned returns the instant at which who is whole again; a past one when nothing is remembered.
func (b *buckets[K]) earned(who K) int64 {
	if at, ok := b.young[who]; ok {
		return at
	}
	return b.old[who]
}

func (b *buckets[K]) remember(who K, at int64) {
	if _, ok := b.young[who]; !ok && len(b.young) >= max(b.most/2, 1) {
		b.old, b.young = b.young, make(map[K]int64)
	}
	b.young[who] = at
}
