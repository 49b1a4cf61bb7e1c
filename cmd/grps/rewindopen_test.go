package main

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/adapters/bunstore/pgtest"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// holdingStore is a store of which the next unit that writes a report stays open behind that until it is let go.
type holdingStore struct {
	ports.Store
	wrote, letGo chan struct{}
	once         sync.Once
}

func (s *holdingStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return s.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error { return fn(ctx, &holdingWriter{w, s}) })
}

type holdingWriter struct {
	ports.Writer
	store *holdingStore
}

func (w *holdingWriter) SaveReports(
	ctx context.Context, standings []ports.PlacedStanding, records []ports.SnapshotRecord,
) ([]int64, error) {
	ids, err := w.Writer.SaveReports(ctx, standings, records)
	w.store.once.Do(func() {
		close(w.store.wrote)
		<-w.store.letGo
	})
	return ids, err
}

func (w *holdingWriter) SaveLastReports(
	ctx context.Context, standings []ports.PlacedStanding, records []ports.SnapshotRecord,
) ([]int64, error) {
	return w.SaveReports(ctx, standings, records)
}

// Ids of reports are given before their units end: one that ends after a rewind looked has an id among those that it looked through.
func TestARewindOnPostgresFindsAReportWhoseUnitWasOpenWhenItBegan(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Empty(t)
	store, err := bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	held := &holdingStore{Store: store, wrote: make(chan struct{}), letGo: make(chan struct{})}
	ids := &countedIDs{}
	serviceOn := func(s ports.Store) *app.Service {
		service, _ := app.New(app.Parts{Store: s, Policies: fixedPolicy{shippedPolicy(t)}, Clock: systemClock{}, IDs: ids, Recorder: deaf{}},
			app.DispatcherOptions{})
		return service
	}
	report := func(s *app.Service, user, points int64) error {
		id, err := domain.NewUserID(user)
		if err != nil {
			return err
		}
		_, err = s.Ingest(t.Context(), ports.IngestRequest{Caller: ports.Caller{Principal: "leaked"}, Report: domain.Report{
			UserID: id, Username: "P", Points: points,
		}})
		return err
	}
	open := make(chan error, 1)
	go func() { open <- report(serviceOn(held), 7, 90_000) }()
	<-held.wrote
	service := serviceOn(store)
	if err := report(service, 8, 90_000); err != nil { // with a higher id than the one that is open
		t.Fatal(err)
	}
	started, err := service.StartRewind(t.Context(), ports.RewindRequest{
		Caller: ports.Caller{Principal: "admin"}, Apply: true, Scope: ports.SnapshotScope{Principal: "leaked", Since: time.Now().Add(-time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var sweeping sync.WaitGroup
	sweeping.Go(func() { service.Sweeper(app.SweeperOptions{}).Run(ctx) })
	defer sweeping.Wait()
	defer cancel()
	time.Sleep(3 * time.Second)
	close(held.letGo)
	if err := <-open; err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		now, err := service.Rewind(t.Context(), started.ID)
		if err != nil || time.Now().After(until) {
			t.Fatalf("the rewind is %s after half a minute, error %v", now.State, err)
		}
		if now.State.UnderWay() {
			continue
		}
		if now.State != ports.SweepDone || now.Found[ports.TallySnapshots] != 2 {
			t.Errorf("the rewind is %s (%s) and found %v, want both reports", now.State, now.Detail, now.Found)
		}
		break
	}
	for _, user := range []int64{7, 8} {
		id, _ := domain.NewUserID(user)
		if s, err := store.Standing(t.Context(), id); err != nil || s.Points != 0 || !s.Hold {
			t.Errorf("player %d has %d points (%v), want none left of those that were forged, and a hold", user, s.Points, err)
		}
	}
}
