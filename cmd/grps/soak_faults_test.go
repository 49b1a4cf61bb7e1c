package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

// troubles are what three in ten calls meet, each kind with its share.
func troubles() []map[string]any {
	return []map[string]any{
		{"kind": "500", "probability": 0.05},
		{"kind": "500", "probability": 0.03, "afterWrite": true},
		{"kind": "503", "probability": 0.04},
		{"kind": "503", "probability": 0.02, "retryAfterSeconds": 1},
		{"kind": "429", "probability": 0.01},
		{"kind": "429", "probability": 0.03, "retryAfterSeconds": 1},
		{"kind": "timeout", "probability": 0.06, "hangSeconds": 0.05}, // it is done, and nobody hears so
		{"kind": "silence", "probability": 0.02, "hangSeconds": 0.05},
		{"kind": "403", "probability": 0.05},
		{"kind": "stale", "probability": 0.03},
	}
}

// Roblox fails three calls in ten in every way it can, and in the end the members hold what is recorded.
func TestSoakWhatWasDecidedIsReachedThroughFaultsOfRoblox(t *testing.T) {
	soak(t, func(s *stage) {
		climbers := s.newClimbers(scaled(12, 100))
		p := s.serve()
		s.disturb(append([]map[string]any{{"kind": "lost-member", "probability": 0.01}}, troubles()...)...)
		s.each(climbers, func(c *climber) error {
			if scaled(0, 1) > 0 && c.user%6 == 0 { // a release that comes to nothing is tried again after a minute
				if err := c.serveTime(5 * time.Second); err != nil {
					return err
				}
			}
			return c.climbThroughLosses(scaled(1, 10))
		}).Wait()

		// What follows nothing else must not be left half done: the last move is refused, refused half way, lost, or not heard of in time.
		s.clear()
		last := s.standing(climbers)[:5]
		s.disturb(
			map[string]any{"userId": last[0].user, "kind": "403", "operation": "AssignRole", "times": 2},
			map[string]any{"userId": last[1].user, "kind": "403", "operation": "UnassignRole", "times": 2},
			map[string]any{"userId": last[2].user, "kind": "lost-member", "operation": "AssignRole", "times": 1},
			map[string]any{"userId": last[3].user, "kind": "lost-member", "operation": "UnassignRole", "times": 1},
			map[string]any{"userId": last[4].user, "kind": "timeout", "operation": "AssignRole", "times": 1, "hangSeconds": 20},
		)
		s.each(last, (*climber).move).Wait()
		for i, want := range []string{"failed", "failed", "failed", "failed", "applied"} {
			if c := last[i]; c.last.Status != want {
				s.t.Errorf("the last move of %d is %s (%s), want it %s", c.user, c.last.Status, c.last.Detail, want)
			}
		}
		s.disturb(troubles()...)
		s.each(slices.DeleteFunc(slices.Clone(climbers), func(c *climber) bool { return slices.Contains(last, c) }), (*climber).move).Wait()
		s.clear()
		met, calls := s.faultsMet("")
		t.Logf("%d of %d calls met a fault", met, calls)
		refused, _ := s.faultsMet("403") // an effect is given up after two in a row
		s.finish(climbers, refused/2+s.outside(climbers))
		s.stop(p)
	})
}

// standing returns those who were not lost, nor came back without their role, which at least five did not.
func (s *stage) standing(climbers []*climber) []*climber {
	s.t.Helper()
	roster, err := s.stand.roster()
	if err != nil {
		s.t.Fatal(err)
	}
	var found []*climber
	for _, c := range climbers {
		if slices.ContainsFunc(roster[c.user].Roles, func(r sandbox.Role) bool { return r.Name == rungName(c.rung) }) {
			found = append(found, c)
		}
	}
	if len(found) < 5 {
		s.t.Fatalf("only %d of %d are where they were", len(found), len(climbers))
	}
	return found
}

// disturb arms faults, with dice of their own.
func (s *stage) disturb(faults ...map[string]any) {
	s.t.Helper()
	for _, fault := range faults {
		fault = maps.Clone(fault)
		fault["seed"] = s.dice.below(1 << 30)
		if err := s.stand.disturb(fault); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *stage) clear() {
	s.t.Helper()
	if err := s.stand.leaveAlone(); err != nil {
		s.t.Fatal(err)
	}
}

// faultsMet returns how many calls met a fault of the kind, or of any for "", and how many there were.
func (s *stage) faultsMet(kind sandbox.FaultKind) (met, calls int) {
	s.t.Helper()
	log, err := s.stand.log()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range log {
		if c.Fault != "" && (kind == "" || c.Fault == kind) {
			met++
		}
	}
	return met, len(log)
}

// outside returns how many are not in the group any more. What was wished for them last was given up.
func (s *stage) outside(climbers []*climber) int {
	s.t.Helper()
	roster, err := s.stand.roster()
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	for _, c := range climbers {
		if !roster[c.user].Member {
			n++
		}
	}
	return n
}

// climbThroughLosses climbs. Whoever is found to be lost may come back, without any role of the policy.
func (c *climber) climbThroughLosses(moves int) error {
	for c.moved < moves && !c.lost && !c.s.t.Failed() {
		if err := c.move(); err != nil {
			return err
		}
		shown, err := c.s.stand.member(c.user)
		switch {
		case err != nil:
			return err
		case shown.Member:
		case c.s.dice.below(2) == 0:
			c.lost = true
		default:
			if err := c.s.stand.join(c.user, vipRole); err != nil {
				return fmt.Errorf("come back: %w", err)
			}
		}
	}
	return nil
}
