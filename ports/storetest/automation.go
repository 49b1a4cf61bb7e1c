package storetest

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// automationOf returns the switch.
func automationOf(t *testing.T, s ports.Store) domain.Automation {
	t.Helper()
	a, err := s.Automation(soon(t))
	if err != nil {
		t.Fatalf("Automation: got error %v, want none", err)
	}
	return a
}

// change returns a unit that locks the switch and saves what change makes of it.
func change(change func(a domain.Automation) domain.Automation) func(ctx context.Context, w ports.Writer) error {
	return func(ctx context.Context, w ports.Writer) error {
		a, _, err := w.LockAutomation(ctx)
		if err != nil {
			return err
		}
		return w.SaveAutomation(ctx, change(a))
	}
}

// heldPlayers returns the players whose decision is held, as the store lists them.
func heldPlayers(t *testing.T, s ports.Store, limit int) []int64 {
	t.Helper()
	held, err := s.HeldPlayers(soon(t), ports.Due{}, limit)
	if err != nil {
		t.Fatalf("HeldPlayers(%d): got error %v, want none", limit, err)
	}
	return usersOf(held)
}

func countHeld(t *testing.T, s ports.Store) int64 {
	t.Helper()
	n, err := s.CountHeld(soon(t))
	if err != nil {
		t.Fatalf("CountHeld: got error %v, want none", err)
	}
	return n
}

// fullAutomation has a value in every field, and a tally of every minute that one holds.
func (h Harness) fullAutomation() domain.Automation {
	a := domain.Automation{
		State: domain.AutomationStopped, Reason: "reason " + awkward, Since: h.instant(16), Principal: "principal " + awkward,
		Actor: user(domain.MaxID),
	}
	for n := range 200 {
		a.Tally = a.Tally.With(noon().Add(time.Duration(n/2)*time.Minute), n%3 == 0)
	}
	return a
}

func automation(t *testing.T, h Harness) {
	t.Helper()

	t.Run("the switch of a fresh store runs and has moved nobody, also under lock", func(t *testing.T) {
		s := h.open(t)
		same(t, "Automation", automationOf(t, s), domain.Automation{})
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			a, _, err := w.LockAutomation(ctx)
			same(t, "LockAutomation", a, domain.Automation{})
			return err
		})
	})

	t.Run("every field of the switch comes back, and may be emptied again", func(t *testing.T) {
		s := h.open(t)
		want := h.fullAutomation()
		full(t, want)
		given := want
		given.Since = abroad(given.Since)
		write(t, s, change(func(domain.Automation) domain.Automation { return given }))
		same(t, "Automation", automationOf(t, s), want)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			a, _, err := w.LockAutomation(ctx)
			same(t, "LockAutomation", a, want)
			return err
		})
		for state := domain.AutomationRunning; state <= domain.AutomationStopped; state++ {
			write(t, s, change(func(domain.Automation) domain.Automation { return domain.Automation{State: state} }))
			same(t, "Automation", automationOf(t, s), domain.Automation{State: state})
		}
	})

	t.Run("a unit that locks the switch again gets what it saved, and may save again", func(t *testing.T) {
		s := h.open(t)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			for _, reason := range []string{"", "first", "second"} {
				a, _, err := w.LockAutomation(ctx)
				if err != nil {
					return err
				}
				if a.Reason != reason {
					t.Errorf("LockAutomation: got the reason %q, want %q", a.Reason, reason)
				}
				next := map[string]string{"": "first", "first": "second", "second": "third"}[reason]
				if err := w.SaveAutomation(ctx, domain.Automation{Reason: next}); err != nil {
					return err
				}
			}
			return nil
		})
		if got := automationOf(t, s).Reason; got != "third" {
			t.Errorf("Automation: got the reason %q, want the last that was saved", got)
		}
	})

	t.Run("a switch that was not locked cannot be saved", func(t *testing.T) {
		s := h.open(t)
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			_ = w.SaveAutomation(ctx, domain.Automation{State: domain.AutomationStopped})
			return nil
		})
		if err == nil || domain.KindOf(err) != domain.KindInternal {
			t.Errorf("Write: got %v, want an internal error", err)
		}
		same(t, "Automation", automationOf(t, s), domain.Automation{})
	})

	t.Run("LockAutomation tells the time by a clock that goes on", func(t *testing.T) {
		s := h.open(t)
		tell := func() (at time.Time) {
			write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
				_, at, err = w.LockAutomation(ctx)
				return err
			})
			return at
		}
		first := tell()
		if off := fromNow(0).Sub(first).Abs(); off > time.Minute || first != domain.Instant(first) {
			t.Errorf("LockAutomation: got %s, want about now, in UTC and microseconds", first)
		}
		pause(soon(t), 20*time.Millisecond)
		if second := tell(); !second.After(first) {
			t.Errorf("LockAutomation: got %s, then %s, want a later instant", first, second)
		}
	})

	switchUnderLoad(t, h)
	heldBack(t, h)
	countedPlayers(t, h)
}

