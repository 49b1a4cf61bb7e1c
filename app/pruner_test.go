package app_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
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
