package app_test

import (
	"context"
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

// tryUndo asks to undo a decision.
func (b *bench) tryUndo(id string, change ...func(*ports.UndoRequest)) (ports.DecideResult, error) {
	b.t.Helper()
	r := ports.UndoRequest{Caller: ports.Caller{Principal: "staff"}, ID: id, Reason: "a mistake"}
	for _, c := range change {
		c(&r)
	}
	return b.service.Undo(b.t.Context(), r)
}

// undo is tryUndo that must not be refused.
func (b *bench) undo(id string, change ...func(*ports.UndoRequest)) ports.DecisionRecord {
	b.t.Helper()
	result, err := b.tryUndo(id, change...)
	if err != nil {
		b.t.Fatalf("undo %s: %v", id, err)
	}
	return result.Decision
}

func (b *bench) transitions(id string) []ports.Transition {
	b.t.Helper()
	all, err := b.store.Transitions(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

func TestAnUndoGivesRankAndTenureBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		b.ingest(ports.IngestRequest{Report: b.report(7, 50, rank("Recruit"))})
		b.group.join(t, 7, "Recruit")
		b.apply(b.report(7, 150))
		since := b.standing(7).RankSince
		time.Sleep(time.Hour)
		promoted := b.apply(b.report(7, 250)).Decision
		wantStatus(t, *promoted, domain.ActionPromote, domain.StatusApplied)
		time.Sleep(time.Hour)
		undone := b.undo(promoted.ID, func(r *ports.UndoRequest) { r.RequestID = "the request" })

		wantStatus(t, undone, domain.ActionDemote, domain.StatusApplied)
		if undone.Undoes != promoted.ID || undone.Origin != domain.OriginUndo || undone.Reason != "a mistake" || undone.Principal != "staff" ||
			undone.Decision.Reason != domain.ReasonUndo || undone.RequestID != "the request" {
			t.Errorf("the ledger shows %+v", undone)
		}
		b.wantHeld(7, "Trooper")
		s := b.standing(7)
		if s.Rank != "Trooper" || !s.RankSince.Equal(since) || s.FormerRank != "Recruit" || s.Points != 250 {
			t.Errorf("the record shows %+v, want a Trooper since %s who was a Recruit, with 250 points", s, since)
		}
		if !s.Hold {
			t.Error("the points suffice for what was undone, and the player is not on hold")
		}
		last := b.transitions(promoted.ID)[2]
		want := ports.Transition{
			Status: domain.StatusUndone, Detail: "by decision " + undone.ID, At: undone.CreatedAt, Principal: "staff",
		}
		if last != want {
			t.Errorf("the decision came to %+v, want %+v", last, want)
		}
		original := b.decision(promoted.ID)
		again, err := domain.Undo(testPolicy(t), undone.Input, original.Decision, original.Input, undone.Order.Hold, undone.CreatedAt)
		if err != nil || again != undone.Decision {
			t.Errorf("made again from the records: %+v (%v), want %+v", again, err, undone.Decision)
		}
		time.Sleep(time.Hour)
		wantStatus(t, *b.apply(b.report(7, 260)).Decision, domain.ActionNone, domain.StatusNone)
	})
}

func TestAnUndoOfWhatIsUnderWayEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		promoted := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		undone := b.undo(promoted.ID)
		wantStatus(t, undone, domain.ActionDemote, domain.StatusPending)
		if undone.Overtakes != promoted.ID {
			t.Errorf("it overtakes %q, want %q", undone.Overtakes, promoted.ID)
		}
		b.run()
		time.Sleep(5 * time.Second)
		wantStatus(t, b.decision(promoted.ID), domain.ActionPromote, domain.StatusUndone)
		wantStatus(t, b.decision(undone.ID), domain.ActionDemote, domain.StatusApplied)
		b.wantRank("Trooper")
		b.wantHeld(7, "Trooper")
		if got := b.group.written(); len(got) != 0 {
			t.Errorf("at Roblox: %q, want nothing", got)
		}
	})
}

func TestAnUndoCanBeUndoneAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		d := *b.apply(b.report(7, 250, rank("Trooper"))).Decision
		made := b.standing(7)
		for n, held := range []string{"Trooper", "Corporal", "Trooper", "Corporal"} {
			time.Sleep(time.Minute)
			_, err := b.tryUndo(d.ID, func(r *ports.UndoRequest) { r.DryRun = true })
			if err != nil {
				t.Fatal(err)
			}
			before := d.ID
			d = b.undo(d.ID)
			b.wantHeld(7, held)
			if status := b.decision(before).Status; status != domain.StatusUndone {
				t.Errorf("undo %d: the decision is %s, want undone", n+1, status)
			}
			_, err = b.tryUndo(before)
			wantCode(t, err, domain.KindBlocked, "not_undoable")
		}
		s := b.standing(7)
		if s.Rank != made.Rank || !s.RankSince.Equal(made.RankSince) || s.FormerRank != made.FormerRank || s.Hold {
			t.Errorf("done again it shows %+v, want %+v", s, made)
		}
	})
}

func TestLaterDecisionsMustBeUndoneFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		first := *b.apply(b.report(7, 150, rank("Recruit"))).Decision
		time.Sleep(time.Minute)
		second := *b.apply(b.report(7, 250)).Decision
		held := b.order(domain.Order{Hold: domain.HoldOn}).Decision // nothing stands on a hold, and it on nothing
		conflict := func(id string, names ...string) {
			t.Helper()
			_, err := b.tryUndo(id)
			wantCode(t, err, domain.KindBlocked, "undo_conflict")
			for _, name := range names {
				if err != nil && !strings.Contains(err.Error(), name) {
					t.Errorf("got %v, want one that names %s", err, name)
				}
			}
		}
		conflict(first.ID, second.ID, "PROMOTE to Corporal")
		b.undo(held.ID)
		undone := b.undo(second.ID)
		again := b.undo(undone.ID) // the second stands again
		conflict(first.ID, again.ID)
		b.undo(again.ID)
		b.undo(first.ID)
		b.wantRank("Recruit")
		if s := b.standing(7); !s.RankSince.IsZero() {
			t.Errorf("in rank since %s, want unknown, as it was", s.RankSince)
		}
	})
}

func TestAChangeByHandStandsInTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		promoted := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(time.Second)
		b.group.join(t, 7, "Sergeant")
		b.ingest(ports.IngestRequest{Report: b.report(7, 250, rank("Sergeant"))})
		time.Sleep(5 * time.Second) // so soon after a change Roblox is looked at twice
		b.wantRank("Sergeant")
		_, err := b.tryUndo(promoted.ID)
		wantCode(t, err, domain.KindBlocked, "undo_conflict")
		if !strings.Contains(err.Error(), "Sergeant") {
			t.Errorf("got %v, want one that names the rank of now", err)
		}
		wantStatus(t, b.decision(promoted.ID), domain.ActionPromote, domain.StatusApplied)
	})
}

func TestWhatRobloxRefusesToUndoStandsAgain(t *testing.T) {
	for name, test := range map[string]struct {
		disturb func(b *bench)
		status  domain.Status
		rank    string
	}{
		"it is refused": {func(b *bench) { b.group.fail(nil, denied(), nil, denied()) }, domain.StatusFailed, "Corporal"},
		"somebody changed the role by hand": {
			func(b *bench) { b.group.join(b.t, 7, "Sergeant") }, domain.StatusSuperseded, "Sergeant",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := withGroup(t)
				b.group.join(t, 7, "Trooper")
				b.run()
				promoted := b.apply(b.report(7, 250, rank("Trooper"))).Decision
				made := b.standing(7)
				test.disturb(b)
				undone := b.undo(promoted.ID)
				time.Sleep(10 * time.Minute)
				wantStatus(t, b.decision(undone.ID), domain.ActionDemote, test.status)
				again := b.decision(promoted.ID)
				if again.Status != domain.StatusApplied || !strings.Contains(again.Detail, undone.ID) {
					t.Errorf("the promotion is %s (%s), want applied, with the reason", again.Status, again.Detail)
				}
				var statuses []domain.Status
				for _, tr := range b.transitions(promoted.ID) {
					statuses = append(statuses, tr.Status)
				}
				want := []domain.Status{domain.StatusPending, domain.StatusApplied, domain.StatusUndone, domain.StatusApplied}
				if !slices.Equal(statuses, want) {
					t.Errorf("it came to %q, want %q", statuses, want)
				}
				s := b.standing(7)
				if s.Rank != test.rank || s.Hold {
					t.Errorf("the record shows %q, on hold %t, want %s who is not", s.Rank, s.Hold, test.rank)
				}
				if test.status == domain.StatusFailed {
					if !s.RankSince.Equal(made.RankSince) {
						t.Errorf("in rank since %s, want %s", s.RankSince, made.RankSince)
					}
					wantStatus(t, b.undo(promoted.ID), domain.ActionDemote, domain.StatusApplied) // and again, once Roblox lets it
				}
			})
		})
	}
}

