package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
)

func (b *bench) imports(players ...app.ImportedPlayer) app.ImportResult {
	b.t.Helper()
	result, err := b.service.Import(b.t.Context(), players)
	if err != nil {
		b.t.Fatal(err)
	}
	return result
}

func wantImported(t *testing.T, got app.ImportResult, created, updated, stale, faults int) {
	t.Helper()
	n := 0
	for _, fault := range got.Faults {
		if fault != nil {
			n++
		}
	}
	if got.Created != created || got.Updated != updated || got.Stale != stale || n != faults {
		t.Errorf("got %d created, %d updated, %d stale and %d faults, want %d, %d, %d and %d",
			got.Created, got.Updated, got.Stale, n, created, updated, stale, faults)
	}
}

func TestImportedPlayersStartWithTheirRankAndKeepItLater(t *testing.T) {
	b := newBench(t, app.Remote{})
	since := time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC)
	wantImported(t, b.imports(
		app.ImportedPlayer{Report: b.report(7, 150, rank("Corporal")), RankSince: since},
		app.ImportedPlayer{Report: b.report(8, 150, rank("Cook")), RankSince: since},
		app.ImportedPlayer{Report: b.report(9, -1)},
		app.ImportedPlayer{Report: b.report(10, 50)},
		app.ImportedPlayer{Report: b.report(10, 120)},
	), 3, 1, 0, 1)
	if s := b.standing(7); s.Rank != "Corporal" || !s.RankSince.Equal(since) || s.Points != 150 {
		t.Errorf("7: got %+v, want Corporal since %s", s, since)
	}
	if s := b.standing(8); s.Rank != "Trooper" || !s.RankSince.IsZero() {
		t.Errorf("8, of an unknown rank: got %s since %s, want what the points earn, since nobody knows when", s.Rank, s.RankSince)
	}
	if s := b.standing(10); s.Points != 120 || s.Rank != "Recruit" {
		t.Errorf("10, twice: got %d points as %s, want 120 as Recruit", s.Points, s.Rank)
	}
	wantImported(t, b.imports(app.ImportedPlayer{Report: b.report(7, 180, rank("Recruit"))}), 0, 1, 0, 0)
	if s := b.standing(7); s.Rank != "Corporal" || s.Points != 180 {
		t.Errorf("7, later: got %d points as %s, want 180 as Corporal", s.Points, s.Rank)
	}
	wantImported(t, b.imports(app.ImportedPlayer{Report: b.report(7, 1, observed(since))}), 0, 0, 1, 0)
	if history, err := b.store.Snapshots(t.Context(), userID(t, 7), 0, 10); err != nil || len(history) > 0 {
		t.Errorf("history: got %d snapshots and error %v, want none", len(history), err)
	}
}

func TestAnImportThatCannotBeStoredTakesNothingIn(t *testing.T) {
	b := newBench(t, app.Remote{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.service.Import(ctx, []app.ImportedPlayer{{Report: b.report(7, 1)}}); err == nil {
		t.Error("got no error, want one")
	}
	if _, err := b.store.Standing(t.Context(), userID(t, 7)); domain.KindOf(err) != domain.KindNotFound {
		t.Errorf("the player is known: %v", err)
	}
}
