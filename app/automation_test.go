package app_test

import (
	"context"
	"errors"
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
	"github.com/grps/grps/ports/portsmock"
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

func TestResumingTakesUpWhatWasHeldWithinTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 2}, 1, 2, 3, 4, 5, 6)
		b.run()
		b.resumer()
		other := b.alongside(limitedPolicy(t, domain.Limits{MovesPerHour: 2}))
		other.run()
		other.resumer()
		var ids []string
		for player := range int64(6) {
			ids = append(ids, b.jump(player+1).ID)
		}
		time.Sleep(time.Minute)
		b.wantRanks("Trooper", 3, 4, 5, 6)
		status := b.turn(b.service.ResumeAutomation, "they are right")
		if status.State != domain.AutomationRunning || status.Reason != "they are right" || status.Principal != "admin" ||
			status.Actor != userID(t, 99) || status.Moved.All != 0 {
			t.Errorf("got %+v, want it resumed and counting from nothing", status)
		}
		time.Sleep(time.Minute)
		b.wantRanks("Corporal", 1, 2, 3, 4)
		b.wantRanks("Trooper", 5, 6)
		for i, want := range []domain.Status{
			domain.StatusApplied, domain.StatusApplied, domain.StatusApplied, domain.StatusApplied, domain.StatusHeld, domain.StatusHeld,
		} {
			wantStatus(t, b.decision(ids[i]), domain.ActionPromote, want)
		}
		b.turn(b.service.ResumeAutomation, "")
		time.Sleep(time.Minute)
		b.wantRanks("Corporal", 5, 6)
		if status := b.status(); status.State != domain.AutomationRunning || status.Held != 0 || status.Moved.All != 2 {
			t.Errorf("got %+v, want it running with two moves and nothing held", status)
		}
		told := append(b.switches(), other.switches()...)
		slices.Sort(told)
		want := []string{"paused: " + beyondTwo, "paused: " + beyondTwo, "running: ", "running: they are right"}
		if !slices.Equal(told, want) {
			t.Errorf("both told of the switch %q, want %q", told, want)
		}
		came, err := b.store.Transitions(t.Context(), ids[2])
		if err != nil || len(came) != 3 || came[0].Status != domain.StatusHeld || came[1].Status != domain.StatusPending ||
			came[2].Status != domain.StatusApplied {
			t.Errorf("the third came to %+v (%v), want held, pending, applied", came, err)
		}
	})
}

func TestWhatIsHeldIsSupersededWhenTheRulesDoNotAskForItAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 2}, 1, 2, 3, 4, 5)
		b.run()
		for _, player := range []int64{1, 2} {
			b.jump(player)
		}
		corrected, changed, unseen := b.jump(3), b.jump(4), b.jump(5)
		b.apply(b.report(3, 150)) // the points were wrong
		next := *b.apply(b.report(4, 50)).Decision
		b.ingest(ports.IngestRequest{Report: b.report(5, 150)}) // nobody asks for a decision
		wantStatus(t, b.decision(corrected.ID), domain.ActionPromote, domain.StatusSuperseded)
		wantStatus(t, b.decision(changed.ID), domain.ActionPromote, domain.StatusSuperseded)
		wantStatus(t, next, domain.ActionDemote, domain.StatusHeld)
		wantStatus(t, b.decision(unseen.ID), domain.ActionPromote, domain.StatusHeld)
		b.resumer()
		b.turn(b.service.ResumeAutomation, "")
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(unseen.ID), domain.ActionPromote, domain.StatusSuperseded)
		wantStatus(t, b.decision(next.ID), domain.ActionDemote, domain.StatusApplied)
		b.wantRanks("Trooper", 3, 5)
		b.wantRanks("Recruit", 4)
	})
}

