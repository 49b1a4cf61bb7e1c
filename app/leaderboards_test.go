package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// populate stores so many players: the n-th has n points.
func (b *bench) populate(n int64) {
	b.t.Helper()
	var placed []ports.PlacedStanding
	for user := int64(1); user <= n; user++ {
		placed = append(placed, ports.PlacedStanding{Standing: domain.Standing{
			UserID: userID(b.t, user), Username: fmt.Sprintf("P%d", user), Rank: "Recruit", Points: user,
		}})
	}
	err := b.store.Write(b.t.Context(), func(ctx context.Context, w ports.Writer) error { return w.SaveStandings(ctx, placed) })
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) around(user int64, neighbours int) ports.Surroundings {
	b.t.Helper()
	got, err := b.service.Around(b.t.Context(), userID(b.t, user), neighbours)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

func TestAPageThatManyAskForAtTheSameTimeIsReadOnceForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowReads{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.populate(9)
		var asking sync.WaitGroup
		for i := range 100 {
			asking.Go(func() {
				cursor, limit, want := "", 2, "[9 8]"
				if i%2 == 1 {
					cursor, limit, want = "8.0.8", 3, "[7 6 5]"
				}
				got, err := b.service.Top(t.Context(), cursor, limit)
				if err != nil || fmt.Sprint(ids(got.Players)) != want || got.Next == "" {
					t.Errorf("behind %q: got %v, a next page at %q and error %v, want %s and more", cursor, ids(got.Players), got.Next, err, want)
				}
			})
		}
		asking.Wait()
		if store.reads > 4 { // each page once for those who come first, and once for the others
			t.Errorf("reads: got %d for two pages that 100 ask for, want at most 4", store.reads)
		}
		store.fail = domain.ErrUnavailable
		if _, err := b.service.Top(t.Context(), "", 2); !errors.Is(err, domain.ErrUnavailable) {
			t.Errorf("without a store: got %v, want unavailable", err)
		}
	})
}

func TestAPageShowsWhatWasStoredBeforeItWasAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowReads{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.populate(3)
		var asking sync.WaitGroup
		defer asking.Wait()
		asking.Go(func() {
			if _, err := b.service.Top(t.Context(), "", 3); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait() // a read of the page is under way
		b.ingest(ports.IngestRequest{Report: b.report(4, 4)})
		got, err := b.service.Top(t.Context(), "", 3)
		if err != nil || fmt.Sprint(ids(got.Players)) != "[4 3 2]" {
			t.Errorf("got %v and error %v, want [4 3 2]", ids(got.Players), err)
		}
	})
}

func TestAPlaceIsCountedAndNeighboursAreOnBothSides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.populate(9)
		for user := int64(1); user <= 9; user++ {
			got := b.around(user, 2)
			want := []int64{user + 2, user + 1}
			want = slices.DeleteFunc(want, func(n int64) bool { return n > 9 })
			if fmt.Sprint(ids(got.Before)) != fmt.Sprint(want) || got.Place != 10-user || got.Players != 9 || got.Player.UserID != userID(t, user) {
				t.Errorf("around %d: got place %d of %d behind %v, want place %d of 9 behind %v",
					user, got.Place, got.Players, ids(got.Before), 10-user, want)
			}
			if n := min(2, int(user)-1); len(got.Behind) != n || n > 0 && got.Behind[0].UserID != userID(t, user-1) {
				t.Errorf("around %d: got %v behind, want the %d next", user, ids(got.Behind), n)
			}
		}
		b.apply(b.report(5, 5, warnings(7)))
		if _, err := b.service.Around(t.Context(), userID(t, 5), 2); !errors.Is(err, &domain.Error{Kind: domain.KindNotFound, Code: "not_ranked"}) {
			t.Errorf("around a banned player: got %v, want not_ranked", err)
		}
		if got := b.around(4, 1); got.Place != 5 || got.Before[0].UserID != userID(t, 6) {
			t.Errorf("behind a banned player: got place %d behind %v, want 5 behind 6", got.Place, ids(got.Before))
		}
		if _, err := b.service.Around(t.Context(), userID(t, 99), 2); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("around an unknown player: got %v, want not found", err)
		}
	})
}

func TestPlacesOfALargeGroupAreCountedFromTheNearestRememberedOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 25_000
		b := newBench(t, app.Remote{})
		b.populate(many)
		for _, user := range []int64{many, many - 1, 15_001, 15_000, 14_999, 5_001, 5_000, 2, 1} {
			if got := b.around(user, 0); got.Place != many+1-user || got.Players != many {
				t.Errorf("place of %d: got %d of %d, want %d of %d", user, got.Place, got.Players, many+1-user, many)
			}
		}
		b.ingest(ports.IngestRequest{Report: b.report(1, many+5)}) // the last becomes the first
		if got := b.around(1, 0).Place; got != 1 {
			t.Errorf("place of the new first: got %d, want 1", got)
		}
		time.Sleep(time.Minute)
		if got := b.around(2, 0).Place; got != many {
			t.Errorf("place of the new last, a minute later: got %d, want %d", got, many)
		}
	})
}

func TestPagesOfALeaderboardAndOfASearchFollowEachOther(t *testing.T) {
	b := newBench(t, app.Remote{})
	b.populate(7)
	var got []int64
	cursor, pages := "", 0
	for {
		page, err := b.service.Top(t.Context(), cursor, 3)
		if err != nil {
			t.Fatal(err)
		}
		got, cursor, pages = append(got, ids(page.Players)...), page.Next, pages+1
		if cursor == "" {
			break
		}
	}
	if !slices.Equal(got, []int64{7, 6, 5, 4, 3, 2, 1}) || pages != 3 {
		t.Errorf("leaderboard: got %v on %d pages, want all seven on three", got, pages)
	}
	got, pages = nil, 0
	for {
		page, err := b.service.Players(t.Context(), ports.PlayerFilter{Name: "p"}, cursor, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Players {
			got = append(got, p.Standing.UserID.Int64())
			if p.Position.Next != "Trooper" {
				t.Errorf("next rank of %d: got %q, want Trooper", p.Standing.UserID.Int64(), p.Position.Next)
			}
		}
		cursor, pages = page.Next, pages+1
		if cursor == "" {
			break
		}
	}
	if !slices.Equal(got, []int64{1, 2, 3, 4, 5, 6, 7}) || pages != 3 {
		t.Errorf("search: got %v on %d pages, want all seven on three", got, pages)
	}
	for _, cursor := range []string{"x", "1.2", "1.2.3.4", "1.2.0", "a.2.3", "1.2.03"} {
		_, top := b.service.Top(t.Context(), cursor, 3)
		_, search := b.service.Players(t.Context(), ports.PlayerFilter{}, cursor, 3)
		for _, err := range []error{top, search} {
			if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "cursor_invalid" {
				t.Errorf("cursor %q: got %v, want cursor_invalid", cursor, err)
			}
		}
	}
}
