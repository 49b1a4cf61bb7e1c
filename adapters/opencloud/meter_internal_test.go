package opencloud

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// within returns how many of the instants, which ascend, lie in the fullest stretch as long as window.
func within(instants []time.Time, window time.Duration) int {
	most, first := 0, 0
	for i, at := range instants {
		for at.Sub(instants[first]) >= window {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// groupMeter returns the meter of a call about the group, with the limit that Roblox documents.
func groupMeter() *meter {
	m := newMeter("do it", 300, time.Minute, time.Now)
	m.keeps = true
	return m
}

// calls takes turns and remembers when it got them.
type calls struct {
	meter *meter
	lane  ports.Lane
	takes time.Duration // how long Roblox needs for an answer

	mu  sync.Mutex
	let []time.Time
}

// make takes a turn, uses it and says whether there was one.
func (c *calls) make(t *testing.T, patience time.Duration) bool {
	t.Helper()
	if err := c.meter.take(t.Context(), c.lane, 1, patience); err != nil {
		return false
	}
	c.mu.Lock()
	c.let = append(c.let, time.Now())
	c.mu.Unlock()
	time.Sleep(c.takes)
	c.meter.done(1, true)
	return true
}

// all makes so many calls, eight at once.
func (c *calls) all(t *testing.T, total int) {
	t.Helper()
	work := make(chan struct{}, total)
	for range total {
		work <- struct{}{}
	}
	close(work)
	var hands sync.WaitGroup
	for range 8 {
		hands.Go(func() {
			for range work {
				if !c.make(t, time.Hour) {
					t.Error("a call that can wait for an hour: got a refusal, want its turn")
				}
			}
		})
	}
	hands.Wait()
}

func TestNoStretchSeesMoreCallsThanTheLimitAndALongQueueUsesAllOfIt(t *testing.T) {
	for _, c := range []struct {
		limit  int
		window time.Duration
		keeps  bool
	}{
		{1, time.Minute, false},
		{2, time.Minute, false},
		{10, time.Second, false},
		{60, time.Minute, false},
		{1, time.Minute, true},
		{2, time.Minute, true},
		{3, time.Minute, true},
		{30, time.Minute, true},
		{300, time.Minute, true},
	} {
		t.Run(fmt.Sprintf("%d in %s, keeps %t", c.limit, c.window, c.keeps), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMeter("do it", c.limit, c.window, time.Now)
				m.keeps = c.keeps
				queue := calls{meter: m, lane: ports.LanePromote}
				start, windows := time.Now(), 5
				queue.all(t, c.limit*windows)
				if most := within(queue.let, c.window); most != c.limit {
					t.Errorf("the fullest stretch: got %d calls, want exactly the limit", most)
				}
				if took, want := time.Since(start), time.Duration(windows)*c.window; took > want {
					t.Errorf("%d stretches' calls: got them made in %s, want no more than %s", windows, took, want)
				}
				time.Sleep(2 * c.window) // a pause, in which nothing may be saved up
				queue.all(t, c.limit*2)
				if most := within(queue.let, c.window); most != c.limit {
					t.Errorf("the fullest stretch, after a pause: got %d calls, want exactly the limit", most)
				}
			})
		})
	}
}

func TestATurnCountsUntilAStretchAfterItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter("do it", 1, time.Minute, time.Now)
		slow := calls{meter: m, takes: 10 * time.Second}
		start := time.Now()
		slow.make(t, time.Hour)
		slow.make(t, time.Hour)
		if got := slow.let[1].Sub(start); got != 70*time.Second+slack {
			t.Fatalf("the second call: got it let through after %s, want a minute after the first was answered, which took 10 s", got)
		}
	})
}

func TestUrgentCallsAreMadeAtOnceInTheMiddleOfALongQueue(t *testing.T) {
	for _, at := range []time.Duration{
		0, time.Second, 20 * time.Second, 56 * time.Second, 57500 * time.Millisecond, 59 * time.Second,
		100 * time.Second, 177*time.Second + 500*time.Millisecond,
	} {
		t.Run(at.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := groupMeter()
				var working sync.WaitGroup
				working.Go(func() { (&calls{meter: m, lane: ports.LanePromote, takes: 50 * time.Millisecond}).all(t, 1200) })
				time.Sleep(at)
				urgent := calls{meter: m, lane: ports.LaneBan}
				start := time.Now()
				for range 50 {
					urgent.make(t, time.Minute)
				}
				for n, let := range urgent.let {
					if waited, most := let.Sub(start), 3*time.Second+time.Duration(n+1)*400*time.Millisecond+slack; waited > most {
						t.Errorf("urgent call %d: got it let through after %s, want it within %s", n+1, waited, most)
					}
				}
				working.Wait()
			})
		})
	}
}

func TestTurnsGoToTheLowestLaneFirstAndInOneLaneToWhoeverCameFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter("do it", 1, time.Minute, time.Now)
		(&calls{meter: m}).make(t, 0)
		var (
			mu    sync.Mutex
			order []string
			all   sync.WaitGroup
		)
		for i, lane := range []ports.Lane{
			ports.LaneMessage, ports.LanePromote, ports.LaneSuspend, ports.LanePromote, ports.LaneBan, ports.LaneObserve, ports.LaneDemote, ports.LaneBan,
		} {
			all.Go(func() {
				c := calls{meter: m, lane: lane}
				if !c.make(t, time.Hour) {
					t.Errorf("call %d: got a refusal, want it to wait", i)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, fmt.Sprintf("%d:%d", lane, i))
			})
			time.Sleep(time.Second)
		}
		all.Wait()
		if got, want := fmt.Sprint(order), "[0:4 0:7 1:2 2:6 4:1 4:3 5:5 7:0]"; got != want {
			t.Errorf("order of lanes and arrivals: got %s, want %s", got, want)
		}
	})
}

