package app_test

import (
	"context"
	"errors"
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

// erases lets an eraser work until the test ends, or until the function that it returns is called.
func (b *bench) erases() (stop func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	var done sync.WaitGroup
	done.Go(func() { b.service.Eraser().Run(ctx) })
	stop = func() {
		cancel()
		done.Wait()
	}
	b.t.Cleanup(stop)
	return stop
}

// erase asks to forget a user.
func (b *bench) erase(user int64, notification string) (ports.Erasure, bool) {
	b.t.Helper()
	e, added, err := b.service.Erase(b.t.Context(), ports.EraseRequest{
		Caller: ports.Caller{Principal: "admin"}, User: userID(b.t, user), Notification: notification,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return e, added
}

func (b *bench) erasure(id string) ports.Erasure {
	b.t.Helper()
	e, err := b.service.Erasure(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

// wantNothing fails the test when anything is held about the user.
func (b *bench) wantNothing(user int64) {
	b.t.Helper()
	err := b.service.Holdings(b.t.Context(), userID(b.t, user), func(table string, row []byte) error {
		b.t.Errorf("held in %s: %s, want nothing", table, row)
		return nil
	})
	if !errors.Is(err, domain.ErrNotFound) {
		b.t.Errorf("Holdings: got error %v, want ErrNotFound", err)
	}
}

// wantErased fails the test unless reports about the user are refused as of somebody who was erased.
func (b *bench) wantErased(user int64) {
	b.t.Helper()
	_, err := b.service.Ingest(b.t.Context(), ports.IngestRequest{Report: b.report(user, 150), Apply: true, Key: "late"})
	if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "player_erased" || e.Kind != domain.KindInvalid {
		b.t.Errorf("a late report: got error %v, want player_erased of kind invalid", err)
	}
}

func TestAPlayerWhoIsErasedIsForgottenAndNoLateReportBringsThemBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.ingest(ports.IngestRequest{Report: b.report(7, 150), Apply: true, Key: "first"})
		b.ingest(ports.IngestRequest{Report: b.report(7, 250), Apply: true})
		b.apply(b.report(8, 150))
		e, added := b.erase(7, "")
		if !added || e.State != ports.ErasureQueued || e.User != userID(t, 7) {
			t.Fatalf("got %+v, want a queued erasure of 7", e)
		}
		if again, added := b.erase(7, ""); added || again.ID != e.ID {
			t.Errorf("asked again: got %s, added %t, want the one that is queued", again.ID, added)
		}
		b.erases()
		synctest.Wait()
		if got := b.erasure(e.ID); got.State != ports.ErasureDone || !got.User.IsZero() || got.EndedAt.IsZero() || got.Principal != "admin" {
			t.Errorf("got %+v, want it done, about nobody", got)
		}
		b.wantNothing(7)
		b.wantErased(7)
		if _, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(7, 150), Key: "first", Caller: ports.Caller{Principal: "game"}}); err == nil {
			t.Error("a report that was answered before: got the answer again, want player_erased")
		}
		answers, err := b.service.IngestBatch(t.Context(), []ports.IngestRequest{
			{Report: b.report(8, 160)}, {Report: b.report(7, 160)}, {Report: b.report(9, 160)}, {Report: b.report(7, 170)},
		})
		if err != nil || answers[0].Err != nil || answers[1].Err == nil || answers[2].Err != nil || answers[3].Err == nil {
			t.Errorf("a batch: got %v and %+v, want those about 7 refused and no other", err, answers)
		}
		imported := b.imports(app.ImportedPlayer{Report: b.report(7, 1)}, app.ImportedPlayer{Report: b.report(10, 1)})
		wantImported(t, imported, 1, 0, 0, 1)
		b.wantNothing(7)
		if _, err := b.service.Decide(t.Context(), ports.DecideRequest{User: userID(t, 7), Apply: true}); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("Decide: got error %v, want ErrNotFound", err)
		}
		for _, event := range b.events.all() {
			if in, ok := event.(ports.IngestEvent); ok && in.Err != nil && in.User == userID(t, 7) {
				t.Error("a refused report is recorded with the user's id, want nobody's")
			}
		}
		if n, err := b.store.CountDecisions(t.Context(), ports.DecisionFilter{}); err != nil || n != 1 {
			t.Errorf("the ledger: got %d decisions and error %v, want the one that was made", n, err)
		}
	})
}

func TestOneNotificationErasesOnceOnEveryReplica(t *testing.T) {
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	a := newBenchOn(t, store, app.Remote{})
	b := a.beside(store)
	first, added := a.erase(7, "n1")
	if !added {
		t.Fatal("the first: got none added, want one")
	}
	for _, replica := range []*bench{a, b} {
		if again, added := replica.erase(7, "n1"); added || again.ID != first.ID {
			t.Errorf("a replay: got %s, added %t, want %s", again.ID, added, first.ID)
		}
	}
	if _, added := b.erase(7, "n2"); !added {
		t.Error("another notification: got none added, want one")
	}
	if !a.service.Erased(userID(t, 7)) || a.service.Erased(userID(t, 8)) || a.service.Erased(domain.UserID{}) {
		t.Error("Erased: got no for 7, or yes for somebody else")
	}
}

