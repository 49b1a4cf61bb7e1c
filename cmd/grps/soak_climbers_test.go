package main

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// climber is a player whom a game reports, one report after the other, each leading a rung up or down.
type climber struct {
	s     *stage
	user  int64
	rung  int
	came  int   // the rung before, which games go on naming for a while
	n     int   // reports so far
	moved int   // decisions that were applied
	last  entry // the decision about the last move
	lost  bool  // they left the group for good
}

// newClimbers makes members of players: each holds the lowest rung's role, and another that is none of the policy's.
func (s *stage) newClimbers(n int) []*climber {
	s.t.Helper()
	climbers := make([]*climber, n)
	for i := range climbers {
		climbers[i] = &climber{s: s, user: firstSoakUser + int64(i)}
		if err := s.stand.join(climbers[i].user, firstSoakRole, vipRole); err != nil {
			s.t.Fatal(err)
		}
	}
	return climbers
}

// each lets all climbers do something at once and fails the test with what went wrong.
func (s *stage) each(climbers []*climber, do func(c *climber) error) *sync.WaitGroup {
	var all sync.WaitGroup
	s.t.Cleanup(all.Wait) // when the test ends before them they are cut off
	for _, c := range climbers {
		all.Go(func() {
			if err := do(c); err != nil && s.t.Context().Err() == nil {
				s.t.Errorf("%d, report %d: %v", c.user, c.n, err)
			}
		})
	}
	return &all
}

// climb moves until so many decisions were applied, each before the next report is sent.
func (c *climber) climb(moves int) error {
	for c.moved < moves && !c.s.t.Failed() {
		if err := c.move(); err != nil {
			return err
		}
	}
	return nil
}

// move reports what leads a rung up or, now and then, down, and waits until the decision ended.
func (c *climber) move() error {
	points := (c.rung + 1) * pointsForARung
	if c.rung == soakRungs-1 || c.rung > 0 && c.s.dice.below(10) < 3 {
		points = c.rung*pointsForARung - 1
	}
	got, err := c.s.send(c.report(points, time.Time{}))
	if err != nil {
		return err
	}
	return c.follow(got.Decision)
}

func (c *climber) report(points int, until time.Time) report {
	c.n++
	r := report{user: c.user, n: c.n, rank: rungName(c.rung), points: points, until: until}
	if c.s.dice.below(3) == 0 {
		r.rank = rungName(c.came)
	}
	return r
}

// follow waits until a decision ended and takes over where it left the player.
func (c *climber) follow(d entry) error {
	if d.Action != "PROMOTE" && d.Action != "DEMOTE" {
		return fmt.Errorf("from rung %d the decision is %s", c.rung, d.Action)
	}
	ended, err := c.s.end(d.ID)
	if err != nil {
		return err
	}
	c.last = ended
	if ended.Status == "applied" {
		c.moved++
	}
	return c.locate()
}

// locate takes over where the record shows the player.
func (c *climber) locate() error {
	rank, err := c.s.rank(c.user)
	if err != nil {
		return err
	}
	rung := rungOf(rank)
	if rung < 0 {
		return errors.New("the record shows " + rank)
	}
	if rung != c.rung {
		c.came, c.rung = c.rung, rung
	}
	return nil
}

// serveTime reports a suspension that ends after a while, and waits until it was in force and is over.
func (c *climber) serveTime(length time.Duration) error {
	until := time.Now().Add(length)
	got, err := c.s.send(c.report(c.rung*pointsForARung, until))
	switch {
	case err != nil:
		return err
	case got.Decision.Action == "NONE" && !time.Now().Before(until):
		return nil // it took too long to be heard
	case got.Decision.Action != "SUSPEND":
		return fmt.Errorf("a suspension was asked for, and the decision is %s", got.Decision.Action)
	}
	if _, err = c.s.end(got.Decision.ID); err != nil {
		return err
	}
	for deadline := until.Add(soakPatience); ; time.Sleep(500 * time.Millisecond) {
		decisions, err := c.s.ledger(c.user)
		if err != nil {
			return err
		}
		if last := decisions[len(decisions)-1]; last.Action == "RESTORE" && last.ended() || last.Action == "SUSPEND" && last.Status == "failed" {
			if rank, err := c.s.rank(c.user); err != nil || rank != suspendedRank {
				return errors.Join(err, c.locate())
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the suspension until %s does not end: %v", until, decisions)
		}
	}
}

// misbehave reports a ban, and waits until it is in force.
func (c *climber) misbehave() error {
	r := c.report(c.rung*pointsForARung, time.Time{})
	r.ban = true
	got, err := c.s.send(r)
	if err != nil {
		return err
	}
	if ended, err := c.s.end(got.Decision.ID); err != nil || ended.Action != "BAN" || ended.Status != "applied" {
		return fmt.Errorf("a ban was asked for, and the decision is %s %s: %w", ended.Action, ended.Status, err)
	}
	return nil
}
