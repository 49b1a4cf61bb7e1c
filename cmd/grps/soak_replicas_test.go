package main

import (
	"testing"
	"time"
)

// Two services share a database. One is killed in the middle of everything and not started again; the other finishes what it left.
func TestSoakAReplicaFinishesWhatAnotherLeft(t *testing.T) {
	soakOnPostgres(t, func(s *stage) {
		members, moves := scaled(16, 100), scaled(2, 10)
		climbers := s.newClimbers(members)
		s.disturb(map[string]any{"kind": "slow", "hangSeconds": 0.05}) // so that there is a middle to be killed in
		s.env = append(s.env, "APPLY_WAIT=500ms")
		one, two := s.serve(), s.serve()
		reports := s.each(climbers, func(c *climber) error {
			if c.user%2 == 0 { // both see it end, and one of them releases
				if err := c.serveTime(6 * time.Second); err != nil {
					return err
				}
			}
			return c.climb(moves)
		})
		middle := members/2 + s.dice.below(members*moves/2-members/2)
		within(t, soakPatience, func() string {
			if s.acknowledged() < middle && !t.Failed() {
				return "no more reports are acknowledged"
			}
			return ""
		})
		time.Sleep(s.dice.upTo(300 * time.Millisecond))
		s.kill(one)
		t.Logf("one was killed when %d reports had been acknowledged", s.acknowledged())
		reports.Wait()
		s.finish(climbers, 0)
		s.stop(two)
	})
}
