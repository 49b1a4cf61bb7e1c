package httpapi

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestABurstIsGrantedAtOnceAndThenWhatIsEarned(t *testing.T) {
	b, rate := newBuckets[string](10), pace{PerSecond: 5, Burst: 3}
	for i, want := range []allowance{
		{rate: rate, left: 2, whole: 200 * time.Millisecond},
		{rate: rate, left: 1, whole: 400 * time.Millisecond},
		{rate: rate, left: 0, whole: 600 * time.Millisecond},
		{rate: rate, left: 0, whole: 600 * time.Millisecond, wait: 200 * time.Millisecond},
	} {
		if got := b.spend("a", rate, 1, noon); got != want {
			t.Errorf("request %d: got %+v, want %+v", i+1, got, want)
		}
	}
	if got := b.spend("b", rate, 1, noon); !got.granted() || got.left != 2 {
		t.Errorf("another caller: got %+v, want two left", got)
	}
	if got := b.spend("a", rate, 1, noon.Add(199*time.Millisecond)); got.granted() || got.wait != time.Millisecond {
		t.Errorf("a millisecond early: got %+v, want to wait one more", got)
	}
	if got := b.spend("a", rate, 1, noon.Add(200*time.Millisecond)); !got.granted() || got.left != 0 {
		t.Errorf("in time: got %+v, want the last one granted", got)
	}
	if got := b.spend("a", rate, 1, noon.Add(time.Hour)); !got.granted() || got.left != 2 {
		t.Errorf("an hour later: got %+v, want the burst again and no more", got)
	}
}

func TestACostAboveTheBurstIsTheWholeBurst(t *testing.T) {
	b, rate := newBuckets[string](10), pace{PerSecond: 1, Burst: 3}
	if got := b.spend("a", rate, 5, noon); !got.granted() || got.left != 0 {
		t.Errorf("of five: got %+v, want all three spent", got)
	}
	if got := b.spend("a", rate, 2, noon.Add(time.Second)); got.granted() || got.wait != time.Second || got.left != 1 {
		t.Errorf("two when one is there: got %+v, want to wait a second", got)
	}
	if got := b.spend("a", rate, 1, noon.Add(time.Second)); !got.granted() {
		t.Errorf("what was refused cost something: %+v", got)
	}
}

func TestAClockThatIsPutBackLocksNobodyOut(t *testing.T) {
	b, rate := newBuckets[string](10), pace{PerSecond: 1, Burst: 2}
	b.spend("a", rate, 2, noon)
	if got := b.spend("a", rate, 1, noon.Add(-time.Hour)); got.granted() || got.wait != time.Second {
		t.Errorf("an hour before: got %+v, want to wait a second as for any empty bucket", got)
	}
}

func TestNoRateIsNoLimit(t *testing.T) {
	b := newBuckets[string](10)
	for range 1000 {
		if got := b.spend("a", pace{}, 1, noon); got != (allowance{}) {
			t.Fatalf("got %+v, want no limit", got)
		}
	}
	if b.size() != 0 {
		t.Errorf("remembered: got %d, want nobody", b.size())
	}
}

func TestLookingCostsNothing(t *testing.T) {
	b, rate := newBuckets[string](10), pace{PerSecond: 1, Burst: 1}
	for range 5 {
		if got := b.peek("a", rate, noon); !got.granted() {
			t.Fatalf("got %+v, want granted", got)
		}
	}
	b.spend("a", rate, 1, noon)
	if got := b.peek("a", rate, noon); got.granted() || got.wait != time.Second {
		t.Errorf("got %+v, want to wait a second", got)
	}
}

// However requests come, no more are granted in any time than the burst and what is earned in it.
func TestNoMoreIsGrantedThanTheRateAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := pace{PerSecond: rapid.Float64Range(0.1, 1000).Draw(t, "rate"), Burst: rapid.IntRange(1, 50).Draw(t, "burst")}
		b, at, granted := newBuckets[string](2), noon, 0
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(50*time.Millisecond)).Draw(t, "pause")))
			cost := rapid.IntRange(1, 3).Draw(t, "cost")
			a := b.spend("a", rate, cost, at)
			if a.granted() {
				granted += min(cost, rate.burst())
			} else if later := b.peek("a", rate, at.Add(a.wait)); !later.granted() {
				t.Fatalf("after the wait of %s: got %+v, want granted", a.wait, later)
			}
			if most := float64(rate.Burst) + at.Sub(noon).Seconds()*rate.PerSecond + 1e-3*float64(granted); float64(granted) > most {
				t.Fatalf("granted %d by %s, want at most %.3f", granted, at.Sub(noon), most)
			}
		}
	})
}

func TestOnlySoManyCallersAreRememberedTheLatestOnesForSure(t *testing.T) {
	const most = 100
	b, rate := newBuckets[int](most), pace{PerSecond: 0.001, Burst: 1}
	for caller := range 10_000 {
		b.spend(caller, rate, 1, noon)
		if b.size() > most {
			t.Fatalf("after %d callers %d are remembered, want at most %d", caller+1, b.size(), most)
		}
		if last := max(caller-most/2+1, 0); b.peek(last, rate, noon).granted() {
			t.Fatalf("caller %d is forgotten after %d others", last, caller-last)
		}
	}
	if !b.peek(0, rate, noon).granted() {
		t.Error("the first of 10,000 callers is remembered still")
	}
}

func TestTenThousandCallersCostLittle(t *testing.T) {
	grown := func(fill func()) uint64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		fill()
		runtime.GC()
		runtime.ReadMemStats(&after)
		return max(after.HeapAlloc, before.HeapAlloc) - before.HeapAlloc
	}
	l := newLimiter(Limits{}, nil)
	rate := pace{PerSecond: 0.001, Burst: 1}
	cost := grown(func() {
		for i := range 100_000 {
			address := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
			l.addresses.spend(address, rate, 1, noon)
			l.failures.spend(address, rate, 1, noon)
			l.keys.spend(fmt.Sprintf("key %d", i), rate, 1, noon)
		}
	})
	if cost > 10<<20 {
		t.Errorf("memory: got %d bytes, want at most 10 MiB", cost)
	}
	t.Logf("%d bytes for %d buckets", cost, l.addresses.size()+l.failures.size()+l.keys.size())
	runtime.KeepAlive(l)
}

// size returns how many callers are remembered, at most.
func (b *buckets[K]) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.young) + len(b.old)
}
