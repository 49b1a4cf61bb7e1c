package app_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// cappedPolicy returns rules under which nobody grows by more than a hundred points a day and is promoted.
func cappedPolicy(t *testing.T, revision string) domain.Policy {
	t.Helper()
	p := written(t, revision)
	capped, err := domain.NewPolicy(domain.PolicyParts{
		Ladder: p.Ladder(), Punishments: p.Punishments(), Privileged: p.Privileged(), Revision: p.Revision(), Documents: p.Documents(),
		Caps: domain.Caps{Daily: 100},
	})
	if err != nil {
		t.Fatal(err)
	}
	return capped
}

// capped returns a service under cappedPolicy.
func capped(t *testing.T) *bench {
	t.Helper()
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	return newBenchUnder(t, store, app.Remote{}, cappedPolicy(t, "capped"))
}

func wantReason(t *testing.T, got ports.DecisionRecord, action domain.Action, reason domain.ReasonCode) {
	t.Helper()
	if got.Decision.Action != action || got.Decision.Reason != reason {
		t.Errorf("got %s %s (%s), want %s %s", got.Decision.Action, got.Decision.Reason, got.Decision.Sentence(), action, reason)
	}
}

func TestPointsBeyondACapAreKeptAndPromoteOnlyOnceTheWindowHasPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := capped(t)
		b.ingest(ports.IngestRequest{Report: b.report(7, 90, rank("Recruit"))})
		time.Sleep(time.Hour)
		held := b.apply(b.report(7, 191))
		wantReason(t, *held.Decision, domain.ActionNone, domain.ReasonHold)
		if s := b.standing(7); s.Points != 191 || s.Hold || s.Rank != "Recruit" {
			t.Errorf("the record shows %d points, rank %q, on hold %t; want what was reported, a Recruit, not on hold", s.Points, s.Rank, s.Hold)
		}
		_, explained, err := b.service.Explain(t.Context(), userID(t, 7))
		if err != nil || len(explained.Blocked) != 1 || explained.Blocked[0].Criterion != domain.CriterionGrowth {
			t.Errorf("explained as %+v (%v), want the growth against it", explained.Blocked, err)
		}
		time.Sleep(24*time.Hour - time.Microsecond)
		wantReason(t, *b.apply(b.report(7, 191)).Decision, domain.ActionNone, domain.ReasonHold)
		time.Sleep(time.Microsecond)
		wantReason(t, *b.apply(b.report(7, 191)).Decision, domain.ActionPromote, domain.ReasonEligible)
	})
}

func TestAnAdministratorEndsTheHoldForGrowthAndIsInTheLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := capped(t)
		b.ingest(ports.IngestRequest{Report: b.report(7, 90, rank("Recruit"))})
		time.Sleep(time.Hour)
		wantReason(t, *b.apply(b.report(7, 500)).Decision, domain.ActionNone, domain.ReasonHold)

		released := b.order(domain.Order{Hold: domain.HoldOff}).Decision
		wantStatus(t, released, domain.ActionNone, domain.StatusApplied)
		kept := b.decision(released.ID)
		if kept.Principal != "staff" || kept.Reason != "a person's words" || kept.Input.Growth == (domain.Growth{}) {
			t.Errorf("the ledger shows %+v, want who, why and what of", kept)
		}
		if s := b.standing(7); s.Growth != (domain.Growth{}) || s.Points != 500 {
			t.Errorf("the record shows the growth %q to %d points, want none, and the points as reported", s.Growth, s.Points)
		}
		_, err := b.ask(domain.Order{Hold: domain.HoldOff})
		wantCode(t, err, domain.KindBlocked, "not_on_hold")
		time.Sleep(time.Minute)
		wantReason(t, *b.apply(b.report(7, 520)).Decision, domain.ActionPromote, domain.ReasonEligible)
	})
}

// What was decided about growth comes out the same again; so does what was decided under caps before they bounded anything.
func TestDecisionsAboutGrowthComeOutTheSameAgain(t *testing.T) {
	store := memstore.New()
	defer store.Close()
	b := newBenchUnder(t, store, app.Remote{}, cappedPolicy(t, "capped"))
	b.ingest(ports.IngestRequest{Report: b.report(7, 90, rank("Recruit"))})
	b.apply(b.report(7, 150)) // within the cap
	time.Sleep(2 * time.Millisecond)
	b.apply(b.report(7, 500)) // held, which is only answered
	b.order(domain.Order{Action: domain.ActionPromote})
	b.order(domain.Order{Hold: domain.HoldOff})

	before := decided(t, 1, "capped", func(s *domain.Standing) { s.Rank, s.Points = "Recruit", 500 })
	before.ID = "00000000-0000-7000-8000-999999999999"
	err := store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
		return w.AddDecisions(ctx, []ports.DecisionRecord{before})
	})
	if err != nil {
		t.Fatal(err)
	}

	n, checked := 0, 0
	parse := func(string) (domain.Policy, error) { return cappedPolicy(t, "capped"), nil }
	err = app.NewAuditor(store, parse).VerifyAll(t.Context(), func(record ports.DecisionRecord, proof app.Proof) error {
		n++
		if _, ok := record.Decision.Checks.Find(domain.CriterionGrowth); ok {
			checked++
		}
		if proof.Verdict != app.VerdictSame || proof.Stored != proof.Again {
			t.Errorf("%s %s: got %s (%s)\nstored:\n%sagain:\n%s", record.Decision.Action, record.Decision.Reason, proof.Verdict, proof.Why,
				proof.Stored, proof.Again)
		}
		return nil
	})
	if err != nil || n != 4 || checked != 3 {
		t.Errorf("got %d decisions, %d of which looked at growth, and error %v; want 4, 3 and none", n, checked, err)
	}
}
