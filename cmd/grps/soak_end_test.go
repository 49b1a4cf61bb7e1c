package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/app"
)

// soakDrain bounds how long what is under way may take once nothing new comes: leases run out, and what tells others keeps to the limits
// of Roblox.
const soakDrain = 30 * time.Minute

// finish waits until nothing is under way any more and holds everything against everything. dead is how many effects may have been given
// up. The short soak waits for the looks that come a minute after a change only if one of them may have something to mend.
func (s *stage) finish(climbers []*climber, dead int) {
	s.t.Helper()
	s.settle(dead, scaled(0, 1) > 0)
	counted, calls, err := s.compare(climbers)
	if err != nil && scaled(1, 0) > 0 {
		s.t.Logf("not yet: %v", err)
		s.settle(dead, true)
		counted, calls, err = s.compare(climbers)
	}
	if err != nil {
		s.t.Error(err)
	}
	s.t.Logf("%d reports acknowledged, %d calls made: %v", len(s.accepted), calls, counted)
}

// settle waits until nothing is under way any more, nor, if told so, comes later.
func (s *stage) settle(dead int, all bool) {
	s.t.Helper()
	began := time.Now()
	within(s.t, soakDrain, func() string {
		waiting, later, given, err := s.outbox()
		switch {
		case err != nil:
			return err.Error()
		case waiting > 0:
			return fmt.Sprintf("%d effects still wait", waiting)
		case all && later > 0:
			return fmt.Sprintf("%d effects come later", later)
		case given > dead:
			s.t.Fatalf("%d effects were given up, at most %d may be", given, dead)
		}
		return ""
	})
	s.t.Logf("nothing waits any more after %s", time.Since(began).Round(time.Millisecond))
}

// compare holds every player against the record, the ledger and the calls. It returns what became of the decisions, how many calls there were
// and what is wrong.
func (s *stage) compare(climbers []*climber) (statuses map[string]int, made int, wrong error) {
	s.t.Helper()
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
	statuses = make(map[string]int)
	var faults []error
	for _, c := range climbers {
		decisions, err := s.ledger(c.user)
		if err == nil {
			err = s.checkMember(c.user, roster[c.user], decisions, of[c.user])
		}
		if err == nil {
			err = s.checkKept(c.user, decisions)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%d, report %d: %w", c.user, c.n, err))
		}
		for _, d := range decisions {
			statuses[d.Action+" "+d.Status]++
		}
	}
	return statuses, len(calls), errors.Join(faults...)
}

// checkMember holds a member against the record, and the calls about them against the ledger.
func (s *stage) checkMember(user int64, shown standing, decisions []entry, calls []sandbox.Call) error {
	for _, d := range decisions {
		if !d.ended() {
			return fmt.Errorf("decision %s is still %s (%s)", d.ID, d.Status, d.Detail)
		}
	}
	if err := checkReleases(decisions); err != nil {
		return err
	}
	if err := checkBans(shown, decisions, calls); err != nil {
		return err
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
		if confirmed := lastConfirmed(decisions); confirmed != "" && rank != confirmed {
			return fmt.Errorf("the record of somebody who left shows %q, last confirmed was %q: %v", rank, confirmed, decisions)
		}
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

// checkReleases returns an error unless each suspension was ended once, by itself. Where something failed it may have been tried again.
func checkReleases(decisions []entry) error {
	suspensions, releases := 0, 0
	for _, d := range decisions {
		switch {
		case d.Status == "failed":
			return nil
		case d.Action == "SUSPEND" && d.Status == "applied":
			suspensions++
		case d.Action == "RESTORE" && d.From == suspendedRank:
			releases++
			if d.Principal != app.SchedulePrincipal {
				return fmt.Errorf("decision %s released for %s, not by itself", d.ID, d.Principal)
			}
		}
	}
	if suspensions != releases {
		return fmt.Errorf("%d suspensions were ended %d times: %v", suspensions, releases, decisions)
	}
	return nil
}

// checkBans returns an error unless each ban that was applied was told to Roblox once, and is in force there.
func checkBans(shown standing, decisions []entry, calls []sandbox.Call) error {
	bans, told := 0, 0
	for _, d := range decisions {
		if d.Action == "BAN" && d.Status == "applied" {
			bans++
		}
	}
	for _, c := range calls {
		if c.Operation == sandbox.OpUpdateRestriction && c.Changed {
			told++
		}
	}
	if bans != told || bans > 0 && (len(shown.Restrictions) != 1 || !shown.Restrictions[0].Active) {
		return fmt.Errorf("%d bans were told %d times, and Roblox shows %v", bans, told, shown.Restrictions)
	}
	return nil
}

// lastConfirmed returns the rank that Roblox confirmed last; "" when it showed another one, which was adopted. A punishment of somebody who
// is not in the group, and its end, are applied by holding in the record.
func lastConfirmed(decisions []entry) string {
	rank := rungName(0)
	for _, d := range decisions {
		switch {
		case d.Status == "superseded":
			rank = ""
		case d.Status == "applied":
			rank = d.To
		}
	}
	return rank
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
		if a.kept && !slices.ContainsFunc(decisions, func(d entry) bool { return d.ID == a.decision }) {
			return fmt.Errorf("report %d was acknowledged with decision %s, which is not in the ledger", a.n, a.decision)
		}
		var again reported
		header, err := s.persist(&again, http.MethodPost, ingestPath, a.body(), a.headers()...)
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