func TestASuspensionThatWasHeldIsMadeAnewInFullLength(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 1}, 1, 2)
		stop := b.run()
		b.jump(1)
		held := *b.apply(b.report(2, 150, rank("Trooper"), warnings(4))).Decision
		wantStatus(t, held, domain.ActionSuspend, domain.StatusHeld)
		stop()
		time.Sleep(48 * time.Hour)
		b.run()
		b.resumer()
		b.turn(b.service.ResumeAutomation, "")
		began := domain.Instant(time.Now())
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(held.ID), domain.ActionSuspend, domain.StatusSuperseded)
		b.wantRanks("Suspended", 2)
		if got := b.standing(2).Punishment.Until.Sub(began); got < trial || got > trial+time.Minute {
			t.Errorf("suspended for %s, want %s", got, trial)
		}
		records, err := b.store.Decisions(t.Context(), ports.DecisionFilter{User: userID(t, 2)}, "", 10)
		if err != nil || len(records) != 2 || records[0].Principal != "game" || records[0].SnapshotID != records[1].SnapshotID ||
			records[0].SnapshotID == 0 {
			t.Errorf("got %+v (%v), want two decisions by the game about one report", records, err)
		}
	})
}

func TestSuspensionsEndWhileAutomationIsPausedAndNotWhileItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 2}, 1, 2, 3)
		stop := b.run()
		b.apply(b.report(1, 150, rank("Trooper"), warnings(4)))
		time.Sleep(time.Hour)
		b.apply(b.report(2, 150, rank("Trooper"), warnings(4)))
		b.jump(3)
		stop()
		time.Sleep(trial - 2*time.Hour)
		b.run()
		b.release()
		time.Sleep(90 * time.Minute)
		b.wantRanks("Trooper", 1)
		b.wantRanks("Suspended", 2)
		if state := b.status().State; state != domain.AutomationPaused {
			t.Fatalf("automation is %s, want paused", state)
		}
		b.turn(b.service.StopAutomation, "drill")
		time.Sleep(2 * time.Hour)
		b.wantRanks("Suspended", 2)
		if held := b.status().Held; held != 2 {
			t.Errorf("%d decisions are held, want the promotion and the release", held)
		}
		b.resumer()
		b.turn(b.service.ResumeAutomation, "")
		time.Sleep(time.Minute)
		b.wantRanks("Trooper", 2)
	})
}

func TestWhatIsHeldDoesNotKeepASuspensionFromEndingWhileAutomationIsPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 1}, 1, 2)
		stop := b.run()
		b.apply(b.report(1, 150, rank("Trooper"), warnings(4)))
		wantStatus(t, b.jump(2), domain.ActionPromote, domain.StatusHeld)
		held := *b.apply(b.report(1, 150, warnings(9))).Decision
		wantStatus(t, held, domain.ActionBan, domain.StatusHeld)
		b.ingest(ports.IngestRequest{Report: b.report(1, 150, warnings(0))}) // they were a mistake; nobody asks for a decision
		stop()
		time.Sleep(trial - time.Hour)
		b.run()
		b.release()
		time.Sleep(30 * time.Minute)
		b.wantRanks("Suspended", 1)
		time.Sleep(time.Hour)
		b.wantRanks("Trooper", 1)
		wantStatus(t, b.decision(held.ID), domain.ActionBan, domain.StatusSuperseded)
		if state := b.status().State; state != domain.AutomationPaused {
			t.Errorf("automation is %s, want paused still", state)
		}
	})
}

func TestWhatCannotBeHeldForADecisionUnderWayIsAskedOnceAutomationGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{}, 7)
		for range 4 {
			b.group.fail(unavailable(time.Minute))
		}
		stop := b.run()
		promoted := b.jump(7)
		wantStatus(t, promoted, domain.ActionPromote, domain.StatusPending)
		b.turn(b.service.StopAutomation, "drill")
		if got := *b.apply(b.report(7, 250, warnings(9))).Decision; got.ID != promoted.ID {
			t.Fatalf("got %s %s, want the promotion that is under way", got.Decision.Action, got.Status)
		}
		time.Sleep(time.Hour)
		b.wantDecisions("PROMOTE pending game")
		stop() // what is wished for outlives the process
		b = b.alongside(limitedPolicy(t, domain.Limits{}))
		b.run()
		b.turn(b.service.ResumeAutomation, "")
		time.Sleep(30 * time.Minute)
		b.wantDecisions("PROMOTE applied game", "BAN applied "+app.SchedulePrincipal)
		if got := b.standing(7).Punishment.Status; got != domain.PunishmentSevere {
			t.Errorf("the record shows the punishment %s, want the ban", got)
		}
	})
}

