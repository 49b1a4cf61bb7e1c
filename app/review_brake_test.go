package app_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestTheBrakeHoldsJustAboveItsPercent(t *testing.T) {
	for _, c := range []struct {
		demoted, all int
		state        ports.SweepState
	}{{2, 100, ports.SweepDone}, {3, 100, ports.SweepStopped}, {20, 1000, ports.SweepDone}, {21, 1000, ports.SweepStopped}, {0, 0, ports.SweepDone}} {
		t.Run(fmt.Sprintf("%d of %d", c.demoted, c.all), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, app.Remote{})
				b.crowd(part{n: c.demoted, rank: "Corporal", points: 150}, part{n: c.all - c.demoted, rank: "Recruit", points: 5})
				b.sweep()
				got := b.review(b.startReview(everybody()).ID)
				found, decided := ports.Tally{"demote": int64(c.demoted), "none": int64(c.all - c.demoted)}, ports.Tally(nil)
				if c.state == ports.SweepDone {
					decided = found
				}
				if c.all == 0 {
					found, decided = nil, nil
				}
				b.wantReview(got, c.state, found, decided)
			})
		})
	}
}

func TestEveryPunishmentCountsForTheBrakeAndItsSentenceSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 1, rank: "Corporal", points: 150}, part{n: 1, rank: "Recruit", warnings: 4}, part{n: 1, rank: "Recruit", warnings: 7},
			part{n: 97, rank: "Trooper", points: 250})
		b.sweep()
		got := b.review(b.startReview(everybody()).ID)
		b.wantReview(got, ports.SweepStopped, ports.Tally{"demote": 1, "suspend": 1, "ban": 1, "promote": 97}, nil)
		want := "stopped before anything was applied: 3 of 100 players (3 %) would be demoted (1), suspended (1) or banned (1), " +
			"and REVIEW_MAX_PUNISH_PERCENT allows 2 %"
		if !strings.HasPrefix(got.Detail, want) || !strings.Contains(got.Detail, "resume it with override and a reason") {
			t.Errorf("the detail is %q, want it to begin with %q and to say how to go on", got.Detail, want)
		}
		b.wantDecisions()
	})
}

func TestAReviewThatIsOverriddenPassesItsBrake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 70, rank: "Corporal", points: 150}, part{n: 30, rank: "Recruit", points: 5})
		b.sweep()
		request := everybody()
		request.Override = "the season ended"
		got := b.review(b.startReview(request).ID)
		b.wantReview(got, ports.SweepDone, ports.Tally{"demote": 70, "none": 30}, ports.Tally{"demote": 70, "none": 30})
		if got.Override != "the season ended" {
			t.Errorf("override: got %q", got.Override)
		}
	})
}

func TestAStoppedReviewGoesOnWhenItIsOverriddenByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 70, rank: "Corporal", points: 150}, part{n: 30, rank: "Recruit", points: 5})
		b.sweep()
		id := b.startReview(everybody()).ID
		b.wantReview(b.review(id), ports.SweepStopped, ports.Tally{"demote": 70, "none": 30}, nil)
		b.resume(id, "") // nothing has changed, so it stops again
		b.wantReview(b.review(id), ports.SweepStopped, ports.Tally{"demote": 70, "none": 30}, nil)
		b.resume(id, "it is meant")
		got := b.review(id)
		b.wantReview(got, ports.SweepDone, ports.Tally{"demote": 70, "none": 30}, ports.Tally{"demote": 70, "none": 30})
		page, err := b.store.Decisions(t.Context(), ports.DecisionFilter{Review: id}, "", 1)
		if err != nil || page[0].Principal != "second" || page[0].RequestID != "resumed" {
			t.Errorf("got %+v and error %v, want it decided for who overrode the brake", page, err)
		}
	})
}

func TestAReviewIsResumedAfterWhatMadeItStopIsMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 70, rank: "Corporal", points: 150}, part{n: 30, rank: "Trooper", points: 105})
		stop := b.sweep()
		id := b.startReview(everybody()).ID
		b.wantReview(b.review(id), ports.SweepStopped, ports.Tally{"demote": 70, "none": 30}, nil)
		stop()
		mended := newBenchBeside(t, b.store, app.Remote{}, changedPolicy(t, domain.PrivilegedApproval, 102), b.ids)
		mended.sweep()
		mended.resume(id, "")
		mended.wantReview(mended.review(id), ports.SweepDone, ports.Tally{"promote": 30, "none": 70}, ports.Tally{"promote": 30, "none": 70})
	})
}

func TestAReviewIsResumedAfterTheReportsWereMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 3, rank: "Corporal", points: 150}, part{n: 7, rank: "Recruit"})
		b.sweep()
		id := b.startReview(everybody()).ID
		b.wantReview(b.review(id), ports.SweepStopped, ports.Tally{"demote": 3, "none": 7}, nil)
		for user := range int64(3) {
			b.ingest(ports.IngestRequest{Report: b.report(user+1, 250)})
		}
		b.resume(id, "")
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"none": 10}, nil)
	})
}

func TestAnOverrideDoesNotHoldForAnotherPolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBenchUnder(t, memstore.New(), app.Remote{}, changedPolicy(t, domain.PrivilegedApproval, 102))
		b.crowd(part{n: 70, rank: "Corporal", points: 101}, part{n: 30, rank: "Corporal", points: 150})
		request := everybody()
		request.Override = "they are seventy"
		id := b.startReview(request).ID // and nobody works on it
		stricter := b.beside(b.store)
		stricter.sweep()
		stricter.wantReview(stricter.review(id), ports.SweepStopped, ports.Tally{"demote": 100}, nil)
	})
}

func TestMorePunishmentsThanTheFirstLookFoundStopTheSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		under := memstore.New()
		store := &gatedStore{Store: under}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 1, rank: "Trooper", points: 250}, part{n: 9, rank: "Trooper", points: 250}, part{n: 90, rank: "Recruit"})
		id := b.startReview(everybody()).ID
		other := b.beside(under)
		store.before = func(unit int64) error {
			if unit == 2 { // a game reports warnings about everybody between the two walks
				for n := range int64(10) {
					other.ingest(ports.IngestRequest{Report: other.report(n+1, 250, warnings(4))})
				}
			}
			return nil
		}
		b.sweep()
		got := b.review(id)
		b.wantReview(got, ports.SweepStopped, ports.Tally{"promote": 10, "none": 90}, nil)
		b.wantDecisions()
		b.resume(id, "we saw")
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 10, "none": 90}, ports.Tally{"suspend": 10, "none": 90})
	})
}
