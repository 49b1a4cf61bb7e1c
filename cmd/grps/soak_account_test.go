package main

import (
	"fmt"
	"maps"
	"testing"
)

// account is what became of reports that were sent.
type account struct {
	acknowledged int
	unheard      map[sighting]bool // those that were not acknowledged, and are kept
	lost         int               // those that were not acknowledged, and are not kept
}

func (a account) String() string {
	return fmt.Sprintf("%d reports were acknowledged, and each is found once; %d were not, of which %d are found once and %d are not",
		a.acknowledged, len(a.unheard)+a.lost, len(a.unheard), a.lost)
}

// accountForReports holds what was sent against how often each report is kept, and against the points of each player. Its error names a
// report that was acknowledged and is gone, one that is kept twice or that nobody sent, or a player who does not stand where the newest
// report that is kept leaves them.
func accountForReports(sent []sentReport, kept map[sighting]int, points map[int64]int64) (account, error) {
	a := account{unheard: make(map[sighting]bool)}
	known, newest := make(map[sighting]bool, len(sent)), make(map[int64]int64)
	for _, s := range sent {
		known[s.sighting] = true
		switch times := kept[s.sighting]; {
		case times > 1:
			return a, fmt.Errorf("report %s is kept %d times", s.key(), times)
		case s.acknowledged && times == 0:
			return a, fmt.Errorf("report %s was acknowledged and is not kept", s.key())
		case s.acknowledged:
			a.acknowledged++
		case times == 1:
			a.unheard[s.sighting] = true
		default:
			a.lost++
		}
	}
	for s := range kept {
		if !known[s] {
			return a, fmt.Errorf("report %s is kept and was not sent", s.key())
		}
		newest[s.user] = max(newest[s.user], s.n)
	}
	for user, n := range newest {
		if points[user] != n {
			return a, fmt.Errorf("%d has %d points, and the newest report that is kept tells %d", user, points[user], n)
		}
	}
	if len(points) != len(newest) {
		return a, fmt.Errorf("%d players are known, and reports are kept about %d", len(points), len(newest))
	}
	return a, nil
}

func TestAReportThatIsLostOrKeptTwiceIsFound(t *testing.T) {
	sent := []sentReport{{sighting{1, 1}, true}, {sighting{1, 2}, true}, {sighting{1, 3}, false}, {sighting{2, 1}, true}}
	whole := map[sighting]int{{1, 1}: 1, {1, 2}: 1, {2, 1}: 1}
	with := func(s sighting, times int) map[sighting]int {
		changed := maps.Clone(whole)
		changed[s] = times
		if times == 0 {
			delete(changed, s)
		}
		return changed
	}
	stands := map[int64]int64{1: 2, 2: 1}
	for name, test := range map[string]struct {
		kept   map[sighting]int
		points map[int64]int64
		fits   bool
	}{
		"all that was acknowledged":           {whole, stands, true},
		"and what was not":                    {with(sighting{1, 3}, 1), map[int64]int64{1: 3, 2: 1}, true},
		"one is lost":                         {with(sighting{1, 1}, 0), stands, false},
		"the newest is lost":                  {with(sighting{1, 2}, 0), map[int64]int64{1: 1, 2: 1}, false},
		"one is kept twice":                   {with(sighting{1, 1}, 2), stands, false},
		"one nobody heard of is kept twice":   {with(sighting{1, 3}, 2), map[int64]int64{1: 3, 2: 1}, false},
		"one is kept that nobody sent":        {with(sighting{2, 2}, 1), map[int64]int64{1: 2, 2: 2}, false},
		"a player stands where an older left": {whole, map[int64]int64{1: 1, 2: 1}, false},
		"or where nothing that is kept could": {whole, map[int64]int64{1: 3, 2: 1}, false},
		"a player is gone":                    {whole, map[int64]int64{1: 2}, false},
		"a player was never reported":         {whole, map[int64]int64{1: 2, 2: 1, 3: 1}, false},
	} {
		if a, err := accountForReports(sent, test.kept, test.points); (err == nil) != test.fits {
			t.Errorf("%s: it is found that %s (%v)", name, a, err)
		}
	}
}
