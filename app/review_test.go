package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// sweep lets a sweeper of this service work until the test ends, or until the function that it returns is called.
func (b *bench) sweep() (stop func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	var done sync.WaitGroup
	done.Go(func() { b.service.Sweeper(app.SweeperOptions{}).Run(ctx) })
	stop = func() {
		cancel()
		done.Wait()
	}
	b.t.Cleanup(stop)
	return stop
}

// crowd stores players: as many as each part says, under ascending ids.
func (b *bench) crowd(parts ...part) {
	b.t.Helper()
	id := int64(0)
	for _, p := range parts {
		var placed []ports.PlacedStanding
		for range p.n {
			id++
			s := domain.Standing{
				UserID: userID(b.t, id), Username: "P", Rank: p.rank, Points: p.points, Warnings: p.warnings,
				CreatedAt: time.Now(), LastSyncedAt: time.Now(),
			}
			placed = append(placed, ports.PlacedStanding{Standing: s})
		}
		if err := b.store.Write(b.t.Context(), func(ctx context.Context, w ports.Writer) error {
			return w.SaveStandings(ctx, placed)
		}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// part is players who are alike.
type part struct {
	n        int
	rank     string
	points   int64
	warnings int64
}

func (b *bench) startReview(r ports.ReviewRequest) ports.ReviewProgress {
	b.t.Helper()
	r.Caller = ports.Caller{Principal: "admin", Actor: userID(b.t, 99), RequestID: "asked"}
	started, err := b.service.StartReview(b.t.Context(), r)
	if err != nil {
		b.t.Fatalf("start: %v", err)
	}
	return started
}

func (b *bench) resume(id, override string) ports.ReviewProgress {
	b.t.Helper()
	resumed, err := b.service.ResumeReview(b.t.Context(), ports.ResumeRequest{
		Caller: ports.Caller{Principal: "second", RequestID: "resumed"}, ID: id, Override: override,
	})
	if err != nil {
		b.t.Fatalf("resume: %v", err)
	}
	return resumed
}

// review returns the review once it is not under way any more.
func (b *bench) review(id string) ports.ReviewProgress {
	b.t.Helper()
	for range 600 {
		p, err := b.service.Review(b.t.Context(), id)
		if err != nil {
			b.t.Fatalf("review: %v", err)
		}
		if !p.State.UnderWay() {
			return p
		}
		time.Sleep(time.Second)
	}
	b.t.Fatal("the review is still under way after ten minutes")
	return ports.ReviewProgress{}
}

func (b *bench) wantReview(got ports.ReviewProgress, state ports.SweepState, found, decided ports.Tally) {
	b.t.Helper()
	if got.State != state {
		b.t.Errorf("the review is %s (%s), want %s", got.State, got.Detail, state)
	}
	for what, tally := range map[string][2]ports.Tally{"found": {got.Found, found}, "decided": {got.Decided, decided}} {
		for word, n := range tally[0] {
			if n == 0 {
				delete(tally[0], word)
			}
		}
		if len(tally[0]) == 0 && len(tally[1]) == 0 {
			continue
		}
		if diff := cmp.Diff(tally[1], tally[0]); diff != "" {
			b.t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	b.wantLedger(got)
}

// wantLedger fails the test unless the ledger holds exactly what the review says it decided, each player once.
func (b *bench) wantLedger(got ports.ReviewProgress) {
	b.t.Helper()
	counted := make(ports.Tally)
	seen := make(map[domain.UserID]bool)
	for before := ""; ; {
		page, err := b.store.Decisions(b.t.Context(), ports.DecisionFilter{Review: got.ID}, before, 100)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			if before = r.ID; seen[r.UserID] {
				b.t.Errorf("%s was decided about twice", r.UserID)
			}
			seen[r.UserID] = true
			counted[strings.ToLower(r.Decision.Action.String())]++
		}
	}
	for _, action := range []string{"promote", "demote", "suspend", "ban", "restore"} {
		if got.Decided[action] != counted[action] {
			b.t.Errorf("the review counts %d to %s, the ledger holds %d", got.Decided[action], action, counted[action])
		}
	}
}

func everybody() ports.ReviewRequest { return ports.ReviewRequest{Apply: true} }

func TestAReviewDecidesAboutEverybodyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 1200, rank: "Recruit", points: 50}, part{n: 130, rank: "Trooper", points: 250}, part{n: 2, rank: "Sergeant", points: 450},
			part{n: 3, rank: "Corporal", points: 150}, part{n: 2, rank: "Trooper", points: 150, warnings: 4}, part{n: 1, rank: "Trooper", points: 150, warnings: 7})
		started := b.startReview(everybody())
		if started.State != ports.SweepQueued || started.ID == "" {
			t.Errorf("got %+v, want it queued under an id", started)
		}
		b.sweep()
		got := b.review(started.ID)
		found := ports.Tally{"none": 1200, "promote": 132, "awaitingApproval": 2, "demote": 3, "suspend": 2, "ban": 1}
		b.wantReview(got, ports.SweepDone, found, found)
		if got.Scanned != 1338 || got.Total != 1338 || got.Phase != ports.PhaseApply || got.EndedAt.IsZero() || got.StartedAt.IsZero() {
			t.Errorf("got %+v, want all of 1338 players looked at twice", got)
		}
		if got.Reasons["ELIGIBLE"] != 132 || got.Reasons["POINTS_BELOW_RANK"] != 3 || got.Reasons["NOT_YET"] != 1200 {
			t.Errorf("reasons: got %v", got.Reasons)
		}
		page, err := b.store.Decisions(t.Context(), ports.DecisionFilter{Review: got.ID, Action: domain.ActionBan}, "", 2)
		if err != nil || len(page) != 1 || page[0].Principal != "admin" || page[0].Actor != userID(t, 99) || page[0].RequestID != "asked" {
			t.Errorf("got the ban %+v and error %v, want it decided for who asked for the review", page, err)
		}
	})
}

func TestAReviewThatIsNotToApplyChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 5, rank: "Trooper", points: 250}, part{n: 5, rank: "Corporal", points: 150})
		b.sweep()
		got := b.review(b.startReview(ports.ReviewRequest{}).ID)
		b.wantReview(got, ports.SweepDone, ports.Tally{"promote": 5, "demote": 5}, nil)
		if !strings.Contains(got.Detail, "Applied, it would stop: 5 of 10 players (50 %)") {
			t.Errorf("the detail is %q, want it to say that its brake would hold", got.Detail)
		}
		b.wantDecisions()
	})
}

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

func TestAReviewLooksOnlyAtWhomItsFilterChooses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 10, rank: "Recruit", points: 120})
		time.Sleep(time.Hour)
		since := time.Now()
		later := b.beside(b.store)
		var placed []ports.PlacedStanding
		for i, s := range []domain.Standing{
			{Rank: "Trooper", Points: 250}, {Rank: "Trooper", Points: 260}, {Rank: "Trooper", Points: 150}, {Rank: "Recruit", Points: 300},
		} {
			s.UserID, s.LastSyncedAt = userID(t, int64(100+i)), time.Now()
			placed = append(placed, ports.PlacedStanding{Standing: s})
		}
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error { return w.SaveStandings(ctx, placed) }); err != nil {
			t.Fatal(err)
		}
		later.sweep()
		for _, c := range []struct {
			filter ports.StandingFilter
			found  ports.Tally
		}{
			{ports.StandingFilter{}, ports.Tally{"promote": 13, "none": 1}},
			{ports.StandingFilter{Ranks: []string{"Trooper"}}, ports.Tally{"promote": 2, "none": 1}},
			{ports.StandingFilter{Ranks: []string{"Trooper", "Recruit"}, MinPoints: domain.CountOf(260)}, ports.Tally{"promote": 2}},
			{ports.StandingFilter{SeenSince: since}, ports.Tally{"promote": 3, "none": 1}},
			{ports.StandingFilter{SeenSince: since.Add(time.Second)}, nil},
		} {
			got := later.review(later.startReview(ports.ReviewRequest{Filter: c.filter}).ID)
			later.wantReview(got, ports.SweepDone, c.found, nil)
		}
		got := later.review(later.startReview(ports.ReviewRequest{Apply: true, Filter: ports.StandingFilter{Ranks: []string{"Trooper"}}}).ID)
		later.wantReview(got, ports.SweepDone, ports.Tally{"promote": 2, "none": 1}, ports.Tally{"promote": 2, "none": 1})
		if s := later.standing(1); s.Rank != "Recruit" {
			t.Errorf("who was not chosen is %s now", s.Rank)
		}
	})
}

