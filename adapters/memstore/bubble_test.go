package memstore_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestLeasesAndDueDatesFollowTheClockOfABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		player, err := domain.NewUserID(1)
		if err != nil {
			t.Fatal(err)
		}
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			return w.Enqueue(ctx, []ports.OutboxEntry{{Effect: domain.Effect{Kind: domain.EffectMirror, User: player}}})
		})
		claims := func(want int) []ports.Claim {
			t.Helper()
			got, err := s.Claim(t.Context(), ports.AnyLane(10), time.Minute)
			if err != nil || len(got) != want {
				t.Fatalf("Claim: got %v and error %v, want %d claims and none", got, err, want)
			}
			return got
		}
		began := time.Now()
		first := claims(1)[0]
		time.Sleep(time.Minute - time.Microsecond)
		claims(0)
		time.Sleep(time.Microsecond)
		second := claims(1)[0]
		if second.Attempt != 2 || !second.FirstTried.Equal(began) || !first.FirstTried.Equal(began) {
			t.Errorf("Claim after the lease: got %+v, want attempt 2, first tried at %s", second, began)
		}
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			_, err := w.Settle(ctx, ports.Settlement{Claim: second, Result: ports.SettleRetry, After: time.Hour})
			return err
		})
		time.Sleep(time.Hour - time.Microsecond)
		claims(0)
		time.Sleep(time.Microsecond)
		claims(1)
		depth, err := s.Depth(t.Context())
		if want := time.Hour + time.Minute; err != nil || depth.Oldest != want {
			t.Errorf("Depth: got %+v and error %v, want the oldest to be %s old and none", depth, err, want)
		}
	})
}

func TestAWriterThatWaitsForItsTurnIsIdleInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		letGo, done := make(chan struct{}), make(chan error, 1)
		go func() {
			done <- s.Write(t.Context(), func(context.Context, ports.Writer) error {
				<-letGo
				return nil
			})
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()
		err := s.Write(ctx, func(context.Context, ports.Writer) error { return nil })
		if domain.KindOf(err) != domain.KindUnavailable || time.Since(began) != time.Hour {
			t.Errorf("Write that waits: got error %v after %s, want one of kind unavailable after 1h", err, time.Since(began))
		}
		close(letGo)
		if err := <-done; err != nil {
			t.Errorf("Write of the unit that was first: got error %v, want none", err)
		}
	})
}

func TestAUnitThatIsOverRefusesEveryCall(t *testing.T) {
	s := memstore.New()
	var kept ports.Writer
	write(t, s, func(_ context.Context, w ports.Writer) error {
		kept = w
		return nil
	})
	if _, err := kept.LockStandings(t.Context(), nil); domain.KindOf(err) != domain.KindInternal || err == nil {
		t.Errorf("LockStandings after the unit: got error %v, want one of kind internal", err)
	}
}

func write(t *testing.T, s *memstore.Store, fn func(ctx context.Context, w ports.Writer) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatalf("Write: got error %v, want none", err)
	}
}
