package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Limits are the rate limits, each 0 for what Roblox documents. The account that owns the key shares one budget.
type Limits struct {
	Off                      bool // no limit at all
	GetGroupPerMinute        int  // 150
	GroupPerMinute           int  // 300 for each other group call
	RestrictionPerSecond     int  // 150 for each restriction call
	RestrictionReadPerSecond int  // 50 for each reading call, in one universe
	RestrictionPerUniverse   int  // 10 updates per second in one universe
	RestrictionPerUser       int  // 2 updates per minute of one user in one universe
	DataStorePerMinute       int  // 1,000,000 for each data store call
	ConcurrentUsers          int  // raises what a universe's data stores bear: 300 + 40, 20, 2 or 40 for each user
	PublishPerMinute         int  // 5,000

	Counting Counting      // in which stretches calls are counted; Roblox does not tell
	Phase    time.Duration // with CountByClock: when the first stretch began, from the first instant of 1970 on
}

// Counting says in which stretches of time calls are counted.
type Counting uint8

// The ways of counting.
const (
	CountFromFirstCall Counting = iota // a stretch begins with the first call that none before it holds
	CountByClock                       // stretches follow each other without end
	CountSliding                       // every stretch that ends with the call
)

func (l Limits) valid() bool {
	return l.Counting <= CountSliding && min(l.GetGroupPerMinute, l.GroupPerMinute, l.RestrictionPerSecond, l.RestrictionReadPerSecond,
		l.RestrictionPerUniverse, l.RestrictionPerUser, l.DataStorePerMinute, l.ConcurrentUsers, l.PublishPerMinute) >= 0
}

// quota is one budget that a call draws on.
type quota struct {
	of     quotaKey
	amount int
	per    time.Duration
}

// quotaKey tells budgets apart; calls that share one share its name.
type quotaKey struct {
	name     string
	universe string
	user     string
}

// quotas lists the budgets of a call, or none for a call that Roblox documents no limit for.
func (l Limits) quotas(q *request) []quota {
	universe := q.param["universe"]
	owner := func(configured, documented int, per time.Duration) quota {
		return quota{of: quotaKey{name: string(q.op)}, amount: orElse(configured, documented), per: per}
	}
	local := func(name string, amount int, per time.Duration) quota {
		return quota{of: quotaKey{name: name, universe: universe}, amount: amount, per: per}
	}
	stores := func(name string, each int) []quota {
		return []quota{
			owner(l.DataStorePerMinute, 1_000_000, time.Minute),
			local(name, 300+each*l.ConcurrentUsers, time.Minute),
		}
	}
	switch q.op {
	case OpGetGroup:
		return []quota{owner(l.GetGroupPerMinute, 150, time.Minute)}
	case OpListRoles, OpGetRole, OpListMemberships, OpAssignRole, OpUnassignRole:
		return []quota{owner(l.GroupPerMinute, 300, time.Minute)}
	case OpListUserRestrictions, OpGetUserRestriction:
		return []quota{
			owner(l.RestrictionPerSecond, 150, time.Second),
			local(string(q.op), orElse(l.RestrictionReadPerSecond, 50), time.Second),
		}
	case OpUpdateRestriction:
		user := local("user restriction", orElse(l.RestrictionPerUser, 2), time.Minute)
		user.of.user = q.param["user"]
		return []quota{
			owner(l.RestrictionPerSecond, 150, time.Second),
			local(string(q.op), orElse(l.RestrictionPerUniverse, 10), time.Second),
			user,
		}
	case OpGetEntry:
		return stores("entry read", 40)
	case OpCreateEntry, OpUpdateEntry:
		return stores("entry write", 20)
	case OpListEntries:
		return stores("entry list", 2)
	case OpDeleteEntry:
		return stores("entry remove", 40)
	case OpPublishMessage:
		return []quota{owner(l.PublishPerMinute, 5_000, time.Minute)}
	case OpIntrospect, opUnoffered:
	}
	return nil
}

func orElse(configured, documented int) int {
	if configured > 0 {
		return configured
	}
	return documented
}

// maxWindows bounds the budgets under way; ended ones are dropped when it is reached.
const maxWindows = 10_000

// limiter counts calls in stretches of time. A call that is refused costs nothing. It is not safe for concurrent use: the
// server locks.
type limiter struct {
	limits  Limits
	windows map[quotaKey]window
}

// window is a stretch in which calls are counted.
type window struct {
	opened time.Time
	per    time.Duration
	used   int
	calls  []time.Time // those of the stretch, with CountSliding
}

func (w window) open(now time.Time) bool {
	last := w.opened
	if n := len(w.calls); n > 0 {
		last = w.calls[n-1]
	}
	age := now.Sub(last)
	return age >= 0 && age < w.per
}

// at returns the window of a budget in which a call is counted now.
func (l *limiter) at(qt quota, now time.Time) window {
	w := l.windows[qt.of]
	switch l.limits.Counting {
	case CountSliding:
		for len(w.calls) > 0 && now.Sub(w.calls[0]) >= qt.per {
			w.calls = w.calls[1:]
		}
		opened := now
		if len(w.calls) > 0 {
			opened = w.calls[0]
		}
		return window{opened: opened, per: qt.per, used: len(w.calls), calls: w.calls}
	case CountByClock:
		into := time.Duration(now.UnixNano()) - l.limits.Phase
		opened := now.Add(-((into%qt.per + qt.per) % qt.per))
		if !w.opened.Equal(opened) {
			w = window{opened: opened, per: qt.per}
		}
	case CountFromFirstCall:
		if !w.open(now) {
			w = window{opened: now, per: qt.per}
		}
	}
	return w
}

// take draws one call on every budget it has, or on none when one is spent, and returns the headers that tell of the
// tightest one.
func (l *limiter) take(q *request) (http.Header, error) {
	if l.limits.Off {
		return nil, nil
	}
	quotas := l.limits.quotas(q)
	if len(quotas) == 0 {
		return nil, nil
	}
	var tightest quota
	left := -1
	for _, qt := range quotas {
		if remaining := qt.amount - l.at(qt, q.now).used; left < 0 || remaining < left {
			tightest, left = qt, max(remaining, 0)
		}
	}
	if left == 0 {
		reset := l.at(tightest, q.now).opened.Add(tightest.per).Sub(q.now)
		return rateHeader(tightest, 0, reset), exhausted("too many requests: "+describe(tightest), reset)
	}
	if !l.makeRoom(q.now, len(quotas)) {
		return nil, full("rate limit windows")
	}
	for _, qt := range quotas {
		w := l.at(qt, q.now)
		w.used++
		if l.limits.Counting == CountSliding {
			w.calls = append(w.calls, q.now)
		}
		l.windows[qt.of] = w
	}
	reset := l.windows[tightest.of].opened.Add(tightest.per).Sub(q.now)
	return rateHeader(tightest, left-1, reset), nil
}

func (l *limiter) makeRoom(now time.Time, more int) bool {
	if len(l.windows)+more <= maxWindows {
		return true
	}
	for key, w := range l.windows {
		if !w.open(now) {
			delete(l.windows, key)
		}
	}
	return len(l.windows)+more <= maxWindows
}

func describe(qt quota) string { return fmt.Sprintf("%d per %s", qt.amount, qt.per) }

func rateHeader(qt quota, remaining int, reset time.Duration) http.Header {
	h := http.Header{}
	h.Set("X-Ratelimit-Limit", fmt.Sprintf("%d, %d;w=%d", qt.amount, qt.amount, int(qt.per/time.Second)))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(remaining))
	h.Set("X-Ratelimit-Reset", wholeSeconds(reset))
	return h
}
