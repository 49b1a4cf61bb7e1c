package main

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// The service is killed at random moments while players move, and everything is found done once.
func TestSoakNothingIsLostOrDoneTwiceWhenServeIsKilled(t *testing.T) {
	soak(t, func(s *stage) {
		members, moves, kills := scaled(12, 200), scaled(2, 10), scaled(6, 200)
		climbers := s.newClimbers(members)
		for _, kind := range []string{"503", "500", "timeout", "stale"} { // Roblox has ordinary troubles meanwhile
			s.disturb(map[string]any{"kind": kind, "probability": 0.05, "hangSeconds": 0.05})
		}
		s.disturb(map[string]any{"kind": "slow", "hangSeconds": 0.05}) // so that there is a middle to be killed in
		s.env = append(s.env, "APPLY_WAIT=500ms")
		p := s.serve()
		reports := s.each(climbers, func(c *climber) error {
			if c.user%6 == 0 {
				if err := c.serveTime(8 * time.Second); err != nil {
					return err
				}
			}
			if c.user%12 == 1 { // in the short soak at once, as a ban that is disturbed is tried again after half a minute
				return errors.Join(c.climb(scaled(0, moves)), c.misbehave())
			}
			return c.climb(moves)
		})
		for i, acknowledged := range s.moments(kills, scaled(members, members*moves)) {
			within(s.t, soakPatience, func() string {
				if s.acknowledged() < acknowledged && !s.t.Failed() {
					return "no more reports are acknowledged"
				}
				return ""
			})
			time.Sleep(s.dice.upTo(300 * time.Millisecond)) // in the middle of reports, or of what they wished for
			s.kill(p)
			p = s.serve()
			if i%20 == 19 {
				s.t.Logf("killed %d times while %d reports were acknowledged", i+1, s.acknowledged())
			}
		}
		reports.Wait()
		s.clear()
		s.finish(climbers, 0)
		s.stop(p)
	})
}

// moments returns so many random numbers of reports, below a number of them, ascending.
func (s *stage) moments(n, reports int) []int {
	moments := make([]int, n)
	for i := range moments {
		moments[i] = 1 + s.dice.below(reports-1)
	}
	slices.Sort(moments)
	return moments
}
