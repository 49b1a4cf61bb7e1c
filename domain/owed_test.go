package domain_test

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

func TestFoldRemembersReportedPunishments(t *testing.T) {
	const trialStatus, severe = domain.PunishmentTrial, domain.PunishmentSevere
	early, late := noon.Add(3*day), noon.Add(5*day)
	banned := domain.Punishment{Status: severe}
	tests := []struct {
		name       string
		punishment domain.Punishment
		owed       domain.Owed
		status     domain.PunishmentStatus // reported
		until      time.Time               // reported
		want       domain.Owed
	}{
		{"nothing reported owes nothing", domain.Punishment{}, domain.Owed{}, 0, time.Time{}, domain.Owed{}},
		{"a trial punishment is owed", domain.Punishment{}, domain.Owed{}, trialStatus, time.Time{}, domain.Owed{Status: trialStatus}},
		{
			"a trial punishment is owed until its end",
			domain.Punishment{},
			domain.Owed{},
			trialStatus, early,
			domain.Owed{Status: trialStatus, Until: early},
		},
		{
			"a trial punishment that ends in a microsecond is owed",
			domain.Punishment{},
			domain.Owed{},
			trialStatus, noon.Add(time.Microsecond),
			domain.Owed{Status: trialStatus, Until: noon.Add(time.Microsecond)},
		},
		{
			"a trial punishment that ends now is over by the game's own word",
			domain.Punishment{},
			domain.Owed{},
			trialStatus, noon,
			domain.Owed{},
		},
		{
			"a trial punishment that ended is over by the game's own word",
			domain.Punishment{},
			domain.Owed{},
			trialStatus, noon.Add(-time.Microsecond),
			domain.Owed{},
		},
		{"a severe punishment is owed", domain.Punishment{}, domain.Owed{}, severe, time.Time{}, domain.Owed{Status: severe}},
		{
			"a severe punishment has no end that could pass",
			domain.Punishment{},
			domain.Owed{},
			severe, noon.Add(-day),
			domain.Owed{Status: severe, Until: noon.Add(-day)},
		},
		{
			"what is owed and not imposed is taken back by a report of none",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Until: early},
			0,
			time.Time{},
			domain.Owed{},
		},
		{
			"a severe report replaces an owed trial",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Until: early},
			severe,
			time.Time{},
			domain.Owed{Status: severe},
		},
		{
			"a trial report does not replace an owed ban",
			domain.Punishment{},
			domain.Owed{Status: severe},
			trialStatus, early,
			domain.Owed{Status: severe},
		},
		{
			"a trial reported during a suspension from elsewhere counts as imposed",
			trial(late),
			domain.Owed{},
			trialStatus, early,
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
		},
		{
			"a trial reported during a ban counts as imposed",
			banned,
			domain.Owed{},
			trialStatus, early,
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
		},
		{
			"a severe report during a ban counts as imposed",
			banned,
			domain.Owed{},
			severe,
			time.Time{},
			domain.Owed{Status: severe, Imposed: true},
		},
		{
			"a severe report during a suspension is owed",
			trial(early),
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
			severe,
			time.Time{},
			domain.Owed{Status: severe},
		},
		{
			"while it is in force an imposed punishment is not forgotten",
			trial(early),
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
			0,
			time.Time{},
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
		},
		{
			"while it is in force a later end is remembered, so that it is no news after release",
			trial(early),
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
			trialStatus, late,
			domain.Owed{Status: trialStatus, Until: late, Imposed: true},
		},
		{
			"while it is in force an earlier end is no news",
			trial(late),
			domain.Owed{Status: trialStatus, Until: late, Imposed: true},
			trialStatus, early,
			domain.Owed{Status: trialStatus, Until: late, Imposed: true},
		},
		{
			"after release a game that goes on reporting it asks for nothing",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
			trialStatus, early,
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
		},
		{
			"after release a report without an end asks for nothing",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
			trialStatus,
			time.Time{},
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
		},
		{
			"after release a report with an earlier end asks for nothing",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Until: late, Imposed: true},
			trialStatus, early,
			domain.Owed{Status: trialStatus, Until: late, Imposed: true},
		},
		{
			"after release a later end asks for a new punishment",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
			trialStatus, late,
			domain.Owed{Status: trialStatus, Until: late},
		},
		{
			"after a punishment without a known end, an end is no news",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Imposed: true},
			trialStatus, late,
			domain.Owed{Status: trialStatus, Imposed: true},
		},
		{
			"a later end for what is still owed is no news",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Until: early},
			trialStatus, late,
			domain.Owed{Status: trialStatus, Until: early},
		},
		{
			"after release a graver report asks for a new punishment",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
			severe,
			time.Time{},
			domain.Owed{Status: severe},
		},
		{
			"after release a report without a punishment forgets it",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Until: early, Imposed: true},
			0,
			time.Time{},
			domain.Owed{},
		},
		{
			"after release a report of one that is over forgets it",
			domain.Punishment{},
			domain.Owed{Status: trialStatus, Until: noon, Imposed: true},
			trialStatus, noon,
			domain.Owed{},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := newStanding(t, func(s *domain.Standing) { s.Punishment, s.Owed = test.punishment, test.owed })
			s := snapshot(t, func(r *domain.Report) { r.Punishment, r.PunishmentUntil = test.status, test.until })

			got, _ := domain.Fold(standardPolicy(t), before, s, noon)

			if got.Owed != test.want {
				t.Errorf("got owed %+v, want %+v", got.Owed, test.want)
			}
			if got.Punishment != test.punishment {
				t.Errorf("got the punishment %+v in force, want %+v: only decisions change it", got.Punishment, test.punishment)
			}
		})
	}
}

