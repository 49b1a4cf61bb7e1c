package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestFoldTakesWhatTheGameOwnsAndLeavesTheRest(t *testing.T) {
	game := domain.Experience{Universe: must(domain.NewUniverseID(7))(t), PlaceID: 8, Server: "s-1", Key: "main"}
	tests := []struct {
		name   string
		before func(*domain.Standing) // on newStanding
		report func(*domain.Report)   // on newReport
		want   func(*domain.Standing) // on what was before
	}{
		{"the same report changes nothing but the times", nil, nil, nil},
		{
			"a username is taken",
			nil, func(r *domain.Report) { r.Username = "Grace" }, func(s *domain.Standing) { s.Username = "Grace" },
		},
		{
			"a display name is taken",
			nil, func(r *domain.Report) { r.DisplayName = "Amazing" }, func(s *domain.Standing) { s.DisplayName = "Amazing" },
		},
		{
			"a display name that is left out stays",
			func(s *domain.Standing) { s.DisplayName = "Amazing" }, nil, nil,
		},
		{
			"points are an absolute total, also when they fall",
			nil, func(r *domain.Report) { r.Points = 3 }, func(s *domain.Standing) { s.Points = 3 },
		},
		{
			"knock-outs and wipe-outs are taken, also when they fall",
			func(s *domain.Standing) { s.Kos, s.Wos = 9, 9 },
			func(r *domain.Report) { r.Kos, r.Wos = 4, 5 }, func(s *domain.Standing) { s.Kos, s.Wos = 4, 5 },
		},
		{
			"warnings are taken",
			nil, func(r *domain.Report) { r.Warnings = domain.CountOf(3) }, func(s *domain.Standing) { s.Warnings = 3 },
		},
		{
			"warnings that are left out stay",
			func(s *domain.Standing) { s.Warnings, s.Served = 5, 4 }, nil, nil,
		},
		{
			"no warnings reported is not the same as warnings left out",
			func(s *domain.Standing) { s.Warnings = 3 },
			func(r *domain.Report) { r.Warnings = domain.CountOf(0) }, func(s *domain.Standing) { s.Warnings = 0 },
		},
		{
			"served warnings stay served when more come",
			func(s *domain.Standing) { s.Warnings, s.Served = 4, 4 },
			func(r *domain.Report) { r.Warnings = domain.CountOf(5) }, func(s *domain.Standing) { s.Warnings = 5 },
		},
		{
			"served warnings stay served when the count falls to them",
			func(s *domain.Standing) { s.Warnings, s.Served = 5, 4 },
			func(r *domain.Report) { r.Warnings = domain.CountOf(4) }, func(s *domain.Standing) { s.Warnings = 4 },
		},
		{
			"served warnings fall with the count",
			func(s *domain.Standing) { s.Warnings, s.Served = 4, 4 },
			func(r *domain.Report) { r.Warnings = domain.CountOf(3) }, func(s *domain.Standing) { s.Warnings, s.Served = 3, 3 },
		},
		{
			"recommendations are taken",
			nil, func(r *domain.Report) { r.Recommendations = domain.CountOf(2) }, func(s *domain.Standing) { s.Recommendations = 2 },
		},
		{
			"recommendations that are left out stay",
			func(s *domain.Standing) { s.Recommendations = 2 }, nil, nil,
		},
		{
			"an experience is taken as a whole",
			func(s *domain.Standing) { s.Experience = domain.Experience{PlaceID: 1, Server: "old"} },
			func(r *domain.Report) { r.Experience = game }, func(s *domain.Standing) { s.Experience = game },
		},
		{
			"an experience that is left out stays",
			func(s *domain.Standing) { s.Experience = game }, nil, nil,
		},
		{
			"metadata is taken",
			nil, func(r *domain.Report) { r.Metadata = `{"squad":"A"}` }, func(s *domain.Standing) { s.Metadata = `{"squad":"A"}` },
		},
		{
			"metadata that is left out stays",
			func(s *domain.Standing) { s.Metadata = `{"squad":"A"}` }, nil, nil,
		},
		{
			"the stored rank stands against another rung",
			func(s *domain.Standing) { s.RankSince = noon.Add(-day) }, func(r *domain.Report) { r.Rank = "Captain" }, nil,
		},
		{"the stored rank stands against a rank that is not on the ladder", nil, func(r *domain.Report) { r.Rank = "Quartermaster" }, nil},
		{"the stored rank stands when none is reported", nil, func(r *domain.Report) { r.Rank = "" }, nil},
		{
			"a hold, the former rank and the last decision are not a game's business",
			func(s *domain.Standing) {
				s.Hold, s.FormerRank, s.DecidedAt, s.Version = true, "Recruit", noon.Add(-day), 7
			}, nil, nil,
		},
		{
			"a punishment in force is not cleared by a report without one",
			func(s *domain.Standing) { s.Punishment = trial(noon.Add(day)) }, nil, nil,
		},
		{
			"a punishment in force is not shortened by a report that ends earlier",
			func(s *domain.Standing) {
				s.Punishment = trial(noon.Add(5 * day))
				s.Owed = domain.Owed{Status: domain.PunishmentTrial, Until: noon.Add(5 * day), Imposed: true}
			},
			func(r *domain.Report) { r.Punishment, r.PunishmentUntil = domain.PunishmentTrial, noon.Add(day) }, nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := newStanding(t)
			change(test.before, &before)
			report := newReport(t)
			change(test.report, &report)
			want := before
			want.ObservedAt, want.LastSyncedAt = noon, noon
			change(test.want, &want)

			got, result := domain.Fold(standardPolicy(t), before, must(domain.NewSnapshot(report, noon))(t), noon)

			if diff := cmp.Diff(want, got, same()); diff != "" {
				t.Errorf("standing (-want +got):\n%s", diff)
			}
			if result.Outcome != domain.FoldUpdated {
				t.Errorf("got the outcome %s, want updated", result.Outcome)
			}
		})
	}
}

