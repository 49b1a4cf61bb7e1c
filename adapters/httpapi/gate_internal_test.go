package httpapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type bubbleClock struct{}

func (bubbleClock) Now() time.Time { return time.Now() }

// passage is what became of a request at a gate.
type passage struct {
	err    error
	waited time.Duration
}

// visits sends requests through a gate and notes in which order they got in.
type visits struct {
	gate *gate
	ctx  context.Context

	mu    sync.Mutex
	order []string
}

func newVisits(t *testing.T, places, most int) *visits {
	t.Helper()
	return &visits{gate: &gate{places: places, most: most, clock: bubbleClock{}}, ctx: t.Context()}
}

// send has a caller ask for a place, to keep it that long.
func (v *visits) send(whose string, stay time.Duration) <-chan passage {
	end, arrived := make(chan passage, 1), time.Now()
	go func() {
		begun, err := v.gate.enter(v.ctx, whose)
		waited := time.Since(arrived)
		if err == nil {
			v.mu.Lock()
			v.order = append(v.order, whose)
			v.mu.Unlock()
			time.Sleep(stay)
			v.gate.leave(begun)
		}
		end <- passage{err, waited}
	}()
	synctest.Wait()
	return end
}

func wantPassage(t *testing.T, end <-chan passage, err error, waited time.Duration) {
	t.Helper()
	if got := <-end; !errors.Is(got.err, err) || got.waited != waited {
		t.Errorf("got %v after %s, want %v after %s", got.err, got.waited, err, waited)
	}
}

const stay = 10 * time.Millisecond

func TestWithoutARushNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVisits(t, 2, 2)
		for range 5 {
			a, b := v.send("a", stay), v.send("b", stay)
			wantPassage(t, a, nil, 0)
			wantPassage(t, b, nil, 0)
		}
		if v.gate.busy != 0 || len(v.gate.waiting) > 0 {
			t.Errorf("afterwards: got %d places taken and %d that wait, want none", v.gate.busy, len(v.gate.waiting))
		}
	})
}

func TestWhoFindsNoPlaceWaitsForOneAndNotMoreThanMayWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVisits(t, 1, 2)
		first, second, third, fourth := v.send("a", stay), v.send("a", stay), v.send("a", stay), v.send("a", stay)
		wantPassage(t, fourth, errOverloaded, 0)
		wantPassage(t, first, nil, 0)
		wantPassage(t, second, nil, stay)
		wantPassage(t, third, nil, 2*stay)
	})
}

func TestCallersTakeTurnsAtTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVisits(t, 1, 100)
		var ends []<-chan passage
		for _, whose := range strings.Split("a a a a a b b c", " ") {
			ends = append(ends, v.send(whose, stay))
		}
		time.Sleep(2*stay + stay/2)
		synctest.Wait()
		ends = append(ends, v.send("d", stay)) // who is new has the next turn, and not all that the others had before
		for _, end := range ends {
			if got := <-end; got.err != nil {
				t.Errorf("got %v, want none", got.err)
			}
		}
		if got := strings.Join(v.order, " "); got != "a a b c d a b a a" {
			t.Errorf("order: got %q, want one of each in turn", got)
		}
	})
}

func TestAFullQueueMakesRoomForThoseWhoAskLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVisits(t, 1, 3)
		loud := []<-chan passage{v.send("loud", stay), v.send("loud", stay), v.send("loud", stay), v.send("loud", stay)}
		quiet := v.send("quiet", stay)
		wantPassage(t, loud[3], errOverloaded, 0)
		wantPassage(t, quiet, nil, 2*stay)
		wantPassage(t, loud[2], nil, 3*stay)
	})
}

func TestOneCallersFloodDoesNotDelayAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVisits(t, 4, 256)
		var flood []<-chan passage
		for range 400 {
			flood = append(flood, v.send("loud", stay))
		}
		time.Sleep(stay / 2)
		for range 10 { // one after the other, while the flood goes on
			quiet := v.send("quiet", stay)
			got := <-quiet
			if got.err != nil || got.waited > stay {
				t.Errorf("quiet: got %v after %s, want a place within %s", got.err, got.waited, stay)
			}
			flood = append(flood, v.send("loud", stay), v.send("loud", stay))
		}
		for _, end := range flood {
			<-end
		}
	})
}

func TestWhatWouldWaitTooLongAtTheGateIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVisits(t, 2, 256)
		for range 3 {
			a, b := v.send("a", 300*time.Millisecond), v.send("a", 300*time.Millisecond)
			<-a
			<-b
		}
		var ends []<-chan passage
		for range 20 {
			ends = append(ends, v.send("a", 300*time.Millisecond))
		}
		accepted := 0
		for i, end := range ends {
			got := <-end
			if got.err == nil {
				accepted++
			} else if got.waited != 0 {
				t.Errorf("request %d: got %v after %s, want a refusal at once", i, got.err, got.waited)
			}
			if got.waited > longestWait {
				t.Errorf("request %d waited %s", i, got.waited)
			}
		}
		if accepted != 6 { // two at once, and four within 600 ms
			t.Errorf("accepted: got %d, want 6", accepted)
		}
	})
}

func TestNobodyWaitsForeverForThoseWhoHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVisits(t, 1, 256)
		hung := v.send("a", 8*time.Second)
		wantPassage(t, v.send("a", stay), errOverloaded, longestWait)
		<-hung
		began, waits := time.Now(), 0
		for waits < 20 { // once nothing hangs, a queue forms again
			var ends []<-chan passage
			for range 21 {
				ends = append(ends, v.send("a", stay))
			}
			waits = -1
			for _, end := range ends {
				if got := <-end; got.err == nil {
					waits++
				}
			}
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("as many as before wait again after %s, want within a second", took)
		}
	})
}

func TestWhoLeavesTheQueueTakesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVisits(t, 1, 256)
		first := v.send("a", stay)
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := v.gate.enter(ctx, "a")
			left <- err
		}()
		synctest.Wait()
		last := v.send("a", stay)
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
		wantPassage(t, first, nil, 0)
		wantPassage(t, last, nil, stay)
		if v.gate.busy != 0 {
			t.Errorf("places taken: got %d, want none", v.gate.busy)
		}
	})
}

// Under whatever comes and goes, no more have a place than there are, and in the end none is lost.
func TestPlacesAreNeitherLostNorDoubled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{places: 3, most: 5, clock: bubbleClock{}}
		var inside, most int
		var mu sync.Mutex
		var done sync.WaitGroup
		for i := range 500 {
			done.Go(func() {
				time.Sleep(time.Duration(i%97) * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%13)*time.Millisecond)
				defer cancel()
				begun, err := g.enter(ctx, fmt.Sprint(i%7))
				if err != nil {
					return
				}
				mu.Lock()
				inside++
				most = max(most, inside)
				mu.Unlock()
				time.Sleep(time.Duration(i%5) * time.Millisecond)
				mu.Lock()
				inside--
				mu.Unlock()
				g.leave(begun)
			})
		}
		done.Wait()
		if most != 3 || g.busy != 0 || len(g.waiting) > 0 {
			t.Errorf("at once %d, afterwards %d places taken and %d that wait: want 3, none, none", most, g.busy, len(g.waiting))
		}
	})
}
