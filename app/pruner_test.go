package app_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestOldReportsAreForgottenButForTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		for day := range int64(10) {
			b.ingest(ports.IngestRequest{Report: b.report(7, day), Key: ""})
			time.Sleep(24 * time.Hour)
		}
		b.ingest(ports.IngestRequest{Report: b.report(8, 1)})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for range 2 { // two replicas
			running.Go(func() { b.service.Pruner(72 * time.Hour).Run(ctx) })
		}
		left := func(user int64) int {
			records, err := b.store.Snapshots(t.Context(), userID(t, user), 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			return len(records)
		}
		time.Sleep(time.Minute)
		if got := left(7); got != 3 {
			t.Errorf("after a minute: got %d reports, want those of the last three days", got)
		}
		time.Sleep(7 * 24 * time.Hour)
		if got, other := left(7), left(8); got != 1 || other != 1 {
			t.Errorf("after a week: got %d and %d reports, want the newest of each", got, other)
		}
		if s := b.standing(7); s.Points != 9 {
			t.Errorf("points: got %d, want 9: what is known of a player stays", s.Points)
		}
		cancel()
		running.Wait()
	})
}

// clingingStore is a store of which the first report cannot be removed, nor what stands beside it in a step, of three reports here.
type clingingStore struct{ ports.Store }

func (s clingingStore) PruneSnapshots(ctx context.Context, step ports.PruneStep) (ports.Pruned, error) {
	step.Limit = 3
	if step.After == 0 {
		return ports.Pruned{Next: 3}, errFaulty
	}
	return s.Store.PruneSnapshots(ctx, step)
}

func TestReportsThatCannotBeForgottenHoldUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		defer store.Close()
		b := newBenchOn(t, clingingStore{store}, app.Remote{})
		for points := range int64(10) {
			b.ingest(ports.IngestRequest{Report: b.report(7, points)})
		}
		if err := store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
			_, err := w.AddFindings(ctx, []ports.FindingRecord{{ID: "old", UserID: userID(t, 7), Finding: domain.Finding{Kind: domain.FindingFell}, At: time.Now()}})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(7 * 24 * time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { b.service.Pruner(72 * time.Hour).Run(ctx) })
		time.Sleep(time.Minute)
		records, err := store.Snapshots(t.Context(), userID(t, 7), 0, 100)
		if err != nil || len(records) != 4 || records[0].Snapshot.Report().Points != 9 || records[1].Snapshot.Report().Points != 2 {
			t.Errorf("got %d reports (%v), want the newest and the three that cannot go", len(records), err)
		}
		if found, err := store.Findings(t.Context(), ports.FindingFilter{}, "", 5); err != nil || len(found) != 0 {
			t.Errorf("got the findings %+v (%v), want none", found, err)
		}
		if n := b.faults("prune the history"); n != 1 {
			t.Errorf("told of %d faults, want one", n)
		}
		cancel()
		running.Wait()
	})
}