func switchUnderLoad(t *testing.T, h Harness) {
	t.Helper()

	t.Run("of twenty units at a limit exactly as many pass as it admits, and one pauses", func(t *testing.T) {
		s := h.open(t)
		numbers := make([]int64, 20)
		for i := range numbers {
			numbers[i] = int64(i) + 1
		}
		known(t, s, numbers...)
		limits := domain.Limits{MovesPerHour: 7}
		var passed, paused atomic.Int32
		ctx := soon(t)
		errs := race(len(numbers), func(i int) error {
			admitted, ended := false, false
			err := s.Write(ctx, lockFirst(numbers[i], func(ctx context.Context, w ports.Writer) error {
				a, at, err := w.LockAutomation(ctx)
				if err != nil {
					return err
				}
				before := a.State
				a, admitted = a.Admit(domain.ActionPromote, limits, 1000, at)
				ended = before == domain.AutomationRunning && a.State == domain.AutomationPaused
				return w.SaveAutomation(ctx, a)
			}))
			if admitted && err == nil {
				passed.Add(1)
			}
			if ended && err == nil {
				paused.Add(1)
			}
			return err
		})
		for i, err := range errs {
			if err != nil {
				t.Errorf("unit %d: got error %v, want none: they wait for each other", i, err)
			}
		}
		if passed.Load() != 7 || paused.Load() != 1 {
			t.Errorf("%d units passed and %d paused automation, want 7 and 1", passed.Load(), paused.Load())
		}
		if a := automationOf(t, s); a.State != domain.AutomationPaused || a.Tally.LastHour(fromNow(0)).All != 7 {
			t.Errorf("got %s with %d moves, want paused with 7", a.State, a.Tally.LastHour(fromNow(0)).All)
		}
	})

	t.Run("the switch waits for a unit that holds it, reads what that saved, and nobody outside sees it before", func(t *testing.T) {
		s := h.open(t)
		locked, letGo := make(chan struct{}), make(chan struct{})
		done := make(chan error, 2)
		ctx := soon(t)
		go func() {
			done <- s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
				err := change(func(a domain.Automation) domain.Automation { a.Reason = "first"; return a })(ctx, w)
				close(locked)
				<-letGo
				return err
			})
		}()
		<-locked
		read := make(chan string, 1)
		go func() {
			done <- s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
				a, _, err := w.LockAutomation(ctx)
				read <- a.Reason
				return err
			})
		}()
		select {
		case got := <-read:
			t.Errorf("LockAutomation beside a unit that holds it: got %q at once, want it to wait", got)
			close(letGo)
			return
		case <-atLast(t, aWhile):
		}
		seen := make(chan string, 1)
		go func() {
			a, err := s.Automation(ctx)
			if err != nil {
				t.Errorf("Automation beside a unit: got error %v, want none", err)
			}
			seen <- a.Reason
		}()
		select { // a store may let readers wait for the commit
		case got := <-seen:
			if got != "" {
				t.Errorf("Automation before the commit: got %q, want what was before", got)
			}
			close(letGo)
		case <-atLast(t, 10*aWhile):
			close(letGo)
			<-seen
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Errorf("Write: got error %v, want none", err)
			}
		}
		if got := <-read; got != "first" {
			t.Errorf("LockAutomation after the unit: got the reason %q, want what that saved", got)
		}
	})
}