func TestCallsWaitForTheirTurnWithinTheirPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter("do it", 6, 6*time.Second, time.Now)
		queue := calls{meter: m}
		for range 6 {
			queue.make(t, 0)
			time.Sleep(time.Second)
		}
		var (
			mu      sync.Mutex
			refused []time.Duration
			all     sync.WaitGroup
		)
		start := time.Now()
		for range 6 {
			all.Go(func() {
				err := m.take(t.Context(), ports.LanePromote, 1, 3*time.Second)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					refused = append(refused, domain.RetryAfterOf(err))
					if time.Since(start) != 0 {
						t.Errorf("a refusal: got it after %s, want it at once", time.Since(start))
					}
				}
			})
		}
		all.Wait()
		if want := []time.Duration{3*time.Second + slack, 4*time.Second + slack, 5*time.Second + slack}; fmt.Sprint(refused[:1]) != fmt.Sprint(want[:1]) || len(refused) != 3 {
			t.Errorf("refused with RetryAfter %v, want three of those whose turn comes after more than 3 s, the first after %s", refused, want[0])
		}
	})
}

func TestACallNeverWaitsBeyondItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter("do it", 1, time.Minute, time.Now)
		start := time.Now()
		(&calls{meter: m}).make(t, 0)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		err := m.take(ctx, ports.LaneBan, 1, time.Hour)
		if domain.KindOf(err) != domain.KindExhausted || domain.RetryAfterOf(err) != time.Minute+slack || time.Since(start) != 0 {
			t.Fatalf("the second: got %v after %s, want a refusal at once that names a minute", err, time.Since(start))
		}
		if err := m.take(t.Context(), ports.LaneBan, 1, time.Hour); err != nil || time.Since(start) != time.Minute+slack {
			t.Fatalf("the third: got %v after %s, want it let through after a minute: the refused turn was not used", err, time.Since(start))
		}
	})
}

func TestAWaitEndsWithItsContextAndUsesNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter("do it", 1, time.Minute, time.Now)
		start := time.Now()
		(&calls{meter: m}).make(t, 0)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, cancel)
		err := m.take(ctx, ports.LaneBan, 1, time.Hour)
		if domain.KindOf(err) != domain.KindUnavailable || !errors.Is(err, context.Canceled) || time.Since(start) != 10*time.Second {
			t.Fatalf("got %v after %s, want the end of the context after 10 s", err, time.Since(start))
		}
		if err := m.take(t.Context(), ports.LaneBan, 1, time.Hour); err != nil || time.Since(start) != time.Minute+slack {
			t.Fatalf("the next: got %v after %s, want its turn after a minute", err, time.Since(start))
		}
	})
}

func TestAPatienceThatEndsWhileOthersComeFirstIsARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter("do it", 1, time.Minute, time.Now)
		(&calls{meter: m}).make(t, 0)
		start := time.Now()
		time.AfterFunc(time.Second, func() { (&calls{meter: m, lane: ports.LaneBan}).make(t, time.Hour) })
		err := m.take(t.Context(), ports.LanePromote, 1, 90*time.Second)
		if domain.KindOf(err) != domain.KindExhausted || time.Since(start) != 90*time.Second || domain.RetryAfterOf(err) < 30*time.Second {
			t.Fatalf("got %v after %s, want a refusal after 90 s, as the ban took the only turn", err, time.Since(start))
		}
	})
}

func TestAGateThatClosesWhileACallWaitsKeepsItBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter("do it", 1, time.Minute, time.Now)
		(&calls{meter: m}).make(t, 0)
		start := time.Now()
		time.AfterFunc(30*time.Second, func() { m.closeFor(time.Minute, usedUp("do it"), false) })
		err := m.take(t.Context(), ports.LaneBan, 1, 70*time.Second)
		if domain.KindOf(err) != domain.KindExhausted || domain.RetryAfterOf(err) != time.Minute || time.Since(start) != 30*time.Second {
			t.Fatalf("got %v after %s, want a refusal for the minute as soon as the gate closes: it cannot wait for that", err, time.Since(start))
		}
		if err := m.take(t.Context(), ports.LaneBan, 1, time.Hour); err != nil || time.Since(start) != 90*time.Second {
			t.Fatalf("one that can wait: got %v after %s, want its turn when the gate opens", err, time.Since(start))
		}
	})
}

func TestAShortlyClosedGateIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := groupMeter()
		start := time.Now()
		m.closeFor(2*time.Second, usedUp("do it"), false)
		if err := m.take(t.Context(), ports.LanePromote, 1, 3*time.Second); err != nil || time.Since(start) != 2*time.Second {
			t.Fatalf("got %v after %s, want a turn after 2 s", err, time.Since(start))
		}
	})
}

func TestTurnsThatWereNotUsedAreFreeAtOnce(t *testing.T) {
	m := newMeter("do it", 1, time.Minute, time.Now)
	for range 3 {
		if err := m.take(t.Context(), ports.LaneBan, 1, 0); err != nil {
			t.Fatalf("got %v, want a turn", err)
		}
		m.done(1, false)
	}
}

func TestAClockSetBackDelaysATurnForAStretchAtMost(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	m := newMeter("do it", 1, time.Minute, func() time.Time { return now })
	if err := m.take(t.Context(), ports.LaneBan, 1, 0); err != nil {
		t.Fatalf("got %v, want a turn", err)
	}
	m.done(1, true)
	now = now.Add(-24 * time.Hour)
	err := m.take(t.Context(), ports.LaneBan, 1, 0)
	if got := domain.RetryAfterOf(err); got != time.Minute+slack {
		t.Fatalf("RetryAfter: got %s (%v), want a minute", got, err)
	}
}
