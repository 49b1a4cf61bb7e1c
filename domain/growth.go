package domain

import (
	"strconv"
	"strings"
	"time"
)

// The windows in which a policy bounds growth.
const (
	dailyWindow  = 24 * time.Hour
	weeklyWindow = 7 * dailyWindow
)

// tardy is how late a report may arrive and still count as one of just now.
const tardy = 5 * time.Minute

// Growth is how the points of a player came to be what they are, as far as a policy that bounds growth needs to know. It is kept as a
// text, so that standings without any cost nothing to copy, compare and store. The zero value is no growth that counts.
//
// The text is the points that it leads to and then the rises, oldest first: an instant in Unix microseconds, and the points from which
// they rose at that instant, as in "350 1772366400000000:100 1772370000000000:240". A rise stands there only while no later points were
// as low as those it began from, so the first rise within a window began from the lowest points in it.
type Growth struct {
	text string
}

// GrowthOf returns the growth that text says, as String wrote it. What says nothing here, as other programs may write it, is no growth.
func GrowthOf(text string) Growth { return Growth{text} }

// String returns the text that storage keeps; "" for none.
func (g Growth) String() string { return g.text }

// In returns by how many points the player grew to so many in the window that ends at an instant: from the lowest points in it. A rise
// that is as old as the window does not count any more.
func (g Growth) In(window time.Duration, points int64, end time.Time) int64 {
	var r rises
	r.read(g, points)
	from, ok := r.lowest(end.Add(-window).UnixMicro())
	if !ok {
		return 0
	}
	return points - from
}

// after returns the growth once a report took the points from so many to so many. at is the instant that the report is about. A report
// that arrives late, and exceeds a cap in a window that is over by then, is held against the player as if all of that window were new:
// otherwise whoever names an early instant would pass.
func (g Growth) after(caps Caps, from, to int64, at, received time.Time) Growth {
	if from == to {
		return g
	}
	var r rises
	r.read(g, from)
	if to < from {
		r.fall(to)
		return r.growth(to)
	}
	now := at
	if received.Before(at) {
		now = received
	}
	r.forget(now.Add(-caps.window()).UnixMicro())
	r.push(rise{at.UnixMicro(), max(from, -MaxCount)})
	for _, c := range caps.each() {
		start := at.Add(-c.window).UnixMicro()
		if low, ok := r.lowest(start); ok && c.points > 0 && to-low > c.points && received.Sub(at) > tardy {
			r.renew(start, received.UnixMicro())
		}
	}
	return r.growth(to)
}

// growthCap is how many points a player may grow by in a window; 0 for any number.
type growthCap struct {
	window time.Duration
	points int64
}

// each returns the caps, the shorter window first.
func (c Caps) each() [2]growthCap {
	return [2]growthCap{{dailyWindow, c.Daily}, {weeklyWindow, c.Weekly}}
}

// window returns the longest window that is bounded.
func (c Caps) window() time.Duration {
	if c.Weekly > 0 {
		return weeklyWindow
	}
	return dailyWindow
}

// growthChecks compares the growth of s at now with the caps. It returns those that are exceeded and when none will be any more; when none
// is, all that have something to compare and the zero time.
func growthChecks(p Policy, s *Standing, now time.Time) (checks []Check, until time.Time) {
	if p.parts.Caps == (Caps{}) || s.Growth == (Growth{}) {
		return nil, time.Time{}
	}
	var r rises
	r.read(s.Growth, s.Points)
	var met []Check
	for _, c := range p.parts.Caps.each() {
		low, ok := r.lowest(now.Add(-c.window).UnixMicro())
		if c.points == 0 || !ok {
			continue
		}
		check := Check{Criterion: CriterionGrowth, Required: c.points, Actual: s.Points - low, Met: s.Points-low <= c.points}
		if check.Met {
			met = append(met, check)
			continue
		}
		checks = append(checks, check)
		if end := r.last(s.Points - c.points).Add(c.window); end.After(until) {
			until = end
		}
	}
	if len(checks) == 0 {
		return met, time.Time{}
	}
	return checks, until
}

// maxRises bounds what is remembered of a player's growth.
const maxRises = 16

// rise is an instant at which the points rose, and from how many.
type rise struct {
	at   int64 // Unix microseconds
	from int64
}

