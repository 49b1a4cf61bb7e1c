package app_test

import (
	"context"
	"slices"
	"testing"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// orderedStore remembers whom each unit saves, in order.
type orderedStore struct {
	ports.Store
	saved []int64
}

func (s *orderedStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return s.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error { return fn(ctx, &orderedWriter{w, s}) })
}

type orderedWriter struct {
	ports.Writer
	store *orderedStore
}

func (w *orderedWriter) SaveReports(
	ctx context.Context, standings []ports.PlacedStanding, records []ports.SnapshotRecord,
) ([]int64, error) {
	for _, s := range standings {
		w.store.saved = append(w.store.saved, s.Standing.UserID.Int64())
	}
	return w.Writer.SaveReports(ctx, standings, records)
}

func (w *orderedWriter) SaveLastReports(
	ctx context.Context, standings []ports.PlacedStanding, records []ports.SnapshotRecord,
) ([]int64, error) {
	return w.SaveReports(ctx, standings, records)
}

// Two units that add the same unknown players would wait for each other for ever if one wrote them in another order than the other.
func TestPlayersAreWrittenInAscendingOrderWhateverTheOrderOfTheirReports(t *testing.T) {
	store := &orderedStore{Store: memstore.New()}
	defer store.Close()
	b := newBenchOn(t, store, app.Remote{})
	var requests []ports.IngestRequest
	for _, user := range []int64{9, 3, 7, 1, 8} {
		requests = append(requests, ports.IngestRequest{Report: b.report(user, 1, rank("Trooper"))})
	}
	for _, answer := range b.batch(requests...) {
		if answer.Err != nil || answer.Result.Outcome != domain.FoldFirst {
			t.Fatalf("got %s and error %v, want first and none", answer.Result.Outcome, answer.Err)
		}
	}
	if want := []int64{1, 3, 7, 8, 9}; !slices.Equal(store.saved, want) {
		t.Errorf("written in the order %v, want %v", store.saved, want)
	}
}
