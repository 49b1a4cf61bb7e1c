package opencloud

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// brittle is a store that can be down.
type brittle struct {
	ports.Budget

	down  atomic.Bool
	hangs atomic.Int64 // for so many nanoseconds, whatever the context says
	calls atomic.Int64
}

func (b *brittle) Share(ctx context.Context, name string, change func(string, time.Time) (string, error)) error {
	b.calls.Add(1)
	time.Sleep(time.Duration(b.hangs.Load()))
	if b.down.Load() {
		return errors.New("the store is down")
	}
	return b.Budget.Share(ctx, name, change)
}

// storeOf returns a store in memory.
func storeOf(t *testing.T) *brittle {
	t.Helper()
	s := memstore.New()
	t.Cleanup(func() { _ = s.Close() })
	return &brittle{Budget: s}
}

// process returns the meters of a process that shares the limits of two endpoints.
func process(store ports.Budget) (first, second *meter) {
	first, second = groupMeter(), groupMeter()
	second.name = "do the other"
	newShare(store, "key", "group", time.Now, first, second)
	return first, second
}

// until makes calls with so many hands until the time has come, and returns when they were let through.
func (c *calls) until(t *testing.T, hands int, end time.Time) {
	t.Helper()
	var all sync.WaitGroup
	for range hands {
		all.Go(func() {
			for time.Now().Before(end) {
				if !c.make(t, time.Until(end)) {
					time.Sleep(10 * time.Millisecond)
				}
			}
		})
	}
	all.Wait()
}

// merged returns all instants in order.
func merged(lists ...[]time.Time) []time.Time {
	return slices.SortedFunc(slices.Values(slices.Concat(lists...)), time.Time.Compare)
}

func TestAProcessThatIsAloneHasTheWholeBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		m, _ := process(store)
		queue := calls{meter: m, lane: ports.LanePromote, takes: 20 * time.Millisecond}
		start := time.Now()
		queue.all(t, 1500)
		if took := time.Since(start); took > 5*time.Minute {
			t.Errorf("five minutes' calls took %s, want no more", took)
		}
		if most := within(queue.let, time.Minute); most != 300 {
			t.Errorf("the fullest minute: got %d calls, want exactly the limit", most)
		}
		if n := store.calls.Load(); n > 5*60+20 {
			t.Errorf("asked the store %d times for 1500 calls in five minutes, want once a second", n)
		}
	})
}

func TestTwoProcessesShareOneBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		a, _ := process(store)
		b, _ := process(store)
		one := calls{meter: a, lane: ports.LanePromote, takes: 30 * time.Millisecond}
		two := calls{meter: b, lane: ports.LanePromote, takes: 50 * time.Millisecond}
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() { one.until(t, 8, start.Add(6*time.Minute)) })
		all.Go(func() {
			time.Sleep(90 * time.Second) // the other has everything by then
			two.until(t, 8, start.Add(6*time.Minute))
		})
		all.Wait()
		let := merged(one.let, two.let)
		if most := within(let, time.Minute); most > 300 {
			t.Errorf("the fullest minute: got %d calls, want at most the limit", most)
		}
		if len(let) < 6*300*9/10 {
			t.Errorf("calls in six minutes: got %d, want nine tenths of 1800 at least", len(let))
		}
		late := 0
		for _, at := range two.let {
			if at.After(start.Add(4 * time.Minute)) {
				late++
			}
		}
		if late < 200 || late > 400 {
			t.Errorf("the second made %d of the 600 calls of the last two minutes, want about half", late)
		}
	})
}

func TestAnUrgentCallOfAProcessWithoutTurnsIsMadeWhileAnotherUsesAll(t *testing.T) {
	for _, at := range []time.Duration{time.Second, 30 * time.Second, 56900 * time.Millisecond, 57100 * time.Millisecond, 58 * time.Second, 118 * time.Second} {
		t.Run(at.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := storeOf(t)
				a, otherA := process(store)
				b, otherB := process(store)
				start := time.Now()
				busy := calls{meter: a, lane: ports.LanePromote, takes: 40 * time.Millisecond}
				alsoBusy := calls{meter: otherA, lane: ports.LanePromote, takes: 40 * time.Millisecond}
				var all sync.WaitGroup
				all.Go(func() { busy.until(t, 8, start.Add(3*time.Minute)) })
				all.Go(func() { alsoBusy.until(t, 8, start.Add(3*time.Minute)) })
				time.Sleep(at)
				began := time.Now()
				urgent := calls{meter: b, lane: ports.LaneBan, takes: 40 * time.Millisecond}
				then := calls{meter: otherB, lane: ports.LaneBan, takes: 40 * time.Millisecond}
				if !urgent.make(t, time.Minute) || !then.make(t, time.Minute) {
					t.Fatal("an urgent call that can wait a minute: got a refusal, want its turn")
				}
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("two urgent calls, one after the other: got them made in %s, want 5 s at most", took)
				}
				all.Wait()
				for name, let := range map[string][]time.Time{"first": merged(busy.let, urgent.let), "second": merged(alsoBusy.let, then.let)} {
					if most := within(let, time.Minute); most > 300 {
						t.Errorf("the fullest minute of the %s endpoint: got %d calls, want at most the limit", name, most)
					}
				}
			})
		})
	}
}

