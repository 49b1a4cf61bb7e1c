package app_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// measuredStore notes the longest page of players that was asked for.
type measuredStore struct {
	ports.Store
	longest atomic.Int64
}

func (s *measuredStore) Standings(
	ctx context.Context, filter ports.StandingFilter, after domain.UserID, limit int,
) ([]domain.Standing, error) {
	s.longest.Store(max(s.longest.Load(), int64(limit)))
	return s.Store.Standings(ctx, filter, after, limit)
}

func TestAReviewHoldsOnePageOfPlayersAtATimeHoweverManyThereAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &measuredStore{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		b.crowd(part{n: 5000, rank: "Recruit"}, part{n: 100, rank: "Trooper", points: 250})
		b.sweep()
		b.wantReview(b.review(b.startReview(everybody()).ID), ports.SweepDone,
			ports.Tally{"promote": 100, "none": 5000}, ports.Tally{"promote": 100, "none": 5000})
		if longest := store.longest.Load(); longest > 1000 {
			t.Errorf("got a page of %d players, want 1000 at most", longest)
		}
	})
}

// enqueueRoles lets so many changes of roles wait for Roblox.
func (b *bench) enqueueRoles(n int64) {
	b.t.Helper()
	var entries []ports.OutboxEntry
	for i := range n {
		entries = append(entries, ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectGroupRole, User: userID(b.t, 10_000+i)}})
	}
	if err := b.store.Write(b.t.Context(), func(ctx context.Context, w ports.Writer) error { return w.Enqueue(ctx, entries) }); err != nil {
		b.t.Fatal(err)
	}
}

// slowStore takes a second for each page of players.
type slowStore struct{ ports.Store }

func (s *slowStore) Standings(
	ctx context.Context, filter ports.StandingFilter, after domain.UserID, limit int,
) ([]domain.Standing, error) {
	time.Sleep(time.Second)
	return s.Store.Standings(ctx, filter, after, limit)
}

func TestTheEndIsEstimatedFromThePaceAndFromWhatRobloxTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name  string
			apply bool
			roles bool
			at    time.Duration
			want  time.Duration // from then
		}{
			{"nobody knows yet", true, true, 500 * time.Millisecond, 0},
			{"a look at 2,000 more at 1,000 a second", false, true, 1500 * time.Millisecond, 2 * time.Second},
			{"and then a walk of 3,000", true, false, 1500 * time.Millisecond, 5 * time.Second},
			{"300 moves and 300 that wait already, at 300 a minute", true, true, 1500 * time.Millisecond, 2 * time.Minute},
			{"the same when the second walk begins", true, true, 4500 * time.Millisecond, 2 * time.Minute},
			{"and in its middle", true, true, 5500 * time.Millisecond, 2 * time.Minute},
		} {
			remote := app.Remote{}
			if c.roles {
				remote.Roles = newGroup().mock()
			}
			b := newBenchOn(t, &slowStore{memstore.New()}, remote)
			b.crowd(slices.Repeat([]part{{n: 9, rank: "Recruit"}, {n: 1, rank: "Trooper", points: 250}}, 300)...)
			b.enqueueRoles(300)
			stop := b.sweep()
			id := b.startReview(ports.ReviewRequest{Apply: c.apply}).ID
			time.Sleep(c.at)
			got, err := b.service.Review(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == 0 && !got.ETA.IsZero() || c.want > 0 && got.ETA.Sub(time.Now().Truncate(time.Microsecond)) != c.want {
				t.Errorf("%s: got an end in %s, want %s", c.name, time.Until(got.ETA), c.want)
			}
			stop()
		}
	})
}
