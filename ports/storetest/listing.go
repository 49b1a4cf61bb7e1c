package storetest

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// listed returns the ids of a page of the ledger.
func listed(t *testing.T, s ports.Store, filter ports.DecisionFilter, before string, limit int) []string {
	t.Helper()
	records, err := s.Decisions(soon(t), filter, before, limit)
	if err != nil {
		t.Fatalf("Decisions(%+v, %q, %d): got error %v, want none", filter, before, limit, err)
	}
	return idsOf(records...)
}

func idsOf(records ...ports.DecisionRecord) []string {
	ids := []string{}
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	return ids
}

// counted returns how many decisions the filter chooses.
func counted(t *testing.T, s ports.Store, filter ports.DecisionFilter) int {
	t.Helper()
	n, err := s.CountDecisions(soon(t), filter)
	if err != nil {
		t.Fatalf("CountDecisions(%+v): got error %v, want none", filter, err)
	}
	return int(n)
}

// numbered returns the ids of the decisions of those numbers.
func numbered(numbers ...int64) []string {
	ids := []string{}
	for _, n := range numbers {
		ids = append(ids, decisionOf(1, n, domain.StatusNone).ID)
	}
	return ids
}

// saveLedger stores six decisions that differ in everything that a filter looks at.
func saveLedger(t *testing.T, s ports.Store) {
	t.Helper()
	known(t, s, 1, 2)
	for _, d := range []struct {
		number, user int64
		actor        int64 // 0 for nobody
		action       domain.Action
		status       domain.Status
		hour         int
	}{
		{1, 1, 0, domain.ActionPromote, domain.StatusApplied, 0},
		{2, 2, 8, domain.ActionSuspend, domain.StatusAwaitingApproval, 1},
		{3, 1, 8, domain.ActionSuspend, domain.StatusFailed, 2},
		{4, 1, 9, domain.ActionPromote, domain.StatusApplied, 3},
		{5, 1, 8, domain.ActionPromote, domain.StatusPending, 4},
		{6, 2, 0, domain.ActionBan, domain.StatusApplied, 5},
	} {
		r := decisionOf(d.user, d.number, d.status)
		if d.actor > 0 {
			r.Actor = user(d.actor)
		}
		if d.action == domain.ActionSuspend {
			r.ReviewID = "review " + awkward
		}
		r.Decision.Action, r.CreatedAt = d.action, noon().Add(time.Duration(d.hour)*time.Hour)
		if d.number%2 == 0 {
			r.Decision.Revision = "another revision"
		}
		decide(t, s, r)
	}
}

