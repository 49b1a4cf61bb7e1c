package app_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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
