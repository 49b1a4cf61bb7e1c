package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

// theGames is what of a standing games own, and what they said of punishments.
func theGames(s domain.Standing) domain.Standing {
	return domain.Standing{
		UserID: s.UserID, Username: s.Username, DisplayName: s.DisplayName, Points: s.Points, Kos: s.Kos, Wos: s.Wos,
		Warnings: s.Warnings, Recommendations: s.Recommendations, Owed: s.Owed, ObservedAt: s.ObservedAt, LastSyncedAt: s.LastSyncedAt,
		Experience: s.Experience, Metadata: s.Metadata, Growth: s.Growth,
	}
}

// drawHistory draws reports that arrive one after the other, and which of them count: one at least.
func drawHistory(t *rapid.T, p domain.Policy) (history []domain.Snapshot, counts []bool) {
	received := noon
	for range rapid.IntRange(1, 12).Draw(t, "reports") {
		received = received.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "minutes later")) * time.Minute)
		r := drawSnapshot(t, p).Report()
		if r.ObservedAt = (time.Time{}); rapid.Bool().Draw(t, "observed") {
			r.ObservedAt = received.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "observed minutes")) * time.Minute)
		}
		history = append(history, must(domain.NewSnapshot(r, received))(t))
		counts = append(counts, rapid.Bool().Draw(t, "counts"))
	}
	counts[rapid.IntRange(0, len(counts)-1).Draw(t, "one that counts")] = true
	return history, counts
}

func TestRewindingIsAsIfTheReportsHadNeverCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		history, counts := drawHistory(t, p)
		var all, good domain.Standing
		retelling := domain.NewRetelling(p)
		for i, s := range history {
			all, _ = domain.Fold(p, all, s, s.Received())
			if !counts[i] {
				retelling = retelling.Drop(s)
				continue
			}
			good, _ = domain.Fold(p, good, s, s.Received())
			retelling = retelling.Count(s)
		}

		rewound := retelling.Rewind(all, domain.PunishmentNone)

		if theGames(rewound) != theGames(good) {
			t.Fatalf("got another player than without those reports (-want +got):\n%s", cmp.Diff(theGames(good), theGames(rewound), same()))
		}
		if ours := retelling.Rewind(rewound, domain.PunishmentNone); ours != rewound {
			t.Fatalf("rewinding twice is not rewinding once:\n%s", cmp.Diff(rewound, ours, same()))
		}
		if rewound.Rank != all.Rank || rewound.RankSince != all.RankSince || rewound.Punishment != all.Punishment || rewound.Hold != all.Hold {
			t.Fatalf("rewinding changed what GRPS owns: got %+v of %+v", rewound, all)
		}
	})
}

func TestRewindingNothingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		history, _ := drawHistory(t, p)
		var all domain.Standing
		retelling := domain.NewRetelling(p)
		for _, s := range history {
			all, _ = domain.Fold(p, all, s, s.Received())
			retelling = retelling.Count(s)
		}
		if rewound := retelling.Rewind(all, domain.PunishmentNone); rewound != all {
			t.Fatalf("(-want +got):\n%s", cmp.Diff(all, rewound, same()))
		}
	})
}

func TestWhatNoReportThatCountsSays(t *testing.T) {
	said := func(r *domain.Report) {
		r.Points, r.Kos, r.Wos, r.DisplayName, r.Metadata = 5000, 1, 2, "Boss", `{"a":1}`
		r.Warnings, r.Recommendations, r.Experience = domain.CountOf(3), domain.CountOf(4), domain.Experience{Server: "s-1"}
	}
	stands := newStanding(t, func(s *domain.Standing) {
		s.Points, s.Kos, s.Wos, s.DisplayName, s.Metadata = 5000, 1, 2, "Boss", `{"a":1}`
		s.Warnings, s.Served, s.Recommendations, s.Experience, s.Hold = 3, 2, 4, domain.Experience{Server: "s-1"}, true
	})
	p := standardPolicy(t)
	for name, c := range map[string]struct {
		count, drop []domain.Snapshot
		want        func(*domain.Standing)
		heard       bool
	}{
		"where none counts, counters are nothing and reports of any age are news": {
			nil, []domain.Snapshot{snapshot(t, said)}, func(s *domain.Standing) {
				s.Points, s.Kos, s.Wos, s.Warnings, s.Served, s.Recommendations = 0, 0, 0, 0, 0, 0
				s.DisplayName, s.Metadata, s.Experience, s.ObservedAt = "", "", domain.Experience{}, time.Time{}
			}, false,
		},
		"where none is known at all, names and the game stay": {
			nil, nil, func(s *domain.Standing) {
				s.Points, s.Kos, s.Wos, s.Warnings, s.Served, s.Recommendations, s.ObservedAt = 0, 0, 0, 0, 0, 0, time.Time{}
			}, false,
		},
		"what only others said is not known": {
			[]domain.Snapshot{snapshot(t)}, []domain.Snapshot{snapshot(t, said)}, func(s *domain.Standing) {
				s.Points, s.Kos, s.Wos, s.Warnings, s.Served, s.Recommendations = 150, 0, 0, 0, 0, 0
				s.DisplayName, s.Metadata, s.Experience, s.ObservedAt, s.LastSyncedAt = "", "", domain.Experience{}, noon, noon
			}, true,
		},
		"what nobody said stays, as of players who were brought from elsewhere": {
			[]domain.Snapshot{snapshot(t)}, []domain.Snapshot{snapshot(t)}, func(s *domain.Standing) {
				s.Points, s.Kos, s.Wos, s.ObservedAt, s.LastSyncedAt = 150, 0, 0, noon, noon
			}, true,
		},
	} {
		retelling := domain.NewRetelling(p)
		for _, s := range c.count {
			retelling = retelling.Count(s)
		}
		for _, s := range c.drop {
			retelling = retelling.Drop(s)
		}
		want := stands
		c.want(&want)
		if got := retelling.Rewind(stands, domain.PunishmentNone); got != want || retelling.Heard() != c.heard {
			t.Errorf("%s: heard %t, want %t (-want +got):\n%s", name, retelling.Heard(), c.heard, cmp.Diff(want, got, same()))
		}
	}
}

