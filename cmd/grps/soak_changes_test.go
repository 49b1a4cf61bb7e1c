package main

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/app"
)

// oldestFirst sorts decisions by when they were made.
func oldestFirst(decisions []entry) []entry {
	slices.SortFunc(decisions, func(a, b entry) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return decisions
}

// told is a decision with what it was carried out by.
type told struct {
	entry
	assigned bool
	taken    []int64
	back     bool // it was given up, and its first role was given back
	clean    bool // nothing that went before could have left the member otherwise than the decision found them
}

// tale walks through what happened to one member's roles and finds, for every change, the decision that it was made for.
type tale struct {
	decisions []*told
	now       int // the decision that explained the last change: earlier ones explain nothing any more
	held      []int64
	calls     []sandbox.Call
}

// accountFor walks through the calls about one member, who held these roles of the policy at the beginning. It returns the roles that the
// member must hold after them. Its error names the first change that no decision explains, that one decision would explain twice, or that
// is missing.
func accountFor(held []int64, decisions []entry, calls []sandbox.Call) ([]int64, error) {
	t := &tale{held: slices.Clone(held), calls: calls}
	clean := true
	for _, d := range decisions {
		t.decisions = append(t.decisions, &told{entry: d, clean: clean})
		clean = d.Status == "applied" && d.Principal != app.RobloxPrincipal
	}
	for _, c := range calls {
		var err error
		switch {
		case c.Fault == sandbox.FaultLostMember:
			t.leave(c.Time)
		case !c.Changed:
		case c.Operation == sandbox.OpAssignRole:
			err = t.assign(c)
		case c.Operation == sandbox.OpUnassignRole:
			err = t.take(c)
		}
		if err != nil {
			return nil, err
		}
	}
	return t.held, t.complete()
}

// leave is what happens when the member is lost: all roles are gone, and what is under way, or comes next, finds that.
func (t *tale) leave(at time.Time) {
	t.held = nil
	for _, d := range t.decisions {
		if !d.Updated.Before(at) {
			d.clean = false
			if d.Created.After(at) {
				return
			}
		}
	}
}

// assign finds the first decision that leads to the role and was not used for that yet, or one that was given up and gives it back.
func (t *tale) assign(c sandbox.Call) error {
	for i, d := range t.decisions[t.now:] {
		switch {
		case !d.assigned && roleOfRank(d.To) == c.RoleID && d.underWay(c):
			d.assigned = true
		case !d.back && roleOfRank(d.From) == c.RoleID && d.givenUp(c):
			d.back = true
		default:
			continue
		}
		t.now += i
		t.held = append(t.held, c.RoleID)
		return nil
	}
	return fmt.Errorf("call %d assigned role %d at %s, which no decision explains: %s", c.Seq, c.RoleID, c.Time, t)
}

// take finds the first decision that the role was taken away for, and was not yet. One that was given up may lose what it had assigned.
func (t *tale) take(c sandbox.Call) error {
	for i, d := range t.decisions[t.now:] {
		own := roleOfRank(d.To) == c.RoleID
		explains := !own && d.underWay(c) || own && (d.givenUp(c) || d.Status == "superseded")
		if explains && slices.Contains(t.held, c.RoleID) && !slices.Contains(d.taken, c.RoleID) {
			d.taken = append(d.taken, c.RoleID)
			t.now += i
			t.held = slices.DeleteFunc(t.held, func(role int64) bool { return role == c.RoleID })
			return nil
		}
	}
	return fmt.Errorf("call %d took role %d away at %s, which no decision explains: %s", c.Seq, c.RoleID, c.Time, t)
}

// underWay reports whether the decision was being carried out when a call was made: it was made before, and ended after. What was overtaken
// may have been under way a while longer.
func (d *told) underWay(c sandbox.Call) bool {
	return !d.Created.After(c.Time) && (d.Status == "superseded" || !d.Updated.Before(c.Time.Truncate(time.Microsecond)))
}

// givenUp reports whether a call may have brought the member back from a decision that failed.
func (d *told) givenUp(c sandbox.Call) bool { return d.Status == "failed" && !d.Created.After(c.Time) }

// complete returns an error for a decision that was applied, from where nothing else interfered, without both of its changes. What somebody
// did by hand at Roblox is recorded as a decision too, and needs none.
func (t *tale) complete() error {
	for _, d := range t.decisions {
		if d.Status != "applied" || !d.clean || d.From == d.To || d.Principal == app.RobloxPrincipal {
			continue
		}
		if !d.assigned || !slices.Equal(d.taken, []int64{roleOfRank(d.From)}) {
			return fmt.Errorf("decision %s, %s from %s to %s, is applied: its role was assigned %t, and taken were %v: %s",
				d.ID, d.Action, d.From, d.To, d.assigned, d.taken, t)
		}
	}
	return nil
}

// String tells the decisions and the calls, for messages.
func (t *tale) String() string {
	text := ""
	for i, d := range t.decisions {
		text += fmt.Sprintf("\n  %d %s %s→%s %s (%s) %s…%s", i, d.Action, d.From, d.To, d.Status, d.Detail,
			d.Created.Format(time.TimeOnly+".000"), d.Updated.Format(time.TimeOnly+".000"))
	}
	for _, c := range t.calls {
		text += fmt.Sprintf("\n  %s %s %d %d %s changed %t", c.Time.Format(time.TimeOnly+".000"), c.Operation, c.RoleID, c.Status, c.Fault, c.Changed)
	}
	return text
}

func TestAChangeWithoutADecisionIsFound(t *testing.T) {
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	made := func(minute int, from, to, status string) entry {
		at := noon.Add(time.Duration(minute) * time.Minute)
		return entry{ID: fmt.Sprint(minute), Action: "PROMOTE", From: from, To: to, Status: status, Created: at, Updated: at.Add(time.Minute)}
	}
	call := func(second int, operation sandbox.Operation, role int64) sandbox.Call {
		return sandbox.Call{Time: noon.Add(time.Duration(second) * time.Second), Operation: operation, RoleID: role, Changed: true}
	}
	const give, take = sandbox.OpAssignRole, sandbox.OpUnassignRole
	up := []entry{made(0, "Rung 00", "Rung 01", "applied")}
	twice := append(slices.Clone(up), made(2, "Rung 01", "Rung 02", "applied"))
	for name, test := range map[string]struct {
		decisions []entry
		calls     []sandbox.Call
		fits      bool
	}{
		"both changes":              {up, []sandbox.Call{call(1, give, 2001+1), call(2, take, 2001)}, true},
		"two decisions":             {twice, []sandbox.Call{call(1, give, 2002), call(2, take, 2001), call(130, give, 2003), call(131, take, 2002)}, true},
		"there and back":            {append(slices.Clone(up), made(2, "Rung 01", "Rung 00", "applied")), []sandbox.Call{call(1, give, 2002), call(2, take, 2001), call(130, give, 2001), call(131, take, 2002)}, true},
		"nothing":                   {up, nil, false},
		"one change is missing":     {up, []sandbox.Call{call(1, give, 2002)}, false},
		"it is given twice":         {up, []sandbox.Call{call(1, give, 2002), call(2, take, 2001), call(3, take, 2002), call(4, give, 2002)}, false},
		"taken and given back":      {up, []sandbox.Call{call(1, give, 2002), call(2, take, 2001), call(3, give, 2001), call(4, take, 2001)}, false},
		"before it was decided":     {up, []sandbox.Call{call(-1, give, 2002), call(2, take, 2001)}, false},
		"after it was confirmed":    {up, []sandbox.Call{call(1, give, 2002), call(61, take, 2001)}, false},
		"another role":              {up, []sandbox.Call{call(1, give, 2002), call(2, take, 2001), call(3, take, vipRole)}, false},
		"an older one comes after":  {twice, []sandbox.Call{call(130, give, 2003), call(131, take, 2001), call(132, give, 2002), call(133, take, 2002)}, false},
		"what was given up may go":  {[]entry{made(0, "Rung 00", "Rung 01", "failed")}, []sandbox.Call{call(1, give, 2002), call(90, take, 2002)}, true},
		"and what it took be given": {[]entry{made(0, "Rung 00", "Rung 01", "failed")}, []sandbox.Call{call(1, give, 2002), call(2, take, 2001), call(90, give, 2001), call(91, take, 2002)}, true},
		"given back twice":          {[]entry{made(0, "Rung 00", "Rung 01", "failed")}, []sandbox.Call{call(1, give, 2002), call(2, take, 2001), call(90, give, 2001), call(91, give, 2001)}, false},
		"but only once":             {[]entry{made(0, "Rung 00", "Rung 01", "failed")}, []sandbox.Call{call(1, give, 2002), call(2, take, 2002), call(3, give, 2002)}, false},
	} {
		if held, err := accountFor([]int64{2001}, test.decisions, test.calls); (err == nil) != test.fits {
			t.Errorf("%s: the member would hold %v, and the tale is found to be %v", name, held, err)
		}
	}
}
