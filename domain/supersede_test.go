package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestSupersedeTakesADecisionBackAndAdoptsWhatRobloxShows(t *testing.T) {
	later := noon.Add(day)
	suspension := trial(noon.Add(-day))
	tests := []struct {
		name   string
		before func(*domain.Standing) // on newStanding
		d      domain.Decision
		since  func(*domain.Standing) // what reports changed since
		want   func(*domain.Standing) // on the standing after those, moved from the rank before to the one observed
	}{
		{"a promotion", nil, domain.Decision{Action: domain.ActionPromote, To: "Corporal"}, nil, nil},
		{
			"a demotion; what was reported since stays",
			nil,
			domain.Decision{Action: domain.ActionDemote, To: "Recruit"},
			func(s *domain.Standing) {
				s.Points, s.Warnings, s.Owed = 42, 3, domain.Owed{Status: domain.PunishmentTrial}
			},
			nil,
		},
		{
			"a promotion: served warnings that fell with the count since stay fallen",
			func(s *domain.Standing) { s.Warnings, s.Served = 4, 4 },
			domain.Decision{Action: domain.ActionPromote, To: "Corporal"},
			func(s *domain.Standing) { s.Warnings, s.Served = 4, 3 }, // one was taken back, and one given again
			nil,
		},
		{
			"a suspension: it is lifted and its warnings count again",
			func(s *domain.Standing) {
				s.Warnings, s.Served, s.Owed = 5, 4, domain.Owed{Status: domain.PunishmentTrial, Until: noon.Add(day)}
			},
			domain.Decision{Action: domain.ActionSuspend, To: "Suspended", Until: noon.Add(day)},
			nil,
			func(s *domain.Standing) {
				s.Punishment, s.Served = domain.Punishment{}, 4
				s.Owed = domain.Owed{Status: domain.PunishmentTrial, Until: noon.Add(day)}
			},
		},
		{
			"a suspension: served warnings never exceed the warnings reported since",
			func(s *domain.Standing) { s.Warnings, s.Served = 5, 4 },
			domain.Decision{Action: domain.ActionSuspend, To: "Suspended", Until: noon.Add(day)},
			func(s *domain.Standing) { s.Warnings, s.Served = 2, 2 },
			func(s *domain.Standing) { s.Punishment, s.Owed = domain.Punishment{}, domain.Owed{} },
		},
		{
			"a suspension: a ban that was reported since is still owed",
			func(s *domain.Standing) { s.Warnings = 4 },
			domain.Decision{Action: domain.ActionSuspend, To: "Suspended", Until: noon.Add(day)},
			func(s *domain.Standing) { s.Owed = domain.Owed{Status: domain.PunishmentSevere} },
			func(s *domain.Standing) { s.Punishment, s.Served = domain.Punishment{}, 0 },
		},
		{
			"a ban of a suspended player: the suspension is in force again",
			func(s *domain.Standing) {
				s.Rank, s.FormerRank, s.Warnings, s.Served, s.Punishment = "Suspended", "Trooper", 7, 4, suspension
			},
			domain.Decision{Action: domain.ActionBan, To: "Suspended"},
			nil,
			func(s *domain.Standing) { s.Punishment, s.Served, s.Owed = suspension, 4, domain.Owed{} },
		},
		{
			"a release: the suspension is in force again",
			func(s *domain.Standing) { s.Rank, s.FormerRank, s.Punishment = "Suspended", "Trooper", suspension },
			domain.Decision{Action: domain.ActionRestore, To: "Trooper"},
			nil,
			func(s *domain.Standing) { s.Punishment = suspension },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := newStanding(t)
			change(test.before, &before)
			decided, _ := domain.Apply(standardPolicy(t), before, test.d, noon)
			change(test.since, &decided)
			want := decided
			want.Rank, want.FormerRank, want.RankSince = "Captain", before.Rank, later
			want.Left, want.DecidedAt = domain.Trail{}, before.DecidedAt
			change(test.want, &want)

			got := domain.Supersede(decided, before, "Captain", later)

			if diff := cmp.Diff(want, got, same()); diff != "" {
				t.Errorf("standing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSupersedeGivesTheRankBackThatRobloxShowsStill(t *testing.T) {
	before := newStanding(t, func(s *domain.Standing) {
		s.FormerRank, s.RankSince, s.Left, s.DecidedAt = "Recruit", noon.Add(-day), domain.TrailOf("Recruit"), noon.Add(-day)
	})
	d := domain.Decision{Action: domain.ActionPromote, To: "Corporal"}
	decided, _ := domain.Apply(standardPolicy(t), before, d, noon)

	if got := domain.Supersede(decided, before, "Trooper", noon.Add(day)); got != before {
		t.Errorf("standing (-before +got):\n%s", cmp.Diff(before, got, same()))
	}
}
