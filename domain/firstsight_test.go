package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestFoldTakesAnUnknownPlayerAsReported(t *testing.T) {
	observed := noon.Add(-time.Hour)
	report := domain.Report{
		UserID: userID(t, 5), Username: "Ada", DisplayName: "Amazing", Rank: "Sergeant", Points: 520, Kos: 3, Wos: 2,
		Warnings: domain.CountOf(1), Recommendations: domain.CountOf(4), Experience: domain.Experience{Server: "s-1"},
		Metadata: `{}`, ObservedAt: observed,
	}
	want := domain.Standing{
		UserID: userID(t, 5), Username: "Ada", DisplayName: "Amazing", Rank: "Sergeant", Points: 520, Kos: 3, Wos: 2,
		Warnings: 1, Recommendations: 4, Experience: domain.Experience{Server: "s-1"},
		Metadata: `{}`, ObservedAt: observed, CreatedAt: noon, LastSyncedAt: noon,
	}

	got, result := domain.Fold(standardPolicy(t), domain.Standing{}, must(domain.NewSnapshot(report, noon))(t), noon)

	if diff := cmp.Diff(want, got, same()); diff != "" {
		t.Errorf("standing (-want +got):\n%s", diff)
	}
	if want := (domain.FoldResult{Outcome: domain.FoldFirst}); result != want {
		t.Errorf("got %+v, want %+v", result, want)
	}
	if _, known := got.Tenure(noon); known {
		t.Error("the tenure of a player seen for the first time is known, want unknown")
	}
}

func TestFoldGivesAnUnknownPlayerTheReportedRankOrTheEarnedOne(t *testing.T) {
	tests := []struct {
		name     string
		reported string
		points   int64
		want     string
	}{
		{"a reported rung is taken, whatever the points", "Captain", 0, "Captain"},
		{"a reported privileged rung is taken", "Marshal", 0, "Marshal"},
		{"the suspension rank is no rung: the points count", "Suspended", 300, "Corporal"},
		{"a rank that is not on the ladder: the points count", "Quartermaster", 300, "Corporal"},
		{"no rank: the points count", "", 249, "Trooper"},
		{"no rank and no points", "", 0, "Recruit"},
		{"points alone never earn a privileged rank", "", 9000, "Captain"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := snapshot(t, func(r *domain.Report) { r.Rank, r.Points = test.reported, test.points })

			got, result := domain.Fold(standardPolicy(t), domain.Standing{}, s, noon)

			if got.Rank != test.want {
				t.Errorf("got the rank %q, want %q", got.Rank, test.want)
			}
			if result.Rank != domain.RankAgrees {
				t.Errorf("got the relation %d, want that the rank agrees", result.Rank)
			}
		})
	}
}

func TestFoldOwesThePunishmentThatAnUnknownPlayerIsReportedWith(t *testing.T) {
	until := noon.Add(3 * day)
	s := snapshot(t, func(r *domain.Report) { r.Punishment, r.PunishmentUntil = domain.PunishmentTrial, until })

	got, _ := domain.Fold(standardPolicy(t), domain.Standing{}, s, noon)

	if want := (domain.Owed{Status: domain.PunishmentTrial, Until: until}); got.Owed != want {
		t.Errorf("got owed %+v, want %+v", got.Owed, want)
	}
	if got.Punishment.InForce() {
		t.Errorf("got the punishment %+v in force, want none before a decision", got.Punishment)
	}
}
