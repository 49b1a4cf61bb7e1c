package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func budgets(t *testing.T, h Harness) {
	t.Helper()

	t.Run("what was shared last under the name is kept, and nothing before the first time", func(t *testing.T) {
		s := h.open(t)
		for _, step := range []struct{ want, next string }{
			{"", "one"}, {"one", `{"turns": [1, 2],  "name":"` + awkward + `"}`}, {`{"turns": [1, 2],  "name":"` + awkward + `"}`, ""}, {"", "two"},
		} {
			same(t, "what is kept", share(t, s, "calls", step.next), step.want)
		}
		same(t, "what is kept under another name", share(t, s, "other calls", "x"), "")
		same(t, "what is kept at last", share(t, s, "calls", ""), "two")
	})

	t.Run("when change returns an error that is returned and nothing changes", func(t *testing.T) {
		s := h.open(t)
		share(t, s, "calls", "before")
		refusal := errors.New("the case refuses")
		err := s.Share(soon(t), "calls", func(string, time.Time) (string, error) { return "after", refusal })
		is(t, "Share", err, refusal)
		same(t, "what is kept", share(t, s, "calls", ""), "before")
	})

	t.Run("when the context ends meanwhile nothing changes", func(t *testing.T) {
		s := h.open(t)
		share(t, s, "calls", "before")
		ctx, cancel := context.WithCancel(soon(t))
		defer cancel()
		refused(t, "Share", s.Share(ctx, "calls", func(string, time.Time) (string, error) {
			cancel()
			return "after", nil
		}))
		same(t, "what is kept", share(t, s, "calls", ""), "before")
	})

	t.Run("the time is the store's, in UTC", func(t *testing.T) {
		s := h.open(t)
		var first, second time.Time
		for _, at := range []*time.Time{&first, &second} {
			if err := s.Share(soon(t), "calls", func(_ string, now time.Time) (string, error) {
				*at = now
				return "", nil
			}); err != nil {
				t.Fatalf("Share: got error %v, want none", err)
			}
			pause(t.Context(), shortLease)
		}
		if passed := second.Sub(first); passed < shortLease*9/10 || passed > patience {
			t.Errorf("between two changes: got %s passed, want at least the %s that passed", passed, shortLease)
		}
		same(t, "the time", first, domain.Instant(first))
	})

	t.Run("of eight who change at once nobody loses what another did", func(t *testing.T) {
		s := h.open(t)
		const each = 15
		ctx := soon(t)
		for i, err := range race(8, func(int) error {
			for range each {
				if err := s.Share(ctx, "calls", func(kept string, _ time.Time) (string, error) {
					n, _ := strconv.Atoi(kept)
					return strconv.Itoa(n + 1), nil
				}); err != nil {
					return err
				}
			}
			return nil
		}) {
			if err != nil {
				t.Errorf("changer %d: got error %v, want none", i, err)
			}
		}
		same(t, "what is kept", share(t, s, "calls", ""), fmt.Sprint(8*each))
	})

	t.Run("what was shared is there after closing and opening again", func(t *testing.T) {
		if h.Reopen == nil {
			t.Skip("the harness cannot open a store again")
		}
		s := h.open(t)
		share(t, s, "calls", "before")
		same(t, "what is kept", share(t, h.Reopen(t, s), "calls", ""), "before")
	})
}

// share keeps next under the name and returns what was kept before.
func share(t *testing.T, s ports.Store, name, next string) string {
	t.Helper()
	var before string
	if err := s.Share(soon(t), name, func(kept string, _ time.Time) (string, error) {
		before = kept
		return next, nil
	}); err != nil {
		t.Fatalf("Share: got error %v, want none", err)
	}
	return before
}