func TestRanksThatThePolicyDoesNotKnowAreRefusedByName(t *testing.T) {
	b := newBench(t, app.Remote{})
	_, err := b.service.StartReview(t.Context(), ports.ReviewRequest{Filter: ports.StandingFilter{Ranks: []string{"Trooper", "Corprl", "?"}}})
	refused, ok := errors.AsType[*domain.Error](err)
	if !ok || refused.Kind != domain.KindInvalid || len(refused.Fields) != 2 {
		t.Fatalf("got %v, want two ranks refused", err)
	}
	if want := `holds "Corprl", which is no rank of the policy; the ranks most like it are: Corporal, `; !strings.HasPrefix(refused.Fields[0].Message, want) {
		t.Errorf("got %q, want it to begin with %q", refused.Fields[0].Message, want)
	}
}

func TestASecondReviewIsRefusedWithTheNameOfTheFirst(t *testing.T) {
	b := newBench(t, app.Remote{})
	first := b.startReview(everybody())
	_, err := b.service.StartReview(t.Context(), everybody())
	if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "review_running" || !strings.Contains(e.Message, first.ID) {
		t.Errorf("got %v, want the first named", err)
	}
	if _, err := b.service.CancelReview(t.Context(), ports.Caller{Principal: "admin"}, first.ID); err != nil {
		t.Fatal(err)
	}
	second := b.startReview(everybody())
	_, err = b.service.ResumeReview(t.Context(), ports.ResumeRequest{ID: first.ID})
	if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "review_running" || !strings.Contains(e.Message, second.ID) {
		t.Errorf("got %v, want the second named", err)
	}
}

func TestWhatIsNoReviewIsNotFound(t *testing.T) {
	b := newBench(t, app.Remote{})
	for what, err := range map[string]error{
		"review": func() error { _, err := b.service.Review(t.Context(), "none"); return err }(),
		"cancel": func() error { _, err := b.service.CancelReview(t.Context(), ports.Caller{}, "none"); return err }(),
		"resume": func() error {
			_, err := b.service.ResumeReview(t.Context(), ports.ResumeRequest{ID: "none"})
			return err
		}(),
	} {
		if !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("%s: got %v, want %v", what, err, domain.ErrNotFound)
		}
	}
}

func TestAReviewThatIsOverIsNeitherCancelledNorResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		id := b.startReview(everybody()).ID
		b.review(id)
		_, err := b.service.CancelReview(t.Context(), ports.Caller{}, id)
		if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "review_over" {
			t.Errorf("cancel: got %v, want review_over", err)
		}
		_, err = b.service.ResumeReview(t.Context(), ports.ResumeRequest{ID: id})
		if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "review_not_stopped" {
			t.Errorf("resume: got %v, want review_not_stopped", err)
		}
	})
}

// gatedStore lets a test act in the middle of a review: before a unit that saves a sweep commits.
type gatedStore struct {
	ports.Store
	units  atomic.Int64
	before func(unit int64) error // nil for nothing
}