func TestAnUndoThatFailsBeforeItsDecisionWasConfirmedLeavesNeither(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Sergeant") // the record is wrong
		promoted := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		undone := b.undo(promoted.ID)
		b.run()
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(undone.ID), domain.ActionDemote, domain.StatusSuperseded)
		wantStatus(t, b.decision(promoted.ID), domain.ActionPromote, domain.StatusUndone)
		b.wantRank("Sergeant")
		b.wantHeld(7, "Sergeant")
	})
}

func TestWhatOvertookAnUndoAndFailsLetsTheFirstStandAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		stop := b.run()
		promoted := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		wantStatus(t, *promoted, domain.ActionPromote, domain.StatusApplied)
		stop()
		undone := b.undo(promoted.ID)
		overtaking := b.order(domain.Order{Action: domain.ActionDemote, To: "Recruit"}).Decision
		if overtaking.Overtakes != undone.ID {
			t.Errorf("it overtakes %q, want %q", overtaking.Overtakes, undone.ID)
		}
		b.group.fail(nil, denied(), nil, denied())
		b.run()
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(overtaking.ID), domain.ActionDemote, domain.StatusFailed)
		wantStatus(t, b.decision(undone.ID), domain.ActionDemote, domain.StatusSuperseded)
		wantStatus(t, b.decision(promoted.ID), domain.ActionPromote, domain.StatusApplied)
		b.wantRank("Corporal")
	})
}

func TestOnlyWhatWasCarriedOutCanBeUndone(t *testing.T) {
	b := newBench(t, app.Remote{})
	b.ingest(ports.IngestRequest{Report: b.report(7, 250, rank("Trooper"))})
	statuses := []domain.Status{
		domain.StatusFailed, domain.StatusSuperseded, domain.StatusRejected, domain.StatusExpired, domain.StatusUndone,
		domain.StatusAwaitingApproval,
	}
	for i, status := range statuses {
		s := b.standing(7)
		r := ports.DecisionRecord{
			ID: []string{"a", "b", "c", "d", "e", "f"}[i], UserID: s.UserID, Input: s, Status: status,
			Decision: domain.Decision{Action: domain.ActionPromote, From: "Recruit", To: "Trooper"},
		}
		if err := b.store.Write(t.Context(), addDecision(r)); err != nil {
			t.Fatal(err)
		}
		_, err := b.tryUndo(r.ID)
		wantCode(t, err, domain.KindBlocked, "not_undoable")
		if !strings.Contains(err.Error(), string(status)) {
			t.Errorf("got %v, want one that names %s", err, status)
		}
	}
	_, err := b.tryUndo("00000000-0000-7000-8000-00000000ffff")
	if !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
}

func TestADryRunOfAnUndoChangesNothing(t *testing.T) {
	b := newBench(t, app.Remote{})
	promoted := b.apply(b.report(7, 250, rank("Trooper"))).Decision
	before, decided := b.standing(7), b.decisions()
	got := b.undo(promoted.ID, func(r *ports.UndoRequest) { r.DryRun = true })
	wantStatus(t, got, domain.ActionDemote, domain.StatusAdvisory)
	if b.standing(7) != before || !slices.Equal(b.decisions(), decided) || b.decision(promoted.ID).Status != domain.StatusApplied {
		t.Errorf("it left %+v and %q", b.standing(7), b.decisions())
	}
}

