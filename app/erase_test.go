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

func TestSomebodyKnownAgainAfterARestoreIsErasedAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.apply(b.report(7, 150))
		saved := b.standing(7)
		b.erase(7, "")
		stop := b.erases()
		synctest.Wait()
		b.wantNothing(7)
		stop()
		saved.Version = 0
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error { // as if it came from a backup
			return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: saved}})
		}); err != nil {
			t.Fatal(err)
		}
		b.erases()
		synctest.Wait()
		b.wantNothing(7)
	})
}

func TestAUnitThatEndsAfterTheErasureBringsNobodyBackForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.erases()
		b.erase(7, "")
		synctest.Wait()
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error { // it looked before the erasure was asked for
			return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: domain.Standing{UserID: userID(t, 7), Username: "late"}}})
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(35 * time.Second)
		b.wantNothing(7)
	})
}

func TestWhatIsWrittenAboutSomebodyRightAfterTheErasureGoesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{Mirror: &portsmock.MirrorMock{
			RemoveStandingFunc: func(context.Context, domain.UserID) error { return unavailable(10 * time.Minute) },
		}})
		b.run()
		b.erases()
		b.erase(7, "")
		synctest.Wait()
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error { // by a walk that had met the player before
			return w.KeepDifferences(ctx, "walk", []ports.Difference{{User: userID(t, 7), Recorded: "Trooper"}})
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if states, err := b.store.Erasures(t.Context(), "", 5); err != nil || states[0].State != ports.ErasureRemoving {
			t.Errorf("while Roblox does not answer: got %+v and error %v, want the wish for the removal kept", states, err)
		}
		c := newBench(t, app.Remote{})
		c.erases()
		c.erase(7, "")
		synctest.Wait()
		if err := c.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
			return w.KeepDifferences(ctx, "walk", []ports.Difference{{User: userID(t, 7), Recorded: "Trooper"}})
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		c.wantNothing(7)
	})
}

// wroteLate lets a walk that had met a player before keep what it found of them.
func (b *bench) wroteLate(user int64) {
	b.t.Helper()
	if err := b.store.Write(b.t.Context(), func(ctx context.Context, w ports.Writer) error {
		return errors.Join(w.KeepDifferences(ctx, "walk", []ports.Difference{{User: userID(b.t, user), Recorded: "Trooper"}}),
			w.Enqueue(ctx, []ports.OutboxEntry{{Effect: domain.Effect{Kind: domain.EffectMirror, User: userID(b.t, user)}}}))
	}); err != nil {
		b.t.Fatal(err)
	}
}

func TestWhatIsWrittenRightAfterTheErasureGoesTooThoughTheProcessEndsBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		stop := b.erases()
		b.apply(b.report(7, 150))
		b.erase(7, "")
		synctest.Wait()
		b.wroteLate(7)
		b.wroteLate(8) // about somebody whom nobody erased
		time.Sleep(10 * time.Second)
		stop() // before it looked once more
		next := b.beside(b.store)
		if err := next.service.Eraser().Begin(t.Context()); err != nil {
			t.Errorf("Begin: got error %v, want none", err)
		}
		b.wantNothing(7)
		b.wroteLate(7)
		next.erases()
		time.Sleep(time.Second)
		b.wantNothing(7)
		b.wroteLate(7) // and whatever is written later than any unit lasts
		time.Sleep(61 * time.Minute)
		b.wantNothing(7)
		if err := b.service.Holdings(t.Context(), userID(t, 8), func(string, []byte) error { return nil }); err != nil {
			t.Errorf("about somebody else: got error %v, want it kept", err)
		}
		if all, err := b.store.Erasures(t.Context(), "", 9); err != nil || len(all) != 1 {
			t.Errorf("erasures: got %d and error %v, want the one that was asked for", len(all), err)
		}
	})
}

func TestSomebodyWhoCannotBeErasedOnceMoreHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &stubbornStore{Store: memstore.New()}
		defer store.Close()
		b := newBenchOn(t, store, app.Remote{})
		b.erases()
		for _, user := range []int64{1, 2} {
			b.erase(user, "")
			synctest.Wait()
			b.wroteLate(user)
		}
		store.upTo.Store(1)
		time.Sleep(time.Minute)
		b.wantNothing(2)
		if b.faults("erase players once more") == 0 {
			t.Error("no fault was told of, want them")
		}
		store.upTo.Store(0)
		time.Sleep(time.Minute)
		b.wantNothing(1)
	})
}

// keepingStore is a store that cannot keep some erasures.
type keepingStore struct {
	ports.Store
	cannot func(ports.Erasure) bool
}

func (s keepingStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return s.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error { return fn(ctx, keepingWriter{w, s.cannot}) })
}

type keepingWriter struct {
	ports.Writer
	cannot func(ports.Erasure) bool
}

func (w keepingWriter) AddErasure(ctx context.Context, e ports.Erasure) (ports.Erasure, bool, error) {
	if w.cannot(e) {
		return ports.Erasure{}, false, errFaulty
	}
	return w.Writer.AddErasure(ctx, e)
}