func TestAProcessWithoutAnythingToDoLeavesEverythingToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		a, _ := process(store)
		b, _ := process(store)
		(&calls{meter: a, lane: ports.LanePromote}).all(t, 20)
		time.Sleep(3 * time.Second)
		if a.holds() {
			t.Error("an idle process: got it to hold turns, want them given back")
		}
		before := store.calls.Load()
		time.Sleep(time.Hour)
		if n := store.calls.Load() - before; n != 0 {
			t.Errorf("an idle process: got it to ask the store %d times in an hour, want never", n)
		}
		queue := calls{meter: b, lane: ports.LanePromote}
		start := time.Now()
		queue.all(t, 300)
		if took := time.Since(start); took > time.Minute {
			t.Errorf("a minute's calls of the other took %s, want no more", took)
		}
	})
}

func TestARefusalIsForEveryProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		a, _ := process(store)
		b, untouched := process(store)
		end := time.Now().Add(5 * time.Second)
		var all sync.WaitGroup
		for _, m := range []*meter{a, b} {
			all.Go(func() { (&calls{meter: m, lane: ports.LanePromote}).until(t, 2, end) })
		}
		all.Wait()
		a.closeFor(30*time.Second, statusError(429), true)
		began := time.Now()
		time.Sleep(1500 * time.Millisecond)
		_ = untouched.take(t.Context(), ports.LanePromote, 1, time.Second)
		time.Sleep(time.Second)
		err := b.take(t.Context(), ports.LaneBan, 1, 0)
		left := 30*time.Second - time.Since(began)
		if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "resource_exhausted" || e.RetryAfter > left || e.RetryAfter < left-time.Second {
			t.Fatalf("the other process: got %v, want the refusal for the %s that are left", err, left)
		}
		if err := untouched.take(t.Context(), ports.LaneBan, 1, time.Second); err != nil {
			t.Errorf("another endpoint: got %v, want a turn", err)
		}
		if err := b.take(t.Context(), ports.LaneBan, 1, time.Minute); err != nil {
			t.Errorf("afterwards: got %v, want a turn", err)
		}
		if late := time.Since(began) - 30*time.Second; late < 0 || late > time.Second {
			t.Errorf("the other process waited until %s after the end of what Roblox asked for, want until the end", late)
		}
	})
}

func TestAShareThatIsClosedGivesItsTurnsBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		a, _ := process(store)
		start := time.Now()
		first := calls{meter: a, lane: ports.LanePromote}
		first.all(t, 100)
		a.share.close()
		a.share.close()
		b, _ := process(store)
		second := calls{meter: b, lane: ports.LanePromote}
		second.all(t, 200)
		if took := time.Since(start); took > time.Minute {
			t.Errorf("a minute's calls of two processes, one after the other: got them made in %s, want no more", took)
		}
		if most := within(merged(first.let, second.let), time.Minute); most > 300 {
			t.Errorf("the fullest minute: got %d calls, want at most the limit", most)
		}
	})
}

func TestKeysShareNothingAndAreNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &named{Budget: storeOf(t)}
		for _, key := range []string{"one", "two"} {
			m := newMeter("do it", 1, time.Minute, time.Now)
			newShare(store, key, "group", time.Now, m)
			if !(&calls{meter: m}).make(t, time.Second) {
				t.Errorf("a call with key %q: got a refusal, want its turn: another key's calls are not its own", key)
			}
		}
		want := []string{"open-cloud/7692c3ad3540bb803c020b3aee66cd88/group", "open-cloud/3fc4ccfe745870e2c0d99f71f30ff065/group"}
		if got := slices.Compact(store.names); !slices.Equal(got, want) {
			t.Errorf("names: got %q, want %q, which hold a hash of the key", got, want)
		}
	})
}

// named remembers under which names something is shared.
type named struct {
	ports.Budget

	mu    sync.Mutex
	names []string
}

func (n *named) Share(ctx context.Context, name string, change func(string, time.Time) (string, error)) error {
	n.mu.Lock()
	n.names = append(n.names, name)
	n.mu.Unlock()
	return n.Budget.Share(ctx, name, change)
}

func TestManyProcessesNeverExceedTheLimitTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		start := time.Now()
		var all sync.WaitGroup
		lists := make([]calls, 5)
		for i := range lists {
			all.Go(func() {
				lists[i].meter, _ = process(store)
				lists[i].lane, lists[i].takes = ports.LanePromote, time.Duration(10+20*i)*time.Millisecond
				for round := range 4 { // each begins and ends at times of its own
					time.Sleep(time.Duration(7*i+3*round) * time.Second)
					lists[i].until(t, 1+2*i, time.Now().Add(time.Duration(20+15*i)*time.Second))
				}
				lists[i].meter.share.close()
			})
		}
		all.Wait()
		var let []time.Time
		for i := range lists {
			let = append(let, lists[i].let...)
		}
		let = merged(let)
		if most := within(let, time.Minute); most > 300 {
			t.Errorf("the fullest minute: got %d calls, want at most the limit", most)
		}
		if len(let) < 1800 {
			t.Errorf("calls in %s: got %d, want most of what the limit allows for", time.Since(start), len(let))
		}
	})
}
