package app_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

// What the games see is a state, not a stream: while the data store wants to be left alone nothing piles up, and then each player is
// written once.
func TestTheMirrorWritesAPlayerOnceHoweverOftenTheyMovedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const everybody, moves = 5, 12
		var mu sync.Mutex
		var open time.Time
		shown := make(map[domain.UserID][]string)
		b := newBench(t, app.Remote{Mirror: &portsmock.MirrorMock{PutStandingFunc: func(_ context.Context, s ports.PlacedStanding) error {
			mu.Lock()
			defer mu.Unlock()
			if left := time.Until(open); left > 0 {
				return &domain.Error{Kind: domain.KindExhausted, Code: "resource_exhausted", Message: "too many", RetryAfter: left}
			}
			shown[s.Standing.UserID] = append(shown[s.Standing.UserID], s.Standing.Rank)
			return nil
		}}})
		open = time.Now().Add(10 * time.Minute)
		b.run()
		decisions := 0
		for move := range moves {
			for user := int64(1); user <= everybody; user++ {
				points := int64(250 * (1 - move%2)) // up, down, up …
				if d := b.apply(b.report(user, points, rank("Trooper"))).Decision; d.Decision.Action != domain.ActionNone {
					decisions++
				}
			}
			time.Sleep(10 * time.Second)
		}
		if decisions < everybody*moves*2/3 {
			t.Fatalf("%d decisions, so this test proves little", decisions)
		}
		time.Sleep(10 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		for user := int64(1); user <= everybody; user++ {
			want := b.standing(user).Rank
			if got := shown[userID(t, user)]; len(got) != 1 || got[0] != want {
				t.Errorf("of %d the games were shown %q, want %q once", user, got, want)
			}
		}
	})
}
