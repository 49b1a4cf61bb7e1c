package opencloud

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/ports"
)

func TestTheTurnsOfAProcessThatIsGoneComeBackAndAreNotUsedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		gone := &brittle{Budget: store}
		a, _ := process(gone)
		b, _ := process(store)
		start := time.Now()
		dying := calls{meter: a, lane: ports.LanePromote, takes: 20 * time.Millisecond}
		dying.until(t, 8, start.Add(90*time.Second)) // it dies here: nobody hears of it again
		gone.down.Store(true)
		heir := calls{meter: b, lane: ports.LanePromote, takes: 20 * time.Millisecond}
		heir.until(t, 8, start.Add(5*time.Minute))
		if most := within(merged(dying.let, heir.let), time.Minute); most > 300 {
			t.Errorf("the fullest minute: got %d calls, want at most the limit", most)
		}
		if first := heir.let[0].Sub(start); first > 100*time.Second {
			t.Errorf("the heir's first call came after %s, want it when the lease of the other was over", first)
		}
		if len(heir.let) < 900 {
			t.Errorf("the heir made %d calls in three and a half minutes, want nearly all that are allowed", len(heir.let))
		}
	})
}

func TestAProcessThatCannotAgreeWithOthersUsesLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		store.down.Store(true)
		a, _ := process(store)
		b, _ := process(store)
		start := time.Now()
		one := calls{meter: a, lane: ports.LanePromote}
		two := calls{meter: b, lane: ports.LanePromote}
		var all sync.WaitGroup
		for _, c := range []*calls{&one, &two} {
			all.Go(func() { c.until(t, 4, start.Add(3*time.Minute)) })
		}
		all.Wait()
		for i, c := range []*calls{&one, &two} {
			if n := within(c.let, time.Minute); n != 30 {
				t.Errorf("process %d without a store: got %d calls in the fullest minute, want a tenth of the limit", i+1, n)
			}
		}
		store.down.Store(false)
		again := time.Now()
		one.let, two.let = nil, nil
		all.Go(func() { one.until(t, 8, again.Add(4*time.Minute)) })
		all.Wait()
		if n := len(one.let); n < 900 {
			t.Errorf("once the store is back: got %d calls in four minutes, want nearly all 1200", n)
		}
		if most := within(one.let, time.Minute); most > 300 {
			t.Errorf("once the store is back: got %d calls in the fullest minute, want at most the limit", most)
		}
	})
}

func TestAProcessThatIsCutOffLeavesItsTurnsToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		far := &brittle{Budget: store}
		a, _ := process(far)
		b, _ := process(store)
		start := time.Now()
		cutOff := calls{meter: a, lane: ports.LanePromote, takes: 20 * time.Millisecond}
		other := calls{meter: b, lane: ports.LanePromote, takes: 20 * time.Millisecond}
		time.AfterFunc(70*time.Second, func() { far.down.Store(true) })
		time.AfterFunc(200*time.Second, func() { far.down.Store(false) })
		var all sync.WaitGroup
		all.Go(func() { cutOff.until(t, 8, start.Add(5*time.Minute)) })
		all.Go(func() { other.until(t, 8, start.Add(5*time.Minute)) })
		all.Wait()
		if most := within(merged(cutOff.let, other.let), time.Minute); most > 300+30 {
			t.Errorf("the fullest minute: got %d calls, want at most the limit and the tenth of a process that is cut off", most)
		}
		alone := 0
		for _, at := range cutOff.let {
			if since := at.Sub(start); since > 80*time.Second && since < 200*time.Second {
				alone++
			}
		}
		if alone > 60 {
			t.Errorf("the process that was cut off made %d calls in two minutes, want at most a tenth of the limit", alone)
		}
	})
}

func TestAProcessWhoseLeaseIsOverStopsUntilItHearsOfTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		m, _ := process(store)
		start := time.Now()
		time.AfterFunc(10*time.Second, func() { store.hangs.Store(int64(30 * time.Second)) })
		time.AfterFunc(20*time.Second, func() { store.hangs.Store(0) })
		queue := calls{meter: m, lane: ports.LanePromote}
		queue.until(t, 8, start.Add(3*time.Minute))
		during, after := 0, 0
		for _, at := range queue.let {
			switch since := at.Sub(start); {
			case since > 10*time.Second+leaseTime*time.Millisecond && since < 40*time.Second:
				during++
			case since > 41*time.Second:
				after++
			}
		}
		if during > 0 || after < 300 {
			t.Errorf("got %d calls while the store hung and the lease was over, and %d afterwards, want none and all that the limit allows for", during, after)
		}
	})
}

func TestAStoreThatIsDownForMomentsIsNotNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storeOf(t)
		m, _ := process(store)
		start := time.Now()
		for n := range 30 {
			time.AfterFunc(time.Duration(n)*10*time.Second+5*time.Second, func() { store.down.Store(true) })
			time.AfterFunc(time.Duration(n)*10*time.Second+8*time.Second, func() { store.down.Store(false) })
		}
		queue := calls{meter: m, lane: ports.LanePromote}
		queue.until(t, 8, start.Add(5*time.Minute))
		if n := len(queue.let); n < 1400 {
			t.Errorf("calls in five minutes: got %d, want nearly all of 1500", n)
		}
		if most := within(queue.let, time.Minute); most > 300 {
			t.Errorf("the fullest minute: got %d calls, want at most the limit", most)
		}
	})
}
