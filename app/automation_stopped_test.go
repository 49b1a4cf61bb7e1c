package app_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

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
