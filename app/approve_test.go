package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// admin is who answers questions in these tests.
func admin(t *testing.T) ports.Caller {
	t.Helper()
	return ports.Caller{Principal: "admin", Actor: userID(t, 5), RequestID: "approval"}
}

// approve lets the decision pass; the test fails when that is refused.
func (b *bench) approve(id string) ports.DecideResult {
	b.t.Helper()
	result, err := b.service.Approve(b.t.Context(), ports.ApprovalRequest{Caller: admin(b.t), ID: id, Reason: "well earned"})
	if err != nil {
		b.t.Fatalf("approve: %v", err)
	}
	return result
}

// question has player 7, a sergeant, earn the rank of a general, which takes approval.
func (b *bench) question() ports.DecisionRecord {
	b.t.Helper()
	got := b.apply(b.report(7, 450, rank("Sergeant"))).Decision
	if got.Status != domain.StatusAwaitingApproval || !got.Decision.NeedsApproval {
		b.t.Fatalf("got %s %s, want a question", got.Decision.Action, got.Status)
	}
	return *got
}

// wantRefused fails the test unless the error has the code, and its sentence the words.
func wantRefused(t *testing.T, err error, code, words string) {
	t.Helper()
	e, ok := errors.AsType[*domain.Error](err)
	if !ok || e.Kind != domain.KindBlocked || e.Code != code || !strings.Contains(e.Message, words) {
		t.Errorf("got error %v, want %s that says %q", err, code, words)
	}
}

// wantOutdated fails the test unless approving is refused as outdated, and returns what the rules say now.
func (b *bench) wantOutdated(id string) ports.DecisionRecord {
	b.t.Helper()
	_, err := b.service.Approve(b.t.Context(), ports.ApprovalRequest{Caller: admin(b.t), ID: id})
	wantRefused(b.t, err, "decision_outdated", "nothing was carried out")
	outdated, ok := errors.AsType[*ports.OutdatedError](err)
	if !ok {
		b.t.Fatalf("got error %v, want one with what the rules say now", err)
	}
	if got := b.decision(id); got.Status != domain.StatusSuperseded {
		b.t.Errorf("the decision that was outdated is %s (%s), want superseded", got.Status, got.Detail)
	}
	return outdated.Now
}

func TestAnApprovedPromotionIsCarriedOutAndKeepsWhatItWasMadeOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Sergeant")
		b.run()
		asked := b.question()
		time.Sleep(26 * time.Hour)
		if again := b.apply(b.report(7, 460)).Decision; again.ID != asked.ID || again.Status != domain.StatusAwaitingApproval {
			t.Errorf("evaluating again: got %s %s, want the same question", again.ID, again.Status)
		}
		b.wantHeld(7, "Sergeant")

		result := b.approve(asked.ID)

		wantStatus(t, result.Decision, domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "General")
		got, player := b.decision(asked.ID), b.standing(7)
		if player.Rank != "General" || !player.RankSince.Equal(domain.Instant(time.Now())) || result.Player.Standing.Rank != "General" {
			t.Errorf("the player holds %s since %s, want General since now, and that in the answer", player.Rank, player.RankSince)
		}
		if got.Decision != asked.Decision || got.Input != asked.Input || !got.CreatedAt.Equal(asked.CreatedAt) || got.Principal != "game" {
			t.Errorf("the record changed:\ngot  %+v\nwant %+v", got, asked)
		}
		if proof := app.Verify(testPolicy(t), got, ports.DecisionRecord{}); proof.Verdict != app.VerdictSame {
			t.Errorf("made again it %s:\n%s%s", proof.Verdict, proof.Stored, proof.Again)
		}
		approved := ports.Transition{
			Status: domain.StatusPending, Detail: "well earned", At: domain.Instant(time.Now()), Principal: "admin", Actor: userID(t, 5),
		}
		if trail := b.transitions(asked.ID); len(trail) != 3 || trail[0].Status != domain.StatusAwaitingApproval || trail[1] != approved ||
			trail[2].Status != domain.StatusApplied || trail[2].Principal != "" {
			t.Errorf("it came to %+v, want awaiting_approval, %+v and applied", trail, approved)
		}
		_, err := b.service.Approve(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: asked.ID})
		wantRefused(t, err, "not_awaiting", "it is applied")
		_, err = b.service.Reject(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: asked.ID})
		wantRefused(t, err, "not_awaiting", "it is applied")
	})
}

