package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/app"
)

// Two services share a database. One is killed in the middle of everything and not started again; the other finishes what it left. Both
// have a schedule of reviews, and both end suspensions: each of those happens once.
func TestSoakAReplicaFinishesWhatAnotherLeft(t *testing.T) {
	soakOnPostgres(t, func(s *stage) {
		members, moves := scaled(16, 100), scaled(2, 10)
		climbers := s.newClimbers(members + members/4)
		moving, quiet := climbers[:members], climbers[members:]
		s.disturb(map[string]any{"kind": "slow", "hangSeconds": 0.05}) // so that there is a middle to be killed in
		s.env = append(s.env, "APPLY_WAIT=500ms")

		first := s.serve() // without a schedule: what it is told waits for the first review
		s.each(quiet, (*climber).tell).Wait()
		s.stop(first)

		// The review of the minute before is made up for when they start.
		s.env = append(s.env, "REVIEW_SCHEDULE=* * * * *", "REVIEW_MAX_PUNISH_PERCENT=100")
		one, two := s.serve(), s.serve()
		reports := s.each(moving, func(c *climber) error {
			if c.user%2 == 0 { // both see it end, and one of them releases
				if err := c.serveTime(6 * time.Second); err != nil {
					return err
				}
			}
			return c.climb(moves)
		})
		middle := members/2 + s.dice.below(members*moves/2-members/2)
		within(t, soakPatience, func() string {
			if s.acknowledged() < len(quiet)+middle && !t.Failed() {
				return "no more reports are acknowledged"
			}
			return ""
		})
		time.Sleep(s.dice.upTo(300 * time.Millisecond))
		s.kill(one)
		t.Logf("one was killed when %d reports had been acknowledged", s.acknowledged())
		reports.Wait()
		s.each(quiet, (*climber).wasReviewedOnce).Wait()
		s.finish(climbers, 0)
		s.checkReviews()
		s.stop(two)
	})
}

// tell reports points for the next rung without asking for a decision.
func (c *climber) tell() error {
	r := c.report(pointsForARung, time.Time{})
	r.told = true
	_, err := c.s.send(r)
	return err
}

// wasReviewedOnce waits until a review moved the player, and returns an error unless one did, once.
func (c *climber) wasReviewedOnce() error {
	for deadline := time.Now().Add(soakPatience); ; time.Sleep(500 * time.Millisecond) {
		decisions, err := c.s.ledger(c.user)
		switch {
		case err != nil:
			return err
		case len(decisions) > 1, len(decisions) == 1 && (decisions[0].Action != "PROMOTE" || decisions[0].Principal != app.SchedulePrincipal):
			return fmt.Errorf("one promotion by a scheduled review was due, and there are %v", decisions)
		case len(decisions) == 1 && decisions[0].Status == "applied":
			return nil
		case time.Now().After(deadline):
			return errors.New("no review moved the player")
		}
	}
}

// review is a review of all players as the API tells it.
type review struct {
	ID, State, Schedule, Detail string
	Scanned, Total              int
	StartedAt, EndedAt          time.Time
}

// checkReviews fails the test unless the review of each scheduled instant ran once, one at a time, to its end.
func (s *stage) checkReviews() {
	s.t.Helper()
	var reviews []review
	within(s.t, soakPatience, func() string {
		reviews = nil
		for cursor := ""; ; {
			var page struct {
				Reviews    []review
				NextCursor string
			}
			if _, err := s.persist(&page, "GET", "/automation/reviews?limit=50&cursor="+cursor, ""); err != nil {
				return err.Error()
			}
			reviews = append(reviews, page.Reviews...)
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		if len(reviews) == 0 || reviews[0].State == "queued" || reviews[0].State == "running" {
			return fmt.Sprintf("the last of %d reviews is not over: %v", len(reviews), reviews)
		}
		return ""
	})
	instants := make(map[string]bool)
	for i, r := range reviews { // the newest comes first
		if r.State != "done" || r.Schedule == "" || instants[r.Schedule] {
			s.t.Errorf("the review of %q is %s (%s); the instants of later ones are %v", r.Schedule, r.State, r.Detail, instants)
		}
		if i > 0 && r.EndedAt.After(reviews[i-1].StartedAt) {
			s.t.Errorf("the review of %s ended at %s, when the next had begun at %s", r.Schedule, r.EndedAt, reviews[i-1].StartedAt)
		}
		instants[r.Schedule] = true
	}
	s.t.Logf("%d reviews ran by schedule, each once", len(reviews))
}
