package opencloud

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// minute is how long a turn of these tests rests.
const minute = 60_000

// one asks about one endpoint and returns what was granted.
func (p *pact) one(id string, now int64, a ask) grant {
	a.per = minute
	return p.exchange(id, now, map[string]ask{"call": a})["call"]
}

func (p *pact) turns() int {
	n := len(p.pools["call"].free)
	for _, held := range p.pools["call"].held {
		n += len(held)
	}
	return n
}

func TestAPactNeverHasMoreTurnsThanTheLimitAllowsFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most = 20
		p := parsePact("")
		held := map[string]int{}
		now := int64(1_000_000)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now += int64(rapid.IntRange(-2000, 9000).Draw(t, "passes"))
			id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "who")
			back := rapid.IntRange(0, held[id]).Draw(t, "gives back")
			lost := rapid.IntRange(0, held[id]-back).Draw(t, "has forgotten")
			a := ask{most: most, want: want{Turns: rapid.IntRange(0, 30).Draw(t, "wants")}}
			a.want.Urgent = rapid.IntRange(0, a.want.Turns).Draw(t, "urgently")
			for range back {
				a.back = append(a.back, int64(rapid.IntRange(-10, minute).Draw(t, "free in")))
			}
			for range held[id] - back - lost {
				a.keep = append(a.keep, int64(rapid.IntRange(-10, minute).Draw(t, "free in")))
			}
			g := p.one(id, now, a)
			held[id] = len(a.keep) - g.excess + len(g.turns)
			text, err := p.text()
			if err != nil {
				t.Fatalf("text: got error %v, want none", err)
			}
			p = parsePact(text)
			if n := p.turns(); n != most {
				t.Fatalf("turns: got %d, want the %d of the limit", n, most)
			}
			if mine := len(p.pools["call"].held[id]); mine != held[id] {
				t.Fatalf("turns of %s: got %d, want the %d that it was told", id, mine, held[id])
			}
			if len(g.turns) > a.want.Turns || !slices.IsSorted(p.pools["call"].free) {
				t.Fatalf("got %d turns granted of %d wanted, and free ones %v", len(g.turns), a.want.Turns, p.pools["call"].free)
			}
		}
	})
}

func TestOfTurnsThatNobodySpeaksOfTheWorstIsAssumed(t *testing.T) {
	p := parsePact("")
	g := p.one("a", 0, ask{most: 4, want: want{Turns: 4}})
	if got := fmt.Sprint(g.turns); got != "[0 0 0 0]" {
		t.Fatalf("the first: got turns in %s ms, want all four at once", got)
	}
	p.one("a", 1000, ask{most: 4, keep: []int64{0, 0, 30_000, 59_000}})
	if g := p.one("b", 1000+leaseTime-1, ask{most: 4, want: want{Turns: 4}}); len(g.turns) != 0 {
		t.Errorf("before the lease of the other is over: got %d turns, want none", len(g.turns))
	}
	over := int64(1000 + leaseTime)
	g = p.one("b", over, ask{most: 4, want: want{Turns: 4}})
	want := []int64{30_000 + 1000 - over, 59_000 + 1000 - over, minute, minute} // those that it could have used rest anew
	if diff := cmp.Diff(want, g.turns); diff != "" {
		t.Errorf("after it: turns (-want +got)\n%s", diff)
	}
	if g := p.one("a", over+1, ask{most: 4, keep: []int64{0, 0, 0, 0}}); g.excess != 4 {
		t.Errorf("the one that was gone: got %d turns to give up, want all four", g.excess)
	}
}

func TestTurnsAreSharedEvenlyAsLongAsEverybodyWantsThem(t *testing.T) {
	p := parsePact("")
	all := p.one("a", 0, ask{most: 12, want: want{Turns: 99}})
	if len(all.turns) != 12 || all.owed != (want{}) {
		t.Fatalf("alone: got %d turns and %v owed, want all and nothing", len(all.turns), all.owed)
	}
	if g := p.one("b", 1, ask{most: 12, want: want{Turns: 4}}); len(g.turns) != 0 {
		t.Fatalf("the second: got %d turns, want none yet", len(g.turns))
	}
	keep := make([]int64, 12)
	if g := p.one("a", 2, ask{most: 12, keep: keep}); g.owed.Turns != 4 {
		t.Fatalf("the first: got %v owed, want the four that the second waits for", g.owed)
	}
	p.one("a", 3, ask{most: 12, keep: keep[:8], back: keep[8:]})
	if g := p.one("b", 4, ask{most: 12, want: want{Turns: 12}}); len(g.turns) != 4 {
		t.Fatalf("the second: got %d turns, want those that the first gave back", len(g.turns))
	}
	if g := p.one("a", 5, ask{most: 12, keep: keep[:8], want: want{Turns: 4}}); g.owed.Turns != 2 || len(g.turns) != 0 {
		t.Fatalf("the first: got %v owed and %d turns, want what is beyond its half, and none", g.owed, len(g.turns))
	}
}