func TestWithoutOpenCloudAnApprovalChangesTheRecordOnly(t *testing.T) {
	b := newBench(t, app.Remote{})
	asked := b.question()
	wantStatus(t, b.approve(asked.ID).Decision, domain.ActionPromote, domain.StatusApplied)
	b.wantRank("General")
	if got := b.decision(asked.ID).Detail; !strings.Contains(got, "well earned") || !strings.Contains(got, "record only") {
		t.Errorf("the detail is %q, want the reason of the approval, and that only the record changed", got)
	}
}

func TestAnApprovalOfWhatTheRulesDoNotAskForAnyMoreCarriesNothingOut(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *bench)
		want   domain.Action
		words  string
	}{
		"points fell":        {func(b *bench) { b.ingest(ports.IngestRequest{Report: b.report(7, 350)}) }, domain.ActionNone, "do not ask for it any more: 50 more points"},
		"warnings came":      {func(b *bench) { b.ingest(ports.IngestRequest{Report: b.report(7, 450, warnings(4))}) }, domain.ActionSuspend, "say SUSPEND from Sergeant to Suspended"},
		"the rank is lower":  {func(b *bench) { b.ingest(ports.IngestRequest{Report: b.report(7, 450, rank("Trooper"))}) }, domain.ActionPromote, "say PROMOTE from Trooper"},
		"automation is held": {func(b *bench) { b.order(domain.Order{Hold: domain.HoldOn}) }, domain.ActionNone, "do not ask for it any more: automation is on hold"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, app.Remote{})
			asked := b.question()
			c.change(b)
			before := b.standing(7)

			says := b.wantOutdated(asked.ID)

			wantStatus(t, says, c.want, domain.StatusAdvisory)
			if b.standing(7) != before {
				t.Errorf("the player changed:\ngot  %+v\nwant %+v", b.standing(7), before)
			}
			ended := b.transitions(asked.ID)[1]
			if !strings.Contains(ended.Detail, c.words) || ended.Principal != "admin" || ended.Actor != userID(t, 5) {
				t.Errorf("it ended as %+v, want %q by the admin", ended, c.words)
			}
			_, err := b.service.Approve(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: asked.ID})
			wantRefused(t, err, "not_awaiting", "it is superseded (the rules")
		})
	}
}

func TestWhatTakesItsPlaceIsANewQuestionWhereThatNeedsApprovalToo(t *testing.T) {
	b := newBench(t, app.Remote{})
	asked := b.question()
	b.approve(asked.ID)
	time.Sleep(2 * time.Millisecond)           // nothing follows a decision at its very instant
	down := b.apply(b.report(7, 399)).Decision // a general who lost the points for it
	b.ingest(ports.IngestRequest{Report: b.report(7, 399, warnings(7))})

	says := b.wantOutdated(down.ID)

	wantStatus(t, says, domain.ActionBan, domain.StatusAwaitingApproval)
	if says.ID == down.ID || says.Principal != "admin" || says.Actor != userID(t, 5) {
		t.Errorf("the new question is %s by %s for %s, want one of its own by the admin", says.ID, says.Principal, says.Actor)
	}
	wantStatus(t, b.approve(says.ID).Decision, domain.ActionBan, domain.StatusApplied)
	if got := b.standing(7); got.Punishment.Status != domain.PunishmentSevere || got.Rank != "Suspended" {
		t.Errorf("the player is %s under %v, want banned", got.Rank, got.Punishment)
	}
	b.wantDecisions("PROMOTE applied game", "DEMOTE superseded game", "BAN applied admin")
}

