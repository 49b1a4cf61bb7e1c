package storetest

import (
	"testing"
	"time"

	"github.com/grps/grps/ports"
)

func nonces(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a nonce is spent once, whoever comes later and however long it was to be kept", func(t *testing.T) {
		s := h.open(t)
		for i, step := range []struct {
			nonce string
			until time.Time
			want  bool
		}{
			{"one", noon(), true},
			{"one", noon(), false},
			{"two", noon(), true},
			{"one", noon().Add(time.Hour), false},
			{awkward, noon(), true},
			{awkward, noon(), false},
			{"One", noon(), true},
			{"", noon(), true},
			{"", noon(), false},
		} {
			if got := spend(t, s, step.nonce, step.until); got != step.want {
				t.Errorf("step %d: spending %q gave %t, want %t", i, step.nonce, got, step.want)
			}
		}
	})

	t.Run("spending again does not make it be kept any longer", func(t *testing.T) {
		s := h.open(t)
		spend(t, s, "one", noon())
		spend(t, s, "one", noon().Add(time.Hour))
		same(t, "forgotten", forget(t, s, noon().Add(time.Minute), 5), 1)
		same(t, "spending what was forgotten", spend(t, s, "one", noon()), true)
	})

	t.Run("of eight who spend one at once, one does", func(t *testing.T) {
		s := h.open(t)
		ctx := soon(t)
		spent := make([]bool, 8)
		for i, err := range race(len(spent), func(i int) (err error) {
			spent[i], err = s.SpendNonce(ctx, "one", noon())
			return err
		}) {
			if err != nil {
				t.Errorf("spender %d: got error %v, want none", i, err)
			}
		}
		n := 0
		for _, yes := range spent {
			if yes {
				n++
			}
		}
		same(t, "who spent it", n, 1)
	})

	t.Run("pruning forgets those whose time is over, up to a limit, and no others", func(t *testing.T) {
		s := h.open(t)
		for i, nonce := range []string{"a", "b", "c", "d", "e"} {
			spend(t, s, nonce, noon().Add(time.Duration(i)*time.Second))
		}
		same(t, "forgotten before the first is over", forget(t, s, noon(), 5), 0)
		same(t, "forgotten with no room", forget(t, s, noon().Add(time.Hour), 0), 0)
		same(t, "forgotten of three with room for two", forget(t, s, noon().Add(2*time.Second+time.Microsecond), 2), 2)
		same(t, "forgotten then", forget(t, s, noon().Add(2*time.Second+time.Microsecond), 2), 1)
		same(t, "forgotten when nothing is left to forget", forget(t, s, noon().Add(3*time.Second), 2), 0)
		same(t, "spending one that was forgotten", spend(t, s, "b", noon()), true)
		same(t, "spending one whose time is not over", spend(t, s, "d", noon()), false)
	})

	t.Run("several may prune at once", func(t *testing.T) {
		s := h.open(t)
		const kept = 40
		for i := range kept {
			spend(t, s, string(rune('a'+i)), noon())
		}
		ctx := soon(t)
		counts := make([]int, 4)
		for i, err := range race(len(counts), func(i int) error {
			for range kept {
				n, err := s.PruneNonces(ctx, noon().Add(time.Second), 3)
				if err != nil {
					return err
				}
				counts[i] += n
			}
			return nil
		}) {
			if err != nil {
				t.Errorf("pruner %d: got error %v, want none", i, err)
			}
		}
		same(t, "forgotten in all", counts[0]+counts[1]+counts[2]+counts[3], kept)
	})

	t.Run("what was spent is spent after closing and opening again", func(t *testing.T) {
		if h.Reopen == nil {
			t.Skip("the harness cannot open a store again")
		}
		s := h.open(t)
		spend(t, s, "one", noon())
		same(t, "spending again", spend(t, h.Reopen(t, s), "one", noon()), false)
	})
}

// spend spends a nonce and returns whether it was new.
func spend(t *testing.T, s ports.Store, nonce string, until time.Time) bool {
	t.Helper()
	spent, err := s.SpendNonce(soon(t), nonce, until)
	if err != nil {
		t.Fatalf("SpendNonce: got error %v, want none", err)
	}
	return spent
}

// forget prunes and returns how many nonces were forgotten.
func forget(t *testing.T, s ports.Store, before time.Time, limit int) int {
	t.Helper()
	n, err := s.PruneNonces(soon(t), before, limit)
	if err != nil {
		t.Fatalf("PruneNonces: got error %v, want none", err)
	}
	return n
}
