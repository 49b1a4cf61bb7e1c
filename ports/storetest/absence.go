package storetest

import (
	"context"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func absence(t *testing.T, h Harness) {
	t.Helper()

	t.Run("an unknown player is not found", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		_, err := s.Standing(t.Context(), user(2))
		is(t, "Standing of an unknown player", err, domain.ErrNotFound)
	})

	t.Run("an unknown decision is not found", func(t *testing.T) {
		s := h.open(t)
		_, err := s.Decision(t.Context(), decisionOf(1, 1, domain.StatusNone).ID)
		is(t, "Decision of an unknown id", err, domain.ErrNotFound)
	})

	t.Run("what is not an id of a decision is not found either", func(t *testing.T) {
		s := h.open(t)
		for _, id := range []string{"", "1", awkward} {
			_, err := s.Decision(t.Context(), id)
			is(t, "Decision of no id", err, domain.ErrNotFound)
		}
	})

	t.Run("an empty store has no leaders, no history, no decisions, no releases, nothing to claim and no depth", func(t *testing.T) {
		s := h.open(t)
		for name, top := range map[string]func(context.Context, int) ([]ports.LeaderboardEntry, error){
			"TopPlayers": fromTheTop(s), "TopKos": s.TopKos, "TopWos": s.TopWos,
		} {
			if got, err := top(t.Context(), 10); err != nil || len(got) != 0 {
				t.Errorf("%s: got %v and error %v, want nothing and none", name, got, err)
			}
		}
		if got := listed(t, s, ports.DecisionFilter{}, "", 10); len(got) != 0 {
			t.Errorf("Decisions: got %q, want nothing", got)
		}
		if got := counted(t, s, ports.DecisionFilter{}); got != 0 {
			t.Errorf("CountDecisions: got %d, want 0", got)
		}
		if got := dueApprovals(t, s, 0, 10); len(got) != 0 {
			t.Errorf("DueApprovals: got %q, want nothing", got)
		}
		if got := released(t, s, 10); len(got) != 0 {
			t.Errorf("DueReleases: got %v, want nothing", got)
		}
		if got := page(t, s, 1, 0, 10); len(got) != 0 {
			t.Errorf("Snapshots: got %v, want nothing", got)
		}
		if got := claim(t, s, 10, longLease); len(got) != 0 {
			t.Errorf("Claim: got %v, want nothing", got)
		}
		wantTold(t, s, "nothing is there", nil)
		wantDead(t, s, ports.DeadFilter{})
		revive(t, s, ports.DeadFilter{}, 0, 0)
		if got, err := s.WebhookDepths(t.Context()); err != nil || len(got) != 0 {
			t.Errorf("WebhookDepths: got %v and error %v, want nothing and none", got, err)
		}
		same(t, "Depth", depth(t, s), ports.OutboxDepth{})
	})

	t.Run("inside a unit what is not there is left out and no error", func(t *testing.T) {
		s := h.open(t)
		nobody := []domain.UserID{user(1), user(2)}
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			standings, err := w.LockStandings(ctx, nobody)
			if err != nil || len(standings) != 0 {
				t.Errorf("LockStandings of unknown users: got %v and error %v, want nothing and none", standings, err)
			}
			decisions, err := w.OpenDecisions(ctx, nobody)
			if err != nil || len(decisions) != 0 {
				t.Errorf("OpenDecisions of unknown users: got %v and error %v, want nothing and none", decisions, err)
			}
			later, err := w.DecisionsFrom(ctx, user(1), decisionOf(1, 1, domain.StatusNone).ID, 9)
			if err != nil || len(later) != 0 {
				t.Errorf("DecisionsFrom of an unknown user: got %v and error %v, want nothing and none", later, err)
			}
			found, err := w.Answers(ctx, []ports.RequestKey{{Principal: "arena", Key: "k"}})
			if err != nil || len(found) != 0 || found == nil {
				t.Errorf("Answers to unknown keys: got %#v and error %v, want an empty map and none", found, err)
			}
			entries, err := w.Waiting(ctx, user(1))
			if err != nil || len(entries) != 0 {
				t.Errorf("Waiting of an unknown user: got %v and error %v, want nothing and none", entries, err)
			}
			return nil
		})
	})

	t.Run("inside a unit no arguments give no results and no error", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			standings, err := w.LockStandings(ctx, nil)
			if err != nil || len(standings) != 0 {
				t.Errorf("LockStandings of no users: got %v and error %v, want nothing and none", standings, err)
			}
			decisions, err := w.OpenDecisions(ctx, nil)
			if err != nil || len(decisions) != 0 {
				t.Errorf("OpenDecisions of no users: got %v and error %v, want nothing and none", decisions, err)
			}
			found, err := w.Answers(ctx, nil)
			if err != nil || len(found) != 0 || found == nil {
				t.Errorf("Answers to no keys: got %#v and error %v, want an empty map and none", found, err)
			}
			ids, err := w.AppendSnapshots(ctx, nil)
			if err != nil || len(ids) != 0 {
				t.Errorf("AppendSnapshots of no records: got %v and error %v, want nothing and none", ids, err)
			}
			for name, nothing := range map[string]func() error{
				"SaveStandings": func() error { return w.SaveStandings(ctx, nil) },
				"AddDecisions":  func() error { return w.AddDecisions(ctx, nil) },
				"Enqueue":       func() error { return w.Enqueue(ctx, nil) },
			} {
				if err := nothing(); err != nil {
					t.Errorf("%s of nothing: got error %v, want none", name, err)
				}
			}
			return nil
		})
	})
}
