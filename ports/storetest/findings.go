package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// findingOf returns a fall of a player's points, found so many minutes after noon. Its number is in its id and in its points.
func findingOf(number, player int64, minutes int) ports.FindingRecord {
	at := noon().Add(time.Duration(minutes) * time.Minute)
	return ports.FindingRecord{
		ID: fmt.Sprintf("01890a5d-ac96-774b-bcce-%012d", number), UserID: user(player), At: at, ObservedAt: at,
		Finding: domain.Finding{Kind: domain.FindingFell, Before: number + 1, After: number},
	}
}

// grownIn returns a growth of a player beyond the cap of a window, found so many minutes after noon.
func grownIn(window time.Duration, number, player int64, minutes int) ports.FindingRecord {
	f := findingOf(number, player, minutes)
	f.Finding = domain.Finding{Kind: domain.FindingGrowth, Before: 1, After: number, Window: window, Cap: 1, Growth: number}
	return f
}

// find adds findings in a unit of their own and returns the numbers of those that were written.
func find(t *testing.T, s ports.Store, findings ...ports.FindingRecord) (added []int64) {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		written, err := w.AddFindings(ctx, findings)
		added = numbersOf(written)
		return err
	})
	return added
}

func numbersOf(findings []ports.FindingRecord) []int64 {
	numbers := make([]int64, len(findings))
	for i, f := range findings {
		numbers[i] = f.Finding.After
	}
	return numbers
}

// noted returns the numbers of a page of findings.
func noted(t *testing.T, s ports.Store, filter ports.FindingFilter, before string, limit int) []int64 {
	t.Helper()
	page, err := s.Findings(soon(t), filter, before, limit)
	if err != nil {
		t.Fatalf("Findings(%+v, %q, %d): got error %v, want none", filter, before, limit, err)
	}
	return numbersOf(page)
}

// dropOld prunes findings that were found before so many minutes after noon, and returns how many that were.
func dropOld(t *testing.T, s ports.Store, minutes, limit int) int {
	t.Helper()
	n, err := s.PruneFindings(soon(t), noon().Add(time.Duration(minutes)*time.Minute), limit)
	if err != nil {
		t.Fatalf("PruneFindings: got error %v, want none", err)
	}
	return n
}

func (h Harness) fullFinding() ports.FindingRecord {
	return ports.FindingRecord{
		ID: "01890a5d-ac96-774b-bcce-b302099a8057", UserID: user(domain.MaxID), At: h.instant(3), ObservedAt: h.instant(2),
		Experience: fullExperience(), Principal: "principal " + awkward, SnapshotID: domain.MaxID,
		Finding: domain.Finding{
			Kind: domain.FindingDisagree, Before: domain.MaxCount, After: domain.MaxCount - 1, Window: 7 * 24 * time.Hour,
			Cap: domain.MaxCount - 2, Growth: domain.MaxCount - 3, Other: fullExperience(), Apart: -time.Second - time.Microsecond,
		},
	}
}

