package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

// served is a Trooper who has held the rank for long and has a past.
func served(s *domain.Standing) {
	s.FormerRank, s.RankSince, s.Left = "Recruit", noon.Add(-90*day), domain.TrailOf("Recruit")
	s.DecidedAt = noon.Add(-90 * day)
}

func TestUndoGivesBackWhatADecisionTook(t *testing.T) {
	fact := func(c domain.Criterion, rank string) domain.Check {
		return domain.Check{Criterion: c, Rank: rank, Met: true}
	}
	tests := []struct {
		name     string
		policy   func(*policyDocument)
		before   func(*domain.Standing) // on a Trooper who has served
		original domain.Decision        // carried out a day before noon
		since    func(*domain.Standing) // what happened since
		asked    domain.HoldMode
		want     domain.Decision // From, Reason, Revision and Returned are filled in
		checks   []domain.Check
		lifts    []bool // restrictions wished for
	}{
		{
			name:   "a promotion that the points would bring back at once: on hold",
			before: ranked("Trooper", 300), original: domain.Decision{Action: domain.ActionPromote, To: "Corporal"},
			want: domain.Decision{Action: domain.ActionDemote, To: "Trooper", Hold: domain.HoldOn},
			checks: []domain.Check{
				{Criterion: domain.CriterionNextMove, Action: domain.ActionPromote, Rank: "Corporal", Met: true}, fact(domain.CriterionHold, ""),
			},
		},
		{
			name:   "a promotion that may come back",
			before: ranked("Trooper", 300), original: domain.Decision{Action: domain.ActionPromote, To: "Corporal"}, asked: domain.HoldOff,
			want:   domain.Decision{Action: domain.ActionDemote, To: "Trooper", Hold: domain.HoldOff},
			checks: []domain.Check{{Criterion: domain.CriterionNextMove, Action: domain.ActionPromote, Rank: "Corporal", Met: true}},
		},
		{
			name:     "a promotion whose points are gone",
			original: domain.Decision{Action: domain.ActionPromote, To: "Corporal"},
			want:     domain.Decision{Action: domain.ActionDemote, To: "Trooper"},
		},
		{
			name:   "an approved promotion into a privileged rank",
			before: ranked("Captain", 1500), original: domain.Decision{Action: domain.ActionPromote, To: "Marshal", NeedsApproval: true},
			want:   domain.Decision{Action: domain.ActionDemote, To: "Captain"},
			checks: []domain.Check{fact(domain.CriterionPrivileged, "Marshal")},
		},
		{
			name:     "a demotion",
			original: domain.Decision{Action: domain.ActionDemote, To: "Recruit"},
			want:     domain.Decision{Action: domain.ActionPromote, To: "Trooper"},
		},
		{
			name:     "a demotion that put on hold",
			original: domain.Decision{Action: domain.ActionDemote, To: "Recruit", Hold: domain.HoldOn},
			want:     domain.Decision{Action: domain.ActionPromote, To: "Trooper", Hold: domain.HoldOff},
		},
		{
			name:     "a demotion that put on hold, which was taken off since",
			original: domain.Decision{Action: domain.ActionDemote, To: "Recruit", Hold: domain.HoldOn},
			since:    func(s *domain.Standing) { s.Hold = false },
			want:     domain.Decision{Action: domain.ActionPromote, To: "Trooper"},
		},
		{
			name:     "a suspension; its warnings stay served",
			before:   func(s *domain.Standing) { s.Warnings = 5 },
			original: domain.Decision{Action: domain.ActionSuspend, To: "Suspended", Until: noon.Add(13 * day)},
			want:     domain.Decision{Action: domain.ActionRestore, To: "Trooper"},
		},
		{
			name:     "a suspension of somebody who is due for a promotion changes no hold",
			before:   ranked("Trooper", 300),
			original: domain.Decision{Action: domain.ActionSuspend, To: "Suspended", Until: noon.Add(13 * day)},
			want:     domain.Decision{Action: domain.ActionRestore, To: "Trooper"},
		},
		{
			name:     "a suspension without a suspension rank",
			policy:   withoutSuspensionRank,
			original: domain.Decision{Action: domain.ActionSuspend, To: "Trooper", Until: noon.Add(13 * day)},
			want:     domain.Decision{Action: domain.ActionRestore, To: "Trooper"},
		},
		{
			name:     "a ban",
			before:   func(s *domain.Standing) { s.Warnings = 7 },
			original: domain.Decision{Action: domain.ActionBan, To: "Suspended"},
			want:     domain.Decision{Action: domain.ActionRestore, To: "Trooper"}, lifts: []bool{false},
		},
		{
			name:     "a ban of a suspended player gives the suspension back",
			before:   suspended,
			original: domain.Decision{Action: domain.ActionBan, To: "Suspended"},
			want:     domain.Decision{Action: domain.ActionRestore, To: "Suspended"}, lifts: []bool{false},
		},
		{
			name:     "a ban of somebody in a rank that is on no ladder",
			policy:   withoutSuspensionRank,
			before:   ranked("Cook", 1),
			original: domain.Decision{Action: domain.ActionBan, To: "Cook"},
			want:     domain.Decision{Action: domain.ActionRestore, To: "Cook"}, lifts: []bool{false},
		},
		{
			name:     "the end of a suspension: until its first end",
			before:   suspended,
			original: domain.Decision{Action: domain.ActionRestore, To: "Trooper", Reason: domain.ReasonManual},
			want:     domain.Decision{Action: domain.ActionSuspend, To: "Suspended", Until: noon.Add(13 * day)},
		},
		{
			name:     "the end of a suspension that had no end",
			before:   both(suspended, endless),
			original: domain.Decision{Action: domain.ActionRestore, To: "Trooper", Reason: domain.ReasonManual},
			want:     domain.Decision{Action: domain.ActionSuspend, To: "Suspended"},
		},
		{
			name:     "the end of a ban",
			before:   banned,
			original: domain.Decision{Action: domain.ActionRestore, To: "Trooper", Reason: domain.ReasonManual},
			want:     domain.Decision{Action: domain.ActionBan, To: "Suspended"}, lifts: []bool{true},
		},
		{
			name:     "a hold",
			original: domain.Decision{To: "Trooper", Hold: domain.HoldOn},
			since:    ranked("Captain", 1500),
			want:     domain.Decision{To: "Captain", Hold: domain.HoldOff},
		},
		{
			name:     "the end of a hold",
			before:   onHold,
			original: domain.Decision{To: "Trooper", Hold: domain.HoldOff},
			want:     domain.Decision{To: "Trooper", Hold: domain.HoldOn},
			checks:   []domain.Check{fact(domain.CriterionHold, "")},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := standardPolicy(t)
			if test.policy != nil {
				policy = policyWith(t, test.policy)
			}
			before := newStanding(t, served)
			change(test.before, &before)
			test.original.From = before.Rank
			now, _ := domain.Apply(policy, before, test.original.Approved(), noon.Add(-day))
			change(test.since, &now)
			want := test.want
			want.From, want.Reason, want.Revision = now.Rank, domain.ReasonUndo, "standard"
			if want.Action != domain.ActionNone {
				want.Returned = domain.Returned{RankSince: before.RankSince, FormerRank: before.FormerRank, Punishment: before.Punishment}
			}
			want.Checks = domain.ChecksOf(test.checks...)

			got, err := domain.Undo(policy, now, test.original, before, test.asked, noon)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, same()); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			after, effects := domain.Apply(policy, now, got, noon)
			if want.Action != domain.ActionNone {
				wantGivenBack(t, before, after)
			}
			var lifts []bool
			for _, e := range effects {
				if e.Kind == domain.EffectRestriction {
					lifts = append(lifts, e.Active)
				}
			}
			if diff := cmp.Diff(test.lifts, lifts); diff != "" {
				t.Errorf("restrictions (-want +got):\n%s", diff)
			}
		})
	}
}

