package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

func TestFoldingTwiceEqualsFoldingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		before := drawStanding(t, p)
		if rapid.Bool().Draw(t, "first sight") {
			before = domain.Standing{}
		}
		s := drawSnapshot(t, p)

		once, result := domain.Fold(p, before, s, noon)
		twice, again := domain.Fold(p, once, s, noon)

		if once != twice {
			t.Fatalf("folding again changed the standing (-once +twice):\n%s", cmp.Diff(once, twice, same()))
		}
		if result.Outcome == domain.FoldUpdated && result != again {
			t.Fatalf("folding again gave the result %+v, want %+v", again, result)
		}
	})
}

func TestAStaleSnapshotChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawSnapshot(t, p)
		before := drawStanding(t, p)
		before.ObservedAt = s.At().Add(time.Duration(rapid.Int64Range(1, 1e12).Draw(t, "newer by")) * time.Microsecond)

		after, result := domain.Fold(p, before, s, noon)

		if after != before {
			t.Fatalf("the standing changed:\n%s", cmp.Diff(before, after, same()))
		}
		if want := (domain.FoldResult{Outcome: domain.FoldStale}); result != want {
			t.Fatalf("got %+v, want %+v", result, want)
		}
	})
}

func TestFoldLeavesWhatIsNotTheGames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		before := drawStanding(t, p)

		after, _ := domain.Fold(p, before, drawSnapshot(t, p), noon)

		type ours struct {
			Rank, FormerRank string
			RankSince        time.Time
			Left             domain.Trail
			Punishment       domain.Punishment
			Hold             bool
			DecidedAt        time.Time
			CreatedAt        time.Time
			Version          int64
		}
		of := func(s domain.Standing) ours {
			return ours{s.Rank, s.FormerRank, s.RankSince, s.Left, s.Punishment, s.Hold, s.DecidedAt, s.CreatedAt, s.Version}
		}
		if of(before) != of(after) {
			t.Fatalf("a report changed what GRPS owns (-before +after):\n%s", cmp.Diff(of(before), of(after), same()))
		}
		if after.Served > before.Served || after.Served > after.Warnings && after != before {
			t.Fatalf("got %d served of %d warnings after %d of %d", after.Served, after.Warnings, before.Served, before.Warnings)
		}
	})
}

// A report that is sent again and again is one report: it suspends once and bans once, whatever releases come between.
func TestTheSameReportNeverPunishesTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		report := drawSnapshot(t, p).Report()
		report.ObservedAt = time.Time{}
		var player domain.Standing
		punished := make(map[domain.Action]int)
		now := noon
		for range 12 {
			var d domain.Decision
			player, d = live(t, p, player, report, now)
			punished[d.Action]++
			now = now.Add(time.Duration(rapid.Int64Range(1, 2*day.Microseconds()).Draw(t, "later")) * time.Microsecond)
		}
		if punished[domain.ActionSuspend] > 1 || punished[domain.ActionBan] > 1 {
			t.Fatalf("got %d suspensions and %d bans, want one of each at most", punished[domain.ActionSuspend], punished[domain.ActionBan])
		}
	})
}
