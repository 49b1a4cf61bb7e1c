package storetest

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// dueApprovals returns the ids of the decisions that have awaited approval for that long.
func dueApprovals(t *testing.T, s ports.Store, age time.Duration, limit int) []string {
	t.Helper()
	due, err := s.DueApprovals(soon(t), age, ports.Due{}, limit)
	if err != nil {
		t.Fatalf("DueApprovals(%s, %d): got error %v, want none", age, limit, err)
	}
	ids := []string{}
	for _, d := range due {
		ids = append(ids, d.Decision)
	}
	return ids
}

// asked returns a decision of the player that awaits approval since some time ago.
func asked(n, number int64, ago time.Duration) ports.DecisionRecord {
	r := decisionOf(n, number, domain.StatusAwaitingApproval)
	r.CreatedAt = fromNow(-ago)
	r.UpdatedAt = r.CreatedAt
	return r
}

func approvals(t *testing.T, h Harness) {
	t.Helper()

	t.Run("approvals are due when they were asked for at least so long ago, the oldest first, then by id", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3, 4, 5)
		old, twin := asked(1, 9, 48*time.Hour), asked(2, 4, 48*time.Hour)
		twin.CreatedAt = old.CreatedAt
		ancient := asked(3, 7, 0)
		ancient.CreatedAt = time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)
		for _, r := range []ports.DecisionRecord{old, twin, ancient, asked(4, 3, time.Hour), asked(5, 2, time.Minute)} {
			decide(t, s, r)
		}
		same(t, "DueApprovals of a day", dueApprovals(t, s, 24*time.Hour, 10), numbered(7, 4, 9))
		same(t, "DueApprovals of half an hour", dueApprovals(t, s, 30*time.Minute, 10), numbered(7, 4, 9, 3))
		same(t, "DueApprovals of any age", dueApprovals(t, s, 0, 10), numbered(7, 4, 9, 3, 2))
		same(t, "DueApprovals of an age below any", dueApprovals(t, s, -time.Hour, 10), numbered(7, 4, 9, 3, 2))
		same(t, "DueApprovals of a hundred years", dueApprovals(t, s, 100*365*24*time.Hour, 10), numbered())
	})

	t.Run("only what awaits approval is due, and that no longer than it does", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3, 4)
		waiting := []ports.DecisionRecord{asked(1, 1, time.Hour), asked(2, 2, time.Hour), asked(3, 3, time.Hour)}
		for _, r := range waiting {
			decide(t, s, r)
		}
		for i, status := range []domain.Status{
			domain.StatusPending, domain.StatusApplied, domain.StatusRejected, domain.StatusExpired, domain.StatusSuperseded,
		} {
			r := asked(4, int64(10+i), time.Hour)
			r.Status = status
			decide(t, s, r)
		}
		same(t, "DueApprovals", dueApprovals(t, s, time.Minute, 10), numbered(1, 2, 3))
		closeAs(t, s, waiting[0], domain.StatusPending, noon())
		closeAs(t, s, waiting[1], domain.StatusExpired, noon())
		same(t, "DueApprovals after an approval and an expiry", dueApprovals(t, s, time.Minute, 10), numbered(3))
	})

	t.Run("an approval becomes due when it has waited so long by the store's clock, and not before", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		r := asked(1, 1, 0)
		decide(t, s, r)
		const age = 500 * time.Millisecond
		for ctx := soon(t); ctx.Err() == nil; pause(ctx, 20*time.Millisecond) {
			if len(dueApprovals(t, s, age, 10)) == 0 {
				continue
			}
			if early := r.CreatedAt.Add(age).Sub(fromNow(0)); early > 100*time.Millisecond {
				t.Errorf("DueApprovals: got it %s early, want it when it has waited %s", early, age)
			}
			return
		}
		t.Errorf("DueApprovals: got nothing for %s, want the decision", patience)
	})

	t.Run("a due approval names the decision and its player, and no more than the limit come at once", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3, domain.MaxID)
		full := h.fullRecord()
		full.CreatedAt = fromNow(-2 * time.Hour).UTC().Truncate(h.precision())
		decide(t, s, full)
		due, err := s.DueApprovals(soon(t), time.Hour, ports.Due{}, 10)
		if err != nil || len(due) != 1 || due[0].User != full.UserID || due[0].Decision != full.ID {
			t.Fatalf("DueApprovals: got %+v and error %v, want decision %s about %s", due, err, full.ID, full.UserID)
		}
		closeAs(t, s, full, domain.StatusExpired, noon())
		for n := range int64(3) {
			decide(t, s, asked(n+1, n+1, time.Duration(10-n)*time.Hour))
		}
		for limit, want := range map[int][]string{0: {}, 1: numbered(1), 2: numbered(1, 2), 9: numbered(1, 2, 3)} {
			same(t, "DueApprovals", dueApprovals(t, s, time.Hour, limit), want)
		}
	})

	t.Run("a page of due approvals begins behind the last one, whatever became of that", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3, 4, 5)
		var all []ports.DecisionRecord
		for n := range int64(5) {
			all = append(all, asked(n+1, 9-n, 10*time.Hour-time.Duration(n/2)*time.Hour)) // two and two of the same instant
		}
		for i := 1; i < len(all); i += 2 {
			all[i].CreatedAt, all[i].UpdatedAt = all[i-1].CreatedAt, all[i-1].UpdatedAt
		}
		for _, r := range all {
			decide(t, s, r)
		}
		list := func(after ports.Due, limit int) ([]ports.Due, error) {
			return s.DueApprovals(soon(t), time.Minute, after, limit)
		}
		turns(t, list, []int64{2, 1, 4, 3, 5}, func(n int64) { closeAs(t, s, all[n-1], domain.StatusExpired, noon()) })
	})
}

// turns reads what is due one by one, and two by two, and once more while what was read is ended before the next is read.
func turns(t *testing.T, list func(after ports.Due, limit int) ([]ports.Due, error), want []int64, end func(n int64)) {
	t.Helper()
	for _, c := range []struct {
		name  string
		limit int
		end   func(n int64)
	}{{"one by one", 1, nil}, {"two by two", 2, nil}, {"while they end", 1, end}} {
		got, after := []int64{}, ports.Due{}
		for range want {
			page, err := list(after, c.limit)
			if err != nil {
				t.Fatalf("%s: got error %v, want none", c.name, err)
			}
			for _, d := range page {
				got, after = append(got, d.User.Int64()), d
				if c.end != nil {
					c.end(d.User.Int64())
				}
			}
		}
		same(t, c.name, got, want)
	}
}
