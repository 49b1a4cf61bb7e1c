package domain_test

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

func TestADecisionExceedsABoundWhenItLeadsUpBeyondIt(t *testing.T) {
	p := standardPolicy(t)
	var names []string
	for rank := range p.Ladder().Rungs() {
		names = append(names, rank.Name)
	}
	if len(names) < 4 {
		t.Fatalf("rungs: got %d, want four at least", len(names))
	}
	low, middle, high, top := names[0], names[1], names[2], names[3]
	punished := "no rung at all"
	for name, c := range map[string]struct {
		decision domain.Decision
		most     string
		want     bool
	}{
		"no bound":                         {domain.Decision{Action: domain.ActionPromote, From: low, To: top}, "", false},
		"up to the bound":                  {domain.Decision{Action: domain.ActionPromote, From: low, To: high}, high, false},
		"up beyond it":                     {domain.Decision{Action: domain.ActionPromote, From: low, To: top}, high, true},
		"up from the bound":                {domain.Decision{Action: domain.ActionPromote, From: high, To: top}, high, true},
		"down to above it":                 {domain.Decision{Action: domain.ActionDemote, From: top, To: high}, middle, false},
		"nothing":                          {domain.Decision{Action: domain.ActionNone, From: top, To: top}, low, false},
		"a ban without a rank for it":      {domain.Decision{Action: domain.ActionBan, From: top, To: top}, low, false},
		"a suspension":                     {domain.Decision{Action: domain.ActionSuspend, From: top, To: punished}, low, false},
		"the end of one by order":          {domain.Decision{Action: domain.ActionRestore, From: punished, To: top, Reason: domain.ReasonManual}, high, true},
		"the end of one within the bound":  {domain.Decision{Action: domain.ActionRestore, From: punished, To: high, Reason: domain.ReasonManual}, high, false},
		"the end of one that was served":   {domain.Decision{Action: domain.ActionRestore, From: punished, To: top, Reason: domain.ReasonSuspensionServed}, low, false},
		"an undo that leads back up":       {domain.Decision{Action: domain.ActionPromote, From: low, To: top, Reason: domain.ReasonUndo}, high, true},
		"a bound that is no rung":          {domain.Decision{Action: domain.ActionPromote, From: low, To: middle}, "Emperor", true},
		"a bound that is a rung's in part": {domain.Decision{Action: domain.ActionPromote, From: low, To: middle}, top[:2], true},
		"down under a bound that is none":  {domain.Decision{Action: domain.ActionDemote, From: middle, To: low}, "Emperor", false},
	} {
		if got := p.Exceeds(c.decision, c.most); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

func TestAMoveThatWasRefusedIsRefusedUntilItsTimeIsOver(t *testing.T) {
	d := domain.Decision{Action: domain.ActionPromote, From: "a", To: "b"}
	s := domain.Reject(domain.Standing{}, d, noon)
	other := d
	other.To = "c"
	if !s.Rejected.Refuses(d, noon.Add(-time.Microsecond)) || s.Rejected.Refuses(d, noon) || s.Rejected.Refuses(other, noon.Add(-time.Hour)) {
		t.Error("a refused move: want it refused until its time is over, and no other")
	}
}
