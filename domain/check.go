package domain

import (
	"strconv"
	"time"
)

// Criterion names what a [Check] compared.
type Criterion uint8

// The criteria, in the order of the rules that use them.
const (
	CriterionRankIgnored    Criterion = iota + 1 // automation never looks at this rank
	CriterionBan                                 // a ban is in force
	CriterionWarningsSevere                      // warnings that ban
	CriterionReported                            // a game reported a punishment that is not imposed yet
	CriterionSuspension                          // seconds of the suspension that have passed
	CriterionWarningsTrial                       // warnings that suspend
	CriterionHold                                // the player is on hold
	CriterionRankLocked                          // the rank is locked
	CriterionKeepPoints                          // points that the present rank needs
	CriterionPoints                              // points that the next rank needs
	CriterionTenure                              // seconds in the present rank that the next one needs
	CriterionRungs                               // rungs that automation moved the player in the last 24 hours
	CriterionGrowth                              // points by which the player grew in a window that the policy bounds
	CriterionSettled                             // a decision was carried out at this very instant
	CriterionPrivileged                          // the move touches a privileged rank
	CriterionRejected                            // an administrator refused the move, not long ago
	CriterionNextMove                            // what the rules would do at the next look at the player
	CriterionOtherwise                           // what a later rule would have done
)

// String returns the stable lower_snake_case word that the API and storage use.
func (c Criterion) String() string {
	switch c {
	case CriterionRankIgnored:
		return "rank_ignored"
	case CriterionBan:
		return "ban"
	case CriterionWarningsSevere:
		return "warnings_severe"
	case CriterionReported:
		return "punishment_reported"
	case CriterionSuspension:
		return "suspension"
	case CriterionSettled:
		return "settled"
	case CriterionWarningsTrial:
		return "warnings_trial"
	case CriterionHold:
		return "hold"
	case CriterionRankLocked:
		return "rank_locked"
	case CriterionKeepPoints:
		return "points_to_keep"
	case CriterionPoints:
		return "points"
	case CriterionTenure:
		return "tenure"
	case CriterionRungs:
		return "rungs_today"
	case CriterionGrowth:
		return "points_growth"
	case CriterionPrivileged:
		return "privileged"
	case CriterionRejected:
		return "rejected"
	case CriterionNextMove:
		return "next_move"
	case CriterionOtherwise:
		return "otherwise"
	}
	return ""
}

// ParseCriterion returns the criterion that text names, exactly as String writes it; any other text is an error of KindInvalid.
func ParseCriterion(text string) (Criterion, error) {
	for c := CriterionRankIgnored; c <= CriterionOtherwise; c++ {
		if c.String() == text {
			return c, nil
		}
	}
	return 0, invalid("criterion_unknown", "the criterion is not one of those that decisions use")
}

// Unit returns what the numbers of a check of this criterion count: "points", "warnings", "seconds" or "rungs"; "" for a plain fact.
func (c Criterion) Unit() string {
	switch c {
	case CriterionKeepPoints, CriterionPoints, CriterionGrowth:
		return "points"
	case CriterionWarningsSevere, CriterionWarningsTrial:
		return "warnings"
	case CriterionSuspension, CriterionTenure:
		return "seconds"
	case CriterionRungs:
		return "rungs"
	case CriterionRankIgnored, CriterionBan, CriterionReported, CriterionSettled, CriterionHold, CriterionRankLocked,
		CriterionPrivileged, CriterionRejected, CriterionNextMove, CriterionOtherwise:
	}
	return ""
}

// Check is one criterion that mattered to a decision. For a plain fact Met says whether it holds.
type Check struct {
	Rank      string // the rank that asks for it, or that the action leads to; "" when none does
	Required  int64  // in Criterion.Unit
	Actual    int64  // in Criterion.Unit
	Criterion Criterion
	Action    Action // for CriterionOtherwise: what would have been done; for CriterionNextMove: what would be done next
	Unknown   bool   // Actual is not known, which counts as met
	Met       bool
}

// Missing returns how much Actual falls short of Required; 0 when the check is met, counts nothing, or asks for no more than so much.
func (c Check) Missing() int64 {
	if c.Met || c.Unknown || c.Criterion.Unit() == "" || c.Criterion == CriterionRungs || c.Criterion == CriterionGrowth {
		return 0
	}
	return c.Required - c.Actual
}

