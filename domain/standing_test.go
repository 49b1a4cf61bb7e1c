package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestAdoptTakesARankThatSomebodyElseGave(t *testing.T) {
	before := newStanding(t, func(s *domain.Standing) {
		s.FormerRank, s.Left, s.DecidedAt = "Recruit", domain.TrailOf("Recruit"), noon.Add(-day)
	})
	want := before
	want.Rank, want.FormerRank, want.RankSince, want.Left = "Captain", "Trooper", noon, domain.Trail{}

	got := domain.Adopt(before, "Captain", noon.Add(999*time.Nanosecond).In(time.FixedZone("", 3600)))

	if diff := cmp.Diff(want, got, same()); diff != "" {
		t.Errorf("standing (-want +got):\n%s", diff)
	}
	if got.RankSince != noon {
		t.Errorf("got a rank since %#v, want %#v", got.RankSince, noon)
	}
}

func TestAdoptOfTheRankHeldChangesNothing(t *testing.T) {
	before := newStanding(t, func(s *domain.Standing) { s.Left, s.RankSince = domain.TrailOf("Recruit"), noon.Add(-day) })

	if got := domain.Adopt(before, "Trooper", noon); got != before {
		t.Errorf("the standing changed:\n%s", cmp.Diff(before, got, same()))
	}
}

func TestAdoptMakesReportsOfEarlierRanksChangesByHandAgain(t *testing.T) {
	policy := standardPolicy(t)
	promoted, _ := domain.Apply(policy, newStanding(t), domain.Decision{Action: domain.ActionPromote, To: "Corporal"}, noon)
	stale := snapshot(t, func(r *domain.Report) { r.Rank = "Trooper" })

	if _, got := domain.Fold(policy, promoted, stale, noon); got.Rank != domain.RankEcho {
		t.Fatalf("got the relation %d after a promotion, want an echo", got.Rank)
	}
	adopted := domain.Adopt(promoted, "Captain", noon)
	if _, got := domain.Fold(policy, adopted, stale, noon); got.Rank != domain.RankDrift {
		t.Errorf("got the relation %d after adopting another rank, want drift", got.Rank)
	}
}

func TestTenureIsKnownFromTheInstantOfTheGrant(t *testing.T) {
	tests := []struct {
		name  string
		since time.Time
		want  time.Duration
		known bool
	}{
		{"unknown since when", time.Time{}, 0, false},
		{"since now", noon, 0, true},
		{"since yesterday", noon.Add(-day), day, true},
		{"since tomorrow, by another clock", noon.Add(day), -day, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, known := newStanding(t, func(s *domain.Standing) { s.RankSince = test.since }).Tenure(noon)
			if got != test.want || known != test.known {
				t.Errorf("got %s, %t, want %s, %t", got, known, test.want, test.known)
			}
		})
	}
}

func TestRestoreStandingChecksShapeOnly(t *testing.T) {
	odd := domain.Standing{
		UserID: userID(t, 1), Rank: "no such rank", Points: -3, Warnings: -1, Served: 9, Version: -1,
		Punishment: domain.Punishment{Until: noon},
	}
	want := odd
	want.Punishment = domain.Punishment{}

	got, err := domain.RestoreStanding(odd)
	if err != nil {
		t.Fatalf("a row that another program wrote does not load: %v", err)
	}
	if diff := cmp.Diff(want, got, same()); diff != "" {
		t.Errorf("standing (-want +got):\n%s", diff)
	}

	_, err = domain.RestoreStanding(domain.Standing{Rank: "Trooper"})
	wantInvalid(t, err, "standing_invalid")
}

func TestRestoreStandingBringsEveryInstantToMicrosecondsOfUTC(t *testing.T) {
	odd := noon.Add(1999 * time.Nanosecond).In(time.FixedZone("", 3600))
	want := noon.Add(time.Microsecond)

	got := must(domain.RestoreStanding(domain.Standing{
		UserID: userID(t, 1), RankSince: odd, Punishment: trial(odd), Owed: domain.Owed{Until: odd},
		DecidedAt: odd, AbsentSince: odd, ConfirmedAt: odd, ObservedAt: odd, CreatedAt: odd, LastSyncedAt: odd,
	}))(t)

	for name, instant := range map[string]time.Time{
		"RankSince": got.RankSince, "Punishment.Until": got.Punishment.Until, "Owed.Until": got.Owed.Until,
		"DecidedAt": got.DecidedAt, "AbsentSince": got.AbsentSince, "ConfirmedAt": got.ConfirmedAt, "ObservedAt": got.ObservedAt, "CreatedAt": got.CreatedAt, "LastSyncedAt": got.LastSyncedAt,
	} {
		if instant != want {
			t.Errorf("got %s %#v, want %#v", name, instant, want)
		}
	}
}

func TestLocateTellsTheRungsAroundAPlayer(t *testing.T) {
	tests := []struct {
		name   string
		change func(*domain.Standing)
		want   domain.Position
	}{
		{"between two rungs", nil, domain.Position{Next: "Corporal", NextPoints: 250, Previous: "Recruit"}},
		{
			"at the bottom", func(s *domain.Standing) { s.Rank = "Recruit" },
			domain.Position{Next: "Trooper", NextPoints: 100},
		},
		{
			"at the top", func(s *domain.Standing) { s.Rank = "Commander" },
			domain.Position{Previous: "Marshal", PreviousPoints: 2000, Privileged: true},
		},
		{"in the suspension rank", func(s *domain.Standing) { s.Rank = "Suspended" }, domain.Position{}},
		{"in a rank that is not on the ladder", func(s *domain.Standing) { s.Rank = "Quartermaster" }, domain.Position{}},
		{
			"on hold", func(s *domain.Standing) { s.Rank, s.Hold = "Quartermaster", true },
			domain.Position{Blocked: true},
		},
		{
			"suspended", func(s *domain.Standing) { s.Rank, s.Punishment = "Suspended", trial(noon) },
			domain.Position{Blocked: true},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStanding(t)
			change(test.change, &s)
			if diff := cmp.Diff(test.want, domain.Locate(standardPolicy(t), s)); diff != "" {
				t.Errorf("position (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInstantIsMicrosecondsOfUTC(t *testing.T) {
	got := domain.Instant(noon.Add(1999 * time.Nanosecond).In(time.FixedZone("", -3600)))
	if want := noon.Add(time.Microsecond); got != want {
		t.Errorf("got %#v, want %#v", got, want)
	}
}

func TestNoInstantStaysNoInstant(t *testing.T) {
	if got := domain.Instant(time.Time{}); got != (time.Time{}) {
		t.Errorf("got %#v, want the zero time", got)
	}
}

func TestAPunishmentIsOverAtItsEnd(t *testing.T) {
	tests := []struct {
		name string
		p    domain.Punishment
		want bool
	}{
		{"a microsecond before its end", trial(noon.Add(time.Microsecond)), false},
		{"at its end", trial(noon), true},
		{"a microsecond past its end", trial(noon.Add(-time.Microsecond)), true},
		{"without an end", domain.Punishment{Status: domain.PunishmentSevere}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.p.Over(noon); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}