func TestPeopleActWhileAutomationIsPausedAndNotWhileItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 1}, 6, 7, 8)
		b.run()
		b.jump(6)
		wantStatus(t, b.jump(8), domain.ActionPromote, domain.StatusHeld)
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
		up := domain.Order{Action: domain.ActionPromote}
		ordered := b.order(up).Decision
		wantStatus(t, ordered, domain.ActionPromote, domain.StatusApplied)
		undone, err := b.service.Undo(t.Context(), ports.UndoRequest{ID: ordered.ID})
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, undone.Decision, domain.ActionDemote, domain.StatusApplied)
		if status := b.status(); status.State != domain.AutomationPaused || status.Moved.All != 1 {
			t.Errorf("got %+v, want it paused still, with one move", status)
		}
		b.turn(b.service.StopAutomation, "drill")
		_, err = b.ask(up)
		wantCode(t, err, domain.KindBlocked, "automation_stopped")
		_, err = b.service.Undo(t.Context(), ports.UndoRequest{ID: undone.Decision.ID})
		wantCode(t, err, domain.KindBlocked, "automation_stopped")
		advice := b.order(up, func(r *ports.DecideRequest) { r.Apply = false })
		wantStatus(t, advice.Decision, domain.ActionPromote, domain.StatusAdvisory)
		b.order(domain.Order{Hold: domain.HoldOn}) // which leads nowhere
		b.order(domain.Order{Hold: domain.HoldOff})
		_, err = b.alongside(testPolicy(t), func(p *app.Parts) {
			p.Remote.DataStore = &portsmock.DataStoreMock{} // asked for anything it ends the test
		}).service.Sync(t.Context(), ports.SyncRequest{Limit: 1})
		wantCode(t, err, domain.KindBlocked, "automation_stopped")
		b.turn(b.service.ResumeAutomation, "")
		wantStatus(t, b.order(up).Decision, domain.ActionPromote, domain.StatusApplied)
	})
}

func TestNothingIsCarriedOutWhileAutomationIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{}, 1, 2)
		under := b.jump(1) // nothing delivers it yet
		wantStatus(t, under, domain.ActionPromote, domain.StatusPending)
		b.turn(b.service.StopAutomation, "drill")
		if err := app.Permit(b.store, false)(t.Context()); !errors.Is(err, domain.ErrAutomationStopped) || strings.Contains(err.Error(), "drill") {
			t.Errorf("permit: got %v, want none, without the words of whoever stopped it, as it is logged", err)
		}
		b.run()
		b.resumer()
		other := b.alongside(testPolicy(t))
		other.run()
		other.resumer()
		held := other.jump(2)
		wantStatus(t, held, domain.ActionPromote, domain.StatusHeld)
		if held.Detail != "automation is stopped: drill" {
			t.Errorf("got the detail %q", held.Detail)
		}
		time.Sleep(25 * time.Hour) // longer than an effect may wait
		if got := b.group.written(); len(got) > 0 {
			t.Errorf("wrote %q at Roblox, want nothing", got)
		}
		if tried := append(b.events.effects(), other.events.effects()...); len(tried) > 0 {
			t.Errorf("tried %q, want nothing", tried)
		}
		b.turn(other.service.ResumeAutomation, "")
		b.group.fail(unavailable(0)) // the age of an effect does not count the time in which it could not be delivered
		time.Sleep(time.Minute)
		b.wantRanks("Corporal", 1, 2)
		wantStatus(t, b.decision(under.ID), domain.ActionPromote, domain.StatusApplied)
		wantStatus(t, b.decision(held.ID), domain.ActionPromote, domain.StatusApplied)
	})
}

func TestAnEffectThatAStopCutsOffGoesOnAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{}, 1)
		refusal := *domain.ErrAutomationStopped
		b.group.fail(nil, &refusal, &refusal, &refusal)
		b.run()
		made := b.jump(1)
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(made.ID), domain.ActionPromote, domain.StatusApplied)
		b.wantRanks("Corporal", 1)
		if got := b.events.effects(); !slices.Contains(got, "group_role back 1") || slices.ContainsFunc(got, func(s string) bool {
			return strings.Contains(s, "dead") || strings.Contains(s, "retry")
		}) {
			t.Errorf("tried %q, want it to go back and be tried again", got)
		}
	})
}

func TestWhatAStopCutsOffIsNoTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{}, 1)
		refusal := *domain.ErrAutomationStopped
		b.group.fail(&refusal, &refusal, &refusal, unavailable(0), &refusal, unavailable(0))
		b.run()
		made := b.jump(1)
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(made.ID), domain.ActionPromote, domain.StatusApplied)
		var waits []time.Duration
		for _, event := range b.events.all() {
			if e, ok := event.(ports.EffectEvent); ok && e.Result == ports.SettleRetry {
				waits = append(waits, e.After)
			}
		}
		if want := []time.Duration{500 * time.Millisecond, time.Second}; !slices.Equal(waits, want) {
			t.Errorf("waited %v, want %v: as after the first try, and after the second", waits, want)
		}
	})
}

func TestAProcessThatIsStoppedByItsSettingHoldsEverythingAndTheOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{}, 1, 2)
		stopped := b.alongside(testPolicy(t), func(p *app.Parts) { p.Stopped = true })
		stopped.run()
		stopped.resumer()
		held := stopped.jump(1)
		wantStatus(t, held, domain.ActionPromote, domain.StatusHeld)
		_, refused := stopped.service.ResumeAutomation(t.Context(), ports.SwitchRequest{Reason: "go"})
		wantCode(t, refused, domain.KindBlocked, "automation_stopped")
		status, err := stopped.service.Automation(t.Context())
		if err != nil || status.State != domain.AutomationStopped || !status.Setting || !strings.Contains(status.Reason, "STOP is set") {
			t.Errorf("got %+v, want it stopped by the setting", status)
		}
		_, err = stopped.service.Undo(t.Context(), ports.UndoRequest{ID: held.ID})
		wantCode(t, err, domain.KindBlocked, "automation_stopped")
		time.Sleep(time.Hour)
		b.wantRanks("Trooper", 1)
		b.run()
		b.resumer()
		time.Sleep(time.Minute)
		b.wantRanks("Corporal", 1)
		wantStatus(t, b.jump(2), domain.ActionPromote, domain.StatusApplied)
	})
}

func TestWhatIsUnderWayComesBeforeWhatIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 1}, 1)
		under := b.jump(1) // nothing delivers it yet
		ban := *b.apply(b.report(1, 250, warnings(7))).Decision
		if ban.ID != under.ID {
			t.Errorf("got %s %s, want the decision that is under way", ban.Decision.Action, ban.Status)
		}
		b.wantSwitches("paused: more than 1 move in an hour (maxMovesPerHour)")
		b.run()
		time.Sleep(time.Minute)
		wantStatus(t, *b.apply(b.report(1, 250, warnings(7))).Decision, domain.ActionBan, domain.StatusHeld)
	})
}

func TestAUnitThatIsRepeatedCountsOnce(t *testing.T) {
	store := &flakyStore{Store: memstore.New()}
	defer store.Close()
	b := newBenchUnder(t, store, app.Remote{}, limitedPolicy(t, domain.Limits{MovesPerHour: 1}))
	store.conflicts.Store(2)
	wantStatus(t, b.jump(1), domain.ActionPromote, domain.StatusApplied)
	if moved := b.status().Moved; moved.All != 1 {
		t.Errorf("got %d moves, want 1", moved.All)
	}
	store.conflicts.Store(2)
	wantStatus(t, b.jump(2), domain.ActionPromote, domain.StatusHeld)
	b.wantSwitches("paused: more than 1 move in an hour (maxMovesPerHour)")
}