// A step of a player's story: a day passes, a game reports, GRPS decides and carries the decision out.
func live(t fataler, p domain.Policy, s domain.Standing, r domain.Report, now time.Time) (domain.Standing, domain.Decision) {
	t.Helper()
	s, _ = domain.Fold(p, s, must(domain.NewSnapshot(r, now))(t), now)
	d := domain.Evaluate(p, s, now)
	s, _ = domain.Apply(p, s, d.Approved(), now)
	return s, d
}

func TestAGameThatGoesOnReportingAPunishmentDoesNotPunishAgain(t *testing.T) {
	tests := []struct {
		name   string
		report func(*domain.Report)
	}{
		{"four warnings", func(r *domain.Report) { r.Warnings = domain.CountOf(4) }},
		{"a trial punishment without an end", func(r *domain.Report) { r.Punishment = domain.PunishmentTrial }},
		{"a trial punishment of three days", func(r *domain.Report) {
			r.Punishment, r.PunishmentUntil = domain.PunishmentTrial, noon.Add(3*day)
		}},
		{"a trial punishment of thirty days", func(r *domain.Report) {
			r.Punishment, r.PunishmentUntil = domain.PunishmentTrial, noon.Add(30*day)
		}},
		{"four warnings and a trial punishment of three days", func(r *domain.Report) {
			r.Warnings, r.Punishment, r.PunishmentUntil = domain.CountOf(4), domain.PunishmentTrial, noon.Add(3*day)
		}},
		{"four warnings and a trial punishment of thirty days", func(r *domain.Report) {
			r.Warnings, r.Punishment, r.PunishmentUntil = domain.CountOf(4), domain.PunishmentTrial, noon.Add(30*day)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy, player, report := standardPolicy(t), newStanding(t), newReport(t, test.report)
			var moves []string
			for days := range 60 {
				now := noon.Add(time.Duration(days) * day)
				var d domain.Decision
				player, d = live(t, policy, player, report, now)
				if d.Action != domain.ActionNone {
					moves = append(moves, d.Action.String())
				}
			}
			if len(moves) != 2 || moves[0] != "SUSPEND" || moves[1] != "RESTORE" {
				t.Errorf("got %v in 60 days, want one SUSPEND and one RESTORE", moves)
			}
			if player.Rank != "Trooper" {
				t.Errorf("got the rank %q in the end, want Trooper", player.Rank)
			}
		})
	}
}
