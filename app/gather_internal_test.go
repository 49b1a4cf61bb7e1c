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

	"github.com/grps/grps/domain"
)

// unitTime is how long each unit of these tests takes.
const unitTime = 10 * time.Millisecond

// units is a store that takes unitTime for each unit and remembers what was in it.
type units struct {
	mu   sync.Mutex
	seen [][]string
	fail func(jobs []*job) error // nil for none
}

func (u *units) store(ctx context.Context, jobs []*job) error {
	var ids []string
	for _, j := range jobs {
		ids = append(ids, j.decision)
	}
	u.mu.Lock()
	u.seen = append(u.seen, ids)
	u.mu.Unlock()
	select {
	case <-time.After(unitTime):
	case <-ctx.Done():
		return ctx.Err()
	}
	if u.fail != nil {
		return u.fail(jobs)
	}
	return nil
}

func jobsOf(ids ...string) []*job {
	var jobs []*job
	for _, id := range ids {
		jobs = append(jobs, &job{decision: id})
	}
	return jobs
}

// submitted is the end of a submission.
type submitted struct {
	err  error
	took time.Duration
}

// send submits the jobs without waiting, and returns where the end arrives. What was sent before is enqueued before.
func send(ctx context.Context, g *reports, ids ...string) <-chan submitted {
	end, began := make(chan submitted, 1), time.Now()
	go func() {
		jobs := jobsOf(ids...)
		err := g.submit(ctx, jobs)
		for _, j := range jobs {
			if err == nil {
				err = j.err
			}
		}
		end <- submitted{err, time.Since(began)}
	}()
	synctest.Wait()
	return end
}

func wantUnits(t *testing.T, u *units, want ...[]string) {
	t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	if !slices.EqualFunc(u.seen, want, slices.Equal[[]string]) {
		t.Errorf("units: got %v, want %v", u.seen, want)
	}
}

func wantStored(t *testing.T, end <-chan submitted, after time.Duration) {
	t.Helper()
	if got := <-end; got.err != nil || got.took != after {
		t.Errorf("got error %v after %s, want none after %s", got.err, got.took, after)
	}
}

func TestAnIdleGathererBeginsAtOnceAndWhatArrivesMeanwhileIsStoredTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &units{}
		g := newReports(u.store)
		a := send(t.Context(), g, "a")
		b, c, d := send(t.Context(), g, "b"), send(t.Context(), g, "c1", "c2"), send(t.Context(), g, "d")
		wantStored(t, a, unitTime)
		for _, end := range []<-chan submitted{b, c, d} {
			wantStored(t, end, 2*unitTime)
		}
		wantStored(t, send(t.Context(), g, "e"), unitTime)
		wantUnits(t, u, []string{"a"}, []string{"b", "c1", "c2", "d"}, []string{"e"})
	})
}

func TestWhereManyWaitAnotherLaneTakesThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &units{}
		g := newReports(u.store)
		g.lanes = 2
		ends := []<-chan submitted{send(t.Context(), g, "first")}
		var arrived []string
		for i := range worthALane {
			arrived = append(arrived, fmt.Sprint(i))
			ends = append(ends, send(t.Context(), g, fmt.Sprint(i)))
		}
		for range worthALane - 1 { // too few for a lane of their own, and for a third lane in any case
			ends = append(ends, send(t.Context(), g, "late"))
		}
		wantUnits(t, u, []string{"first"}, arrived)
		for i, end := range ends {
			got := <-end
			if want := (1 + i/(worthALane+1)) * int(unitTime); got.err != nil || int(got.took) != want {
				t.Errorf("%d: got error %v after %s, want none after %s", i, got.err, got.took, time.Duration(want))
			}
		}
		synctest.Wait()
		if len(u.seen) != 3 {
			t.Errorf("got %d units, want 3: the second lane ends when few wait", len(u.seen))
		}
	})
}

func TestTheItemsOfOneCallerAreNeverUnderWayInTwoLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &units{}
		g := newReports(u.store)
		g.lanes = 2
		const left = 10 // of the many when the first of them are under way
		many := make([]string, maxGathered+left)
		for i := range many {
			many[i] = fmt.Sprint("many ", i)
		}
		batch := send(t.Context(), g, many...)
		var others []<-chan submitted
		for range worthALane - left {
			others = append(others, send(t.Context(), g, "other"))
		}
		wantStored(t, batch, 2*unitTime)
		for _, end := range others {
			wantStored(t, end, unitTime)
		}
		wantUnits(t, u, many[:maxGathered], slices.Repeat([]string{"other"}, worthALane-left), many[maxGathered:])
	})
}

func TestAUnitTakesNoMoreThanItMayAndNobodyIsOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &units{}
		g := newReports(u.store)
		ends := []<-chan submitted{send(t.Context(), g, "first")}
		var arrived []string
		for i := range maxGathered - 1 {
			arrived = append(arrived, fmt.Sprint(i))
			ends = append(ends, send(t.Context(), g, fmt.Sprint(i)))
		}
		// Of these two one fits still.
		ends = append(ends, send(t.Context(), g, "one", "two"), send(t.Context(), g, "three"))
		for i, end := range ends {
			if got := <-end; got.err != nil {
				t.Errorf("%d: got error %v, want none", i, got.err)
			}
		}
		wantUnits(t, u, []string{"first"}, append(arrived, "one"), []string{"two", "three"})
	})
}

