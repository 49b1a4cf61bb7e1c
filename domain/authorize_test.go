package domain_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/grps/grps/domain"
)

// staffPolicy gives the Captain, the third rung from the top, some permissions; the others have none.
func staffPolicy(t fataler, given permissionDocument) domain.Policy {
	t.Helper()
	return policyWith(t, func(p *policyDocument) { p.Permissions = map[string]permissionDocument{"Captain": given} })
}

func TestEachActTakesItsPermission(t *testing.T) {
	person := func(punishment domain.Punishment) func(*domain.Standing) {
		return func(s *domain.Standing) {
			s.Punishment = punishment
			if punishment.InForce() {
				s.Rank, s.FormerRank = "Suspended", "Trooper"
			}
		}
	}
	acts := []struct {
		name   string
		target func(*domain.Standing)
		d      domain.Decision
		takes  string
	}{
		{"a promotion", nil, domain.Decision{Action: domain.ActionPromote, To: "Corporal"}, "canAdjust"},
		{"a demotion", nil, domain.Decision{Action: domain.ActionDemote, To: "Recruit"}, "canAdjust"},
		{"a hold", nil, domain.Decision{To: "Trooper", Hold: domain.HoldOn}, "canAdjust"},
		{"the end of a hold", onHold, domain.Decision{To: "Trooper", Hold: domain.HoldOff}, "canAdjust"},
		{"a suspension", nil, domain.Decision{Action: domain.ActionSuspend, To: "Suspended"}, "canWarn"},
		{"the end of a suspension", person(trial(noon)), domain.Decision{Action: domain.ActionRestore, To: "Trooper"}, "canWarn"},
		{"a ban", nil, domain.Decision{Action: domain.ActionBan, To: "Suspended"}, "canBan"},
		{"a ban of a suspended player", person(trial(noon)), domain.Decision{Action: domain.ActionBan, To: "Suspended"}, "canBan"},
		{"the end of a ban", person(banOf()), domain.Decision{Action: domain.ActionRestore, To: "Trooper"}, "canBan"},
		{
			"the end of a ban that gives a suspension back", person(banOf()),
			domain.Decision{Action: domain.ActionRestore, To: "Suspended", Reason: domain.ReasonUndo, Returned: domain.Returned{Punishment: trial(noon)}},
			"canBan",
		},
		{
			"the return of a ban", nil,
			domain.Decision{Action: domain.ActionBan, To: "Suspended", Reason: domain.ReasonUndo, Returned: domain.Returned{Punishment: banOf()}},
			"canBan",
		},
	}
	for _, act := range acts {
		for bits := range 8 {
			given := permissionDocument{CanWarn: bits&1 != 0, CanAdjust: bits&2 != 0, CanBan: bits&4 != 0}
			may := map[string]bool{"canWarn": given.CanWarn, "canAdjust": given.CanAdjust, "canBan": given.CanBan}[act.takes]
			t.Run(fmt.Sprintf("%s with %+v", act.name, given), func(t *testing.T) {
				actor := newStanding(t, ranked("Captain", 1000), func(s *domain.Standing) { s.UserID = userID(t, 2) })
				target := newStanding(t)
				change(act.target, &target)

				err := domain.Authorize(staffPolicy(t, given), actor, target, act.d)

				if may && err != nil {
					t.Errorf("got %v, want none", err)
				}
				if !may {
					wantNotAllowed(t, err, act.takes)
				}
			})
		}
	}
}