func TestManyServicesAtOnceMoveExactlyAsManyAsTheLimitAdmits(t *testing.T) {
	const players, most = 60, 17
	store := memstore.New()
	defer store.Close()
	first := newBenchUnder(t, store, app.Remote{}, limitedPolicy(t, domain.Limits{MovesPerHour: most}))
	first.group = newGroup()
	services := []*bench{first}
	for range 3 {
		services = append(services, first.alongside(limitedPolicy(t, domain.Limits{MovesPerHour: most}), func(p *app.Parts) {
			p.Remote = app.Remote{}
		}))
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	statuses := make(map[domain.Status]int)
	for player := range int64(players) {
		all.Go(func() {
			b := services[player%int64(len(services))]
			result, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(player+1, 250, rank("Trooper")), Apply: true})
			if err != nil {
				t.Errorf("ingest: %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[result.Decision.Status]++
		})
	}
	all.Wait()
	if statuses[domain.StatusApplied] != most || statuses[domain.StatusHeld] != players-most {
		t.Errorf("got %v, want %d applied and the rest held", statuses, most)
	}
	moved, told := 0, 0
	for player := range int64(players) {
		if first.standing(player+1).Rank == "Corporal" {
			moved++
		}
	}
	for _, b := range services {
		told += len(b.switches())
	}
	if moved != most || told != 1 {
		t.Errorf("the record shows %d moves, told %d times; want %d, once", moved, told, most)
	}
}

// Whoever renames the roles of the policy by mistake must not give every member another role.
func TestMendingIsLimitedLikeEverythingThatMovesPlayers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		players := []int64{1, 2, 3, 4, 5}
		b := withLimits(t, domain.Limits{MovesPerHour: 6}, players...)
		b.run()
		for _, player := range players {
			b.jump(player)
		}
		time.Sleep(2 * time.Hour)
		look := func() {
			for _, player := range players {
				err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
					effect := domain.Effect{Kind: domain.EffectObserve, User: userID(t, player)}
					return w.Enqueue(ctx, []ports.OutboxEntry{{Effect: effect, Lane: ports.LaneObserve}})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(5 * time.Minute)
		}
		holders := func() (n int) {
			for _, player := range players {
				n += len(b.group.holds(t, player))
			}
			return n
		}
		b.turn(b.service.StopAutomation, "so that counting begins anew")
		b.turn(b.service.ResumeAutomation, "")
		for _, player := range players {
			b.group.join(t, player)
		}
		look()
		if n := holders(); n != len(players) {
			t.Errorf("%d of %d hold a role again, want all: they are within the limit", n, len(players))
		}
		for _, player := range players {
			b.group.join(t, player)
		}
		look()
		if n := holders(); n != 1 {
			t.Errorf("%d hold a role again, want the one that is left of the limit", n)
		}
		if state := b.status().State; state != domain.AutomationPaused {
			t.Errorf("automation is %s, want paused", state)
		}
		b.turn(b.service.ResumeAutomation, "the roles are right")
		look()
		if n := holders(); n != len(players) {
			t.Errorf("%d hold a role again after it was resumed, want all", n)
		}
	})
}

func TestABatchIsDecidedPlayerByPlayerUpToTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 2}, 1, 2, 3, 4)
		b.run()
		var requests []ports.IngestRequest
		for _, points := range []int64{250, 150, 250, 250, 250} { // the second asks for nothing, the last is about the first again
			player := int64(len(requests)%4) + 1
			requests = append(requests, ports.IngestRequest{Report: b.report(player, points, rank("Trooper")), Apply: true})
		}
		answers, err := b.service.IngestBatch(t.Context(), requests)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, answer := range answers {
			if answer.Err != nil {
				t.Fatal(answer.Err)
			}
			got = append(got, answer.Result.Decision.Decision.Action.String()+" "+string(answer.Result.Decision.Status))
		}
		want := []string{"PROMOTE applied", "NONE none", "PROMOTE applied", "PROMOTE held", "NONE none"}
		if !slices.Equal(got, want) {
			t.Errorf("decided %q, want %q", got, want)
		}
		b.wantRanks("Corporal", 1, 3)
		b.wantRanks("Trooper", 2, 4)
		b.wantSwitches("paused: " + beyondTwo)
	})
}

func TestWhatIsHeldAboutNobodyIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{})
		lost := ports.DecisionRecord{
			ID: "00000000-0000-7000-8000-000000009999", UserID: userID(t, 5), Status: domain.StatusHeld, CreatedAt: time.Now(), UpdatedAt: time.Now(),
			Decision: domain.Decision{Action: domain.ActionPromote, From: "Trooper", To: "Corporal"}, Apply: true,
		}
		err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
			return w.AddDecisions(ctx, []ports.DecisionRecord{lost})
		})
		if err != nil {
			t.Fatal(err)
		}
		b.resumer()
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(lost.ID), domain.ActionPromote, domain.StatusSuperseded)
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