// generalAt returns the rules of these tests with other points for a general.
func generalAt(t *testing.T, revision string, points int64, privileged domain.PrivilegedMode) domain.Policy {
	t.Helper()
	ladder, err := domain.NewLadder([]domain.Rank{
		{Name: "Recruit", Role: roleOf(t, "Recruit")},
		{Name: "Sergeant", MinPoints: 300, Role: roleOf(t, "Sergeant")},
		{Name: "General", MinPoints: points, Privileged: true, Role: roleOf(t, "General")},
		{Name: "Suspended", Punishment: true, Role: roleOf(t, "Suspended")},
	})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := domain.NewPolicy(domain.PolicyParts{
		Ladder: ladder, Punishments: domain.DefaultPunishments(), Privileged: privileged, Revision: revision,
	})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func TestAnApprovalIsHeldAgainstThePolicyInForce(t *testing.T) {
	for name, c := range map[string]struct {
		policy domain.Policy
		want   domain.Action
	}{
		"more points are needed":          {generalAt(t, "dearer", 500, domain.PrivilegedApproval), domain.ActionNone},
		"nobody touches privileged ranks": {generalAt(t, "never", 400, domain.PrivilegedNever), domain.ActionNone},
		"the move is the same":            {generalAt(t, "other", 420, domain.PrivilegedApproval), domain.ActionPromote},
		"the move needs no approval now":  {generalAt(t, "free", 400, domain.PrivilegedAutomatic), domain.ActionPromote},
	} {
		t.Run(name, func(t *testing.T) {
			store, ids := memstore.New(), &countedIDs{}
			defer store.Close()
			asked := newBenchBeside(t, store, app.Remote{}, testPolicy(t), ids).question()
			b := newBenchBeside(t, store, app.Remote{}, c.policy, ids)
			if c.want == domain.ActionNone {
				wantStatus(t, b.wantOutdated(asked.ID), domain.ActionNone, domain.StatusAdvisory)
				b.wantRank("Sergeant")
				return
			}
			got := b.approve(asked.ID).Decision
			wantStatus(t, got, c.want, domain.StatusApplied)
			b.wantRank("General")
			if got.Decision.Revision != "test" {
				t.Errorf("it names the policy %q, want the one it was made under", got.Decision.Revision)
			}
		})
	}
}

// The points rose while the question was open, and so did what the rank takes: made again from its old input under the new policy the
// decision would be another. It was held against both when it was approved.
func TestWhatWasApprovedUnderANewPolicyIsNotSupersededByIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, ids, g := memstore.New(), &countedIDs{}, newGroup()
		defer store.Close()
		g.join(t, 7, "Sergeant")
		before := newBenchBeside(t, store, app.Remote{Roles: g.mock()}, testPolicy(t), ids)
		asked := before.question()
		before.ingest(ports.IngestRequest{Report: before.report(7, 900)})
		b := newBenchBeside(t, store, app.Remote{Roles: g.mock()}, generalAt(t, "dearer", 800, domain.PrivilegedApproval), ids)
		b.group = g
		b.run()
		wantStatus(t, b.approve(asked.ID).Decision, domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "General")
	})
}

func TestAnApprovedMoveThatRobloxContradictsIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Sergeant")
		b.run()
		asked := b.question()
		time.Sleep(time.Hour)
		b.group.join(t, 7, "Corporal") // by hand, unnoticed
		got := b.approve(asked.ID)
		wantStatus(t, got.Decision, domain.ActionPromote, domain.StatusSuperseded)
		b.wantRank("Corporal")
		b.wantHeld(7, "Corporal")

		b.group.join(t, 8, "Sergeant")
		b.group.fail(nil, denied(), nil, denied())
		refused := *b.apply(b.report(8, 450, rank("Sergeant"))).Decision
		b.approve(refused.ID)
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(refused.ID), domain.ActionPromote, domain.StatusFailed)
		if s := b.standing(8); s.Rank != "Sergeant" || !s.RankSince.IsZero() {
			t.Errorf("the record shows %s since %s, want the rank from before", s.Rank, s.RankSince)
		}
	})
}

func TestAnApprovedSuspensionLastsUntilTheEndThatWasShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		asked := *b.apply(b.report(7, 450, rank("General"), warnings(4))).Decision
		wantStatus(t, asked, domain.ActionSuspend, domain.StatusAwaitingApproval)
		time.Sleep(5 * 24 * time.Hour)
		b.approve(asked.ID)
		if got := b.standing(7).Punishment; got.Status != domain.PunishmentTrial || !got.Until.Equal(asked.Decision.Until) {
			t.Errorf("the punishment is %v, want a suspension until %s", got, asked.Decision.Until)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		short := domain.DefaultPunishments()
		short.TrialDays = 2
		b := newBenchUnder(t, memstore.New(), app.Remote{}, punishing(t, short))
		asked := *b.apply(b.report(7, 450, rank("General"), warnings(4))).Decision
		time.Sleep(2 * 24 * time.Hour)
		says := b.wantOutdated(asked.ID)
		wantStatus(t, says, domain.ActionSuspend, domain.StatusAwaitingApproval)
		if says.ID == asked.ID || !says.Decision.Until.Equal(domain.Instant(time.Now()).Add(2*24*time.Hour)) {
			t.Errorf("the new question is %s until %s, want another, two days from now", says.ID, says.Decision.Until)
		}
	})
}