func TestUndonePunishmentsAreLiftedAndNotImposedAgain(t *testing.T) {
	for warned, test := range map[int64]struct{ action, more domain.Action }{
		4: {domain.ActionSuspend, domain.ActionSuspend}, 7: {domain.ActionBan, domain.ActionBan},
	} {
		t.Run(test.action.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, wall := withWall(t)
				b.group.join(t, 7, "Trooper")
				b.run()
				punished := b.apply(b.report(7, 150, rank("Trooper"), warnings(warned))).Decision
				wantStatus(t, *punished, test.action, domain.StatusApplied)
				time.Sleep(time.Hour)
				wantStatus(t, b.undo(punished.ID), domain.ActionRestore, domain.StatusApplied)
				b.wantHeld(7, "Trooper")
				s := b.standing(7)
				if s.Punishment.InForce() || s.Hold || !s.RankSince.IsZero() || wall.active(t, 42) || wall.active(t, 43) {
					t.Errorf("the record shows %+v, restricted %t, want nothing of it", s, wall.active(t, 42))
				}
				time.Sleep(time.Hour)
				wantStatus(t, *b.apply(b.report(7, 150, warnings(warned))).Decision, domain.ActionNone, domain.StatusNone)
				wantStatus(t, *b.apply(b.report(7, 150, warnings(warned+1))).Decision, test.more, domain.StatusApplied)
			})
		})
	}
}

func TestAnUndoneReleaseSuspendsUntilTheFirstEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		stop := b.run()
		b.apply(b.report(7, 150, rank("Trooper"), warnings(4)))
		end := b.standing(7).Punishment.Until
		time.Sleep(time.Hour)
		lifted := b.order(domain.Order{Action: domain.ActionRestore}).Decision
		b.wantHeld(7, "Trooper")
		time.Sleep(time.Hour)
		back := b.undo(lifted.ID)
		wantStatus(t, back, domain.ActionSuspend, domain.StatusApplied)
		b.wantHeld(7, "Suspended")
		if s := b.standing(7); !s.Punishment.Until.Equal(end) || !back.Decision.Until.Equal(end) {
			t.Errorf("suspended until %s, want %s", s.Punishment.Until, end)
		}
		stop()
		time.Sleep(time.Until(end) - time.Minute)
		b.run()
		b.release()
		time.Sleep(2 * time.Minute)
		b.wantHeld(7, "Trooper") // it ends by itself, when the first would have
	})
}

// A ban may still be on its way to a universe that was taken out of the settings meanwhile: the undo goes there too.
func TestAnUndoneBanReachesNoUniverseAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g, wall := memstore.New(), newGroup(), newWall()
		defer store.Close()
		g.join(t, 7, "Trooper")
		before := newBenchOn(t, store, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42, 43)})
		banned := before.apply(before.report(7, 150, rank("Trooper"), warnings(7))).Decision
		after := newBenchOn(t, store, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42)})
		after.group = g
		after.ingest(ports.IngestRequest{Report: after.report(8, 0)}) // its ids count anew: this takes the one of the ban
		undone := after.undo(banned.ID)
		after.run()
		time.Sleep(10 * time.Minute)
		if wall.active(t, 42) || wall.active(t, 43) {
			t.Error("an undone ban restricts")
		}
		wantStatus(t, after.decision(banned.ID), domain.ActionBan, domain.StatusUndone)
		wantStatus(t, after.decision(undone.ID), domain.ActionRestore, domain.StatusApplied)
		after.wantHeld(7, "Trooper")
	})
}