func TestSomebodyKnownAgainWhoCannotBeErasedHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		stop := b.erases()
		b.erase(7, "")
		b.erase(8, "")
		synctest.Wait()
		stop()
		for _, user := range []int64{7, 8} { // as if they came from a backup
			if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
				return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: domain.Standing{UserID: userID(t, user), Username: "back"}}})
			}); err != nil {
				t.Fatal(err)
			}
		}
		b.beside(keepingStore{b.store, func(e ports.Erasure) bool { return e.User == userID(t, 7) }}).erases()
		time.Sleep(5 * time.Second)
		b.wantNothing(8)
		if _, err := b.store.Standing(t.Context(), userID(t, 7)); err != nil {
			t.Errorf("the one who cannot be erased: got error %v, want the player", err)
		}
	})
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

// beside is ports.Tombstones in memory.
type beside struct {
	mu   sync.Mutex
	kept []ports.Erasure
}

func (b *beside) Erasures(context.Context) ([]ports.Erasure, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var last []ports.Erasure
	for _, e := range b.kept {
		last = slices.DeleteFunc(last, func(older ports.Erasure) bool { return older.ID == e.ID })
		last = append(last, e)
	}
	return last, nil
}

func (b *beside) Keep(_ context.Context, erasures []ports.Erasure) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range erasures {
		e.User = domain.UserID{}
		b.kept = append(b.kept, e)
	}
	return nil
}

// keptBy returns nothing for nil, which is no port.
func keptBy(b *beside) ports.Tombstones {
	if b == nil {
		return nil
	}
	return b
}

// withTombstones returns a service that keeps erasures beside its store.
func withTombstones(t *testing.T, store ports.Store, kept *beside, ids *countedIDs) *bench {
	t.Helper()
	b := &bench{t: t, store: store, events: &events{}, ids: ids}
	b.service, b.dispatcher = app.New(app.Parts{
		Store: store, Policies: fixedPolicy{testPolicy(t)}, Clock: bubbleClock{}, IDs: ids, Recorder: b.events,
		Seals: app.NewSeals("key of tests"), Tombstones: keptBy(kept),
	}, app.DispatcherOptions{})
	return b
}

// aged returns a store as a backup from before any erasure has it: with that player.
func aged(t *testing.T, s domain.Standing) ports.Store {
	t.Helper()
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	s.Version = 0
	if err := store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
		return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: s}})
	}); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestABackupFromBeforeAnErasureBringsNobodyBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, ids := &beside{}, &countedIDs{}
		store := memstore.New()
		t.Cleanup(func() { _ = store.Close() })
		b := withTombstones(t, store, kept, ids)
		b.apply(b.report(7, 150))
		b.apply(b.report(8, 150))
		saved := b.standing(7)
		stop := b.erases()
		b.erase(7, "n1")
		b.erase(8, "n2")
		synctest.Wait()
		if _, err := b.service.LiftErasure(t.Context(), ports.Caller{}, userID(t, 8)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		stop()

		restored := withTombstones(t, aged(t, saved), kept, ids)
		if _, err := app.OpenSeals(t.Context(), restored.store, kept, []string{"another"}, func() string { return "made" }); domain.KindOf(err) != domain.KindBlocked || err == nil {
			t.Errorf("without the key of what is kept beside: got error %v, want one of kind blocked", err)
		}
		if err := restored.service.Eraser().Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		restored.wantNothing(7)
		restored.wantNothing(8) // whose erasure was lifted, and who did not come back
		restored.wantErased(7)
		restored.apply(restored.report(8, 150)) // whose erasure was lifted
		if _, added := restored.erase(7, "n1"); added {
			t.Error("the notification again, after the restore: got an erasure, want none")
		}

		carried := aged(t, saved)
		n, err := app.CarryErasures(t.Context(), restored.store, carried)
		if again, _ := app.CarryErasures(t.Context(), restored.store, carried); err != nil || n < 2 || again != 0 {
			t.Errorf("CarryErasures: got %d, then %d, and error %v, want all of them once", n, again, err)
		}
		alone := withTombstones(t, carried, nil, ids)
		if err := alone.service.Eraser().Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		alone.wantNothing(7)
	})
}

func TestATombstoneThatTheStoreCannotKeepHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, ids := &beside{}, &countedIDs{}
		b := withTombstones(t, memstore.New(), kept, ids)
		defer b.store.Close()
		stop := b.erases()
		first, _ := b.erase(7, "")
		b.erase(8, "")
		time.Sleep(2 * time.Second)
		stop()

		empty := memstore.New()
		defer empty.Close()
		restored := withTombstones(t, keepingStore{empty, func(e ports.Erasure) bool { return e.ID == first.ID }}, kept, ids)
		restored.erase(9, "")
		restored.erases()
		time.Sleep(time.Minute)
		restored.wantErased(8)
		if all, err := kept.Erasures(t.Context()); err != nil || len(all) != 3 {
			t.Errorf("kept beside the store: got %d and error %v, want what the store knows too", len(all), err)
		}
		if restored.faults("look for erased players who are known again") == 0 {
			t.Error("no fault was told of, want them")
		}
	})
}
