package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// bubbleClock is the clock of a synctest bubble.
type bubbleClock struct{}

func (bubbleClock) Now() time.Time { return time.Now() }

// slow is a store whose units take as long as it says.
type slow struct {
	mu   sync.Mutex
	each time.Duration
	seen [][]string // of each unit, whose reports were in it
}

func (s *slow) store(_ context.Context, jobs []*job) error {
	var whose []string
	for _, j := range jobs {
		whose = append(whose, j.request.Principal)
	}
	s.mu.Lock()
	s.seen = append(s.seen, whose)
	each := s.each
	s.mu.Unlock()
	time.Sleep(each)
	return nil
}

func (s *slow) gatherer() *reports {
	r := newReports(s.store)
	r.clock = bubbleClock{}
	return r
}

// post submits n reports of a caller, and returns where the end arrives.
func post(g *reports, principal string, n int) <-chan submitted {
	end, began := make(chan submitted, 1), time.Now()
	jobs := make([]*job, n)
	for i := range jobs {
		jobs[i] = &job{request: ports.IngestRequest{Caller: ports.Caller{Principal: principal}}}
	}
	go func() { end <- submitted{g.submit(context.Background(), jobs), time.Since(began)} }()
	synctest.Wait()
	return end
}

func TestWhoSendsMuchDelaysNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{each: 10 * time.Millisecond}
		g := s.gatherer()
		flood := []<-chan submitted{post(g, "loud", 1)}
		for range 4000 {
			flood = append(flood, post(g, "loud", 1))
		}
		quiet := post(g, "quiet", 1)
		if got := <-quiet; got.err != nil || got.took != 2*s.each {
			t.Errorf("behind 4,000 reports of another caller: got %v after %s, want to be in the next unit, %s", got.err, got.took, 2*s.each)
		}
		for _, end := range flood {
			if got := <-end; got.err != nil {
				t.Fatalf("of the flood: got %v, want none", got.err)
			}
		}
		alone := slices.Repeat([]string{"loud"}, maxGathered)
		if len(s.seen) != 17 || !slices.Equal(s.seen[3], alone) || len(s.seen[1]) != maxGathered {
			t.Errorf("units: got %d, of %d in the second, want 17 full ones", len(s.seen), len(s.seen[1]))
		}
	})
}

func TestAFullHouseHasRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := (&slow{each: time.Millisecond}).gatherer()
		ends := []<-chan submitted{post(g, "loud", 1)}
		for range maxWaiting / maxGathered {
			ends = append(ends, post(g, "loud", maxGathered))
		}
		if got := <-post(g, "loud", 1); !errors.Is(got.err, errOverloaded) || got.took != 0 {
			t.Errorf("one more of the loud: got %v after %s, want a refusal at once", got.err, got.took)
		}
		if got := <-post(g, "quiet", 100); got.err != nil {
			t.Errorf("of the quiet: got %v, want none", got.err)
		}
		for _, end := range ends {
			<-end
		}
	})
}

func TestHoweverManyCallersThereAreTheHouseIsFullSomeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := (&slow{each: time.Millisecond}).gatherer()
		ends, most := []<-chan submitted{post(g, "first", 1)}, 0
		for caller := range 20 { // each sends as much as there is room for: 4096, then half of that, a third, and so on
			for range maxWaiting / 64 {
				ends = append(ends, post(g, fmt.Sprint(caller), 64))
			}
			g.mu.Lock()
			most = max(most, g.waiting.count())
			g.mu.Unlock()
		}
		for _, end := range ends {
			if got := <-end; got.err != nil && !errors.Is(got.err, errOverloaded) {
				t.Errorf("got %v, want none or a refusal", got.err)
			}
		}
		if most <= maxWaiting || most > 2*maxWaiting {
			t.Errorf("waiting: got %d, want more than %d and at most %d", most, maxWaiting, 2*maxWaiting)
		}
	})
}

func TestWhatWouldWaitTooLongIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{each: 300 * time.Millisecond}
		g := s.gatherer()
		<-post(g, "a", 1) // now it is known how long a unit takes
		var took []time.Duration
		var ends []<-chan submitted
		refused := 0
		for range 40 { // a hundred reports each 50 ms: far more than 256 in 300 ms
			ends = append(ends, post(g, "a", 100))
			time.Sleep(50 * time.Millisecond)
		}
		for _, end := range ends {
			got := <-end
			if got.err == nil {
				took = append(took, got.took)
				continue
			}
			refused++
			if !errors.Is(got.err, errOverloaded) || got.took != 0 || domain.RetryAfterOf(got.err) <= 0 {
				t.Errorf("got %v after %s, want a refusal at once that says when to come back", got.err, got.took)
			}
		}
		if most := slices.Max(took); most > time.Second || refused == 0 || len(took) < 8 {
			t.Errorf("%d were accepted, the longest for %s, and %d refused: want at most a second, and some of both", len(took), most, refused)
		}
		if got := <-post(g, "a", 100); got.err != nil || got.took != s.each {
			t.Errorf("afterwards: got %v after %s, want none after %s", got.err, got.took, s.each)
		}
	})
}

func TestAStoreThatHungAndDoesNotAnyMoreTakesEverythingAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{each: 5 * time.Second}
		g := s.gatherer()
		hung := post(g, "a", 1)
		time.Sleep(time.Second)
		next := post(g, "a", 1) // one may always wait
		if got := <-post(g, "a", 1); !errors.Is(got.err, errOverloaded) {
			t.Errorf("while it hangs: got %v, want a refusal", got.err)
		}
		s.mu.Lock()
		s.each = 5 * time.Millisecond
		s.mu.Unlock()
		<-hung
		<-next
		began, accepted := time.Now(), 0
		for accepted < 10 {
			var ends []<-chan submitted
			for range 10 {
				ends = append(ends, post(g, "a", 1))
			}
			accepted = 0
			for _, end := range ends {
				if got := <-end; got.err == nil {
					accepted++
				}
			}
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("everything is taken again after %s, want within a second", took)
		}
	})
}

// Whatever waits, turns are fair and nothing is lost, doubled or overtaken by the same caller's.
func TestCallersTakeTurns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var waiting lines[int]
		sent := map[string]int{}
		got := map[string]int{}
		number := 0
		whose := map[int]string{}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "arrival") {
				caller, n := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "caller"), rapid.IntRange(1, 20).Draw(t, "items")
				items := make([]int, n)
				for i := range items {
					number++
					items[i], whose[number] = number, caller
				}
				sent[caller] += n
				waiting.add(caller, items, &load{})
				continue
			}
			most := rapid.IntRange(1, 16).Draw(t, "most")
			before := map[string]int{}
			for _, own := range waiting {
				before[own.whose] = len(own.arrivals)
			}
			total, share := waiting.count(), map[string]int{}
			last := map[string]int{}
			taken := waiting.take(most)
			for _, a := range taken {
				share[whose[a.item]]++
				if a.item <= last[whose[a.item]] {
					t.Fatalf("%d was taken after %d of the same caller", a.item, last[whose[a.item]])
				}
				last[whose[a.item]] = a.item
			}
			if len(taken) != min(most, total) {
				t.Fatalf("taken: got %d of %d, want %d", len(taken), total, min(most, total))
			}
			for caller, n := range share {
				got[caller] += n
				for other, waited := range before {
					if n > share[other]+1 && share[other] < waited && most >= len(before) {
						t.Fatalf("of %d taken %d are of %s and %d of %s, of whom %d waited", most, n, caller, share[other], other, waited)
					}
				}
			}
		}
		for caller, n := range sent {
			left := 0
			if own := waiting.of(caller); own != nil {
				left = len(own.arrivals)
			}
			if got[caller]+left != n {
				t.Fatalf("of %s: %d taken and %d left of %d", caller, got[caller], left, n)
			}
		}
	})
}