func TestOnlyTheKeyKnowsWhoWasErased(t *testing.T) {
	b := newBench(t, app.Remote{})
	e, _ := b.erase(123456789, "")
	if strings.Contains(e.Mark, "123456789") || len(e.Mark) != 43 || strings.Contains(e.KeyID, "key of tests") {
		t.Errorf("got the mark %s and the key %s, want a hash and a name that tells nothing", e.Mark, e.KeyID)
	}
	_, err := app.OpenSeals(t.Context(), b.store, nil, []string{"another"}, func() string { return "made" })
	if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "erasure_key_missing" {
		t.Errorf("marks of a key that is gone: got error %v, want erasure_key_missing", err)
	}
	if _, err = app.OpenSeals(t.Context(), b.store, nil, []string{"another", "key of tests"}, func() string { return "made" }); err != nil {
		t.Errorf("with the key behind another: got error %v, want none", err)
	}
	if none := newBenchWithoutSeals(t); none == nil {
		t.Error("without a key: somebody was erased, want a refusal")
	}
}

// newBenchWithoutSeals returns what a service without a key answers.
func newBenchWithoutSeals(t *testing.T) error {
	t.Helper()
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	service, _ := app.New(app.Parts{Store: store, Policies: fixedPolicy{testPolicy(t)}, Clock: bubbleClock{}, IDs: &countedIDs{}, Recorder: &events{}},
		app.DispatcherOptions{})
	_, _, err := service.Erase(t.Context(), ports.EraseRequest{User: userID(t, 7)})
	return err
}

func TestABanIsCarriedOutFirstAndIsNotLiftedByAnErasure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var wishes []bool
		down := true
		restrictions := &portsmock.RestrictionsMock{RestrictFunc: func(_ context.Context, r ports.Restriction) error {
			mu.Lock()
			defer mu.Unlock()
			if down {
				return unavailable(0)
			}
			wishes = append(wishes, r.Active)
			return nil
		}}
		universe, err := domain.NewUniverseID(42)
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, app.Remote{Restrictions: restrictions, Universes: []domain.UniverseID{universe}})
		b.run()
		b.erases()
		b.apply(b.report(7, 150, warnings(9)))
		e, _ := b.erase(7, "")
		time.Sleep(time.Minute)
		if got := b.erasure(e.ID).State; got != ports.ErasureQueued {
			t.Errorf("while the ban is under way: got %s, want queued", got)
		}
		mu.Lock()
		down = false
		mu.Unlock()
		time.Sleep(5 * time.Minute)
		if got := b.erasure(e.ID); got.State != ports.ErasureDone || !got.Banned {
			t.Errorf("afterwards: got %+v, want it done and the ban remembered", got)
		}
		b.wantNothing(7)
		time.Sleep(2 * time.Hour)
		mu.Lock()
		defer mu.Unlock()
		if len(wishes) != 1 || !wishes[0] {
			t.Errorf("restrictions: got %v, want the ban once and nothing that lifts it", wishes)
		}
	})
}

func TestAnErasureDoesNotWaitForEverForABan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		universe, err := domain.NewUniverseID(42)
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, app.Remote{Restrictions: &portsmock.RestrictionsMock{}, Universes: []domain.UniverseID{universe}})
		b.erases() // and nobody carries the ban out
		b.apply(b.report(7, 150, warnings(9)))
		b.erase(7, "")
		time.Sleep(25 * time.Hour)
		b.wantNothing(7)
	})
}

func TestTheEntryInTheDataStoreGoesHoweverLongThatTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		entries := map[domain.UserID]bool{}
		fault := denied()
		mirror := &portsmock.MirrorMock{
			PutStandingFunc: func(_ context.Context, s ports.PlacedStanding) error {
				time.Sleep(5 * time.Second) // under way while the player is erased
				mu.Lock()
				defer mu.Unlock()
				entries[s.Standing.UserID] = true
				return nil
			},
			RemoveStandingFunc: func(_ context.Context, user domain.UserID) error {
				mu.Lock()
				defer mu.Unlock()
				if fault == nil {
					delete(entries, user)
				}
				return fault
			},
		}
		b := newBench(t, app.Remote{Mirror: mirror})
		b.run()
		b.erases()
		b.apply(b.report(7, 150, rank("Recruit")))
		e, _ := b.erase(7, "")
		time.Sleep(3 * 24 * time.Hour)
		if got := b.erasure(e.ID); got.State != ports.ErasureRemoving || !got.User.IsZero() {
			t.Errorf("while Roblox refuses: got %+v, want it removing, about nobody", got)
		}
		if _, err := b.service.LiftErasure(t.Context(), ports.Caller{}, userID(t, 7)); domain.KindOf(err) != domain.KindBlocked {
			t.Errorf("LiftErasure then: got error %v, want one of kind blocked", err)
		}
		mu.Lock()
		fault = nil
		mu.Unlock()
		time.Sleep(2 * time.Hour)
		if got := b.erasure(e.ID).State; got != ports.ErasureDone {
			t.Errorf("afterwards: got %s, want done", got)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(entries) > 0 {
			t.Errorf("entries: got %v, want none", entries)
		}
		b.wantNothing(7)
	})
}