func TestMoreThanMayWaitIsRefusedAtOnceAndRoomIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newReports((&units{}).store)
		ends := []<-chan submitted{send(t.Context(), g, "under way")}
		whole := make([]string, maxGathered)
		for range maxWaiting / maxGathered {
			ends = append(ends, send(t.Context(), g, whole...))
		}
		got := <-send(t.Context(), g, "too many")
		if !errors.Is(got.err, errOverloaded) || got.took != 0 || domain.RetryAfterOf(got.err) <= 0 {
			t.Errorf("got %v after %s, want a refusal at once that says when to come back", got.err, got.took)
		}
		time.Sleep(unitTime) // one unit is done, and the next has taken its jobs
		synctest.Wait()
		ends = append(ends, send(t.Context(), g, "again"))
		for _, end := range ends {
			if got := <-end; got.err != nil {
				t.Errorf("once there is room: got %v, want none", got.err)
			}
		}
	})
}

func TestWhoStopsWaitingTakesNothingFromOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &units{}
		g := newReports(u.store)
		ctx, cancel := context.WithCancel(t.Context())
		underWay, waiting := send(ctx, g, "under way"), send(ctx, g, "waiting")
		other := send(t.Context(), g, "other")
		cancel()
		for _, end := range []<-chan submitted{underWay, waiting} {
			if got := <-end; !errors.Is(got.err, context.Canceled) || got.took != 0 {
				t.Errorf("got %v after %s, want the context's error at once", got.err, got.took)
			}
		}
		wantStored(t, other, 2*unitTime)
		wantUnits(t, u, []string{"under way"}, []string{"other"}) // what was begun is stored, what only waited is not
	})
}

func TestAPoisonedUnitIsRepeatedOneByOne(t *testing.T) {
	refusal := &domain.Error{Kind: domain.KindInternal, Code: "bad"}
	for name, poison := range map[string]func(){
		"an error": func() {},
		"a panic":  func() { panic("of one report") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := &units{fail: func(jobs []*job) error {
					if slices.ContainsFunc(jobs, func(j *job) bool { return j.decision == "bad" }) {
						poison()
						return refusal
					}
					return nil
				}}
				g := newReports(u.store)
				send(t.Context(), g, "first")
				good, bad, pair := send(t.Context(), g, "good"), send(t.Context(), g, "bad"), send(t.Context(), g, "p1", "p2")
				for name, end := range map[string]<-chan submitted{"good": good, "pair": pair} {
					if got := <-end; got.err != nil {
						t.Errorf("%s: got %v, want none", name, got.err)
					}
				}
				if got := <-bad; domain.KindOf(got.err) != domain.KindInternal || got.err == nil {
					t.Errorf("bad: got %v, want an internal error", got.err)
				}
				wantUnits(t, u, []string{"first"}, []string{"good", "bad", "p1", "p2"}, []string{"good"}, []string{"bad"}, []string{"p1"},
					[]string{"p2"})
			})
		})
	}
}

func TestAContendedUnitIsRepeatedOneByOneAndAStoreThatIsAwayIsNot(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		units int
	}{
		"contended": {errContended, 4},
		"away":      {domain.ErrUnavailable, 2},
		"closed":    {domain.ErrClosed, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := &units{fail: func(jobs []*job) error {
					if len(jobs) > 1 {
						return c.err
					}
					return nil
				}}
				g := newReports(u.store)
				send(t.Context(), g, "first")
				a, b := send(t.Context(), g, "a"), send(t.Context(), g, "b")
				for _, end := range []<-chan submitted{a, b} {
					if got := <-end; (got.err == nil) != (c.units > 2) {
						t.Errorf("got %v", got.err)
					}
				}
				if len(u.seen) != c.units {
					t.Errorf("units: got %d, want %d", len(u.seen), c.units)
				}
			})
		})
	}
}

func TestAUnitThatHangsIsGivenUpAndTheNextIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := true
		g := newReports(func(ctx context.Context, _ []*job) error {
			if hang {
				hang = false
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		hung, next := send(t.Context(), g, "hung"), send(t.Context(), g, "next")
		if got := <-hung; !errors.Is(got.err, context.DeadlineExceeded) || got.took != gatherTime {
			t.Errorf("got %v after %s, want a deadline after %s", got.err, got.took, gatherTime)
		}
		wantStored(t, next, gatherTime)
	})
}

func TestWhatWaitsIsStoredWhenEverybodyLeavesAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &units{}
		g := newReports(u.store)
		var ends []<-chan submitted
		for i := range 600 {
			ends = append(ends, send(t.Context(), g, fmt.Sprint(i)))
		}
		for _, end := range ends { // as a server does that drains: nobody new comes, and whoever waits is answered
			if got := <-end; got.err != nil {
				t.Errorf("got %v, want none", got.err)
			}
		}
		synctest.Wait() // the gatherer ends by itself: a goroutine left behind would fail the bubble
		if g.running > 0 || len(g.waiting) > 0 {
			t.Errorf("afterwards: running %d, waiting %d", g.running, len(g.waiting))
		}
	})
}
