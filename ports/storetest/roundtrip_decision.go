package storetest

import (
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func decisionRoundTrip(t *testing.T, h Harness) {
	t.Helper()

	t.Run("every field of a decision comes back, alone and among the open ones", func(t *testing.T) {
		s := h.open(t)
		known(t, s, domain.MaxID)
		want := h.fullRecord()
		full(t, want)
		decide(t, s, want)
		same(t, "Decision", decision(t, s, want.ID), want)
		same(t, "OpenDecisions", openOf(t, s, want.UserID), []ports.DecisionRecord{want})
	})

	t.Run("a decision without its optional values comes back as empty as it was", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		want := ports.DecisionRecord{
			ID: decisionOf(1, 1, domain.StatusNone).ID, UserID: user(1), Status: domain.StatusNone,
			Input: player(1), CreatedAt: noon(), UpdatedAt: noon(),
		}
		decide(t, s, want)
		same(t, "Decision", decision(t, s, want.ID), want)
	})

	t.Run("every action, status and criterion comes back", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		statuses := []domain.Status{
			domain.StatusAdvisory, domain.StatusNone, domain.StatusApplied, domain.StatusFailed, domain.StatusSuperseded,
			domain.StatusRejected, domain.StatusUndone, domain.StatusPending,
		}
		criterion := domain.CriterionRankIgnored
		for i, status := range statuses {
			want := decisionOf(1, int64(i), status)
			want.Decision.Action = min(domain.ActionNone+domain.Action(i), domain.ActionRestore)
			var checks []domain.Check
			for range 2 {
				checks = append(checks, domain.Check{Criterion: criterion, Met: true})
				criterion = min(criterion+1, domain.CriterionOtherwise)
			}
			want.Decision.Checks = domain.ChecksOf(checks...)
			decide(t, s, want)
			same(t, "Decision", decision(t, s, want.ID), want)
		}
	})

	t.Run("instants of another zone come back equal, in UTC and in microseconds", func(t *testing.T) {
		s := h.open(t)
		known(t, s, domain.MaxID)
		given := h.fullRecord()
		given.CreatedAt, given.UpdatedAt = abroad(given.CreatedAt), abroad(given.UpdatedAt)
		given.Decision.Until, given.Input.RankSince = abroad(given.Decision.Until), abroad(given.Input.RankSince)
		returned := &given.Decision.Returned
		returned.RankSince, returned.Punishment.Until = abroad(returned.RankSince), abroad(returned.Punishment.Until)
		decide(t, s, given)
		same(t, "Decision", decision(t, s, given.ID), h.fullRecord())
	})
}