// Every rank of the ladder acts on every other, and grants every rank, with every permission that there is.
func TestNobodyActsAtOrAboveTheirOwnRank(t *testing.T) {
	names := []string{"Recruit", "Trooper", "Corporal", "Sergeant", "Captain", "Marshal", "Commander"}
	p := policyWith(t, func(p *policyDocument) {
		p.Permissions = map[string]permissionDocument{}
		for _, name := range append(names, "Suspended") {
			p.Permissions[name] = permissionDocument{CanWarn: true, CanAdjust: true, CanBan: true}
		}
	})
	kinds := map[string]func(*domain.Standing){
		"in rank":                  nil,
		"suspended":                func(s *domain.Standing) { s.Punishment, s.FormerRank, s.Rank = trial(noon), s.Rank, "Suspended" },
		"banned":                   func(s *domain.Standing) { s.Punishment, s.FormerRank, s.Rank = banOf(), s.Rank, "Suspended" },
		"suspended on their rung":  func(s *domain.Standing) { s.Punishment, s.FormerRank = trial(noon), "Commander" },
		"demoted from a high rank": func(s *domain.Standing) { s.FormerRank = "Commander" },
	}
	seen := 0
	for own, actorRank := range names {
		for held, targetRank := range names {
			for to, grants := range append(names, "Suspended") {
				for kind, punished := range kinds {
					actor := newStanding(t, ranked(actorRank, 0), func(s *domain.Standing) { s.UserID = userID(t, 2) })
					target := newStanding(t, ranked(targetRank, 0))
					change(punished, &target)
					may := held < own && (to < own || grants == "Suspended")
					err := domain.Authorize(p, actor, target, domain.Decision{Action: domain.ActionRestore, To: grants})
					if (err == nil) != may {
						t.Errorf("%s on a %s (%s), to %s: got %v, want that it may: %t", actorRank, targetRank, kind, grants, err, may)
					}
					if err != nil {
						wantNotAllowed(t, err, "is not below the actor's")
					}
					seen++
				}
			}
		}
	}
	if seen != 7*7*8*5 {
		t.Errorf("%d combinations were tried", seen)
	}
}

func TestWhoMayNothing(t *testing.T) {
	all := permissionDocument{CanWarn: true, CanAdjust: true, CanBan: true}
	promotion := domain.Decision{Action: domain.ActionPromote, To: "Corporal"}
	for name, c := range map[string]struct {
		actor, target func(*domain.Standing)
		says          string
	}{
		"oneself":           {nil, func(s *domain.Standing) { s.UserID = userID(t, 2) }, "themselves"},
		"a suspended actor": {func(s *domain.Standing) { s.Punishment = trial(noon.Add(day)) }, nil, "suspended or banned"},
		"an actor whose suspension is over, and not lifted yet": {
			func(s *domain.Standing) { s.Punishment = trial(noon.Add(-day)) }, nil, "suspended or banned",
		},
		"a banned actor":                             {func(s *domain.Standing) { s.Punishment = banOf() }, nil, "suspended or banned"},
		"an actor in a rank of no ladder":            {ranked("Cook", 0), nil, "not a rung"},
		"an actor in the suspension rank":            {ranked("Suspended", 0), nil, "not a rung"},
		"a rank without permissions":                 {ranked("Marshal", 0), nil, "canAdjust"},
		"a player in a rank of no ladder":            {nil, ranked("Cook", 0), `"Cook" is not below`},
		"a punished player of whom no rung is known": {nil, func(s *domain.Standing) { s.Rank, s.Punishment = "Suspended", trial(noon) }, "is not below"},
	} {
		t.Run(name, func(t *testing.T) {
			actor := newStanding(t, ranked("Captain", 1000), func(s *domain.Standing) { s.UserID = userID(t, 2) })
			change(c.actor, &actor)
			target := newStanding(t)
			change(c.target, &target)
			wantNotAllowed(t, domain.Authorize(staffPolicy(t, all), actor, target, promotion), c.says)
		})
	}
}

// wantNotAllowed fails the test unless the error denies, and says what is missing.
func wantNotAllowed(t *testing.T, err error, says string) {
	t.Helper()
	e, ok := errors.AsType[*domain.Error](err)
	if !ok || e.Kind != domain.KindDenied || e.Code != "actor_not_allowed" || !strings.Contains(e.Message, says) {
		t.Errorf("got %v, want actor_not_allowed that says %q", err, says)
	}
}