func (s *gatedStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	if s.before != nil {
		if err := s.before(s.units.Add(1)); err != nil {
			return err
		}
	}
	return s.Store.Write(ctx, fn)
}

func TestACancelledReviewDecidesNothingMoreAndGoesOnFromThereWhenItIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		under := memstore.New()
		store := &gatedStore{Store: under}
		b := newBenchOn(t, store, app.Remote{})
		other := b.beside(under)
		b.crowd(part{n: 400, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		store.before = func(unit int64) error {
			if unit == 4 { // the first walk, and two units of the second
				if _, err := other.service.CancelReview(t.Context(), ports.Caller{Principal: "admin"}, id); err != nil {
					t.Error(err)
				}
			}
			return nil
		}
		b.sweep()
		got := b.review(id)
		b.wantReview(got, ports.SweepCancelled, ports.Tally{"promote": 400}, ports.Tally{"promote": 100})
		if got.Detail != "cancelled by admin" {
			t.Errorf("detail: got %q", got.Detail)
		}
		time.Sleep(time.Hour)
		b.wantReview(b.review(id), ports.SweepCancelled, ports.Tally{"promote": 400}, ports.Tally{"promote": 100})
		if _, err := b.service.CancelReview(t.Context(), ports.Caller{Principal: "admin"}, id); err != nil {
			t.Errorf("cancel again: got %v, want no error", err)
		}
		b.resume(id, "")
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 400}, ports.Tally{"promote": 400})
	})
}

func TestOfTwoSweepersOneWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := newBench(t, app.Remote{})
		two := one.beside(one.store)
		one.crowd(part{n: 3000, rank: "Trooper", points: 250})
		one.sweep()
		two.sweep()
		id := one.startReview(everybody()).ID
		one.wantReview(one.review(id), ports.SweepDone, ports.Tally{"promote": 3000}, ports.Tally{"promote": 3000})
		begun := 0
		for _, event := range append(one.events.all(), two.events.all()...) {
			if e, ok := event.(ports.SweepEvent); ok && e.Step == ports.SweepBegun {
				begun++
			}
		}
		if begun != 1 {
			t.Errorf("the review was begun %d times, want once", begun)
		}
	})
}

func TestWhoLostTheLeaseWritesNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		under := memstore.New()
		store := &gatedStore{Store: under}
		hung := newBenchOn(t, store, app.Remote{})
		hung.crowd(part{n: 200, rank: "Trooper", points: 250})
		id := hung.startReview(everybody()).ID
		store.before = func(unit int64) error {
			if unit == 3 {
				time.Sleep(time.Hour) // as a machine that was put to sleep, which renews nothing
			}
			return nil
		}
		hung.store = under
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		asleep := &noRenewal{store}
		slow := hung.beside(asleep)
		var done sync.WaitGroup
		done.Go(func() { slow.service.Sweeper(app.SweeperOptions{}).Run(ctx) })
		time.Sleep(time.Minute)
		awake := hung.beside(under)
		awake.sweep()
		awake.wantReview(awake.review(id), ports.SweepDone, ports.Tally{"promote": 200}, ports.Tally{"promote": 200})
		time.Sleep(2 * time.Hour)
		cancel()
		done.Wait()
		awake.wantReview(awake.review(id), ports.SweepDone, ports.Tally{"promote": 200}, ports.Tally{"promote": 200})
	})
}

// noRenewal is a store that a process cannot reach in time to say that it still works.
type noRenewal struct{ *gatedStore }

func (*noRenewal) RenewSweep(context.Context, string, int64, time.Duration) (bool, error) {
	return false, errDown
}

func TestAConflictInAReviewIsRepeatedAndCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &flakyStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 120, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		store.conflicts.Store(3)
		b.sweep()
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 120}, ports.Tally{"promote": 120})
	})
}

func TestAReviewOutlastsAStoreThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &gatedStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 120, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		back := time.Now().Add(time.Hour)
		store.before = func(int64) error {
			if time.Now().Before(back) {
				return unavailable(0)
			}
			return nil
		}
		b.sweep()
		b.wantReview(b.reviewAfter(time.Hour, id), ports.SweepDone, ports.Tally{"promote": 120}, ports.Tally{"promote": 120})
	})
}

// reviewAfter is review for one that takes long.
func (b *bench) reviewAfter(d time.Duration, id string) ports.ReviewProgress {
	b.t.Helper()
	time.Sleep(d)
	return b.review(id)
}

func TestAUnitWhoseEndIsNotKnownCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &cutOffStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 300, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		store.forgets.Store(3)
		b.sweep()
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 300}, ports.Tally{"promote": 300})
		if store.forgets.Load() >= 0 {
			t.Error("the store forgot nothing")
		}
	})
}

// cutOffStore commits and then says that it could not: every other one of the next units.
type cutOffStore struct {
	ports.Store
	forgets atomic.Int64
	units   atomic.Int64
}

func (s *cutOffStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	err := s.Store.Write(ctx, fn)
	if err == nil && s.units.Add(1)%2 == 0 && s.forgets.Add(-1) >= 0 {
		return &domain.Error{Kind: domain.KindUnavailable, Code: "down", Message: "the connection was cut"}
	}
	return err
}

func TestAReviewThatKeepsFailingIsGivenUpAndCanBeResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &gatedStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 120, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		store.before = func(unit int64) error {
			if unit > 1 && unit < 7 {
				return errors.New("a row that cannot be read")
			}
			return nil
		}
		b.sweep()
		got := b.review(id)
		b.wantReview(got, ports.SweepFailed, ports.Tally{"promote": 120}, nil)
		if !strings.Contains(got.Detail, "resume it") || strings.Contains(got.Detail, "cannot be read") {
			t.Errorf("detail: got %q, want what to do and nothing internal", got.Detail)
		}
		b.resume(id, "")
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 120}, ports.Tally{"promote": 120})
	})
}

func TestAServiceThatStopsHandsItsReviewBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &gatedStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 400, rank: "Trooper", points: 250})
		id := b.startReview(everybody()).ID
		reached := make(chan struct{})
		store.before = func(unit int64) error {
			if unit == 4 {
				close(reached)
				time.Sleep(time.Second)
			}
			return nil
		}
		stop := b.sweep()
		<-reached
		stop()
		got, err := b.service.Review(t.Context(), id)
		if err != nil || got.State != ports.SweepRunning || got.Decided["promote"] != 100 {
			t.Fatalf("got %s with %v and error %v, want it running with 100 decided", got.State, got.Decided, err)
		}
		began := time.Now()
		b.beside(store.Store).sweep()
		b.wantReview(b.review(id), ports.SweepDone, ports.Tally{"promote": 400}, ports.Tally{"promote": 400})
		if waited := time.Since(began); waited > 5*time.Second {
			t.Errorf("the next went on after %s, want it not to wait for the end of the lease", waited)
		}
	})
}

func TestASecondReviewFindsNothingToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		for id := range int64(3) {
			b.group.join(t, id+1, "Trooper")
		}
		b.crowd(part{n: 3, rank: "Trooper", points: 250})
		b.sweep()
		first := b.review(b.startReview(everybody()).ID) // its moves are under way at Roblox, and nobody waits for that
		b.wantReview(first, ports.SweepDone, ports.Tally{"promote": 3}, ports.Tally{"promote": 3})
		b.wantReview(b.review(b.startReview(everybody()).ID), ports.SweepDone, ports.Tally{"none": 3}, nil)
		b.run()
		time.Sleep(time.Minute)
		for id := range int64(3) {
			b.wantHeld(id+1, "Corporal")
		}
	})
}

