package storetest

import (
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// outboxRooms is about claims for some lanes only.
func outboxRooms(t *testing.T, h Harness) {
	t.Helper()

	// queued returns a store with two entries in each of the lanes 1, 2 and 3; the player's number is ten times the lane and one or two.
	queued := func(t *testing.T) ports.Store {
		t.Helper()
		s := h.open(t)
		for _, n := range []int64{31, 21, 11, 32, 22, 12} {
			known(t, s, n)
			enqueue(t, s, inLane(ports.Lane(n/10), effectOf(domain.EffectMirror, n)))
		}
		return s
	}
	claimFor := func(t *testing.T, s ports.Store, rooms ...ports.Room) []string {
		t.Helper()
		claims, err := s.Claim(soon(t), rooms, longLease)
		if err != nil {
			t.Fatalf("Claim for %v: got error %v, want none", rooms, err)
		}
		return labels(claims)
	}

	t.Run("a room takes entries of its lanes only", func(t *testing.T) {
		s := queued(t)
		same(t, "Claim", claimFor(t, s, ports.Room{First: 2, Last: 3, Limit: 3}), []string{"mirror 21", "mirror 22", "mirror 31"})
		same(t, "Claim", claimFor(t, s, ports.Room{First: -5, Last: 1, Limit: 9}), []string{"mirror 11", "mirror 12"})
	})

	t.Run("each room has its limit, and all claims come in one order", func(t *testing.T) {
		s := queued(t)
		rooms := []ports.Room{{First: 3, Last: 3, Limit: 2}, {First: 2, Last: 2, Limit: 0}, {First: 1, Last: 1, Limit: 1}}
		same(t, "Claim", claimFor(t, s, rooms...), []string{"mirror 11", "mirror 31", "mirror 32"})
		same(t, "Claim of the rest", claimFor(t, s, ports.AnyLane(9)...), []string{"mirror 12", "mirror 21", "mirror 22"})
	})

	t.Run("an entry that two rooms could take is leased once", func(t *testing.T) {
		s := queued(t)
		rooms := []ports.Room{{First: 1, Last: 2, Limit: 3}, {First: 2, Last: 3, Limit: 3}}
		same(t, "Claim", claimFor(t, s, rooms...), []string{"mirror 11", "mirror 12", "mirror 21", "mirror 22", "mirror 31"})
		same(t, "Claim of the rest", claimFor(t, s, ports.AnyLane(9)...), []string{"mirror 32"})
	})

	t.Run("without any room nothing is claimed", func(t *testing.T) {
		s := queued(t)
		for _, rooms := range [][]ports.Room{nil, {}, {{First: 1, Last: 3}}, {{First: 1, Last: 3, Limit: -1}}, {{First: 3, Last: 1, Limit: 9}}} {
			same(t, "Claim", claimFor(t, s, rooms...), []string{})
		}
	})
}