func TestAReportedPunishmentIsOwedOnlyWhereAReportThatCountsTellsOfIt(t *testing.T) {
	reported := func(status domain.PunishmentStatus) domain.Snapshot {
		return snapshot(t, func(r *domain.Report) { r.Punishment = status })
	}
	type statuses []domain.PunishmentStatus
	none, trial, severe := domain.PunishmentNone, domain.PunishmentTrial, domain.PunishmentSevere
	for name, c := range map[string]struct {
		was         domain.Owed
		count, drop statuses
		imposed     domain.PunishmentStatus
		want        domain.Owed
	}{
		"none told of any":                 {domain.Owed{}, nil, nil, none, domain.Owed{}},
		"only one that is lost told of it": {domain.Owed{Status: severe}, nil, statuses{severe}, none, domain.Owed{}},
		"the same after it was imposed":    {domain.Owed{Status: severe, Imposed: true}, nil, statuses{severe}, none, domain.Owed{}},
		"the lost one told of worse": {
			domain.Owed{Status: severe, Imposed: true}, statuses{trial}, statuses{severe}, none, domain.Owed{Status: trial},
		},
		"and the other was imposed before": {
			domain.Owed{Status: severe, Imposed: true}, statuses{trial}, statuses{severe}, trial, domain.Owed{Status: trial, Imposed: true},
		},
		"a lost one let it be forgotten": {domain.Owed{}, statuses{trial}, statuses{none}, none, domain.Owed{Status: trial}},
		"a lost one let it be forgotten after it was served": {
			domain.Owed{}, statuses{trial}, statuses{none}, trial, domain.Owed{Status: trial, Imposed: true},
		},
		"what the rules imposed stays though no game told of it": {
			domain.Owed{Status: trial, Until: noon, Imposed: true},
			statuses{none},
			statuses{none},
			trial,
			domain.Owed{Status: trial, Until: noon, Imposed: true},
		},
		"and beside a lost one that told of worse": {
			domain.Owed{Status: severe, Imposed: true}, statuses{none}, statuses{severe}, trial, domain.Owed{Status: trial, Imposed: true},
		},
	} {
		retelling := domain.NewRetelling(standardPolicy(t))
		for _, status := range c.count {
			retelling = retelling.Count(reported(status))
		}
		for _, status := range c.drop {
			retelling = retelling.Drop(reported(status))
		}
		before := newStanding(t, func(s *domain.Standing) { s.Owed = c.was })
		if got := retelling.Rewind(before, c.imposed).Owed; got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestARetellingIsCompleteOnceEverythingWasSaid(t *testing.T) {
	changes := []func(*domain.Report){
		func(r *domain.Report) { r.DisplayName = "Boss" }, func(r *domain.Report) { r.Warnings = domain.CountOf(0) },
		func(r *domain.Report) { r.Recommendations = domain.CountOf(0) }, func(r *domain.Report) { r.Experience.PlaceID = 7 },
		func(r *domain.Report) { r.Metadata = "{}" },
	}
	retelling := domain.NewRetelling(standardPolicy(t))
	for _, change := range changes {
		if retelling.Complete(noon) {
			t.Error("complete before everything was said")
		}
		retelling = retelling.Drop(snapshot(t, changes...)).Count(snapshot(t, change))
	}
	if !retelling.Complete(noon) {
		t.Error("not complete though everything was said")
	}
	bounded := domain.NewRetelling(policyWith(t, func(p *policyDocument) { p.Caps.Daily = 10 }))
	bounded = bounded.Count(snapshot(t, changes...))
	if bounded.Complete(noon.Add(day)) || !bounded.Complete(noon.Add(day+time.Microsecond)) {
		t.Error("where growth is bounded by the day, reports of a day count")
	}
}