// endless takes the end off a suspension.
func endless(s *domain.Standing) { s.Punishment.Until = time.Time{} }

// wantGivenBack fails the test unless rank, tenure and punishment are what they were.
func wantGivenBack(t fataler, before, after domain.Standing) {
	t.Helper()
	type given struct {
		Rank, Former string
		Since        int64
		Punishment   domain.Punishment
	}
	of := func(s domain.Standing) given {
		return given{s.Rank, s.FormerRank, s.RankSince.UnixMicro(), s.Punishment}
	}
	if diff := cmp.Diff(of(before), of(after), same()); diff != "" {
		t.Fatalf("given back (-before +after):\n%s", diff)
	}
}

func TestUndoneWarningsDoNotPunishAgain(t *testing.T) {
	p := standardPolicy(t)
	for warnings, want := range map[int64]domain.Action{4: domain.ActionSuspend, 7: domain.ActionBan} {
		before := newStanding(t, served, func(s *domain.Standing) { s.Warnings = warnings })
		original := domain.Evaluate(p, before, noon.Add(-day))
		if original.Action != want {
			t.Fatalf("%d warnings: got %s, want %s", warnings, original.Action, want)
		}
		punished, _ := domain.Apply(p, before, original, noon.Add(-day))
		after, _ := domain.Apply(p, punished, must(domain.Undo(p, punished, original, before, domain.HoldUnsaid, noon))(t), noon)
		if d := domain.Evaluate(p, after, noon.Add(day)); d.Action != domain.ActionNone {
			t.Errorf("%d warnings: the rules decide %s %s after the undo, want nothing", warnings, d.Action, d.Reason)
		}
		after.Warnings = 8
		if d := domain.Evaluate(p, after, noon.Add(day)); d.Action != domain.ActionBan {
			t.Errorf("more warnings: the rules decide %s %s, want BAN", d.Action, d.Reason)
		}
	}
}

