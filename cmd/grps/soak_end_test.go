package main

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

// soakDrain bounds how long what is under way may take once nothing new comes: leases run out, and what tells others keeps to the limits
// of Roblox.
const soakDrain = 30 * time.Minute

// finish waits until nothing is under way any more and holds everything against everything. dead is how many effects may have been given
// up.
func (s *stage) finish(climbers []*climber, dead int) {
	s.t.Helper()
	began := time.Now()
	within(s.t, soakDrain, func() string {
		waiting, given, err := s.outbox()
		switch {
		case err != nil:
			return err.Error()
		case waiting > 0:
			return fmt.Sprintf("%d effects still wait", waiting)
		case given > dead:
			s.t.Fatalf("%d effects were given up, at most %d may be", given, dead)
		}
		return ""
	})
	s.t.Logf("nothing waits any more after %s", time.Since(began).Round(time.Millisecond))
	calls, err := s.stand.log()
	if err != nil {
		s.t.Fatal(err)
	}
	roster, err := s.stand.roster()
	if err != nil {
		s.t.Fatal(err)
	}
	of := make(map[int64][]sandbox.Call)
	for _, c := range calls {
		of[c.UserID] = append(of[c.UserID], c)
	}
	var counted tally
	each(climbers, func(c *climber) error {
		decisions, err := s.ledger(c.user)
		if err != nil {
			return err
		}
		counted.add(decisions)
		if err := s.checkMember(c.user, roster[c.user], decisions, of[c.user]); err != nil {
			return err
		}
		return s.checkKept(c.user, decisions)
	}).Wait()
	s.t.Logf("%d reports acknowledged, %d calls made: %v", len(s.accepted), len(calls), counted.statuses)
}

// tally counts decisions by what became of them.
type tally struct {
	mu       sync.Mutex
	statuses map[string]int
}

func (c *tally) add(decisions []entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.statuses == nil {
		c.statuses = make(map[string]int)
	}
	for _, d := range decisions {
		c.statuses[d.Action+" "+d.Status]++
	}
}

// checkMember holds a member against the record, and the calls about them against the ledger.
func (s *stage) checkMember(user int64, shown standing, decisions []entry, calls []sandbox.Call) error {
	for _, d := range decisions {
		if !d.ended() {
			return fmt.Errorf("decision %s is still %s (%s)", d.ID, d.Status, d.Detail)
		}
	}
	must, err := accountFor([]int64{firstSoakRole}, decisions, calls)
	if err != nil {
		return err
	}
	rank, err := s.rank(user)
	if err != nil {
		return err
	}
	var managed []int64
	vip := false
	for _, role := range shown.Roles {
		vip = vip || role.ID == vipRole
		if role.ID >= firstSoakRole && role.ID <= suspendedRole {
			managed = append(managed, role.ID)
		}
	}
	switch {
	case !shown.Member:
		return nil
	case !slices.Equal(managed, []int64{roleOfRank(rank)}):
		return fmt.Errorf("the record shows %q, and the member holds %v: %v", rank, managed, decisions)
	case !slices.Equal(managed, must):
		return fmt.Errorf("the member holds %v, and by the calls it must be %v", managed, must)
	case !vip:
		return fmt.Errorf("the VIP role is gone: %v", shown.Roles)
	}
	return nil
}

// checkKept holds what was acknowledged about a player against what is kept: each report once in the history, its decision in the ledger,
// and the same answer again for its key.
func (s *stage) checkKept(user int64, decisions []entry) error {
	found, err := s.history(user)
	if err != nil {
		return err
	}
	for n, times := range found {
		if times != 1 {
			return fmt.Errorf("report %d is %d times in the history", n, times)
		}
	}
	for _, a := range s.accepted {
		if a.user != user {
			continue
		}
		if found[a.n] != 1 {
			return fmt.Errorf("report %d was acknowledged and is not in the history", a.n)
		}
		if !slices.ContainsFunc(decisions, func(d entry) bool { return d.ID == a.decision }) {
			return fmt.Errorf("report %d was acknowledged with decision %s, which is not in the ledger", a.n, a.decision)
		}
		var again reported
		header, err := s.persist(&again, http.MethodPost, ingestPath, a.body(), "x-grps-apply", "true", "idempotency-key", a.key())
		switch {
		case err != nil:
			return err
		case header.Get("Idempotent-Replayed") != "true" || again.Decision.ID != a.decision:
			return fmt.Errorf("report %d got decision %s, and repeated decision %s (replayed: %q)",
				a.n, a.decision, again.Decision.ID, header.Get("Idempotent-Replayed"))
		}
	}
	return nil
}