// punishing returns the rules of these tests with other thresholds.
func punishing(t *testing.T, p domain.Punishments) domain.Policy {
	t.Helper()
	policy, err := domain.NewPolicy(domain.PolicyParts{Ladder: testPolicy(t).Ladder(), Punishments: p, Revision: "short"})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func TestARefusedMoveIsNotAskedForAgainUntilItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		asked := b.question()
		time.Sleep(time.Hour)
		result, err := b.service.Reject(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: asked.ID, Reason: "not this one"})
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, result.Decision, domain.ActionPromote, domain.StatusRejected)
		want := ports.Transition{
			Status: domain.StatusRejected, Detail: "not this one", At: domain.Instant(time.Now()), Principal: "admin", Actor: userID(t, 5),
		}
		if trail := b.transitions(asked.ID); len(trail) != 2 || trail[1] != want {
			t.Errorf("it came to %+v, want %+v last", trail, want)
		}
		over := time.Now().Add(app.DefaultApprovalTTL)
		for _, wait := range []time.Duration{0, time.Minute, app.DefaultApprovalTTL - time.Minute - time.Microsecond} {
			time.Sleep(wait)
			got := b.apply(b.report(7, 460)).Decision
			wantStatus(t, *got, domain.ActionNone, domain.StatusNone)
			if got.Decision.Reason != domain.ReasonRejected || !got.Decision.Until.Equal(domain.Instant(over)) {
				t.Errorf("the reason is %s until %s, want %s until %s", got.Decision.Reason, got.Decision.Until, domain.ReasonRejected, over)
			}
		}
		time.Sleep(time.Microsecond)
		again := b.apply(b.report(7, 460)).Decision
		wantStatus(t, *again, domain.ActionPromote, domain.StatusAwaitingApproval)
		if again.ID == asked.ID {
			t.Error("the question is the old one, want a new one")
		}
		_, err = b.service.Approve(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: asked.ID})
		wantRefused(t, err, "not_awaiting", "it is rejected (not this one)")
		b.wantRank("Sergeant")
	})
}

func TestARefusalStandsAgainstThatMoveAlone(t *testing.T) {
	b := newBench(t, app.Remote{})
	asked := b.question()
	if _, err := b.service.Reject(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: asked.ID}); err != nil {
		t.Fatal(err)
	}
	if got := b.decision(asked.ID); got.Detail != "rejected" {
		t.Errorf("without a reason the detail is %q, want a word", got.Detail)
	}
	wantStatus(t, *b.apply(b.report(7, 250)).Decision, domain.ActionDemote, domain.StatusApplied)
}

func TestAnApprovalIsCarriedOutWhileAutomationIsPausedAndNotWhileItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 1}, 1, 2)
		b.group.join(t, 7, "Sergeant")
		b.run()
		asked := b.question()
		b.turn(b.service.StopAutomation, "drill")
		_, err := b.service.Approve(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: asked.ID})
		wantRefused(t, err, "automation_stopped", "automation is stopped: drill")
		if got := b.decision(asked.ID); got != asked {
			t.Errorf("the question became %+v, want it to go on waiting", got)
		}
		b.turn(b.service.ResumeAutomation, "")
		b.jump(1)
		wantStatus(t, b.jump(2), domain.ActionPromote, domain.StatusHeld) // the limit of an hour paused it
		wantStatus(t, b.approve(asked.ID).Decision, domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "General")
	})
}

func TestADecisionThatIsUnknownOrWasNeverAQuestionCannotBeAnswered(t *testing.T) {
	b := newBench(t, app.Remote{})
	applied := b.apply(b.report(7, 250, rank("Trooper"))).Decision
	for name, answer := range map[string]func(context.Context, ports.ApprovalRequest) (ports.DecideResult, error){
		"approve": b.service.Approve, "reject": b.service.Reject,
	} {
		if _, err := answer(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: "00000000-0000-7000-8000-999999999999"}); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("%s of an unknown one: got error %v, want not found", name, err)
		}
		_, err := answer(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: applied.ID})
		wantRefused(t, err, "not_awaiting", "it is applied (applied to the record only")
	}
	if b.standing(7).Rejected != (domain.Rejection{}) {
		t.Error("a refusal was remembered that was none")
	}
}