// Sentence returns the check in words, such as "230 more points needed for Storm Corporal I (520 of 750)".
func (c Check) Sentence() string {
	switch c.Criterion {
	case CriterionRankIgnored:
		return "automation does not look at the rank " + c.Rank
	case CriterionBan:
		return "a ban is in force"
	case CriterionReported:
		return "a game reported a punishment"
	case CriterionSuspension:
		switch {
		case c.Met:
			return "the suspension is over"
		case c.Required == 0:
			return "a suspension without an end is in force"
		}
		return "a suspension is in force for another " + span(c.Missing())
	case CriterionSettled:
		return "a decision was carried out at this very instant"
	case CriterionHold:
		return "the player is on hold"
	case CriterionRankLocked:
		return "the rank " + c.Rank + " is locked"
	case CriterionPrivileged:
		return "the rank " + c.Rank + " is privileged"
	case CriterionRejected:
		return "an administrator refused the move to " + c.Rank
	case CriterionNextMove:
		return "the rules would " + c.Action.String() + " to " + c.Rank + " at the next report"
	case CriterionOtherwise:
		return "the answer would be " + c.Action.String() + " to " + c.Rank
	case CriterionWarningsSevere:
		return plural(c.Actual, "warning") + ", a ban takes " + strconv.FormatInt(c.Required, 10)
	case CriterionWarningsTrial:
		return plural(c.Actual, "warning") + ", a suspension takes " + strconv.FormatInt(c.Required, 10)
	case CriterionKeepPoints:
		return plural(c.Actual, "point") + ", " + c.Rank + " takes " + strconv.FormatInt(c.Required, 10)
	case CriterionPoints:
		if c.Met {
			return plural(c.Actual, "point") + ", " + c.Rank + " takes " + strconv.FormatInt(c.Required, 10)
		}
		return strconv.FormatInt(c.Missing(), 10) + " more points needed for " + c.Rank + " (" + ratio(c) + ")"
	case CriterionTenure:
		switch {
		case c.Unknown:
			return "time in the present rank is unknown and counts as served for " + c.Rank
		case c.Met:
			return "time in the present rank suffices for " + c.Rank
		}
		return span(c.Missing()) + " more in the present rank needed for " + c.Rank
	case CriterionGrowth:
		return "grew by " + plural(c.Actual, "point") + " within the window of a cap, the policy allows " + strconv.FormatInt(c.Required, 10)
	case CriterionRungs:
		return plural(c.Actual, "rung") + " in the last 24 hours, the policy allows " + strconv.FormatInt(c.Required, 10)
	}
	return c.Criterion.String()
}

func ratio(c Check) string {
	return strconv.FormatInt(c.Actual, 10) + " of " + strconv.FormatInt(c.Required, 10)
}

// span returns seconds in the largest whole units that a reader needs: days and hours, or less than a day exactly.
func span(seconds int64) string {
	const day = 24 * 60 * 60
	if seconds < day {
		return (time.Duration(seconds) * time.Second).String()
	}
	text := plural(seconds/day, "day")
	if hours := seconds % day / 3600; hours > 0 {
		text += " " + plural(hours, "hour")
	}
	return text
}

func plural(n int64, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.FormatInt(n, 10) + " " + word + "s"
}

// maxChecks is how many checks one evaluation can make: every rule at most two, every later rule once more.
const maxChecks = 16

// Checks is the bounded list of checks of one decision, in the order of the rules. The zero value is empty. It lives in the decision
// itself, so deciding costs no allocation.
type Checks struct {
	n  int
	at [maxChecks]Check
}

// ChecksOf returns the list of checks; those beyond what one evaluation can make are left out.
func ChecksOf(checks ...Check) Checks {
	var c Checks
	for _, check := range checks {
		c.add(check)
	}
	return c
}

// All returns the checks; nil when there are none.
func (c Checks) All() []Check {
	if c.n == 0 {
		return nil
	}
	all := make([]Check, c.n)
	copy(all, c.at[:c.n])
	return all
}

// Find returns the first check of that criterion, and false when there is none.
func (c *Checks) Find(criterion Criterion) (Check, bool) {
	for i := range c.n {
		if c.at[i].Criterion == criterion {
			return c.at[i], true
		}
	}
	return Check{}, false
}

func (c *Checks) add(check Check) {
	if c.n < maxChecks {
		c.at[c.n] = check
		c.n++
	}
}