func listing(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a listed decision has every field", func(t *testing.T) {
		s := h.open(t)
		known(t, s, domain.MaxID)
		decide(t, s, h.fullRecord())
		got, err := s.Decisions(soon(t), ports.DecisionFilter{}, "", 10)
		if err != nil {
			t.Errorf("Decisions: got error %v, want none", err)
		}
		same(t, "Decisions", got, []ports.DecisionRecord{h.fullRecord()})
	})

	t.Run("decisions are newest first by id, whatever the order of writing and the instants say", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		for i, number := range []int64{10, 255, 1, 11} {
			r := decisionOf(int64(i%2)+1, number, domain.StatusApplied)
			r.CreatedAt = h.instant(10 - i)
			decide(t, s, r)
		}
		same(t, "Decisions", listed(t, s, ports.DecisionFilter{}, "", 10), numbered(255, 11, 10, 1))
	})

	t.Run("a filter chooses what all that it sets holds for", func(t *testing.T) {
		s := h.open(t)
		saveLedger(t, s)
		for _, c := range []struct {
			name   string
			filter ports.DecisionFilter
			want   []string
		}{
			{"nothing", ports.DecisionFilter{}, numbered(6, 5, 4, 3, 2, 1)},
			{"a user", ports.DecisionFilter{User: user(1)}, numbered(5, 4, 3, 1)},
			{"an unknown user", ports.DecisionFilter{User: user(3)}, numbered()},
			{"an actor", ports.DecisionFilter{Actor: user(8)}, numbered(5, 3, 2)},
			{"an actor who is a user", ports.DecisionFilter{Actor: user(1)}, numbered()},
			{"an action", ports.DecisionFilter{Action: domain.ActionSuspend}, numbered(3, 2)},
			{"a review", ports.DecisionFilter{Review: "review " + awkward}, numbered(3, 2)},
			{"an unknown review", ports.DecisionFilter{Review: "review"}, numbered()},
			{"a review and a user", ports.DecisionFilter{Review: "review " + awkward, User: user(2)}, numbered(2)},
			{"the action of no decision", ports.DecisionFilter{Action: domain.ActionRestore}, numbered()},
			{"a status that is common", ports.DecisionFilter{Status: domain.StatusApplied}, numbered(6, 4, 1)},
			{"a status that is rare", ports.DecisionFilter{Status: domain.StatusFailed}, numbered(3)},
			{"the status of no decision", ports.DecisionFilter{Status: domain.StatusUndone}, numbered()},
			{"an instant", ports.DecisionFilter{Since: noon().Add(3 * time.Hour)}, numbered(6, 5, 4)},
			{"an instant in another zone", ports.DecisionFilter{Since: abroad(noon().Add(3 * time.Hour))}, numbered(6, 5, 4)},
			{"an instant just after one", ports.DecisionFilter{Since: noon().Add(3*time.Hour + h.precision())}, numbered(6, 5)},
			{"an instant after all", ports.DecisionFilter{Since: noon().Add(24 * time.Hour)}, numbered()},
			{"an end", ports.DecisionFilter{Until: noon().Add(3 * time.Hour)}, numbered(3, 2, 1)},
			{"an end in another zone", ports.DecisionFilter{Until: abroad(noon().Add(3 * time.Hour))}, numbered(3, 2, 1)},
			{"an end just after one", ports.DecisionFilter{Until: noon().Add(3*time.Hour + h.precision())}, numbered(4, 3, 2, 1)},
			{"an end before all", ports.DecisionFilter{Until: noon()}, numbered()},
			{"a span", ports.DecisionFilter{Since: noon().Add(time.Hour), Until: noon().Add(4 * time.Hour)}, numbered(4, 3, 2)},
			{"a policy", ports.DecisionFilter{Policy: "another revision"}, numbered(6, 4, 2)},
			{"a policy that is not the beginning of a revision", ports.DecisionFilter{Policy: "another"}, numbered()},
			{"a policy and a span", ports.DecisionFilter{Policy: "another revision", Since: noon().Add(3 * time.Hour), Until: noon().Add(5 * time.Hour)}, numbered(4)},
			{"a user and an actor", ports.DecisionFilter{User: user(1), Actor: user(8)}, numbered(5, 3)},
			{"a user and a status", ports.DecisionFilter{User: user(1), Status: domain.StatusApplied}, numbered(4, 1)},
			{"an actor and an action", ports.DecisionFilter{Actor: user(8), Action: domain.ActionSuspend}, numbered(3, 2)},
			{"an actor and a status", ports.DecisionFilter{Actor: user(8), Status: domain.StatusPending}, numbered(5)},
			{"a status and an instant", ports.DecisionFilter{Status: domain.StatusApplied, Since: noon().Add(time.Hour)}, numbered(6, 4)},
			{"everything", ports.DecisionFilter{
				User: user(1), Actor: user(8), Action: domain.ActionSuspend, Status: domain.StatusFailed, Policy: "revision",
				Since: noon().Add(2 * time.Hour), Until: noon().Add(2*time.Hour + h.precision()),
			}, numbered(3)},
			{"everything, one of it in vain", ports.DecisionFilter{
				User: user(1), Actor: user(8), Action: domain.ActionSuspend, Status: domain.StatusFailed, Since: noon().Add(3 * time.Hour),
			}, numbered()},
		} {
			same(t, "Decisions by "+c.name, listed(t, s, c.filter, "", 10), c.want)
			same(t, "CountDecisions by "+c.name, counted(t, s, c.filter), len(c.want))
		}
	})

	t.Run("a page begins below its cursor and ends at its limit, also when it is filtered", func(t *testing.T) {
		s := h.open(t)
		saveLedger(t, s)
		id := func(n int64) string { return numbered(n)[0] }
		for _, c := range []struct {
			filter ports.DecisionFilter
			before string
			limit  int
			want   []string
		}{
			{ports.DecisionFilter{}, "", 2, numbered(6, 5)},
			{ports.DecisionFilter{}, "", 0, numbered()},
			{ports.DecisionFilter{}, id(5), 2, numbered(4, 3)},
			{ports.DecisionFilter{}, id(2), 2, numbered(1)},
			{ports.DecisionFilter{}, id(1), 2, numbered()},
			{ports.DecisionFilter{}, id(7), 10, numbered(6, 5, 4, 3, 2, 1)}, // no such decision: a cursor is a place
			{ports.DecisionFilter{User: user(1)}, id(5), 2, numbered(4, 3)},
			{ports.DecisionFilter{User: user(1)}, id(2), 2, numbered(1)},
			{ports.DecisionFilter{Actor: user(8)}, id(5), 1, numbered(3)},
			{ports.DecisionFilter{Status: domain.StatusApplied}, id(6), 1, numbered(4)},
			{ports.DecisionFilter{Status: domain.StatusFailed}, id(3), 9, numbered()},
			{ports.DecisionFilter{Policy: "another revision"}, id(6), 1, numbered(4)},
			{ports.DecisionFilter{Policy: "another revision"}, id(2), 9, numbered()},
			{ports.DecisionFilter{Until: noon().Add(4 * time.Hour)}, "", 2, numbered(4, 3)},
			{ports.DecisionFilter{Until: noon().Add(4 * time.Hour)}, id(3), 9, numbered(2, 1)},
		} {
			same(t, "Decisions", listed(t, s, c.filter, c.before, c.limit), c.want)
		}
	})

	t.Run("pages of decisions follow each other without gap or repetition while newer ones are written", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		want := []string{}
		for n := range int64(12) {
			decide(t, s, decisionOf(1, n+1, domain.StatusApplied))
			want = append(numbered(n+1), want...)
		}
		got, before := []string{}, ""
		for newer := range int64(10) {
			ids := listed(t, s, ports.DecisionFilter{User: user(1)}, before, 5)
			if len(ids) == 0 {
				break
			}
			got, before = append(got, ids...), ids[len(ids)-1]
			decide(t, s, decisionOf(1, 100+newer, domain.StatusApplied))
		}
		same(t, "ids over all pages", got, want)
	})

	t.Run("a decision that moves on is listed under its new status only", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		r := decisionOf(1, 1, domain.StatusPending)
		decide(t, s, r)
		closeAs(t, s, r, domain.StatusFailed, noon())
		same(t, "pending ones", listed(t, s, ports.DecisionFilter{Status: domain.StatusPending}, "", 9), numbered())
		same(t, "failed ones", listed(t, s, ports.DecisionFilter{Status: domain.StatusFailed}, "", 9), numbered(1))
	})
}
