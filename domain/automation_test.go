package domain_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

// crowded is a number of players of whom any share is many.
const crowded = 1_000_000

// moved lets n actions pass at an instant.
func moved(t fataler, a domain.Automation, n int, action domain.Action, at time.Time) domain.Automation {
	t.Helper()
	for i := range n {
		var ok bool
		if a, ok = a.Admit(action, domain.Limits{}, crowded, at); !ok {
			t.Fatalf("move %d of %d was not admitted", i+1, n)
		}
	}
	return a
}

func TestALimitAdmitsExactlySoManyMovesAnHour(t *testing.T) {
	const most = 5
	limits := domain.Limits{MovesPerHour: most}
	for _, action := range []domain.Action{domain.ActionPromote, domain.ActionDemote, domain.ActionSuspend, domain.ActionBan} {
		for before, want := range map[int]bool{most - 2: true, most - 1: true, most: false, most + 1: false} {
			t.Run(fmt.Sprintf("%s after %d of %d", action, before, most), func(t *testing.T) {
				a := moved(t, domain.Automation{}, before, domain.ActionPromote, noon)
				after, ok := a.Admit(action, limits, crowded, noon)
				if ok != want {
					t.Errorf("got admitted %t, want %t", ok, want)
				}
				state, counted := domain.AutomationPaused, int64(before)
				if want {
					state, counted = domain.AutomationRunning, counted+1
				}
				if got := after.Tally.LastHour(noon).All; after.State != state || got != counted {
					t.Errorf("got %s with %d moves, want %s with %d", after.State, got, state, counted)
				}
			})
		}
	}
}

func TestReachingALimitPausesAutomationAndSaysWhy(t *testing.T) {
	tests := []struct {
		name    string
		limits  domain.Limits
		before  domain.Automation
		players int64
		action  domain.Action
		want    string
	}{
		{
			"moves",
			domain.Limits{MovesPerHour: 2, DemotionsPercent: 5},
			moved(t, domain.Automation{}, 2, domain.ActionPromote, noon), 40, domain.ActionPromote,
			"more than 2 moves in an hour (maxMovesPerHour)",
		},
		{
			"demotions",
			domain.Limits{MovesPerHour: 100, DemotionsPercent: 5},
			moved(t, domain.Automation{}, 7, domain.ActionDemote, noon), 140, domain.ActionSuspend,
			"more than 7 demotions, suspensions and bans counted in, in an hour (maxDemotionsPercent: 5 % of 140 players)",
		},
		{
			"one demotion",
			domain.Limits{DemotionsPercent: 1},
			moved(t, domain.Automation{}, 1, domain.ActionBan, noon), 1, domain.ActionDemote,
			"more than 1 demotion, suspensions and bans counted in, in an hour (maxDemotionsPercent: 1 % of 1 player, counted as 100)",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			at := noon.Add(time.Minute)
			after, ok := test.before.Admit(test.action, test.limits, test.players, at)
			if ok || after.State != domain.AutomationPaused || after.Reason != test.want || !after.Since.Equal(at) || after.Principal != "" {
				t.Errorf("got %t, %s since %s by %q: %q; want paused since %s by nobody: %q",
					ok, after.State, after.Since, after.Principal, after.Reason, at, test.want)
			}
			if again, ok := after.Admit(domain.ActionPromote, domain.Limits{}, crowded, at.Add(time.Hour)); ok || again != after {
				t.Errorf("while it is paused: got admitted %t and %+v, want no and no change", ok, again)
			}
		})
	}
}