func change[T any](by func(*T), it *T) {
	if by != nil {
		by(it)
	}
}

func TestFoldTellsEchoesFromRolesChangedByHand(t *testing.T) {
	left := func(names ...string) func(*domain.Standing) {
		return func(s *domain.Standing) { s.Left = domain.TrailOf(names...) }
	}
	punished := func(p domain.Punishment) func(*domain.Standing) {
		return func(s *domain.Standing) { s.Punishment = p }
	}
	tests := []struct {
		name     string
		before   func(*domain.Standing)
		reported string
		want     domain.FoldResult
	}{
		{"the rank held agrees", nil, "Trooper", domain.FoldResult{Rank: domain.RankAgrees}},
		{"no rank agrees", nil, "", domain.FoldResult{Rank: domain.RankAgrees}},
		{"a rank that is not on the ladder agrees", nil, "Quartermaster", domain.FoldResult{Rank: domain.RankAgrees}},
		{"the suspension rank agrees: it is no rung", nil, "Suspended", domain.FoldResult{Rank: domain.RankAgrees}},
		{"another rung is drift", nil, "Captain", domain.FoldResult{Rank: domain.RankDrift, Drift: "Captain"}},
		{"a privileged rung is drift too", nil, "Marshal", domain.FoldResult{Rank: domain.RankDrift, Drift: "Marshal"}},
		{"the rank that the player was moved out of is an echo", left("Recruit"), "Recruit", domain.FoldResult{Rank: domain.RankEcho}},
		{"an older rank on the trail is an echo", left("Sergeant", "Recruit"), "Recruit", domain.FoldResult{Rank: domain.RankEcho}},
		{"a rung off the trail is drift", left("Recruit"), "Captain", domain.FoldResult{Rank: domain.RankDrift, Drift: "Captain"}},
		{"the rank held agrees although it is on the trail", left("Trooper"), "Trooper", domain.FoldResult{Rank: domain.RankAgrees}},
		{"any rung is an echo during a suspension", punished(trial(noon.Add(day))), "Captain", domain.FoldResult{Rank: domain.RankEcho}},
		{
			"any rung is an echo during a ban",
			punished(domain.Punishment{Status: domain.PunishmentSevere}), "Captain",
			domain.FoldResult{Rank: domain.RankEcho},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := newStanding(t)
			change(test.before, &before)
			test.want.Outcome = domain.FoldUpdated

			_, got := domain.Fold(standardPolicy(t), before, snapshot(t, func(r *domain.Report) { r.Rank = test.reported }), noon)

			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestFoldOrdersSnapshotsByTheInstantTheyWereTaken(t *testing.T) {
	tests := []struct {
		name     string
		observed time.Time // zero: the game did not say
		received time.Time
		want     domain.FoldOutcome
	}{
		{"a microsecond older is stale", noon.Add(-time.Microsecond), noon.Add(day), domain.FoldStale},
		{"the same instant folds: the last one wins", noon, noon.Add(day), domain.FoldUpdated},
		{"a microsecond newer folds", noon.Add(time.Microsecond), noon.Add(day), domain.FoldUpdated},
		{"five minutes ahead folds", noon.Add(day + 5*time.Minute), noon.Add(day), domain.FoldUpdated},
		{"without an instant the arrival counts: newer", time.Time{}, noon.Add(time.Second), domain.FoldUpdated},
		{"without an instant the arrival counts: the same", time.Time{}, noon, domain.FoldUpdated},
		{"without an instant the arrival counts: older", time.Time{}, noon.Add(-time.Second), domain.FoldStale},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := newStanding(t, func(s *domain.Standing) { s.ObservedAt = noon })
			report := newReport(t, func(r *domain.Report) { r.Points, r.ObservedAt = 999, test.observed })
			s := must(domain.NewSnapshot(report, test.received))(t)

			got, result := domain.Fold(standardPolicy(t), before, s, test.received)

			if result.Outcome != test.want {
				t.Errorf("got the outcome %s, want %s", result.Outcome, test.want)
			}
			switch {
			case test.want == domain.FoldStale && got != before:
				t.Errorf("a stale snapshot changed the standing:\n%s", cmp.Diff(before, got, same()))
			case test.want == domain.FoldUpdated && got.Points != 999:
				t.Errorf("got %d points, want 999", got.Points)
			case test.want == domain.FoldUpdated && (got.ObservedAt != s.At() || got.LastSyncedAt != test.received):
				t.Errorf("got observed %s, synced %s, want %s, %s", got.ObservedAt, got.LastSyncedAt, s.At(), test.received)
			}
		})
	}
}

func TestFoldCutsTheArrivalToAMicrosecondOfUTC(t *testing.T) {
	received := noon.Add(1999 * time.Nanosecond).In(time.FixedZone("", 3600))

	got, _ := domain.Fold(standardPolicy(t), domain.Standing{}, snapshot(t), received)

	if want := noon.Add(time.Microsecond); got.LastSyncedAt != want || got.CreatedAt != want {
		t.Errorf("got synced %s, created %s, want %s for both", got.LastSyncedAt, got.CreatedAt, want)
	}
}
