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
)

// within returns how many of the instants lie in the fullest stretch as long as window.
func within(instants []time.Time, window time.Duration) int {
	most := 0
	for i := range instants {
		n := 0
		for _, t := range instants[i:] {
			if t.Sub(instants[i]) < window {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func TestNoStretchSeesMoreCallsThanTheLimit(t *testing.T) {
	for _, c := range []struct {
		limit  int
		window time.Duration
	}{{1, time.Minute}, {2, time.Minute}, {10, time.Second}, {60, time.Minute}, {300, time.Minute}} {
		t.Run(fmt.Sprintf("%d in %s", c.limit, c.window), func(t *testing.T) {
			limiter := atMost(c.limit, c.window)
			var let []time.Time
			start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
			for at := time.Duration(0); at < 5*c.window; at += c.window / 1000 {
				if at > c.window && at < 2*c.window {
					continue // a pause, in which the bucket fills
				}
				for limiter.AllowN(start.Add(at), 1) {
					let = append(let, start.Add(at))
				}
			}
			if most := within(let, c.window); most > c.limit || most < c.limit*9/10 {
				t.Fatalf("the fullest stretch: got %d calls, want at most %d and not much less", most, c.limit)
			}
		})
	}
}

func TestCallsWaitForTheirTurnWithinTheirPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint("do it", atMost(60, time.Minute)) // 6 at once, then 0.9 a second
		turns := turns{now: time.Now, patience: 3 * time.Second}
		var (
			mu      sync.Mutex
			let     []time.Time
			refused []time.Duration
			calls   sync.WaitGroup
		)
		for range 20 {
			calls.Go(func() {
				err := turns.take(t.Context(), e, 1)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					let = append(let, time.Now())
				} else {
					refused = append(refused, domain.RetryAfterOf(err))
				}
			})
		}
		calls.Wait()
		if len(let) != 8 || len(refused) != 12 {
			t.Fatalf("got %d let through and %d refused, want 8 and 12", len(let), len(refused))
		}
		for _, d := range refused {
			if d <= 3*time.Second || d > 4*time.Second {
				t.Errorf("RetryAfter: got %s, want when the next turn beyond the patience is", d)
			}
		}
	})
}

func TestACallNeverWaitsBeyondItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint("do it", atMost(2, time.Minute))
		turns := turns{now: time.Now, patience: time.Hour}
		if err := turns.take(t.Context(), e, 1); err != nil {
			t.Fatalf("the first: got %v, want no error", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		err := turns.take(ctx, e, 1)
		if domain.KindOf(err) != domain.KindExhausted || domain.RetryAfterOf(err) != time.Minute || time.Since(start) != 0 {
			t.Fatalf("the second: got %v after %s, want a refusal at once that names a minute", err, time.Since(start))
		}
		if err := turns.take(t.Context(), e, 1); err != nil || time.Since(start) != time.Minute {
			t.Fatalf("the third: got %v after %s, want it let through after a minute: the refused turn was given back", err, time.Since(start))
		}
	})
}

func TestAWaitEndsWithItsContextAndGivesTheTurnBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint("do it", atMost(2, time.Minute))
		turns := turns{now: time.Now, patience: time.Hour}
		_ = turns.take(t.Context(), e, 1)
		start := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, cancel)
		err := turns.take(ctx, e, 1)
		if domain.KindOf(err) != domain.KindUnavailable || !errors.Is(err, context.Canceled) || time.Since(start) != 10*time.Second {
			t.Fatalf("got %v after %s, want the end of the context after 10 s", err, time.Since(start))
		}
		if err := turns.take(t.Context(), e, 1); err != nil || time.Since(start) != time.Minute {
			t.Fatalf("the next: got %v after %s, want its turn after a minute", err, time.Since(start))
		}
	})
}

func TestAGateThatClosesWhileACallWaitsKeepsItBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint("do it", atMost(2, time.Minute))
		turns := turns{now: time.Now, patience: time.Hour}
		_ = turns.take(t.Context(), e, 1)
		time.AfterFunc(30*time.Second, func() { e.gate.closeFor(time.Minute, time.Now(), usedUp("do it")) })
		err := turns.take(t.Context(), e, 1)
		if domain.KindOf(err) != domain.KindExhausted || domain.RetryAfterOf(err) != 30*time.Second {
			t.Fatalf("got %v, want a refusal for the 30 s that are left", err)
		}
	})
}

func TestAShortlyClosedGateIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint("do it", atMost(60, time.Minute))
		turns := turns{now: time.Now, patience: 3 * time.Second}
		start := time.Now()
		e.gate.closeFor(2*time.Second, start, usedUp("do it"))
		if err := turns.take(t.Context(), e, 1); err != nil || time.Since(start) != 2*time.Second {
			t.Fatalf("got %v after %s, want a turn after 2 s", err, time.Since(start))
		}
	})
}

func TestAGateStaysClosedForTheLongestTimeAskedFor(t *testing.T) {
	var g gate
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	g.closeFor(time.Minute, now, usedUp("a"))
	g.closeFor(time.Second, now, usedUp("b"))
	g.closeFor(0, now, usedUp("c"))
	g.closeFor(-time.Hour, now, usedUp("d"))
	if left, because := g.wait(now); left != time.Minute || because.Message != usedUp("a").Message {
		t.Fatalf("got %s because of %v, want a minute because of the first", left, because)
	}
	if left, _ := g.wait(now.Add(time.Minute)); left != 0 {
		t.Fatalf("after a minute: got %s left, want it open", left)
	}
}

func TestAClockSetBackOpensAGate(t *testing.T) {
	var g gate
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	g.closeFor(365*24*time.Hour, now, usedUp("a"))
	if left, _ := g.wait(now); left != longestClose {
		t.Fatalf("got %s left, want at most %s", left, longestClose)
	}
	earlier := now.Add(-24 * time.Hour)
	if left, _ := g.wait(earlier); left != 0 {
		t.Fatalf("a day earlier: got %s left, want it open", left)
	}
	g.closeFor(time.Second, earlier, usedUp("b"))
	if left, _ := g.wait(earlier); left != time.Second {
		t.Fatalf("closed anew: got %s left, want a second", left)
	}
}

func TestPausesDoubleWhileRefusalsGoOn(t *testing.T) {
	var g gate
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	refuse := func() time.Duration {
		d := g.pause(now)
		g.closeFor(d, now, usedUp("a"))
		return d
	}
	for i, want := range []time.Duration{5, 10, 20, 40, 60, 60} {
		if got := refuse(); got != want*time.Second {
			t.Fatalf("refusal %d: got %s, want %d s", i+1, got, want)
		}
		if got := refuse(); got != want*time.Second {
			t.Fatalf("another of calls under way together: got %s, want the same %d s", got, want)
		}
		now = now.Add(want * time.Second)
	}
	g.settle()
	if got := refuse(); got != firstPause {
		t.Fatalf("after an answer: got %s, want %s", got, firstPause)
	}
}

func TestPacesForgetOnlyWhoWouldGetATurnAnyway(t *testing.T) {
	p := newPaces(2)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	user := func(n int) domain.UserID {
		id, err := domain.NewUserID(int64(n))
		if err != nil {
			t.Fatalf("user %d: %v", n, err)
		}
		return id
	}
	for n := range paceUsers + 50 {
		p.take(user(n+2), now)
	}
	if len(p.byUser) > paceUsers {
		t.Fatalf("users remembered: got %d, want at most %d", len(p.byUser), paceUsers)
	}
	for range 2 {
		p.take(user(1), now.Add(59*time.Second))
	}
	now = now.Add(time.Minute)
	p.take(user(100_000), now)
	if len(p.byUser) > 3 {
		t.Errorf("users remembered a minute later: got %d, want those who have to wait and the new one", len(p.byUser))
	}
	if left := p.wait(user(1), now); left != 59*time.Second {
		t.Fatalf("the user with two recent calls: got %s to wait, want 59 s", left)
	}
	if left := p.wait(user(1), now.Add(-time.Hour)); left != 0 {
		t.Fatalf("with the clock set back: got %s to wait, want none", left)
	}
}
