package storetest

import (
	"context"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func visibility(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a unit reads what it wrote", func(t *testing.T) {
		s := h.open(t)
		x := tracesOf(1)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			if err := x.leave(ctx, w); err != nil {
				return err
			}
			standings, err := w.LockStandings(ctx, []domain.UserID{user(1)})
			if err != nil {
				return err
			}
			want := x.standing
			want.Version = 1
			same(t, "LockStandings after SaveStandings", standings, []domain.Standing{want})
			found, err := w.Answers(ctx, []ports.RequestKey{x.snapshot.Request})
			if err != nil {
				return err
			}
			same(t, "Answers after AppendSnapshots", found[x.snapshot.Request].Answer, x.snapshot.Answer)
			open, err := w.OpenDecisions(ctx, []domain.UserID{user(1)})
			if err != nil {
				return err
			}
			same(t, "OpenDecisions after AddDecisions", open, []ports.DecisionRecord{x.decision})
			entries, err := w.Waiting(ctx, user(1))
			if err != nil {
				return err
			}
			same(t, "Waiting after Enqueue", entries, []ports.OutboxEntry{x.entry})
			return nil
		})
	})

	t.Run("a unit saves what it saved before, with the version counted up", func(t *testing.T) {
		s := h.open(t)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			p := player(1)
			for p.Version = range int64(3) {
				p.Points = 10 * (p.Version + 1)
				if err := w.SaveStandings(ctx, placed(p)); err != nil {
					return err
				}
			}
			return nil
		})
		if got := standing(t, s, 1); got.Version != 3 || got.Points != 30 {
			t.Errorf("the player: got %d points of version %d, want 30 of version 3", got.Points, got.Version)
		}
	})

	t.Run("a unit closes the decision that it added, and may then add another", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		first, second := decisionOf(1, 1, domain.StatusPending), decisionOf(1, 2, domain.StatusPending)
		locked(t, s, 1, func(ctx context.Context, w ports.Writer) error {
			if err := w.AddDecisions(ctx, []ports.DecisionRecord{first}); err != nil {
				return err
			}
			closed, err := w.MoveDecision(ctx, first.ID, ports.Transition{Status: domain.StatusSuperseded, At: noon()})
			if err != nil {
				return err
			}
			if !closed {
				t.Error("MoveDecision: got false, want true")
			}
			return w.AddDecisions(ctx, []ports.DecisionRecord{second})
		})
		same(t, "OpenDecisions", openOf(t, s, user(1)), []ports.DecisionRecord{second})
	})

	t.Run("nobody outside sees what a unit wrote before it commits", func(t *testing.T) {
		s := h.open(t)
		x := tracesOf(1)
		wrote, commit := make(chan struct{}), make(chan struct{})
		done := make(chan error, 1)
		go func() {
			done <- s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
				err := x.leave(ctx, w)
				close(wrote)
				<-commit
				return err
			})
		}()
		<-wrote
		seen := make(chan []string, 1)
		go func() { seen <- x.found(t, s) }()
		select { // a store may let readers wait for the commit; it must not let them see further
		case got := <-seen:
			same(t, "what readers see before the commit", got, []string{})
			close(commit)
		case <-atLast(t, 10*aWhile):
			close(commit)
			<-seen
		}
		if err := <-done; err != nil {
			t.Errorf("Write: got error %v, want none", err)
		}
		x.kept(t, s)
	})

	t.Run("nobody can claim what a unit enqueued before it commits", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		wrote, commit := make(chan struct{}), make(chan struct{})
		done := make(chan error, 1)
		go func() {
			done <- s.Write(soon(t), lockFirst(1, func(ctx context.Context, w ports.Writer) error {
				err := w.Enqueue(ctx, []ports.OutboxEntry{effectOf(domain.EffectMirror, 1)})
				close(wrote)
				<-commit
				return err
			}))
		}()
		<-wrote
		claimed := make(chan []ports.Claim, 1)
		go func() {
			claims, err := s.Claim(soon(t), ports.AnyLane(10), longLease)
			if err != nil {
				t.Errorf("Claim beside a unit: got error %v, want none", err)
			}
			claimed <- claims
		}()
		select {
		case got := <-claimed:
			if len(got) > 0 {
				t.Errorf("Claim before the commit: got %q, want nothing", labels(got))
			}
			close(commit)
		case <-atLast(t, 10*aWhile):
			close(commit)
			<-claimed
		}
		if err := <-done; err != nil {
			t.Errorf("Write: got error %v, want none", err)
		}
	})
}
