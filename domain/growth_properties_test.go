package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

// path is what was reported of a player, folded in order.
type path struct {
	points []sent
}

// growth returns the growth in a window that ends at an instant, worked out from everything that was reported.
func (p path) growth(window time.Duration, end time.Time) int64 {
	if len(p.points) == 0 {
		return 0
	}
	last := p.points[len(p.points)-1].points
	low := last
	for i, r := range p.points {
		over := i+1 < len(p.points) && !p.points[i+1].at.After(end.Add(-window)) // it had ceased to be so when the window began
		if !over {
			low = min(low, r.points)
		}
	}
	return last - low
}

// However reports arrive, nobody whose points grew by more than a cap in its window is promoted; and while no more was reported than is
// remembered, nobody else is held back.
func TestNoGrowthBeyondACapIsPromoted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		caps := domain.Caps{Daily: rapid.Int64Range(0, 40).Draw(t, "daily"), Weekly: rapid.Int64Range(0, 80).Draw(t, "weekly")}
		p := withCaps(t, caps.Daily, caps.Weekly)
		var s domain.Standing
		var walked path
		now, late := noon, false
		reports := rapid.IntRange(2, 60).Draw(t, "reports")
		for i := range reports {
			now = now.Add(time.Duration(rapid.Int64Range(0, rapid.SampledFrom([]int64{1e6, 3600e6, 30 * 3600e6}).Draw(t, "pace")).Draw(t, "later")) * time.Microsecond)
			r := sent{points: 1000, at: now, received: now}
			if i > 0 {
				r.points = max(0, s.Points+rapid.SampledFrom([]int64{-30, -1, 0, 1, 5, 12, 30}).Draw(t, "more"))
			}
			switch rapid.IntRange(0, 9).Draw(t, "clock") {
			case 0:
				r.at = now.Add(-time.Duration(rapid.Int64Range(0, 3*day.Microseconds()).Draw(t, "late")) * time.Microsecond)
				late = true
			case 1:
				r.at = now.Add(time.Duration(rapid.Int64Range(0, 3e8).Draw(t, "ahead")) * time.Microsecond)
				late = true
			}
			before := s
			if s = r.fold(t, p, s); i == 0 || !r.at.Before(before.ObservedAt) {
				walked.points = append(walked.points, r)
			} else if s != before {
				t.Fatal("a stale report changed the standing")
			}
			if again := r.fold(t, p, s); again != s {
				t.Fatalf("the same report again changed the standing (-once +twice):\n%s", cmp.Diff(s, again, same()))
			}
			s.Rank, s.RankSince = "Recruit", time.Time{}
			look := now.Add(time.Duration(rapid.Int64Range(0, 10*day.Microseconds()).Draw(t, "looked")) * time.Microsecond)
			grewDay, grewWeek := walked.growth(day, look), walked.growth(7*day, look)
			exceeds := caps.Daily > 0 && grewDay > caps.Daily || caps.Weekly > 0 && grewWeek > caps.Weekly
			d := domain.Evaluate(p, s, look)
			if exceeds && d.Action == domain.ActionPromote {
				t.Fatalf("grew by %d in a day and %d in a week with the caps %+v: got PROMOTE; growth %q", grewDay, grewWeek, caps, s.Growth)
			}
			if !exceeds && !late && reports <= 16 && d.Reason == domain.ReasonHold {
				t.Fatalf("grew by %d in a day and %d in a week with the caps %+v: got HOLD; growth %q", grewDay, grewWeek, caps, s.Growth)
			}
			if len(s.Growth.String()) > 480 {
				t.Fatalf("got a growth of %d bytes, want few: %q", len(s.Growth.String()), s.Growth)
			}
		}
	})
}

// More rises than are remembered are never taken for less growth than there was, and for little more.
func TestGrowthThatIsRememberedInPartIsNeverTakenForLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := withCaps(t, 1_000_000, 1_000_000)
		s := grown(t, p, after(0, 0))
		walked := path{points: []sent{after(0, 0)}}
		at := time.Duration(0)
		for range rapid.IntRange(17, 80).Draw(t, "reports") {
			at += time.Duration(rapid.Int64Range(1e6, 3600e6).Draw(t, "later")) * time.Microsecond
			r := after(at, s.Points+rapid.Int64Range(1, 100).Draw(t, "more"))
			s = r.fold(t, p, s)
			walked.points = append(walked.points, r)
		}
		for look := at; look < at+8*day; look += 17 * time.Minute {
			for _, window := range []time.Duration{day, 7 * day} {
				got, want := s.Growth.In(window, s.Points, noon.Add(look)), walked.growth(window, noon.Add(look))
				if got < want || got > want+(s.Points+3)/4 {
					t.Fatalf("%s after the last report: got a growth of %d in %s, want %d or a little more; growth %q",
						look-at, got, window, want, s.Growth)
				}
			}
		}
	})
}