func TestUndoRefusesWhatHasMovedOn(t *testing.T) {
	promotion := domain.Decision{Action: domain.ActionPromote, From: "Trooper", To: "Corporal"}
	suspension := domain.Decision{Action: domain.ActionSuspend, From: "Trooper", To: "Suspended", Until: noon.Add(13 * day)}
	tests := []struct {
		name     string
		before   func(*domain.Standing)
		original domain.Decision
		since    func(*domain.Standing)
		code     string
	}{
		{"a decision that changed nothing", nil, domain.Decision{To: "Trooper"}, nil, "not_undoable"},
		{"a rank that was changed since", nil, promotion, ranked("Captain", 1), "undo_conflict"},
		{"a suspension that was lifted since", nil, suspension, func(s *domain.Standing) { s.Punishment = domain.Punishment{} }, "undo_conflict"},
		{"a suspension that ends another day by now", nil, suspension, func(s *domain.Standing) { s.Punishment.Until = noon.Add(day) }, "undo_conflict"},
		{"a suspension that became a ban", nil, suspension, func(s *domain.Standing) { s.Punishment = banOf() }, "undo_conflict"},
		{"a promotion of somebody who is suspended on the rung by now", nil, promotion, func(s *domain.Standing) { s.Punishment = trial(noon) }, "undo_conflict"},
		{"a rank before it that is gone", ranked("Cook", 1), promotion, nil, "undo_conflict"},
		{
			"the release from a suspension that is over", func(s *domain.Standing) { suspended(s); s.Punishment = trial(noon) },
			domain.Decision{Action: domain.ActionRestore, From: "Suspended", To: "Trooper"},
			nil, "undo_conflict",
		},
		{"a hold that was lifted since", nil, domain.Decision{To: "Trooper", Hold: domain.HoldOn}, func(s *domain.Standing) { s.Hold = false }, "undo_conflict"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := standardPolicy(t)
			before := newStanding(t, served)
			change(test.before, &before)
			now, _ := domain.Apply(p, before, test.original, noon.Add(-day))
			change(test.since, &now)
			got, err := domain.Undo(p, now, test.original, before, domain.HoldUnsaid, noon)
			wantBlocked(t, err, test.code)
			if got != (domain.Decision{}) {
				t.Errorf("got %+v besides the error, want nothing", got)
			}
		})
	}
}

func banOf() domain.Punishment { return domain.Punishment{Status: domain.PunishmentSevere} }

// The rules would leave the player alone for the rest of the day, and promote again tomorrow.
func TestAnUndoLooksBeyondTheMovesOfTheDay(t *testing.T) {
	p := standardPolicy(t)
	limited := must(domain.NewPolicy(domain.PolicyParts{
		Ladder: p.Ladder(), Punishments: p.Punishments(), Revision: "limited", Limits: domain.Limits{RungsPerDay: 1},
	}))(t)
	before := newStanding(t, served, ranked("Trooper", 300))
	promotion := domain.Evaluate(limited, before, noon)
	promoted, _ := domain.Apply(limited, before, promotion, noon)
	undo := must(domain.Undo(limited, promoted, promotion, before, domain.HoldUnsaid, noon.Add(time.Hour)))(t)
	after, _ := domain.Apply(limited, promoted, undo, noon.Add(time.Hour))
	if promotion.Action != domain.ActionPromote || !after.Hold {
		t.Errorf("%s was undone with the hold %t, want a promotion, and on hold", promotion.Action, after.Hold)
	}
	if d := domain.Evaluate(limited, after, noon.Add(48*time.Hour)); d.Action != domain.ActionNone {
		t.Errorf("two days later the rules decide %s, want nothing", d.Action)
	}
}
