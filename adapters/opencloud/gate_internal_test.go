package opencloud

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

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