func TestABanOfWhoeverIsNotAMemberCanBeUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, wall := newGroup(), newWall()
		b := newBench(t, app.Remote{Roles: g.mock(), Restrictions: wall.mock(), Universes: universes(t, 42)})
		b.group = g
		b.run()
		banned := b.apply(b.report(7, 150, rank("Trooper"), warnings(7))).Decision
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(banned.ID), domain.ActionBan, domain.StatusApplied)
		if !wall.shut(t, 42) {
			t.Error("whoever is banned may join")
		}
		undone := b.undo(banned.ID)
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(banned.ID), domain.ActionBan, domain.StatusUndone)
		wantStatus(t, b.decision(undone.ID), domain.ActionRestore, domain.StatusApplied)
		if wall.shut(t, 42) || b.standing(7).Punishment.InForce() {
			t.Error("the ban holds although it was undone")
		}
	})
}

func TestTheActorOfAnUndoMustBeAllowedTheInverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBenchUnder(t, memstore.New(), app.Remote{}, staffPolicy(t))
		b.ingest(ports.IngestRequest{Report: b.report(9, 500, rank("General"))})
		b.ingest(ports.IngestRequest{Report: b.report(10, 500, rank("Sergeant"))})
		named := func(n int64) func(*ports.UndoRequest) {
			return func(r *ports.UndoRequest) { r.Actor = userID(t, n) }
		}
		promoted := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		_, err := b.tryUndo(promoted.ID, named(99))
		wantCode(t, err, domain.KindDenied, "actor_not_allowed")
		wantStatus(t, b.undo(promoted.ID, named(10)), domain.ActionDemote, domain.StatusApplied)
		if last := b.transitions(promoted.ID); last[len(last)-1].Actor != userID(t, 10) {
			t.Errorf("it came to %+v, want by 10", last)
		}
		time.Sleep(time.Minute)
		banned := b.order(domain.Order{Action: domain.ActionBan}).Decision
		_, err = b.tryUndo(banned.ID, named(10))
		wantCode(t, err, domain.KindDenied, "actor_not_allowed")
		wantStatus(t, b.undo(banned.ID, named(9)), domain.ActionRestore, domain.StatusApplied)
	})
}

func TestManyLaterDecisionsAreNamedInPart(t *testing.T) {
	b := newBench(t, app.Remote{})
	first := b.apply(b.report(7, 150, rank("Recruit"))).Decision
	var later []string
	for n := range 7 {
		o := domain.Order{Action: domain.ActionPromote, Hold: domain.HoldOff}
		if n%2 == 1 {
			o.Action = domain.ActionDemote
		}
		later = append(later, b.order(o).Decision.ID)
	}
	_, err := b.tryUndo(first.ID)
	wantCode(t, err, domain.KindBlocked, "undo_conflict")
	if !strings.Contains(err.Error(), later[4]) || strings.Contains(err.Error(), later[5]) || !strings.Contains(err.Error(), "and 2 more") {
		t.Errorf("got %v, want five of %q, and 2 more", err, later)
	}
}

func TestAnUndoIsStoredWholeOrNotAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for n := 1; ; n++ {
			store := &faultyStore{Store: memstore.New()}
			b := newBenchOn(t, store, app.Remote{Roles: newGroup().mock()})
			promoted := b.apply(b.report(7, 250, rank("Trooper"))).Decision // is under way
			before, decided := b.standing(7), b.decisions()
			store.failAt = n
			_, err := b.tryUndo(promoted.ID)
			if err == nil {
				if n < 8 {
					t.Errorf("only %d calls were seen", n-1)
				}
				return
			}
			if !errors.Is(err, errFaulty) || b.standing(7) != before || !slices.Equal(b.decisions(), decided) || len(b.transitions(promoted.ID)) != 1 {
				t.Errorf("call %d failed: got %v, standing %+v, decisions %q, want %v and nothing changed", n, err, b.standing(7), b.decisions(), errFaulty)
			}
		}
	})
}

// addDecision returns what adds a record in a unit.
func addDecision(r ports.DecisionRecord) func(context.Context, ports.Writer) error {
	return func(ctx context.Context, w ports.Writer) error {
		if _, err := w.LockStandings(ctx, []domain.UserID{r.UserID}); err != nil {
			return err
		}
		return w.AddDecisions(ctx, []ports.DecisionRecord{r})
	}
}