func TestDemotionsAreAShareOfThePlayersKnownWhoCountAsAHundredAtLeast(t *testing.T) {
	limits := domain.Limits{DemotionsPercent: 5}
	for players, most := range map[int64]int{0: 5, 1: 5, 99: 5, 100: 5, 119: 5, 120: 6, 139: 6, 140: 7, 1000: 50} {
		for _, action := range []domain.Action{domain.ActionDemote, domain.ActionSuspend, domain.ActionBan} {
			a := moved(t, domain.Automation{}, most-1, action, noon)
			a = moved(t, a, 7, domain.ActionPromote, noon)
			a, ok := a.Admit(action, limits, players, noon)
			if !ok {
				t.Errorf("%s, of %d players: got number %d held, want it carried out", action, players, most)
			}
			if _, ok = a.Admit(domain.ActionPromote, limits, players, noon); !ok {
				t.Errorf("of %d players: got a promotion held, want it carried out", players)
			}
			if _, ok = a.Admit(action, limits, players, noon); ok {
				t.Errorf("%s, of %d players: got number %d carried out, want it held", action, players, most+1)
			}
		}
	}
}

func TestReleasesNeitherCountNorWaitForAPause(t *testing.T) {
	paused, _ := moved(t, domain.Automation{}, 1, domain.ActionPromote, noon).
		Admit(domain.ActionPromote, domain.Limits{MovesPerHour: 1}, crowded, noon)
	for name, a := range map[string]domain.Automation{"running": {}, "paused": paused} {
		after, ok := a.Admit(domain.ActionRestore, domain.Limits{MovesPerHour: 1}, crowded, noon)
		if !ok || after != a {
			t.Errorf("%s: got admitted %t and %+v, want yes and no change", name, ok, after)
		}
	}
	stopped := domain.Automation{}.Stopped("drill", "staff", domain.UserID{}, noon)
	for a := domain.ActionNone; a <= domain.ActionRestore; a++ {
		if after, ok := stopped.Admit(a, domain.Limits{}, crowded, noon); ok || after != stopped {
			t.Errorf("stopped: got %s admitted, want nothing", a)
		}
	}
}

func TestTheHourSlides(t *testing.T) {
	limits := domain.Limits{MovesPerHour: 3}
	at := func(minutes, seconds int) time.Time {
		return noon.Add(time.Duration(minutes)*time.Minute + time.Duration(seconds)*time.Second)
	}
	a := moved(t, domain.Automation{}, 2, domain.ActionPromote, at(0, 30))
	a = moved(t, a, 1, domain.ActionDemote, at(10, 0))
	for _, step := range []struct {
		at   time.Time
		want domain.Moved
	}{
		{at(10, 0), domain.Moved{All: 3, Down: 1}},
		{at(60, 0), domain.Moved{All: 3, Down: 1}},
		{at(60, 59), domain.Moved{All: 3, Down: 1}}, // the minute counts until all of it is more than an hour ago
		{at(61, 0), domain.Moved{All: 1, Down: 1}},
		{at(70, 59), domain.Moved{All: 1, Down: 1}},
		{at(71, 0), domain.Moved{}},
		{at(100_000, 0), domain.Moved{}},
	} {
		if got := a.Tally.LastHour(step.at); got != step.want {
			t.Errorf("at %s: got %+v, want %+v", step.at.Format(time.TimeOnly), got, step.want)
		}
		if _, ok := a.Admit(domain.ActionPromote, limits, crowded, step.at); ok != (step.want.All < 3) {
			t.Errorf("at %s: got admitted %t after %d moves, limit 3", step.at.Format(time.TimeOnly), ok, step.want.All)
		}
	}
}

func TestAClockThatIsSetBackForgetsNothing(t *testing.T) {
	a := moved(t, domain.Automation{}, 2, domain.ActionPromote, noon)
	a = moved(t, a, 1, domain.ActionPromote, noon.Add(-30*time.Minute)) // the clock was set back
	if got := a.Tally.LastHour(noon.Add(59 * time.Minute)).All; got != 3 {
		t.Errorf("got %d moves in the hour after noon, want 3", got)
	}
	if got := a.Tally.LastHour(noon.Add(-12 * time.Hour)).All; got != 3 {
		t.Errorf("got %d moves while the clock is behind, want 3", got)
	}
}

