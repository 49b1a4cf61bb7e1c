package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func decisions(t *testing.T, h Harness) {
	t.Helper()

	t.Run("open decisions come in ascending order of user, without users who have none", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 30, 4, 5, 200)
		late := decisionOf(200, 1, domain.StatusPending)
		early := decisionOf(4, 2, domain.StatusAwaitingApproval)
		middle := decisionOf(30, 3, domain.StatusPending)
		for _, r := range []ports.DecisionRecord{late, early, middle, decisionOf(5, 4, domain.StatusApplied)} {
			decide(t, s, r)
		}
		same(t, "OpenDecisions", openOf(t, s, user(200), user(5), user(4), user(1), user(30), user(4)),
			[]ports.DecisionRecord{early, middle, late})
		same(t, "OpenDecisions", openOf(t, s, user(30)), []ports.DecisionRecord{middle})
	})

	t.Run("decisions that are not open are as many as there are", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		statuses := []domain.Status{
			domain.StatusAdvisory, domain.StatusNone, domain.StatusApplied, domain.StatusFailed,
			domain.StatusSuperseded, domain.StatusRejected, domain.StatusUndone, domain.StatusPending,
		}
		var records []ports.DecisionRecord
		for i, status := range append(statuses, statuses[:7]...) {
			records = append(records, decisionOf(1, int64(i), status))
		}
		decide(t, s, records...)
		for _, r := range records {
			same(t, "Decision", decision(t, s, r.ID), r)
		}
	})

	t.Run("players' open decisions are independent", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		decide(t, s, decisionOf(1, 1, domain.StatusPending))
		decide(t, s, decisionOf(2, 2, domain.StatusPending))
		if got := openOf(t, s, user(1), user(2)); len(got) != 2 {
			t.Errorf("OpenDecisions: got %v, want one of each player", got)
		}
	})

	t.Run("closing says true once, and writes status, detail and instant", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		number := int64(0)
		for _, from := range []domain.Status{domain.StatusPending, domain.StatusAwaitingApproval, domain.StatusHeld} {
			for _, to := range []domain.Status{
				domain.StatusApplied, domain.StatusFailed, domain.StatusSuperseded, domain.StatusRejected, domain.StatusExpired,
				domain.StatusUndone,
			} {
				number++
				want := decisionOf(1, number, from)
				want.Detail = "the detail before"
				decide(t, s, want)
				if !closeAs(t, s, want, to, abroad(h.instant(1))) {
					t.Errorf("MoveDecision from %s to %s: got false, want true", from, to)
				}
				want.Status, want.Detail, want.UpdatedAt = to, "detail of "+string(to), h.instant(1)
				same(t, "Decision", decision(t, s, want.ID), want)
				if closeAs(t, s, want, domain.StatusFailed, noon().Add(time.Hour)) {
					t.Errorf("MoveDecision of one that is %s: got true, want false", to)
				}
				same(t, "Decision after closing twice", decision(t, s, want.ID), want)
			}
		}
	})

	t.Run("closing an unknown decision says false", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		if closeAs(t, s, decisionOf(1, 1, domain.StatusPending), domain.StatusApplied, noon()) {
			t.Error("MoveDecision of an unknown one: got true, want false")
		}
	})

	t.Run("a decision that was never open cannot be closed", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		for i, status := range []domain.Status{domain.StatusAdvisory, domain.StatusNone, domain.StatusApplied} {
			want := decisionOf(1, int64(i), status)
			decide(t, s, want)
			if closeAs(t, s, want, domain.StatusFailed, noon().Add(time.Hour)) {
				t.Errorf("MoveDecision of one that is %s: got true, want false", status)
			}
			same(t, "Decision", decision(t, s, want.ID), want)
		}
	})

	t.Run("an approval moves a decision from awaiting to pending, where it stays open and alone", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		want := decisionOf(1, 1, domain.StatusAwaitingApproval)
		decide(t, s, want)
		if !closeAs(t, s, want, domain.StatusPending, h.instant(1)) {
			t.Error("MoveDecision from awaiting to pending: got false, want true")
		}
		want.Status, want.Detail, want.UpdatedAt = domain.StatusPending, "detail of pending", h.instant(1)
		same(t, "OpenDecisions", openOf(t, s, user(1)), []ports.DecisionRecord{want})
		conflicts(t, s, "AddDecisions beside a pending one", lockFirst(1, func(ctx context.Context, w ports.Writer) error {
			return w.AddDecisions(ctx, []ports.DecisionRecord{decisionOf(1, 2, domain.StatusPending)})
		}))
		if closeAs(t, s, want, domain.StatusPending, h.instant(2)) {
			t.Error("MoveDecision from pending to pending: got true, want false: an approval counts once")
		}
		same(t, "Decision", decision(t, s, want.ID), want)
		if !closeAs(t, s, want, domain.StatusApplied, h.instant(3)) {
			t.Error("MoveDecision of an approved one: got false, want true")
		}
	})

	t.Run("a decision that is held is open, and moves to pending when automation goes on", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		want := decisionOf(1, 1, domain.StatusHeld)
		decide(t, s, want)
		same(t, "OpenDecisions", openOf(t, s, user(1)), []ports.DecisionRecord{want})
		conflicts(t, s, "AddDecisions beside a held one", lockFirst(1, func(ctx context.Context, w ports.Writer) error {
			return w.AddDecisions(ctx, []ports.DecisionRecord{decisionOf(1, 2, domain.StatusPending)})
		}))
		if !closeAs(t, s, want, domain.StatusPending, h.instant(1)) {
			t.Error("MoveDecision from held to pending: got false, want true")
		}
		want.Status, want.Detail, want.UpdatedAt = domain.StatusPending, "detail of pending", h.instant(1)
		same(t, "OpenDecisions", openOf(t, s, user(1)), []ports.DecisionRecord{want})
	})

	t.Run("undone is final, whoever says late that the decision was applied", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		want := decisionOf(1, 1, domain.StatusPending)
		decide(t, s, want)
		closeAs(t, s, want, domain.StatusUndone, h.instant(1))
		want.Status, want.Detail, want.UpdatedAt = domain.StatusUndone, "detail of undone", h.instant(1)
		for _, to := range []domain.Status{
			domain.StatusApplied, domain.StatusPending, domain.StatusFailed, domain.StatusSuperseded, domain.StatusRejected, domain.StatusExpired,
		} {
			if closeAs(t, s, want, to, h.instant(2)) {
				t.Errorf("MoveDecision from undone to %s: got true, want false", to)
			}
			if to != domain.StatusApplied && reviveAs(t, s, want, to, h.instant(2)) {
				t.Errorf("ReviveDecision to %s: got true, want false", to)
			}
		}
		same(t, "Decision", decision(t, s, want.ID), want)
		if got := transitionsOf(t, s, want.ID); len(got) != 2 {
			t.Errorf("Transitions: got %v, want those to pending and undone", got)
		}
	})

	t.Run("what is not undone is not revived", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		for i, status := range []domain.Status{domain.StatusPending, domain.StatusApplied, domain.StatusFailed, domain.StatusSuperseded} {
			want := decisionOf(1, int64(i), status)
			decide(t, s, want)
			if reviveAs(t, s, want, domain.StatusApplied, h.instant(2)) {
				t.Errorf("ReviveDecision of one that is %s: got true, want false", status)
			}
			same(t, "Decision", decision(t, s, want.ID), want)
			same(t, "Transitions", transitionsOf(t, s, want.ID), []ports.Transition{firstOf(want)})
		}
		if reviveAs(t, s, decisionOf(1, 99, domain.StatusUndone), domain.StatusApplied, h.instant(2)) {
			t.Error("ReviveDecision of an unknown one: got true, want false")
		}
	})

	t.Run("an applied decision can be undone, and be applied again when that fails, beside an open one", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		want := decisionOf(1, 1, domain.StatusApplied)
		decide(t, s, want)
		open := decisionOf(1, 2, domain.StatusPending)
		decide(t, s, open)
		for _, to := range []domain.Status{domain.StatusUndone, domain.StatusApplied, domain.StatusUndone} {
			move := closeAs
			if to == domain.StatusApplied {
				move = reviveAs
			}
			if !move(t, s, want, to, h.instant(1)) {
				t.Errorf("to %s: got false, want true", to)
			}
			want.Status, want.Detail, want.UpdatedAt = to, "detail of "+string(to), h.instant(1)
			same(t, "Decision", decision(t, s, want.ID), want)
			if move(t, s, want, to, h.instant(2)) {
				t.Errorf("to %s again: got true, want false", to)
			}
		}
		same(t, "OpenDecisions", openOf(t, s, user(1)), []ports.DecisionRecord{open})
	})

	t.Run("a closed decision makes room for the next", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		first, second := decisionOf(1, 1, domain.StatusPending), decisionOf(1, 2, domain.StatusPending)
		decide(t, s, first)
		closeAs(t, s, first, domain.StatusSuperseded, noon())
		if got := openOf(t, s, user(1)); len(got) != 0 {
			t.Errorf("OpenDecisions after closing: got %v, want none", got)
		}
		decide(t, s, second)
		same(t, "OpenDecisions", openOf(t, s, user(1)), []ports.DecisionRecord{second})
	})

	t.Run("decisions from one on are those of the player, oldest first, with it and with what the unit wrote", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		want := make([]ports.DecisionRecord, 0, 5)
		for _, number := range []int64{255, 10, 11, 3} { // in no order
			decide(t, s, decisionOf(1, number, domain.StatusApplied))
			decide(t, s, decisionOf(2, number+1000, domain.StatusApplied))
		}
		for _, number := range []int64{10, 11, 255, 256} {
			want = append(want, decisionOf(1, number, domain.StatusApplied))
		}
		locked(t, s, 1, func(ctx context.Context, w ports.Writer) error {
			if err := w.AddDecisions(ctx, want[3:]); err != nil {
				return err
			}
			for limit, most := range map[int]int{0: 0, 2: 2, 4: 4, 9: 4} {
				got, err := w.DecisionsFrom(ctx, user(1), want[0].ID, limit)
				if err != nil {
					return err
				}
				same(t, "DecisionsFrom", append([]ports.DecisionRecord{}, got...), want[:most])
			}
			between, err := w.DecisionsFrom(ctx, user(1), decisionOf(1, 12, domain.StatusNone).ID, 9) // no such decision: it is a place
			same(t, "DecisionsFrom an unknown one", between, want[2:])
			return err
		})
	})

	t.Run("a decision read from one on has every field", func(t *testing.T) {
		s := h.open(t)
		known(t, s, domain.MaxID)
		want := h.fullRecord()
		decide(t, s, want)
		locked(t, s, domain.MaxID, func(ctx context.Context, w ports.Writer) error {
			got, err := w.DecisionsFrom(ctx, want.UserID, want.ID, 1)
			same(t, "DecisionsFrom", got, []ports.DecisionRecord{want})
			return err
		})
	})

	t.Run("of twenty who close one decision exactly one is told true", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		r := decisionOf(1, 1, domain.StatusPending)
		decide(t, s, r)
		told := make([]bool, 20)
		ctx := soon(t)
		for i, err := range race(len(told), func(i int) error {
			return s.Write(ctx, lockFirst(1, func(ctx context.Context, w ports.Writer) (err error) {
				told[i], err = w.MoveDecision(ctx, r.ID, ports.Transition{Status: domain.StatusApplied, At: noon()})
				return err
			}))
		}) {
			if err != nil {
				t.Errorf("caller %d: got error %v, want none", i, err)
			}
		}
		count := 0
		for _, yes := range told {
			if yes {
				count++
			}
		}
		if count != 1 {
			t.Errorf("MoveDecision: got %d times true, want once", count)
		}
	})
}