func heldBack(t *testing.T, h Harness) {
	t.Helper()

	t.Run("players with a held decision are listed by its id, until it is no longer held", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3, 4, 5, 6)
		first, second, third := decisionOf(5, 1, domain.StatusHeld), decisionOf(2, 4, domain.StatusHeld), decisionOf(6, 6, domain.StatusHeld)
		for _, r := range []ports.DecisionRecord{
			third, decisionOf(1, 2, domain.StatusPending), decisionOf(3, 3, domain.StatusAwaitingApproval), second, first,
			decisionOf(4, 5, domain.StatusApplied),
		} {
			decide(t, s, r)
		}
		same(t, "HeldPlayers", heldPlayers(t, s, 10), []int64{5, 2, 6})
		same(t, "HeldPlayers of two", heldPlayers(t, s, 2), []int64{5, 2})
		for _, none := range []int{0, -1} {
			same(t, "HeldPlayers of none", heldPlayers(t, s, none), []int64{})
		}
		if got := countHeld(t, s); got != 3 {
			t.Errorf("CountHeld: got %d, want 3", got)
		}
		for i, r := range []ports.DecisionRecord{first, second, third} {
			closeAs(t, s, r, []domain.Status{domain.StatusPending, domain.StatusSuperseded, domain.StatusApplied}[i], noon())
		}
		same(t, "HeldPlayers afterwards", heldPlayers(t, s, 10), []int64{})
		if got := countHeld(t, s); got != 0 {
			t.Errorf("CountHeld afterwards: got %d, want 0", got)
		}
	})

	t.Run("a page of held players names their decisions and begins behind the last one, whatever became of that", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3)
		for n := range int64(3) {
			decide(t, s, decisionOf(n+1, 3-n, domain.StatusHeld))
		}
		list := func(after ports.Due, limit int) ([]ports.Due, error) { return s.HeldPlayers(soon(t), after, limit) }
		all, err := list(ports.Due{}, 3)
		if err != nil || len(all) != 3 || all[0].Decision != decisionOf(3, 1, domain.StatusHeld).ID {
			t.Errorf("HeldPlayers: got %+v and error %v, want three with their decisions", all, err)
		}
		turns(t, list, []int64{3, 2, 1}, func(n int64) { closeAs(t, s, decisionOf(n, 4-n, domain.StatusHeld), domain.StatusSuperseded, noon()) })
	})
}

func countedPlayers(t *testing.T, h Harness) {
	t.Helper()

	t.Run("players are counted exactly while they are few, inside a unit with those that it added", func(t *testing.T) {
		s := h.open(t)
		counted := func() int64 {
			n, err := s.CountPlayers(soon(t))
			if err != nil {
				t.Errorf("CountPlayers: got error %v, want none", err)
			}
			return n
		}
		counts := []int64{counted()}
		known(t, s, 1, 2, 3)
		counts = append(counts, counted())
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			if err := w.SaveStandings(ctx, placed(player(4), player(5))); err != nil {
				return err
			}
			n, err := w.CountPlayers(ctx)
			counts = append(counts, n)
			return err
		})
		if counts = append(counts, counted()); !slices.Equal(counts, []int64{0, 3, 5, 5}) {
			t.Errorf("CountPlayers: got %v, want 0, 3, 5 and 5", counts)
		}
	})
}