// rises are those that count: later ones began from more points. It lives on the stack.
type rises struct {
	n  int
	of [maxRises]rise
}

// read sets r to the growth that led to so many points: to none where that led elsewhere, because another program wrote the points.
func (r *rises) read(g Growth, points int64) {
	r.n = 0
	if g.text == "" {
		return
	}
	led, rest, _ := strings.Cut(g.text, " ")
	if to, err := strconv.ParseInt(led, 10, 64); err != nil || to != points || points > MaxCount {
		return
	}
	var all rises
	for rest != "" && all.n < maxRises {
		var one string
		one, rest, _ = strings.Cut(rest, " ")
		at, from, ok := strings.Cut(one, ":")
		next := rise{}
		var wrongAt, wrongFrom error
		next.at, wrongAt = strconv.ParseInt(at, 10, 64)
		next.from, wrongFrom = strconv.ParseInt(from, 10, 64)
		if !ok || wrongAt != nil || wrongFrom != nil || next.from < -MaxCount || next.from >= points ||
			all.n > 0 && !all.of[all.n-1].before(next) {
			return
		}
		all.of[all.n] = next
		all.n++
	}
	if rest == "" {
		*r = all
	}
}

// before reports whether two rises can follow each other.
func (r rise) before(next rise) bool { return r.at < next.at && r.from < next.from }

// growth returns the rises as what led to so many points.
func (r *rises) growth(points int64) Growth {
	if r.n == 0 {
		return Growth{}
	}
	text := strconv.AppendInt(make([]byte, 0, 512), points, 10)
	for _, one := range r.of[:r.n] {
		text = append(text, ' ')
		text = strconv.AppendInt(text, one.at, 10)
		text = append(text, ':')
		text = strconv.AppendInt(text, one.from, 10)
	}
	return Growth{string(text)}
}

// lowest returns the lowest points after an instant, and false when no rise after it is known.
func (r *rises) lowest(after int64) (int64, bool) {
	for _, one := range r.of[:r.n] {
		if one.at > after {
			return one.from, true
		}
	}
	return 0, false
}

// last returns when the points last rose from fewer than so many.
func (r *rises) last(points int64) time.Time {
	for i := r.n - 1; i >= 0; i-- {
		if r.of[i].from < points {
			return Instant(time.UnixMicro(r.of[i].at))
		}
	}
	return time.Time{}
}

// fall leaves the rises that began from fewer points than there are now.
func (r *rises) fall(points int64) {
	for r.n > 0 && r.of[r.n-1].from >= points {
		r.n--
	}
}

// forget drops the rises up to an instant.
func (r *rises) forget(until int64) {
	n := 0
	for n < r.n && r.of[n].at <= until {
		n++
	}
	r.n = copy(r.of[:], r.of[n:r.n])
}

// push adds a rise, unless an earlier one, from fewer points, counts for as long. When there is no room two become one: the earlier of
// them counts for as long as the later, so that growth is never taken for less than it was.
func (r *rises) push(next rise) {
	if r.n > 0 && !r.of[r.n-1].before(next) {
		return
	}
	if r.n == maxRises {
		r.merge(next.at)
	}
	r.of[r.n] = next
	r.n++
}

// merge makes one of the two neighbours for which that says least too much: so many points, for so long. What is within the last day
// matters to both windows, and so counts for more.
func (r *rises) merge(now int64) {
	const recent = 8
	best, least := 1, int64(-1)
	for i := 1; i < r.n; i++ {
		excess := (r.of[i].from - r.of[i-1].from) * ((r.of[i].at - r.of[i-1].at) / time.Second.Microseconds())
		if now-r.of[i].at < dailyWindow.Microseconds() {
			excess *= recent
		}
		if least < 0 || excess < least {
			best, least = i, excess
		}
	}
	r.of[best-1].at = r.of[best].at
	r.n = best + copy(r.of[best:], r.of[best+1:r.n])
}

// renew lets what rose after start count as risen at a later instant, all of it.
func (r *rises) renew(start, at int64) {
	for i := range r.n {
		if r.of[i].at > start {
			r.of[i].at, r.n = max(at, r.of[r.n-1].at), i+1
			return
		}
	}
}
