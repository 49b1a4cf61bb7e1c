package app_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
)

func TestAQuestionOfABoundKeyStaysAQuestionWhenItGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Recruit")
		b.run()
		b.reportBound(100, "Trooper", rank("Recruit"))
		time.Sleep(2 * time.Minute)
		if asked := b.reportBound(200, "Trooper"); asked.Status != domain.StatusAwaitingApproval || asked.Decision.NeedsApproval {
			t.Fatalf("got %s, want a question that only the key makes one", asked.Status)
		}
		b.group.join(t, 7)
		b.look(7, false)
		time.Sleep(time.Minute)
		b.wantHeld(7, "Trooper")
		b.wantDecisions("PROMOTE applied game", "PROMOTE superseded game", "RESTORE applied reconcile", "PROMOTE awaiting_approval game")
	})
}

func TestAQuestionThatTheRulesDoNotAskAnyMoreIsNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Recruit")
		b.run()
		b.reportBound(100, "Trooper", rank("Recruit"))
		time.Sleep(2 * time.Minute)
		b.reportBound(200, "Trooper")
		b.group.join(t, 7)
		b.group.fail(nil, nil, unavailable(10*time.Second))
		b.look(7, false)
		time.Sleep(4 * time.Second)
		b.said(150, "Trooper") // while the member is being mended
		time.Sleep(time.Minute)
		b.wantHeld(7, "Trooper")
		b.wantDecisions("PROMOTE applied game", "PROMOTE superseded game", "RESTORE applied reconcile")
	})
}

func TestWhatIsHeldIsHeldAgainOnceThePunishmentHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 1}, 6, 7)
		b.run()
		b.apply(b.report(7, 150, rank("Trooper"), warnings(4)))
		b.jump(6) // which pauses automation
		time.Sleep(2 * time.Minute)
		wantStatus(t, *b.apply(b.report(7, 150, warnings(7))).Decision, domain.ActionBan, domain.StatusHeld)
		b.group.join(t, 7, "Trooper")
		b.look(7, false)
		time.Sleep(time.Minute)
		b.wantHeld(7, "Suspended")
		b.wantDecisions("SUSPEND applied game", "PROMOTE held game", "BAN superseded game", "SUSPEND applied reconcile", "BAN held "+app.SchedulePrincipal)
	})
}
