package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func isolation(t *testing.T, h Harness) {
	t.Helper()

	t.Run("changing what was handed in does not change what is stored", func(t *testing.T) {
		s := h.open(t)
		known(t, s, domain.MaxID)
		decisions := []ports.DecisionRecord{h.fullRecord()}
		records := []ports.SnapshotRecord{h.fullSnapshot()}
		entries := []ports.OutboxEntry{h.fullEntry()}
		locked(t, s, domain.MaxID, func(ctx context.Context, w ports.Writer) error {
			if err := w.AddDecisions(ctx, decisions); err != nil {
				return err
			}
			if _, err := w.AppendSnapshots(ctx, records); err != nil {
				return err
			}
			if err := w.Enqueue(ctx, entries); err != nil {
				return err
			}
			decisions[0].Detail, entries[0].Target = "changed", "changed"
			records[0].Answer.Decision.Detail = "changed"
			records[0].RequestID = "changed"
			return nil
		})
		same(t, "Decision", decision(t, s, h.fullRecord().ID), h.fullRecord())
		same(t, "Waiting", waiting(t, s, domain.MaxID), []ports.OutboxEntry{h.fullEntry()})
		same(t, "Answer", answers(t, s, records[0].Request)[records[0].Request].Answer, h.fullSnapshot().Answer)
		if got := page(t, s, domain.MaxID, 0, 1)[0].RequestID; got != h.fullSnapshot().RequestID {
			t.Errorf("RequestID of the snapshot: got %q, want %q", got, h.fullSnapshot().RequestID)
		}
	})

	t.Run("changing what a reader got does not change what the next one gets", func(t *testing.T) {
		s := h.open(t)
		write(t, s, tracesOf(1).leave)
		leaders := func() []ports.LeaderboardEntry {
			top, err := s.TopPlayers(t.Context(), ports.Mark{}, 10)
			if err != nil || len(top) != 1 {
				t.Fatalf("TopPlayers: got %v and error %v, want one player and none", top, err)
			}
			return top
		}
		first, top := page(t, s, 1, 0, 10), leaders()
		first[0].RequestID, top[0].Username = "changed", "changed"
		if got := page(t, s, 1, 0, 10)[0].RequestID; got == "changed" {
			t.Error("Snapshots: got what the reader before changed, want what is stored")
		}
		if got := leaders()[0].Username; got == "changed" {
			t.Error("TopPlayers: got what the reader before changed, want what is stored")
		}
	})

	t.Run("changing what a reader got of the ledger does not change what the next one gets", func(t *testing.T) {
		s := h.open(t)
		p := punished(1, domain.PunishmentTrial, -time.Hour)
		save(t, s, p)
		want := decisionOf(1, 1, domain.StatusApplied)
		decide(t, s, want)
		ctx := soon(t)
		for range 2 {
			records, err := s.Decisions(ctx, ports.DecisionFilter{}, "", 10)
			if err != nil {
				t.Fatalf("Decisions: got error %v, want none", err)
			}
			same(t, "Decisions", records, []ports.DecisionRecord{want})
			came, err := s.Transitions(ctx, want.ID)
			if err != nil {
				t.Fatalf("Transitions: got error %v, want none", err)
			}
			same(t, "Transitions", came, []ports.Transition{firstOf(want)})
			due, err := s.DueReleases(ctx, ports.Due{}, 10)
			if err != nil {
				t.Fatalf("DueReleases: got error %v, want none", err)
			}
			same(t, "DueReleases", usersOf(due), []int64{p.UserID.Int64()})
			if !t.Failed() {
				records[0].Detail, came[0].Detail, due[0].User = "changed", "changed", user(2)
			}
		}
	})

	t.Run("changing what a unit read changes nothing unless it is saved", func(t *testing.T) {
		s := h.open(t)
		x := tracesOf(1)
		answered := x.decision
		x.snapshot.Answer.Decision = &answered
		write(t, s, x.leave)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			standings, err := w.LockStandings(ctx, []domain.UserID{user(1)})
			if err != nil {
				return err
			}
			standings[0].Points = 999
			open, err := w.OpenDecisions(ctx, []domain.UserID{user(1)})
			if err != nil {
				return err
			}
			open[0].Detail = "changed"
			entries, err := w.Waiting(ctx, user(1))
			if err != nil {
				return err
			}
			entries[0].Target = "changed"
			found, err := w.Answers(ctx, []ports.RequestKey{x.snapshot.Request})
			if err != nil {
				return err
			}
			found[x.snapshot.Request].Answer.Decision.Detail = "changed"
			delete(found, x.snapshot.Request)
			return nil
		})
		if got := standing(t, s, 1).Points; got != 100 {
			t.Errorf("the player's points: got %d, want 100", got)
		}
		same(t, "OpenDecisions", openOf(t, s, user(1)), []ports.DecisionRecord{x.decision})
		same(t, "Waiting", waiting(t, s, 1), []ports.OutboxEntry{x.entry})
		same(t, "Answer", answers(t, s, x.snapshot.Request)[x.snapshot.Request].Answer.Decision, &x.decision)
	})
}
