package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// limitedPolicy is the policy of these tests with limits.
func limitedPolicy(t *testing.T, limits domain.Limits) domain.Policy {
	t.Helper()
	p := testPolicy(t)
	limited, err := domain.NewPolicy(domain.PolicyParts{
		Ladder: p.Ladder(), Punishments: p.Punishments(), Privileged: p.Privileged(), Limits: limits, Revision: p.Revision(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return limited
}

// withLimits returns a service that ranks members of a group within limits; every player of those numbers is a trooper there.
func withLimits(t *testing.T, limits domain.Limits, players ...int64) *bench {
	t.Helper()
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	g := newGroup()
	b := newBenchUnder(t, store, app.Remote{Roles: g.mock()}, limitedPolicy(t, limits))
	b.group = g
	for _, player := range players {
		g.join(t, player, "Trooper")
	}
	return b
}

// alongside returns another service on the same store and the same group.
func (b *bench) alongside(policy domain.Policy, change ...func(*app.Parts)) *bench {
	b.t.Helper()
	other := &bench{t: b.t, store: b.store, group: b.group, events: &events{}, ids: b.ids}
	parts := app.Parts{
		Store: b.store, Policies: fixedPolicy{policy}, Clock: bubbleClock{}, IDs: b.ids, Recorder: other.events,
		Remote: app.Remote{Roles: b.group.mock()}, ApplyWait: applyWait,
	}
	for _, c := range change {
		c(&parts)
	}
	other.service, other.dispatcher = app.New(parts, app.DispatcherOptions{Jitter: func() float64 { return 1 }})
	return other
}

// jump reports that a trooper earned the points of a corporal, and returns what was decided.
func (b *bench) jump(player int64) ports.DecisionRecord {
	b.t.Helper()
	return *b.apply(b.report(player, 250, rank("Trooper"))).Decision
}

// resumer lets a resumer work until the test ends.
func (b *bench) resumer() {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	var done sync.WaitGroup
	done.Go(func() { b.service.Resumer().Run(ctx) })
	b.t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// turn stops or resumes automation.
func (b *bench) turn(turn func(context.Context, ports.SwitchRequest) (ports.AutomationStatus, error), reason string) ports.AutomationStatus {
	b.t.Helper()
	status, err := turn(b.t.Context(), ports.SwitchRequest{Caller: ports.Caller{Principal: "admin", Actor: userID(b.t, 99)}, Reason: reason})
	if err != nil {
		b.t.Fatal(err)
	}
	return status
}

func (b *bench) status() ports.AutomationStatus {
	b.t.Helper()
	status, err := b.service.Automation(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return status
}

// switches returns what was told of the switch of automation, as "state: reason".
func (b *bench) switches() []string {
	var lines []string
	for _, event := range b.events.all() {
		if e, ok := event.(ports.AutomationEvent); ok {
			lines = append(lines, e.Automation.State.String()+": "+e.Automation.Reason)
		}
	}
	return lines
}

func (b *bench) wantSwitches(want ...string) {
	b.t.Helper()
	if got := b.switches(); !slices.Equal(got, want) {
		b.t.Errorf("told of the switch:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// wantRanks fails the test unless the record and Roblox show that rank for all of those players.
func (b *bench) wantRanks(want string, players ...int64) {
	b.t.Helper()
	for _, player := range players {
		if got := b.standing(player).Rank; got != want {
			b.t.Errorf("the record shows %d as %s, want %s", player, got, want)
		}
		b.wantHeld(player, want)
	}
}

const beyondTwo = "more than 2 moves in an hour (maxMovesPerHour)"

func TestWhatIsBeyondTheLimitOfAnHourIsHeldAndToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 2}, 1, 2, 3, 4, 5)
		b.run()
		for _, player := range []int64{1, 2} {
			wantStatus(t, b.jump(player), domain.ActionPromote, domain.StatusApplied)
		}
		b.wantSwitches()
		before := b.status()
		for _, player := range []int64{3, 4, 5} {
			held := b.jump(player)
			wantStatus(t, held, domain.ActionPromote, domain.StatusHeld)
			if again := b.jump(player); again.ID != held.ID || again.Status != domain.StatusHeld || again.Detail != "automation is paused: "+beyondTwo {
				t.Errorf("asked again: got %s %s (%s), want the same decision, held", again.ID, again.Status, again.Detail)
			}
		}
		time.Sleep(time.Hour) // the hour passes, the pause does not
		wantStatus(t, b.jump(3), domain.ActionPromote, domain.StatusHeld)
		b.wantRanks("Corporal", 1, 2)
		b.wantRanks("Trooper", 3, 4, 5)
		b.wantSwitches("paused: " + beyondTwo)
		status := b.status()
		if before.State != domain.AutomationRunning || before.Moved.All != 2 || status.State != domain.AutomationPaused || status.Held != 3 ||
			status.Players != 5 || status.Limits.MovesPerHour != 2 || status.Since.IsZero() || status.Principal != "" {
			t.Errorf("got %+v before and %+v after", before, status)
		}
	})
}

func TestWebhooksHearOncePerPauseAndStopAlsoWhileNothingElseLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 2}, 1, 2, 3, 4, 5)
		ears := newEars()
		told := b.alongside(limitedPolicy(t, domain.Limits{MovesPerHour: 2}), func(p *app.Parts) {
			p.Remote.Webhooks, p.Remote.Targets = ears.mock(), targets("staff", "board")
		})
		told.run()
		told.resumer()
		for player := range int64(5) {
			told.jump(player + 1)
			told.jump(player + 1)
		}
		time.Sleep(time.Minute)
		told.turn(told.service.StopAutomation, "drill")
		told.turn(told.service.StopAutomation, "drill again")
		time.Sleep(time.Minute)
		told.turn(told.service.ResumeAutomation, "")
		time.Sleep(time.Minute) // one is left, and pauses it again
		const (
			paused  = "automation.paused: automation is paused: " + beyondTwo + "; what the rules decide is held until an administrator resumes it"
			stopped = "automation.stopped: automation is stopped: drill; nothing is carried out or sent to Roblox until an administrator resumes it"
		)
		for _, webhook := range []string{"staff", "board"} {
			if got, want := ears.alerts(webhook), []string{paused, stopped, paused}; !slices.Equal(got, want) {
				t.Errorf("%s heard:\n%s\nwant:\n%s", webhook, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	})
}

// alerts returns the alerts that a webhook has heard, as "topic: text".
func (e *ears) alerts(webhook string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var lines []string
	for _, m := range e.heard {
		if m.Webhook == webhook && m.Alert.Topic != "" {
			lines = append(lines, m.Alert.Topic+": "+m.Alert.Text)
		}
	}
	return lines
}

func TestTheLimitOfDemotionsIsAShareOfThePlayers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{DemotionsPercent: 2}, 1, 2, 3, 4, 5)
		b.run()
		for player := range int64(5) {
			b.apply(b.report(player+1, 150, rank("Trooper")))
		}
		lowered := func(player int64, change ...func(*domain.Report)) ports.DecisionRecord {
			return *b.apply(b.report(player, 50, change...)).Decision
		}
		wantStatus(t, lowered(1), domain.ActionDemote, domain.StatusApplied)
		wantStatus(t, b.jump(5), domain.ActionPromote, domain.StatusApplied)
		wantStatus(t, lowered(2, warnings(4)), domain.ActionSuspend, domain.StatusApplied)
		wantStatus(t, lowered(3), domain.ActionDemote, domain.StatusHeld)
		b.wantSwitches("paused: more than 2 demotions, suspensions and bans counted in, in an hour (maxDemotionsPercent: 2 % of 5 players, counted as 100)")
		wantStatus(t, lowered(4, warnings(7)), domain.ActionBan, domain.StatusHeld)
	})
}