func TestUrgentCallsOfOthersComeBeforeOnesOwnShare(t *testing.T) {
	p := parsePact("")
	p.one("a", 0, ask{most: 4, want: want{Turns: 4}})
	p.one("b", 1, ask{most: 4, want: want{Turns: 1, Urgent: 1}})
	keep := []int64{0, 10_000, 20_000, 30_000}
	if g := p.one("a", 2, ask{most: 4, keep: keep}); g.owed.Urgent != 1 {
		t.Fatalf("the first: got %v owed, want a turn for an urgent call", g.owed)
	}
	p.one("a", 3, ask{most: 4, keep: keep[1:], back: keep[:1]})
	if g := p.one("a", 4, ask{most: 4, keep: keep[1:], want: want{Turns: 1}}); len(g.turns) != 0 {
		t.Fatalf("the first, which wants a turn too: got %v, want it left to the urgent call", g.turns)
	}
	if g := p.one("b", 5, ask{most: 4, want: want{Turns: 1, Urgent: 1}}); len(g.turns) != 1 || g.turns[0] != 0 {
		t.Fatalf("the second: got turns in %v ms, want one at once", g.turns)
	}
	if g := p.one("a", 6, ask{most: 4, keep: keep[1:]}); g.owed != (want{}) {
		t.Fatalf("the first afterwards: got %v owed, want nothing", g.owed)
	}
}

func TestAClockOfTheStoreThatIsSetBackLosesNothing(t *testing.T) {
	const day = 24 * 3_600_000
	p := parsePact("")
	p.one("a", 10*day, ask{most: 2, want: want{Turns: 1}})
	p.one("a", 10*day+1, ask{most: 2, back: []int64{40_000}, closed: 30_000, code: "resource_exhausted"})
	g := p.one("b", 9*day, ask{most: 2, want: want{Turns: 2}})
	if diff := cmp.Diff([]int64{0, 40_000}, g.turns); diff != "" {
		t.Errorf("turns (-want +got)\n%s", diff)
	}
	if g.closed != 30_000 || g.code != "resource_exhausted" {
		t.Errorf("closed: got %d ms for %q, want what was left of it", g.closed, g.code)
	}
}

func TestALimitThatWasChangedIsKeptFromThenOn(t *testing.T) {
	p := parsePact("")
	p.one("a", 0, ask{most: 4, want: want{Turns: 3}})
	if g := p.one("a", 1, ask{most: 2, keep: []int64{0, 0, 5}}); g.excess != 1 || p.turns() != 2 {
		t.Errorf("a lower one: got %d to give up and %d turns, want one and two", g.excess, p.turns())
	}
	if g := p.one("a", 2, ask{most: 3, keep: []int64{0, 5}, want: want{Turns: 1}}); len(g.turns) != 1 || g.turns[0] != minute {
		t.Errorf("a higher one: got turns in %v ms, want the new one after a minute", g.turns)
	}
}

func TestWhatIsNoPactIsAsIfNothingWasAgreedOn(t *testing.T) {
	for _, text := range []string{"", "null", "[]", "{", `{"pools":{"call":null}}`, `{"pools":7}`, strings.Repeat("x", 100)} {
		p := parsePact(text)
		if p.one("a", 0, ask{most: 3, want: want{Turns: 3}}); p.turns() != 3 {
			t.Errorf("%q: got %d turns, want three", text, p.turns())
		}
	}
}

func TestAPactOfTurnsThatRestIsShort(t *testing.T) {
	p := parsePact("")
	p.one("a", 0, ask{most: 300, want: want{Turns: 300}})
	keep := make([]int64, 300)
	keep[7] = 1234
	p.one("a", 5, ask{most: 300, keep: keep})
	text, err := p.text()
	want := `{"at":5,"until":{"a":6000},"pools":{"call":{"per":60000,"free":[0],"held":{"a":[299,1234]}}}}`
	if err != nil || text != want {
		t.Fatalf("got %s (%v), want %s", text, err, want)
	}
}

func FuzzAPactOfAnyTextKeepsTheLimit(f *testing.F) {
	f.Add("", int64(0))
	f.Add(`{"at":5,"until":{"a":1},"pools":{"call":{"per":60000,"free":[2,7],"held":{"a":[0,1],"b":[-5]},"wants":{"b":{"turns":2,"urgent":9}}}}}`, int64(9))
	f.Add(`{"at":-9223372036854775808,"pools":{"call":{"free":[9223372036854775807]}}}`, int64(1)<<60)
	f.Fuzz(func(t *testing.T, text string, now int64) {
		now %= 1 << 50
		p := parsePact(text)
		g := p.one("me", now, ask{most: 5, want: want{Turns: 2, Urgent: 1}})
		if n := len(p.pools["call"].free) + len(g.turns); n > 5 {
			t.Fatalf("%q: got %d turns that nobody else has, want at most the limit", text, n)
		}
		for _, in := range g.turns {
			if in < 0 {
				t.Fatalf("%q: got a turn in %d ms, want none before now", text, in)
			}
		}
	})
}
