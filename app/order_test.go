package app_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// ask asks for an order about player 7 and returns the answer.
func (b *bench) ask(o domain.Order, change ...func(*ports.DecideRequest)) (ports.DecideResult, error) {
	b.t.Helper()
	b.requests++
	r := ports.DecideRequest{Caller: ports.Caller{Principal: "staff"}, User: userID(b.t, 7), Apply: true, Order: o, Reason: "a person's words"}
	for _, c := range change {
		c(&r)
	}
	return b.service.Decide(b.t.Context(), r)
}

// order is ask that must not be refused.
func (b *bench) order(o domain.Order, change ...func(*ports.DecideRequest)) ports.DecideResult {
	b.t.Helper()
	result, err := b.ask(o, change...)
	if err != nil {
		b.t.Fatalf("order %+v: %v", o, err)
	}
	return result
}

func by(actor domain.UserID) func(*ports.DecideRequest) {
	return func(r *ports.DecideRequest) { r.Actor = actor }
}

// wantCode fails the test unless the error has that kind and code.
func wantCode(t *testing.T, err error, kind domain.Kind, code string) {
	t.Helper()
	if e, ok := errors.AsType[*domain.Error](err); !ok || e.Kind != kind || e.Code != code {
		t.Errorf("got %v, want %s of kind %s", err, code, kind)
	}
}

// withWall returns a service that ranks members and restricts them in two universes.
func withWall(t *testing.T) (*bench, *wall) {
	t.Helper()
	g, wall := newGroup(), newWall()
	b := newBench(t, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42, 43)})
	b.group = g
	return b, wall
}

// staffPolicy lets generals do everything and sergeants adjust.
func staffPolicy(t *testing.T) domain.Policy {
	t.Helper()
	p := testPolicy(t)
	policy, err := domain.NewPolicy(domain.PolicyParts{
		Ladder: p.Ladder(), Punishments: p.Punishments(), Privileged: p.Privileged(), Revision: p.Revision(),
		Permissions: []domain.RankPermission{
			{Rank: "General", Permission: domain.Permission{CanWarn: true, CanAdjust: true, CanBan: true}},
			{Rank: "Sergeant", Permission: domain.Permission{CanAdjust: true}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func TestAnOrderIsCarriedOutAndRecordedAsAPersonsWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
		got := b.order(domain.Order{Action: domain.ActionPromote, To: "Sergeant"})

		wantStatus(t, got.Decision, domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "Sergeant")
		want := ports.DecisionRecord{
			Origin: domain.OriginManual, Order: domain.Order{Action: domain.ActionPromote, To: "Sergeant"}, Principal: "staff",
			Reason: "a person's words", Apply: true,
		}
		kept := b.decision(got.Decision.ID)
		if kept.Origin != want.Origin || kept.Order != want.Order || kept.Principal != want.Principal || kept.Reason != want.Reason || !kept.Apply {
			t.Errorf("the ledger shows %+v, want %+v", kept, want)
		}
		if again, err := domain.Execute(testPolicy(t), kept.Input, kept.Order, kept.CreatedAt); err != nil || again != kept.Decision {
			t.Errorf("made again from the record: %+v (%v), want %+v", again, err, kept.Decision)
		}
		if s := b.standing(7); s.Rank != "Sergeant" || !s.Hold {
			t.Errorf("the record shows %q, on hold %t, want a Sergeant on hold", s.Rank, s.Hold)
		}

		time.Sleep(time.Minute)
		wantStatus(t, *b.apply(b.report(7, 150)).Decision, domain.ActionNone, domain.StatusNone) // the points do not suffice, but for the hold
		released := b.order(domain.Order{Hold: domain.HoldOff})
		wantStatus(t, released.Decision, domain.ActionNone, domain.StatusApplied)
		wantStatus(t, *b.apply(b.report(7, 150)).Decision, domain.ActionDemote, domain.StatusApplied)
		b.wantHeld(7, "Corporal")
		b.wantDecisions("PROMOTE applied staff", "NONE applied staff", "DEMOTE applied game")
	})
}

func TestAnOrderThatIsNotToBeAppliedIsAdvice(t *testing.T) {
	b := newBench(t, app.Remote{})
	b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
	before := b.standing(7)
	got := b.order(domain.Order{Action: domain.ActionBan}, func(r *ports.DecideRequest) { r.Apply = false })
	wantStatus(t, got.Decision, domain.ActionBan, domain.StatusAdvisory)
	if b.standing(7) != before || len(b.decisions()) != 0 {
		t.Errorf("advice changed the record to %+v and left %q", b.standing(7), b.decisions())
	}
}

func TestAnOrderThatCannotBeChangesNothing(t *testing.T) {
	b := newBench(t, app.Remote{})
	b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
	before := b.standing(7)
	_, blocked := b.ask(domain.Order{Action: domain.ActionRestore})
	wantCode(t, blocked, domain.KindBlocked, "not_punished")
	_, invalid := b.ask(domain.Order{Action: domain.ActionPromote, To: "Cook"})
	wantCode(t, invalid, domain.KindInvalid, "order_invalid")
	_, unknown := b.ask(domain.Order{Action: domain.ActionBan}, func(r *ports.DecideRequest) { r.User = userID(t, 8) })
	wantCode(t, unknown, domain.KindNotFound, "not_found")
	if b.standing(7) != before || len(b.decisions()) != 0 {
		t.Errorf("the record shows %+v and %q", b.standing(7), b.decisions())
	}
}

func TestAnOrderOvertakesWhatTheRulesDecided(t *testing.T) {
	t.Run("what is under way", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := withGroup(t)
			b.group.join(t, 7, "Trooper")
			moving := b.apply(b.report(7, 250, rank("Trooper"))).Decision // nothing delivers yet
			got := b.order(domain.Order{Action: domain.ActionDemote, To: "Recruit"})
			if got.Decision.Overtakes != moving.ID {
				t.Errorf("it overtakes %q, want %q", got.Decision.Overtakes, moving.ID)
			}
			b.run()
			time.Sleep(5 * time.Second)
			b.wantHeld(7, "Recruit")
			b.wantDecisions("PROMOTE superseded game", "DEMOTE applied staff")
		})
	})
	t.Run("what waits for approval", func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.apply(b.report(7, 450, rank("Sergeant")))
		b.order(domain.Order{Action: domain.ActionPromote})
		b.wantRank("General")
		b.wantDecisions("PROMOTE superseded game", "PROMOTE applied staff")
	})
}

func TestABanByHandLiftsAgainByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, wall := withWall(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"), warnings(9))})
		wantStatus(t, b.order(domain.Order{Action: domain.ActionBan}).Decision, domain.ActionBan, domain.StatusApplied)
		b.wantHeld(7, "Suspended")
		if !wall.active(t, 42) || !wall.active(t, 43) {
			t.Error("the universes are open to a banned player")
		}
		time.Sleep(time.Hour)
		wantStatus(t, b.order(domain.Order{Action: domain.ActionRestore}).Decision, domain.ActionRestore, domain.StatusApplied)
		b.wantHeld(7, "Trooper")
		if wall.active(t, 42) || wall.active(t, 43) {
			t.Error("a universe is still closed")
		}
		time.Sleep(time.Hour)
		wantStatus(t, *b.apply(b.report(7, 150, warnings(9))).Decision, domain.ActionNone, domain.StatusNone) // the same warnings
		wantStatus(t, *b.apply(b.report(7, 150, warnings(10))).Decision, domain.ActionBan, domain.StatusApplied)
	})
}

func TestALiftedBanStandsAgainWhereRobloxRefuses(t *testing.T) {
	for name, refuse := range map[string]func(*bench, *wall){
		"to open a universe": func(_ *bench, w *wall) { w.fail(43, denied(), denied()) },
		"to give the role":   func(b *bench, _ *wall) { b.group.fail(nil, denied(), nil, denied()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, wall := withWall(t)
				b.group.join(t, 7, "Trooper")
				b.run()
				b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
				b.order(domain.Order{Action: domain.ActionBan})
				before := b.standing(7)
				refuse(b, wall)
				lifted := b.order(domain.Order{Action: domain.ActionRestore, Hold: domain.HoldOn})
				time.Sleep(30 * time.Minute)
				failed := b.decision(lifted.Decision.ID)
				if failed.Status != domain.StatusFailed || !strings.Contains(failed.Detail, "permission_denied") {
					t.Errorf("got %s (%s), want failed because of permission_denied", failed.Status, failed.Detail)
				}
				b.wantHeld(7, "Suspended")
				if !wall.active(t, 42) || !wall.active(t, 43) {
					t.Error("a universe is open to a player who is banned by the record")
				}
				after := b.standing(7)
				after.Version = before.Version
				if after != before {
					t.Errorf("the record shows %+v, want %+v", after, before)
				}
			})
		})
	}
}

func TestAnOrderDoesNotHangOnTheRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g := memstore.New(), newGroup()
		defer store.Close()
		g.join(t, 7, "Trooper")
		before := newBenchOn(t, store, app.Remote{Roles: g.mock()})
		before.ingest(ports.IngestRequest{Report: before.report(7, 150, rank("Trooper"))})
		got := before.order(domain.Order{Action: domain.ActionPromote})
		after := newBenchUnder(t, store, app.Remote{Roles: g.mock()}, changedPolicy(t, domain.PrivilegedNever, 290))
		after.group = g
		after.run()
		time.Sleep(5 * time.Second)
		wantStatus(t, after.decision(got.Decision.ID), domain.ActionPromote, domain.StatusApplied)
		after.wantHeld(7, "Corporal")
	})
}

func TestAnOrderThatRobloxRefusesIsTakenBackWithItsHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.group.fail(nil, denied(), nil, denied())
		b.run()
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
		got := b.order(domain.Order{Action: domain.ActionPromote})
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(got.Decision.ID), domain.ActionPromote, domain.StatusFailed)
		if s := b.standing(7); s.Rank != "Trooper" || s.Hold {
			t.Errorf("the record shows %q, on hold %t, want a Trooper who is not", s.Rank, s.Hold)
		}
	})
}

func TestAPunishmentThatWasOrderedIsOrderedAnewFromTheRankThatRobloxShows(t *testing.T) {
	officer := func(t *testing.T) domain.UserID { t.Helper(); return userID(t, 9) }
	for name, test := range map[string]struct {
		actor  bool
		shown  string // where somebody put the member by hand
		banned bool
	}{
		"by a key alone":                      {false, "General", true},
		"by an actor, who may":                {true, "Sergeant", true},
		"by an actor, who may not any more":   {true, "General", false},
		"by a key alone, from the rank below": {false, "Recruit", true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, wall := newGroup(), newWall()
				store := memstore.New()
				defer store.Close()
				remote := app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42)}
				b := newBenchUnder(t, store, remote, staffPolicy(t))
				b.group = g
				g.join(t, 7, test.shown)
				b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
				b.ingest(ports.IngestRequest{Report: b.report(9, 450, rank("General"))})
				b.run()
				got := b.order(domain.Order{Action: domain.ActionBan}, func(r *ports.DecideRequest) {
					if test.actor {
						r.Actor = officer(t)
					}
				})
				time.Sleep(10 * time.Minute)
				wantStatus(t, b.decision(got.Decision.ID), domain.ActionBan, domain.StatusSuperseded)
				if !test.banned {
					b.wantRank(test.shown)
					b.wantHeld(7, test.shown)
					if b.standing(7).Punishment.InForce() || wall.active(t, 42) {
						t.Error("an actor banned somebody of their own rank")
					}
					return
				}
				b.wantHeld(7, "Suspended")
				if s := b.standing(7); s.FormerRank != test.shown || s.Punishment.Status != domain.PunishmentSevere || !wall.active(t, 42) {
					t.Errorf("the record shows %+v, want a banned %s", s, test.shown)
				}
				again, err := b.store.Decisions(t.Context(), ports.DecisionFilter{Status: domain.StatusApplied}, "", 1)
				if err != nil || len(again) != 1 || again[0].Origin != domain.OriginManual || again[0].Order != got.Decision.Order ||
					again[0].Reason != "a person's words" {
					t.Errorf("ordered anew as %+v (%v)", again, err)
				}
			})
		})
	}
}

func TestTheActorsOwnRankDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBenchUnder(t, memstore.New(), app.Remote{}, staffPolicy(t))
		for user, name := range map[int64]string{7: "Trooper", 9: "General", 10: "Sergeant", 11: "Corporal"} {
			b.ingest(ports.IngestRequest{Report: b.report(user, 500, rank(name))})
		}
		before := b.standing(7)
		promote := domain.Order{Action: domain.ActionPromote}
		for name, refused := range map[string]struct {
			actor int64
			order domain.Order
			about int64
		}{
			"somebody unknown":                {99, promote, 7},
			"somebody without the permission": {11, promote, 7},
			"somebody with another one":       {10, domain.Order{Action: domain.ActionSuspend}, 7},
			"about their own rank":            {10, promote, 10},
			"about a higher rank":             {10, domain.Order{Action: domain.ActionDemote}, 9},
			"about themselves":                {9, domain.Order{Action: domain.ActionDemote}, 9},
			"granting their own rank":         {10, domain.Order{Action: domain.ActionPromote, To: "Sergeant"}, 7},
			"a hold without the permission":   {11, domain.Order{Hold: domain.HoldOn}, 7},
		} {
			_, err := b.ask(refused.order, by(userID(t, refused.actor)), func(r *ports.DecideRequest) { r.User = userID(t, refused.about) })
			if e, ok := errors.AsType[*domain.Error](err); !ok || e.Kind != domain.KindDenied || e.Code != "actor_not_allowed" {
				t.Errorf("%s: got %v, want actor_not_allowed", name, err)
			}
		}
		if _, err := b.ask(promote, by(userID(t, 99))); err == nil || !strings.Contains(err.Error(), "nothing is known about the actor 99") {
			t.Errorf("somebody unknown: got %v, want that nothing is known", err)
		}
		if b.standing(7) != before || len(b.decisions()) != 0 {
			t.Errorf("what was refused left %q", b.decisions())
		}
		got := b.order(domain.Order{Action: domain.ActionPromote}, by(userID(t, 10)))
		wantStatus(t, got.Decision, domain.ActionPromote, domain.StatusApplied)
		if kept := b.decision(got.Decision.ID); kept.Actor != userID(t, 10) {
			t.Errorf("the ledger names %s, want 10", kept.Actor)
		}
		banned := b.order(domain.Order{Action: domain.ActionBan}, by(userID(t, 9)), func(r *ports.DecideRequest) { r.User = userID(t, 10) })
		wantStatus(t, banned.Decision, domain.ActionBan, domain.StatusApplied)
		_, err := b.ask(domain.Order{Action: domain.ActionDemote}, by(userID(t, 10)))
		wantCode(t, err, domain.KindDenied, "actor_not_allowed") // whoever is banned may nothing
	})
}

// An actor that is named for what the rules decide is recorded, and no more: the base contract.
func TestTheRulesAskNobodysRank(t *testing.T) {
	b := newBenchUnder(t, memstore.New(), app.Remote{}, staffPolicy(t))
	b.ingest(ports.IngestRequest{Report: b.report(7, 250, rank("Trooper"))})
	got := b.order(domain.Order{}, by(userID(t, 99)))
	wantStatus(t, got.Decision, domain.ActionPromote, domain.StatusApplied)
	if got.Decision.Origin != domain.OriginRules {
		t.Errorf("its origin is %s, want the rules", got.Decision.Origin)
	}
}

func TestAHoldLeavesWhatIsOpenAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		moving := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		held := b.order(domain.Order{Hold: domain.HoldOn})
		wantStatus(t, held.Decision, domain.ActionNone, domain.StatusApplied)
		if !b.standing(7).Hold || held.Decision.Overtakes != "" {
			t.Errorf("on hold %t, overtakes %q", b.standing(7).Hold, held.Decision.Overtakes)
		}
		b.run()
		time.Sleep(time.Second)
		wantStatus(t, b.decision(moving.ID), domain.ActionPromote, domain.StatusApplied)
		b.wantHeld(7, "Corporal")
		if !slices.Equal(b.group.written(), []string{"+Corporal", "-Trooper"}) {
			t.Errorf("at Roblox: %q, want the move alone", b.group.written())
		}
		_, err := b.ask(domain.Order{Hold: domain.HoldOn})
		wantCode(t, err, domain.KindBlocked, "already_on_hold")
	})
}
