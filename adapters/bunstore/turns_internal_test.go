package bunstore

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhoAskedFirstHasTheFirstTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turn := make(turns, 1)
		var order []int
		ended := make(chan struct{})
		for i := range 20 {
			go func() {
				if err := turn.take(t.Context()); err != nil {
					t.Error(err)
				}
				order = append(order, i)
				time.Sleep(time.Duration(1+i%2) * time.Millisecond)
				turn.done()
				ended <- struct{}{}
			}()
			synctest.Wait() // one after the other
		}
		for range 20 {
			<-ended
		}
		for i, who := range order {
			if who != i {
				t.Fatalf("order: got %v, want that of asking", order)
			}
		}
	})
}

func TestWhoStopsWaitingHasNoTurn(t *testing.T) {
	turn := make(turns, 1)
	if err := turn.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := turn.take(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	turn.done()
	if err := turn.take(t.Context()); err != nil {
		t.Errorf("afterwards: got %v, want none", err)
	}
}