func TestWhoWaitsForAPersonIsAskedAboutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 3, rank: "Sergeant", points: 450})
		b.sweep()
		found := ports.Tally{"promote": 3, "awaitingApproval": 3}
		b.wantReview(b.review(b.startReview(everybody()).ID), ports.SweepDone, found, found)
		b.wantReview(b.review(b.startReview(everybody()).ID), ports.SweepDone, found, ports.Tally{"none": 3})
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

func TestAReviewStopsWhereALimitPausesAutomationAndGoesOnFromThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := domain.Limits{MovesPerHour: 60}
		b := newBenchUnder(t, memstore.New(), app.Remote{}, limitedPolicy(t, limits))
		b.crowd(part{n: 200, rank: "Trooper", points: 250})
		stop := b.sweep()
		id := b.startReview(everybody()).ID
		got := b.review(id)
		b.wantReview(got, ports.SweepStopped, ports.Tally{"promote": 200}, ports.Tally{"promote": 100, "held": 40})
		if want := "stopped, as automation is paused: more than 60 moves in an hour"; !strings.HasPrefix(got.Detail, want) {
			t.Errorf("detail: got %q, want it to begin with %q", got.Detail, want)
		}
		b.resume(id, "")
		b.wantReview(b.review(id), ports.SweepStopped, ports.Tally{"promote": 200}, ports.Tally{"promote": 100, "held": 40})
		stop()
		if _, err := b.service.ResumeAutomation(t.Context(), ports.SwitchRequest{}); err != nil {
			t.Fatal(err)
		}
		unlimited := b.beside(b.store)
		unlimited.sweep()
		unlimited.resume(id, "")
		unlimited.wantReview(unlimited.review(id), ports.SweepDone, ports.Tally{"promote": 200}, ports.Tally{"promote": 200, "held": 40})
	})
}

func TestAReviewWhoseLastDecisionsAreHeldIsAtItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBenchUnder(t, memstore.New(), app.Remote{}, limitedPolicy(t, domain.Limits{MovesPerHour: 7}))
		b.crowd(part{n: 10, rank: "Trooper", points: 250})
		b.sweep()
		got := b.review(b.startReview(everybody()).ID)
		b.wantReview(got, ports.SweepDone, ports.Tally{"promote": 10}, ports.Tally{"promote": 10, "held": 3})
		if want := "3 of its decisions were held"; !strings.HasPrefix(got.Detail, want) {
			t.Errorf("detail: got %q, want it to begin with %q", got.Detail, want)
		}
	})
}

func TestAReviewCarriesNothingOutWhereAutomationIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 10, rank: "Trooper", points: 250})
		if _, err := b.service.StopAutomation(t.Context(), ports.SwitchRequest{Reason: "a fault"}); err != nil {
			t.Fatal(err)
		}
		b.sweep()
		got := b.review(b.startReview(everybody()).ID)
		b.wantReview(got, ports.SweepStopped, ports.Tally{"promote": 10}, nil)
		if !strings.HasPrefix(got.Detail, "stopped, as automation is stopped: a fault") {
			t.Errorf("detail: got %q, want the reason", got.Detail)
		}
		b.wantDecisions()
	})
}

func TestAReviewThatIsNotToApplyIsFinishedWhileAutomationIsStopped(t *testing.T) {
	for _, how := range []string{"by an administrator", "by its setting"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, app.Remote{})
				if how == "by its setting" {
					b = b.alongside(testPolicy(t), func(p *app.Parts) { p.Remote, p.Stopped = app.Remote{}, true })
				} else if _, err := b.service.StopAutomation(t.Context(), ports.SwitchRequest{Reason: "a fault"}); err != nil {
					t.Fatal(err)
				}
				b.crowd(part{n: 10, rank: "Trooper", points: 250})
				b.sweep()
				asked := everybody()
				asked.Apply = false
				b.wantReview(b.review(b.startReview(asked).ID), ports.SweepDone, ports.Tally{"promote": 10}, nil)
				b.wantDecisions()
			})
		})
	}
}

func TestTheReviewsAreListedNewestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		var ids []string
		for range 3 {
			id := b.startReview(everybody()).ID
			b.review(id)
			ids = append([]string{id}, ids...)
		}
		var got []string
		for cursor := ""; ; {
			page, err := b.service.Reviews(t.Context(), cursor, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Reviews {
				got = append(got, r.ID)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Errorf("reviews (-want +got):\n%s", diff)
		}
	})
}

// measuredStore notes the longest page of players that was asked for.
type measuredStore struct {
	ports.Store
	longest atomic.Int64
}

func (s *measuredStore) Standings(
	ctx context.Context, filter ports.StandingFilter, after domain.UserID, limit int,
) ([]domain.Standing, error) {
	s.longest.Store(max(s.longest.Load(), int64(limit)))
	return s.Store.Standings(ctx, filter, after, limit)
}

func TestAReviewHoldsOnePageOfPlayersAtATimeHoweverManyThereAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &measuredStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 5000, rank: "Recruit"}, part{n: 100, rank: "Trooper", points: 250})
		b.sweep()
		b.wantReview(b.review(b.startReview(everybody()).ID), ports.SweepDone,
			ports.Tally{"promote": 100, "none": 5000}, ports.Tally{"promote": 100, "none": 5000})
		if longest := store.longest.Load(); longest > 1000 {
			t.Errorf("got a page of %d players, want 1000 at most", longest)
		}
	})
}

// enqueueRoles lets so many changes of roles wait for Roblox.
func (b *bench) enqueueRoles(n int64) {
	b.t.Helper()
	var entries []ports.OutboxEntry
	for i := range n {
		entries = append(entries, ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectGroupRole, User: userID(b.t, 10_000+i)}})
	}
	if err := b.store.Write(b.t.Context(), func(ctx context.Context, w ports.Writer) error { return w.Enqueue(ctx, entries) }); err != nil {
		b.t.Fatal(err)
	}
}

// slowStore takes a second for each page of players.
type slowStore struct{ ports.Store }

func (s *slowStore) Standings(
	ctx context.Context, filter ports.StandingFilter, after domain.UserID, limit int,
) ([]domain.Standing, error) {
	time.Sleep(time.Second)
	return s.Store.Standings(ctx, filter, after, limit)
}

func TestTheEndIsEstimatedFromThePaceAndFromWhatRobloxTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name  string
			apply bool
			roles bool
			at    time.Duration
			want  time.Duration // from then
		}{
			{"nobody knows yet", true, true, 500 * time.Millisecond, 0},
			{"a look at 2,000 more at 1,000 a second", false, true, 1500 * time.Millisecond, 2 * time.Second},
			{"and then a walk of 3,000", true, false, 1500 * time.Millisecond, 5 * time.Second},
			{"300 moves and 300 that wait already, at 300 a minute", true, true, 1500 * time.Millisecond, 2 * time.Minute},
			{"the same when the second walk begins", true, true, 4500 * time.Millisecond, 2 * time.Minute},
			{"and in its middle", true, true, 5500 * time.Millisecond, 2 * time.Minute},
		} {
			remote := app.Remote{}
			if c.roles {
				remote.Roles = newGroup().mock()
			}
			b := newBenchOn(t, &slowStore{memstore.New()}, remote)
			b.crowd(slices.Repeat([]part{{n: 9, rank: "Recruit"}, {n: 1, rank: "Trooper", points: 250}}, 300)...)
			b.enqueueRoles(300)
			stop := b.sweep()
			id := b.startReview(ports.ReviewRequest{Apply: c.apply}).ID
			time.Sleep(c.at)
			got, err := b.service.Review(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == 0 && !got.ETA.IsZero() || c.want > 0 && got.ETA.Sub(time.Now().Truncate(time.Microsecond)) != c.want {
				t.Errorf("%s: got an end in %s, want %s", c.name, time.Until(got.ETA), c.want)
			}
			stop()
		}
	})
}