func TestAnEntryThatIsBeingWrittenIsRemovedAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var calls []string
		note := func(call string) {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, call)
		}
		b := newBench(t, app.Remote{Mirror: &portsmock.MirrorMock{
			PutStandingFunc: func(context.Context, ports.PlacedStanding) error {
				time.Sleep(10 * time.Second)
				note("put")
				return nil
			},
			RemoveStandingFunc: func(context.Context, domain.UserID) error {
				note("removed")
				return nil
			},
		}})
		b.run()
		b.erases()
		b.apply(b.report(7, 250, rank("Trooper")))
		synctest.Wait() // the entry is being written from here on
		b.erase(7, "")
		time.Sleep(2 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(calls, []string{"put", "removed"}) {
			t.Errorf("calls: got %v, want the entry removed last", calls)
		}
	})
}

// countingStore counts how often units ask who was erased.
type countingStore struct {
	ports.Store

	mu    sync.Mutex
	asked []int // how many marks each time
}

func (c *countingStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return c.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error { return fn(ctx, countingWriter{w, c}) })
}

type countingWriter struct {
	ports.Writer

	store *countingStore
}

func (w countingWriter) ErasuresOf(ctx context.Context, marks []string) ([]ports.Erasure, error) {
	w.store.mu.Lock()
	w.store.asked = append(w.store.asked, len(marks))
	w.store.mu.Unlock()
	return w.Writer.ErasuresOf(ctx, marks)
}

func TestAUnitAsksOnceAboutThoseWhoAreNotKnownAndNotAtAllAboutOthers(t *testing.T) {
	inner := memstore.New()
	t.Cleanup(func() { _ = inner.Close() })
	store := &countingStore{Store: inner}
	b := newBenchOn(t, store, app.Remote{})
	batch := func(users ...int64) {
		var requests []ports.IngestRequest
		for _, user := range users {
			requests = append(requests, ports.IngestRequest{Report: b.report(user, 10)})
		}
		if _, err := b.service.IngestBatch(t.Context(), requests); err != nil {
			t.Fatal(err)
		}
	}
	batch(1, 2, 3)
	batch(1, 2, 3)
	batch(3, 4, 1)
	if !slices.Equal(store.asked, []int{3, 1}) {
		t.Errorf("asked: got %v, want once about the first three, not about those again, and once about the fourth", store.asked)
	}
}

func TestSomebodyErasedMayComeBackOnceThatIsLifted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.erases()
		if _, err := b.service.LiftErasure(t.Context(), ports.Caller{}, userID(t, 7)); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("LiftErasure of nobody erased: got error %v, want ErrNotFound", err)
		}
		e, _ := b.erase(7, "n1")
		synctest.Wait()
		b.wantErased(7)
		lifted, err := b.service.LiftErasure(t.Context(), ports.Caller{Principal: "admin"}, userID(t, 7))
		if err != nil || lifted.State != ports.ErasureLifted || lifted.ID != e.ID {
			t.Fatalf("LiftErasure: got %+v and error %v, want it lifted", lifted, err)
		}
		b.apply(b.report(7, 150))
		if _, added := b.erase(7, "n1"); added {
			t.Error("the notification again: got an erasure, want none")
		}
		time.Sleep(2 * time.Hour)
		if got := b.standing(7).Username; got != "Player7" {
			t.Errorf("got %q, want the player known as Player7", got)
		}
		page, err := b.service.Erasures(t.Context(), "", 1)
		if err != nil || len(page.Erasures) != 1 || page.Next != "" {
			t.Errorf("Erasures: got %+v and error %v, want the one", page, err)
		}
	})
}

func TestADecisionAboutSomebodyErasedIsNotMadeAgainAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.apply(b.report(7, 150, rank("Recruit")))
		b.erases()
		b.erase(7, "")
		synctest.Wait()
		auditor := app.NewAuditor(b.store, func(string) (domain.Policy, error) { return testPolicy(t), nil })
		n := 0
		err := auditor.VerifyAll(t.Context(), func(r ports.DecisionRecord, p app.Proof) error {
			n++
			if p.Verdict != app.VerdictErased || p.Why == "" || r.Status != domain.StatusApplied || r.Decision.Action != domain.ActionPromote {
				t.Errorf("got %s of %+v, want erased, and what was decided", p.Verdict, r)
			}
			return nil
		})
		if err != nil || n != 1 {
			t.Errorf("got %d proofs and error %v, want 1", n, err)
		}
	})
}
