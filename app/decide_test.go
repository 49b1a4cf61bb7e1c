package app_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

func TestADecisionAboutAKnownPlayerIsMadeOnDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.run()
		b.ingest(ports.IngestRequest{Report: b.report(7, 250, rank("Trooper"))})
		actor := userID(t, 99)
		request := ports.DecideRequest{
			Caller: ports.Caller{Principal: "staff", Actor: actor, RequestID: "r"}, User: userID(t, 7), Reason: "weekly review",
		}
		advised, err := b.service.Decide(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, advised.Decision, domain.ActionPromote, domain.StatusAdvisory)
		b.wantRank("Trooper")

		request.Apply = true
		applied, err := b.service.Decide(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, applied.Decision, domain.ActionPromote, domain.StatusApplied)
		if d := b.decision(applied.Decision.ID); d.Reason != "weekly review" || d.Actor != actor || d.Principal != "staff" || d.SnapshotID != 0 {
			t.Errorf("the ledger shows %+v", d)
		}
		if applied.Player.Standing.Rank != "Corporal" {
			t.Errorf("the answer shows %q, want Corporal", applied.Player.Standing.Rank)
		}
		b.wantHeld(7, "Corporal")
	})
}

func TestNobodyDecidesAboutAnUnknownPlayer(t *testing.T) {
	b := newBench(t, app.Remote{})
	if _, err := b.service.Decide(t.Context(), ports.DecideRequest{User: userID(t, 7)}); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
}

func TestASuspensionEndsWhenItIsDecidedAfterItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		stop := b.run()
		suspended := b.apply(b.report(7, 150, rank("Trooper"), warnings(4)))
		wantStatus(t, *suspended.Decision, domain.ActionSuspend, domain.StatusApplied)
		b.wantHeld(7, "Suspended")
		stop()
		time.Sleep(14 * 24 * time.Hour)
		b.run()
		released, err := b.service.Decide(t.Context(), ports.DecideRequest{User: userID(t, 7), Apply: true})
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, released.Decision, domain.ActionRestore, domain.StatusApplied)
		b.wantHeld(7, "Trooper")
	})
}

func TestThePlayerIsShownWhereThePolicyPutsThem(t *testing.T) {
	b := newBench(t, app.Remote{})
	b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
	player, err := b.service.Player(t.Context(), userID(t, 7))
	want := domain.Position{Next: "Corporal", NextPoints: 200, Previous: "Recruit"}
	if err != nil || player.Position != want {
		t.Errorf("got %+v (%v), want %+v", player.Position, err, want)
	}
}

func TestLeaderboardsShowTheBestAndWhenTheyWereSynced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		counted := func(kos, wos int64) func(*domain.Report) {
			return func(r *domain.Report) { r.Kos, r.Wos = kos, wos }
		}
		b.ingest(ports.IngestRequest{Report: b.report(1, 10, counted(1, 9))})
		time.Sleep(time.Second)
		b.ingest(ports.IngestRequest{Report: b.report(2, 30, counted(2, 0))})
		last := domain.Instant(time.Now())
		b.apply(b.report(3, 99, warnings(7)))

		top, err := b.service.Top(t.Context(), "", 10)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(ids(top.Players)); got != "[2 1]" || !top.LastSyncedAt.Equal(last) {
			t.Errorf("top %s synced %s, want [2 1] synced %s", got, top.LastSyncedAt, last)
		}
		records, err := b.service.Records(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(ids(records.Kos), ids(records.Wos)); got != "[2] [1]" {
			t.Errorf("records %s, want [2] [1]", got)
		}
	})
}

func TestReadsFailWhenTheStoreIsClosed(t *testing.T) {
	b := newBench(t, app.Remote{})
	_ = b.store.Close()
	_, top := b.service.Top(t.Context(), "", 1)
	_, records := b.service.Records(t.Context(), 1)
	_, player := b.service.Player(t.Context(), userID(t, 7))
	for name, err := range map[string]error{"top": top, "records": records, "player": player} {
		if !errors.Is(err, domain.ErrClosed) {
			t.Errorf("%s: got %v, want closed", name, err)
		}
	}
}

func TestSyncTakesAPageOfEntriesIn(t *testing.T) {
	b := newBench(t, app.Remote{})
	stale := func(r *domain.Report) { r.ObservedAt = time.Now().Add(-time.Hour) }
	reports := []domain.Report{b.report(1, 10), b.report(2, 20), b.report(3, -5), b.report(2, 30, stale)}
	for i := range int64(150) {
		reports = append(reports, b.report(1000+i, i))
	}
	entries := &portsmock.DataStoreMock{EntriesFunc: func(_ context.Context, cursor string, limit int) (ports.EntryPage, error) {
		if cursor != "c" || limit != 200 {
			return ports.EntryPage{}, fmt.Errorf("asked for %d from %q", limit, cursor)
		}
		return ports.EntryPage{Reports: reports, Skipped: 2, Next: "d"}, nil
	}}
	synced := newBenchOn(t, b.store, app.Remote{DataStore: entries})
	b.ingest(ports.IngestRequest{Report: b.report(2, 5)})
	got, err := synced.service.Sync(t.Context(), ports.SyncRequest{Limit: 200, Cursor: "c"})
	want := ports.SyncResult{Updated: 1, Created: 151, Skipped: 4, Next: "d"}
	if err != nil || got != want {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
	if points := b.standing(2).Points; points != 20 {
		t.Errorf("player 2 has %d points, want 20", points)
	}
	history, err := b.store.Snapshots(t.Context(), userID(t, 2), 0, 1)
	if err != nil || len(history) != 1 || history[0].Source != ports.SourceDataStore {
		t.Errorf("history %+v (%v), want the newest from the data store", history, err)
	}
}

func TestSyncNeedsADataStoreThatAnswers(t *testing.T) {
	b := newBench(t, app.Remote{})
	_, err := b.service.Sync(t.Context(), ports.SyncRequest{Limit: 1})
	if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "sync_not_configured" {
		t.Errorf("got %v, want sync_not_configured", err)
	}
	down := &portsmock.DataStoreMock{EntriesFunc: func(context.Context, string, int) (ports.EntryPage, error) {
		return ports.EntryPage{}, unavailable(0)
	}}
	_, err = newBenchOn(t, b.store, app.Remote{DataStore: down}).service.Sync(t.Context(), ports.SyncRequest{Limit: 1})
	if domain.KindOf(err) != domain.KindUnavailable {
		t.Errorf("got %v, want unavailable", err)
	}
}

func ids(entries []ports.LeaderboardEntry) []int64 {
	var list []int64
	for _, e := range entries {
		list = append(list, e.UserID.Int64())
	}
	return list
}
