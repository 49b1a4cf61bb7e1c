package bunstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestOnlyTheLeaseUnderWayHoldsANewerWishBack(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			wish := ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectMirror, User: user(7)}}
			enqueue(t, s, wish)
			first := claim(t, s, time.Millisecond)
			var second []ports.Claim
			for len(second) == 0 { // until the first lease is over
				second = claim(t, s, time.Hour)
			}
			enqueue(t, s, wish) // in the place of the one before

			if settle(t, s, first[0]) {
				t.Error("Settle of the first lease: got true, want false: it is over")
			}
			if early := claim(t, s, time.Hour); len(early) > 0 {
				t.Errorf("Claim: got %+v, want nothing while the second lease goes on", early)
			}
			if settle(t, s, second[0]) {
				t.Error("Settle of the second lease: got true, want false: its wish was replaced")
			}
			if third := claim(t, s, time.Hour); len(third) != 1 || third[0].Generation <= second[0].Generation || third[0].Attempt != 1 {
				t.Errorf("Claim: got %+v, want the newer wish for the first time", third)
			}
		})
	}
}

func TestAnEffectOfANewerReleaseStaysForThatRelease(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			execute(t, s, `INSERT INTO outbox (user_id, kind, wish) VALUES (7, 'teleport', 1)`)
			enqueue(t, s, ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectMirror, User: user(7)}})
			if got := claim(t, s, time.Hour); len(got) != 1 || got[0].Entry.Effect.Kind != domain.EffectMirror {
				t.Errorf("Claim: got %+v, want the one that is understood", got)
			}
			if depth, err := s.Depth(t.Context()); err != nil || depth.Waiting != 2 {
				t.Errorf("Depth: got %+v and error %v, want both waiting", depth, err)
			}
		})
	}
}

func enqueue(t *testing.T, s *bunstore.Store, entries ...ports.OutboxEntry) {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) error { return w.Enqueue(ctx, entries) })
}

func claim(t *testing.T, s *bunstore.Store, lease time.Duration) []ports.Claim {
	t.Helper()
	claims, err := s.Claim(t.Context(), ports.AnyLane(10), lease)
	if err != nil {
		t.Fatalf("Claim: got error %v, want none", err)
	}
	return claims
}

func settle(t *testing.T, s *bunstore.Store, c ports.Claim) bool {
	t.Helper()
	settled := false
	write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
		settled, err = w.Settle(ctx, ports.Settlement{Claim: c})
		return err
	})
	return settled
}
