package app_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// libraryStore is a store that notes which policies it is told to keep, and in which units it then fails to add decisions.
type libraryStore struct {
	*flakyStore
	told    []string
	failAdd bool
}

func newLibraryStore() *libraryStore {
	return &libraryStore{flakyStore: &flakyStore{Store: memstore.New()}}
}

func (s *libraryStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return s.flakyStore.Write(ctx, func(ctx context.Context, w ports.Writer) error { return fn(ctx, &libraryWriter{w, s}) })
}

type libraryWriter struct {
	ports.Writer
	store *libraryStore
}

func (w *libraryWriter) KeepPolicy(ctx context.Context, revision, documents string) error {
	w.store.told = append(w.store.told, revision)
	return w.Writer.KeepPolicy(ctx, revision, documents)
}

func (w *libraryWriter) AddDecisions(ctx context.Context, records []ports.DecisionRecord) error {
	if w.store.failAdd {
		return errFaulty
	}
	return w.Writer.AddDecisions(ctx, records)
}

// written returns the rules of these tests as if they had been read from documents.
func written(t *testing.T, revision string) domain.Policy {
	t.Helper()
	return policyFrom(t, revision, "the documents of "+revision, domain.PrivilegedApproval, 200)
}

func (s *libraryStore) wantTold(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(s.told, want) {
		t.Errorf("the store was told to keep %q, want %q", s.told, want)
	}
}

func TestADecisionBringsItsPolicyIntoTheLedgerOnce(t *testing.T) {
	store := newLibraryStore()
	defer store.Close()
	ids := &countedIDs{}
	b := newBenchBeside(t, store, app.Remote{}, written(t, "one"), ids)
	b.apply(b.report(7, 0))
	b.ingest(ports.IngestRequest{Report: b.report(7, 150), Evaluate: true})
	store.wantTold(t) // nothing was decided that the ledger keeps

	got := b.apply(b.report(7, 150))
	wantStatus(t, *got.Decision, domain.ActionPromote, domain.StatusApplied)
	documents, err := store.PolicyDocuments(t.Context(), got.Decision.Decision.Revision)
	if err != nil || documents != "the documents of one" {
		t.Errorf("the policy of the decision: got %q and error %v, want its documents", documents, err)
	}
	b.apply(b.report(7, 250))
	b.apply(b.report(8, 250, rank("Trooper")))
	store.wantTold(t, "one")

	again := newBenchBeside(t, store, app.Remote{}, written(t, "one"), ids) // as after a restart
	again.apply(again.report(9, 250, rank("Trooper")))
	changed := newBenchBeside(t, store, app.Remote{}, written(t, "two"), ids)
	changed.apply(changed.report(10, 250, rank("Trooper")))
	store.wantTold(t, "one", "one", "two")
}

func TestAPolicyIsKeptWithItsFirstDecisionOrNotAtAll(t *testing.T) {
	store := newLibraryStore()
	defer store.Close()
	b := newBenchUnder(t, store, app.Remote{}, written(t, "one"))
	store.failAdd = true
	_, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(7, 250, rank("Trooper")), Apply: true})
	if !errors.Is(err, errFaulty) {
		t.Fatalf("got error %v, want %v", err, errFaulty)
	}
	if _, err := store.PolicyDocuments(t.Context(), "one"); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("the policy of a decision that was not kept: got error %v, want none found", err)
	}
	store.failAdd = false
	b.apply(b.report(7, 250, rank("Trooper")))
	store.wantTold(t, "one", "one")
	if _, err := store.PolicyDocuments(t.Context(), "one"); err != nil {
		t.Errorf("the policy of the decision that was kept at last: got error %v, want none", err)
	}
}

func TestAUnitThatIsRepeatedKeepsThePolicyAgain(t *testing.T) {
	store := newLibraryStore()
	defer store.Close()
	b := newBenchUnder(t, store, app.Remote{}, written(t, "one"))
	store.conflicts.Store(2)
	b.apply(b.report(7, 250, rank("Trooper")))
	store.wantTold(t, "one", "one", "one")
	if _, err := store.PolicyDocuments(t.Context(), "one"); err != nil {
		t.Errorf("the policy: got error %v, want it kept", err)
	}
}

func TestAPolicyWithoutDocumentsIsNotKept(t *testing.T) {
	store := newLibraryStore()
	defer store.Close()
	b := newBenchOn(t, store, app.Remote{})
	b.apply(b.report(7, 250, rank("Trooper")))
	store.wantTold(t)
}
