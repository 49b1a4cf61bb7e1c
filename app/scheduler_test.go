package app_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/ports"
)

// everyHour is the schedule of each full hour.
func everyHour(after time.Time) time.Time { return after.Truncate(time.Hour).Add(time.Hour) }

// schedule lets a scheduler of this service work until the test ends, or until the function that it returns is called.
func (b *bench) schedule(next func(time.Time) time.Time) (stop func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	var done sync.WaitGroup
	done.Go(func() { b.service.Scheduler(next).Run(ctx) })
	stop = func() {
		cancel()
		done.Wait()
	}
	b.t.Cleanup(stop)
	return stop
}

// scheduled returns the instants whose reviews were begun, oldest first.
func (b *bench) scheduled() []string {
	b.t.Helper()
	page, err := b.service.Reviews(b.t.Context(), "", 100)
	if err != nil {
		b.t.Fatal(err)
	}
	var instants []string
	for _, r := range slices.Backward(page.Reviews) {
		if !r.Apply || r.Principal != app.SchedulePrincipal {
			b.t.Errorf("the review of %s: got apply %t for %s, want it to apply for the schedule", r.Schedule, r.Apply, r.Principal)
		}
		instants = append(instants, r.Schedule)
	}
	return instants
}

func (b *bench) wantScheduled(want ...time.Time) {
	b.t.Helper()
	var texts []string
	for _, at := range want {
		texts = append(texts, at.UTC().Format(time.RFC3339))
	}
	if got := b.scheduled(); !slices.Equal(got, texts) {
		b.t.Errorf("reviews of %q, want %q", got, texts)
	}
}

func TestEachInstantOfTheScheduleIsReviewedOnceHoweverManyReplicasThereAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := newBench(t, app.Remote{})
		two := one.beside(one.store)
		time.Sleep(30 * time.Minute) // a bubble begins at midnight
		began := time.Now()
		for _, b := range []*bench{one, two} {
			b.sweep()
			b.schedule(everyHour)
		}
		one.crowd(part{n: 10, rank: "Trooper", points: 250})
		time.Sleep(2*time.Hour + time.Minute)
		one.wantScheduled(began.Add(30*time.Minute), began.Add(90*time.Minute))
		if s := one.standing(1); s.Rank != "Corporal" {
			t.Errorf("a player is %s, want the schedule to have applied", s.Rank)
		}
	})
}

func TestAnInstantThatPassedWhileNothingRanIsMadeUpForTenMinutes(t *testing.T) {
	for _, c := range []struct {
		down time.Duration
		want int
	}{{9 * time.Minute, 1}, {11 * time.Minute, 0}} {
		t.Run(c.down.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, app.Remote{})
				midnight := time.Now()
				time.Sleep(time.Hour + c.down)
				b.sweep()
				stop := b.schedule(everyHour)
				time.Sleep(time.Minute)
				b.wantScheduled([]time.Time{midnight.Add(time.Hour)}[:c.want]...)
				stop()
				b.schedule(everyHour) // as after another restart
				time.Sleep(time.Minute)
				b.wantScheduled([]time.Time{midnight.Add(time.Hour)}[:c.want]...)
			})
		})
	}
}

func TestTheScheduleOutlastsAStoreThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		midnight := time.Now()
		store := &gatedStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		store.before = func(int64) error {
			if d := time.Since(midnight); d < time.Hour+5*time.Minute || d > 2*time.Hour-time.Minute && d < 2*time.Hour+15*time.Minute {
				return unavailable(0)
			}
			return nil
		}
		b.sweep()
		time.Sleep(time.Second)
		b.schedule(everyHour)
		time.Sleep(3 * time.Hour)
		b.wantScheduled(midnight.Add(time.Hour), midnight.Add(3*time.Hour)) // that of two o'clock came too late
	})
}

func TestAScheduledReviewIsLeftOutWhileAnotherIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.startReview(everybody()) // and nobody works on it
		b.schedule(everyHour)
		time.Sleep(90 * time.Minute)
		page, err := b.service.Reviews(t.Context(), "", 10)
		if err != nil || len(page.Reviews) != 1 || page.Reviews[0].Schedule != "" {
			t.Errorf("got %+v and error %v, want the one that was asked for", page, err)
		}
	})
}

func TestAScheduleWithoutAnyInstantDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.schedule(func(time.Time) time.Time { return time.Time{} })
		time.Sleep(time.Hour)
		b.wantScheduled()
		for _, event := range b.events.all() {
			if e, ok := event.(ports.DispatchEvent); ok {
				t.Errorf("got the fault %v", e.Err)
			}
		}
	})
}