func findings(t *testing.T, h Harness) {
	t.Helper()
	const day, week = 24 * time.Hour, 7 * 24 * time.Hour

	t.Run("every field of a finding comes back, and of a bare one what it has", func(t *testing.T) {
		s := h.open(t)
		want := h.fullFinding()
		full(t, want)
		bare := findingOf(1, 1, 0)
		find(t, s, bare, want)
		got, err := s.Findings(soon(t), ports.FindingFilter{}, "", 9)
		if err != nil {
			t.Errorf("Findings: got error %v, want none", err)
		}
		same(t, "Findings", got, []ports.FindingRecord{want, bare})
	})

	t.Run("instants of another zone come back equal, in UTC and in microseconds", func(t *testing.T) {
		s := h.open(t)
		given := h.fullFinding()
		given.At, given.ObservedAt = abroad(given.At), abroad(given.ObservedAt)
		var written []ports.FindingRecord
		write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
			written, err = w.AddFindings(ctx, []ports.FindingRecord{given})
			return err
		})
		same(t, "AddFindings", written, []ports.FindingRecord{h.fullFinding()})
		got, _ := s.Findings(soon(t), ports.FindingFilter{}, "", 9)
		same(t, "Findings", got, written)
	})

	t.Run("findings are newest first by id, page by page, and what is found meanwhile shifts nothing", func(t *testing.T) {
		s := h.open(t)
		find(t, s, findingOf(30, 1, 3), findingOf(10, 2, 9), findingOf(40, 3, 2), findingOf(20, 4, 1))
		same(t, "the first page", noted(t, s, ports.FindingFilter{}, "", 2), []int64{40, 30})
		find(t, s, findingOf(50, 5, 0))
		same(t, "the second page", noted(t, s, ports.FindingFilter{}, findingOf(30, 1, 0).ID, 2), []int64{20, 10})
		same(t, "behind the end", len(noted(t, s, ports.FindingFilter{}, findingOf(10, 1, 0).ID, 2)), 0)
		same(t, "a page of nothing", len(noted(t, s, ports.FindingFilter{}, "", 0)), 0)
		same(t, "behind what is no id", len(noted(t, s, ports.FindingFilter{}, "\x00", 2)), 0)
	})

	t.Run("a filter chooses what all that it sets holds for", func(t *testing.T) {
		s := h.open(t)
		find(t, s, findingOf(1, 1, 0), findingOf(2, 2, 10), grownIn(day, 3, 1, 20), grownIn(week, 4, 2, 30))
		for _, c := range []struct {
			name   string
			filter ports.FindingFilter
			want   []int64
		}{
			{"nothing", ports.FindingFilter{}, []int64{4, 3, 2, 1}},
			{"a user", ports.FindingFilter{User: user(1)}, []int64{3, 1}},
			{"an unknown user", ports.FindingFilter{User: user(3)}, []int64{}},
			{"a kind", ports.FindingFilter{Kind: domain.FindingGrowth}, []int64{4, 3}},
			{"the kind of none", ports.FindingFilter{Kind: domain.FindingDisagree}, []int64{}},
			{"an instant", ports.FindingFilter{Since: noon().Add(10 * time.Minute)}, []int64{4, 3, 2}},
			{"an instant in another zone", ports.FindingFilter{Since: abroad(noon().Add(10 * time.Minute))}, []int64{4, 3, 2}},
			{"an instant just after one", ports.FindingFilter{Since: noon().Add(10*time.Minute + h.precision())}, []int64{4, 3}},
			{"everything", ports.FindingFilter{User: user(1), Kind: domain.FindingGrowth, Since: noon().Add(time.Minute)}, []int64{3}},
			{"everything, one of it in vain", ports.FindingFilter{User: user(1), Kind: domain.FindingFell, Since: noon().Add(time.Minute)}, []int64{}},
		} {
			same(t, c.name, noted(t, s, c.filter, "", 9), c.want)
		}
	})

	t.Run("one finding stands for others of its user, kind and window", func(t *testing.T) {
		s := h.open(t)
		same(t, "the first", find(t, s, grownIn(day, 1, 1, 0), grownIn(day, 2, 1, 1), grownIn(week, 3, 1, 1), grownIn(day, 4, 2, 1)), []int64{1, 3, 4})
		const aDay = 24 * 60
		same(t, "within its window", find(t, s, grownIn(day, 5, 1, aDay-1)), []int64{})
		same(t, "before it", find(t, s, grownIn(day, 6, 1, -9*aDay)), []int64{})
		same(t, "once it is over", find(t, s, grownIn(day, 7, 1, aDay), grownIn(day, 8, 1, 2*aDay-1)), []int64{7})
		same(t, "falls within a minute", find(t, s, findingOf(11, 1, 0), findingOf(12, 1, 0), findingOf(13, 1, 1)), []int64{11, 13})
		same(t, "Findings", noted(t, s, ports.FindingFilter{}, "", 20), []int64{13, 11, 7, 4, 3, 1})
	})

	t.Run("of each user and kind the newest are kept", func(t *testing.T) {
		s := h.open(t)
		const kept = ports.FindingsKept
		var many []ports.FindingRecord
		for n := range int64(kept + 3) {
			many = append(many, findingOf(n+1, 1, int(n)))
		}
		find(t, s, findingOf(900, 2, 0), grownIn(day, 901, 1, 0))
		find(t, s, many[:kept]...)
		same(t, "as many as are kept", len(noted(t, s, ports.FindingFilter{User: user(1), Kind: domain.FindingFell}, "", 100)), kept)
		find(t, s, many[kept:]...)
		numbers := noted(t, s, ports.FindingFilter{User: user(1), Kind: domain.FindingFell}, "", 100)
		same(t, "one more than are kept", len(numbers), kept)
		same(t, "the newest", numbers[0], int64(kept+3))
		same(t, "the oldest", numbers[kept-1], int64(4))
		same(t, "others", noted(t, s, ports.FindingFilter{}, "", 2), []int64{901, 900})
		find(t, s, findingOf(700, 1, 500), grownIn(day, 902, 3, 0))
		same(t, "after one too many that came before another's", noted(t, s, ports.FindingFilter{User: user(1), Kind: domain.FindingFell}, "", 100)[kept-1], int64(5))
		same(t, "as many as are kept", len(noted(t, s, ports.FindingFilter{User: user(1), Kind: domain.FindingFell}, "", 100)), kept)
	})

	t.Run("an id is there once", func(t *testing.T) {
		s := h.open(t)
		find(t, s, findingOf(1, 1, 0))
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			_, err := w.AddFindings(ctx, []ports.FindingRecord{findingOf(1, 2, 0)})
			is(t, "AddFindings", err, domain.ErrConflict)
			return nil
		})
		is(t, "Write", err, domain.ErrConflict)
	})

	t.Run("adding none is nothing, and what a unit that fails found was not found", func(t *testing.T) {
		s := h.open(t)
		same(t, "none", find(t, s), []int64{})
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			if _, err := w.AddFindings(ctx, []ports.FindingRecord{findingOf(1, 1, 0)}); err != nil {
				return err
			}
			return domain.ErrConflict
		})
		is(t, "Write", err, domain.ErrConflict)
		same(t, "Findings", noted(t, s, ports.FindingFilter{}, "", 9), []int64{})
	})

	t.Run("what a unit found stands for what it finds later", func(t *testing.T) {
		s := h.open(t)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			if _, err := w.AddFindings(ctx, []ports.FindingRecord{findingOf(1, 1, 0)}); err != nil {
				return err
			}
			again, err := w.AddFindings(ctx, []ports.FindingRecord{findingOf(2, 1, 0)})
			same(t, "AddFindings again", len(again), 0)
			return err
		})
		same(t, "Findings", noted(t, s, ports.FindingFilter{}, "", 9), []int64{1})
	})

	t.Run("old findings are forgotten in steps, the oldest first", func(t *testing.T) {
		s := h.open(t)
		find(t, s, findingOf(1, 1, 20), findingOf(2, 2, 5), findingOf(3, 3, 10), findingOf(4, 4, 15))
		same(t, "a step", dropOld(t, s, 15, 1), 1)
		same(t, "Findings", noted(t, s, ports.FindingFilter{}, "", 9), []int64{4, 3, 1})
		same(t, "the last step", dropOld(t, s, 15, 2), 1)
		same(t, "Findings", noted(t, s, ports.FindingFilter{}, "", 9), []int64{4, 1})
		same(t, "once more", dropOld(t, s, 15, 2), 0)
		same(t, "a step of nothing", dropOld(t, s, 99, 0), 0)
		same(t, "all", dropOld(t, s, 99, 9), 2)
	})
}