func TestResumingCountsFromNothing(t *testing.T) {
	staff := userID(t, 99)
	a := moved(t, domain.Automation{}, 3, domain.ActionDemote, noon)
	a, _ = a.Admit(domain.ActionPromote, domain.Limits{MovesPerHour: 3}, crowded, noon)
	stopped := a.Stopped("look into it", "admin-1", staff, noon.Add(time.Minute))
	if stopped.State != domain.AutomationStopped || stopped.Reason != "look into it" || stopped.Principal != "admin-1" || stopped.Actor != staff ||
		!stopped.Since.Equal(noon.Add(time.Minute)) || stopped.Tally != a.Tally {
		t.Errorf("got %+v, want it stopped, with what was counted", stopped)
	}
	if again := stopped.Stopped("again", "admin-2", domain.UserID{}, noon.Add(time.Hour)); again != stopped {
		t.Errorf("stopped twice: got %+v, want no change", again)
	}
	resumed := stopped.Resumed("all is well", "admin-2", domain.UserID{}, noon.Add(2*time.Minute))
	want := domain.Automation{Reason: "all is well", Since: noon.Add(2 * time.Minute), Principal: "admin-2"}
	if resumed != want {
		t.Errorf("got %+v, want %+v", resumed, want)
	}
	counted := moved(t, resumed, 2, domain.ActionPromote, noon.Add(3*time.Minute))
	if again := counted.Resumed("again", "admin-1", staff, noon.Add(time.Hour)); again != counted {
		t.Errorf("resumed while it runs: got %+v, want no change", again)
	}
}

func TestATallyComesBackFromItsMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tally domain.Tally
		now := noon
		for range rapid.IntRange(0, 200).Draw(t, "moves") {
			now = now.Add(time.Duration(rapid.Int64Range(-5, 400).Draw(t, "seconds")) * time.Second)
			tally = tally.With(now, rapid.Bool().Draw(t, "down"))
		}
		back := domain.TallyOf(tally.Minutes()...)
		for _, at := range []time.Time{now, now.Add(30 * time.Minute), now.Add(2 * time.Hour)} {
			if got, want := back.LastHour(at), tally.LastHour(at); got != want {
				t.Fatalf("at %s: got %+v, want %+v", at, got, want)
			}
		}
	})
}

// However moves are spread: no hour holds more than the limit, and one move is held only if the hour and a minute before it were full.
func TestNoHourHoldsMoreThanTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := domain.Limits{MovesPerHour: rapid.Int64Range(1, 6).Draw(t, "moves an hour"), DemotionsPercent: rapid.Int64Range(0, 10).Draw(t, "percent")}
		players := rapid.Int64Range(0, 300).Draw(t, "players")
		down := max(players, 100) * limits.DemotionsPercent / 100
		var a domain.Automation
		type move struct {
			at   time.Time
			down bool
		}
		var moves []move
		now := noon
		within := func(d time.Duration) (all, lower int64) {
			for _, m := range moves {
				if m.at.After(now.Add(-d)) {
					all++
					if m.down {
						lower++
					}
				}
			}
			return all, lower
		}
		for range 60 {
			now = now.Add(time.Duration(rapid.Int64Range(0, 20*60).Draw(t, "seconds")) * time.Second)
			action := rapid.SampledFrom([]domain.Action{
				domain.ActionPromote, domain.ActionDemote, domain.ActionSuspend, domain.ActionBan,
			}).Draw(t, "action")
			var ok bool
			if a, ok = a.Admit(action, limits, players, now); ok {
				moves = append(moves, move{now, action != domain.ActionPromote})
				if all, lower := within(time.Hour); all > limits.MovesPerHour || limits.DemotionsPercent > 0 && lower > down {
					t.Fatalf("%d moves, %d of them down, in an hour; want %d and %d at most", all, lower, limits.MovesPerHour, down)
				}
				continue
			}
			all, lower := within(time.Hour + time.Minute)
			if all < limits.MovesPerHour && (limits.DemotionsPercent == 0 || action == domain.ActionPromote || lower < down) {
				t.Fatalf("held after %d moves, %d of them down", all, lower)
			}
			a.State = domain.AutomationRunning // a person looks away: what was counted stays
		}
	})
}