func TestFewPlayersCountAsAHundred(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{DemotionsPercent: 1}, 1, 2)
		b.run()
		wantStatus(t, *b.apply(b.report(1, 50, rank("Trooper"))).Decision, domain.ActionDemote, domain.StatusApplied)
		wantStatus(t, *b.apply(b.report(2, 50, rank("Trooper"))).Decision, domain.ActionDemote, domain.StatusHeld)
	})
}

func TestTheLimitIsOfAnyHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 2}, 1, 2, 3, 4, 5)
		b.run()
		b.jump(1)
		time.Sleep(50 * time.Minute)
		b.jump(2)
		time.Sleep(11*time.Minute + time.Second)
		wantStatus(t, b.jump(3), domain.ActionPromote, domain.StatusApplied) // the first is over an hour ago
		time.Sleep(50 * time.Minute)
		wantStatus(t, b.jump(4), domain.ActionPromote, domain.StatusApplied) // so is the second
		b.wantSwitches()
		wantStatus(t, b.jump(5), domain.ActionPromote, domain.StatusHeld)
	})
}

func TestHowAutomationStandsIsNotedOnceInAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 1}, 1, 2)
		b.run()
		b.resumer()
		time.Sleep(time.Second)
		b.jump(1)
		b.jump(2)
		time.Sleep(16 * time.Second)
		var notes []string
		for _, event := range b.events.all() {
			if e, ok := event.(ports.AutomationGauge); ok {
				notes = append(notes, fmt.Sprintf("%s %d", e.State, e.Held))
			}
		}
		if want := []string{"running 0", "paused 1"}; !slices.Equal(notes, want) {
			t.Errorf("noted %q, want %q", notes, want)
		}
	})
}

func TestNobodyIsMovedFurtherInADayThanThePolicyAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{RungsPerDay: 1})
		b.group.join(t, 1, "Recruit")
		b.run()
		climb := func() ports.DecisionRecord { return *b.apply(b.report(1, 1_000_000, rank("Recruit"))).Decision }
		wantStatus(t, climb(), domain.ActionPromote, domain.StatusApplied)
		first := time.Now()
		for _, later := range []time.Duration{time.Second, 12 * time.Hour, 24*time.Hour - time.Microsecond} {
			time.Sleep(later - time.Since(first))
			if d := climb(); d.Decision.Action != domain.ActionNone || d.Decision.Reason != domain.ReasonRungLimit {
				t.Errorf("after %s: got %s %s, want nothing, for the limit of rungs", later, d.Decision.Action, d.Decision.Reason)
			}
		}
		b.wantRanks("Trooper", 1)
		time.Sleep(time.Microsecond)
		wantStatus(t, climb(), domain.ActionPromote, domain.StatusApplied)
		b.wantRanks("Corporal", 1)
		b.wantSwitches() // it concerns one player and ends by itself
	})
}
