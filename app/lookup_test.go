package app_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// slowReads is a store that takes a while to read players, and counts how often it did.
type slowReads struct {
	ports.Store
	mu    sync.Mutex
	reads int
	fail  error
}

func (s *slowReads) StandingsOf(ctx context.Context, users []domain.UserID) ([]domain.Standing, error) {
	standings, err := s.Store.StandingsOf(ctx, users)
	return standings, errors.Join(err, s.read())
}

func (s *slowReads) TopPlayers(ctx context.Context, after ports.Mark, limit int) ([]ports.LeaderboardEntry, error) {
	players, err := s.Store.TopPlayers(ctx, after, limit)
	return players, errors.Join(err, s.read())
}

// read counts a read, and returns once it is over.
func (s *slowReads) read() error {
	s.mu.Lock()
	s.reads++
	s.mu.Unlock()
	time.Sleep(time.Millisecond)
	return s.fail
}

func TestPlayersWhoAreLookedUpAtTheSameTimeAreReadTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowReads{Store: memstore.New()}
		b := newBenchOn(t, store, app.Remote{})
		for user := int64(1); user <= 5; user++ {
			b.ingest(ports.IngestRequest{Report: b.report(user, 100*user)})
		}
		var lookups sync.WaitGroup
		for i := range int64(100) {
			lookups.Go(func() {
				user := i%6 + 1
				got, err := b.service.Player(t.Context(), userID(t, user))
				if user == 6 {
					if !errors.Is(err, domain.ErrNotFound) {
						t.Errorf("an unknown player: got %v and error %v, want not found", got, err)
					}
				} else if err != nil || got.Standing.UserID != userID(t, user) || got.Standing.Points != 100*user || got.Position.Next == "" {
					t.Errorf("player %d: got %+v and error %v", user, got, err)
				}
			})
		}
		lookups.Wait()
		if store.reads > 2 {
			t.Errorf("reads: got %d for 100 at the same time, want at most 2", store.reads)
		}
		store.fail = domain.ErrUnavailable
		if _, err := b.service.Player(t.Context(), userID(t, 1)); !errors.Is(err, domain.ErrUnavailable) {
			t.Errorf("without a store: got %v, want unavailable", err)
		}
	})
}
