package domain

import (
	"fmt"
	"strings"
	"time"
)

// Canonical returns the decision as a text: the same bytes for equal decisions, on every machine, and others for any other decision. So
// whoever makes a decision again from what it was made of can show that nothing was changed. Each line is a word and its values; texts
// are quoted in ASCII as Go's %+q does, instants are RFC 3339 in UTC, - where there is none:
//
//	action <action> <from> <to> <reason code>
//	until <instant>
//	approval <needed>
//	check <criterion> <rank> <required> <actual> <action> <unknown> <met>     each, in the order of the rules
//	hold <mode>
//	returned <rank since> <former rank> <punishment> <until>
//	revision <of the policy>
//
// hold and returned stand there only when they say something.
func (d Decision) Canonical() string {
	var b strings.Builder
	fmt.Fprintf(&b, "action %s %+q %+q %+q\n", d.Action, d.From, d.To, string(d.Reason))
	fmt.Fprintf(&b, "until %s\napproval %t\n", canonicalInstant(d.Until), d.NeedsApproval)
	for _, c := range d.Checks.All() {
		fmt.Fprintf(&b, "check %s %+q %d %d %s %t %t\n", c.Criterion, c.Rank, c.Required, c.Actual, c.Action, c.Unknown, c.Met)
	}
	if d.Hold != HoldUnsaid {
		fmt.Fprintf(&b, "hold %s\n", d.Hold)
	}
	if r := d.Returned; r != (Returned{}) {
		fmt.Fprintf(&b, "returned %s %+q %+q %s\n",
			canonicalInstant(r.RankSince), r.FormerRank, r.Punishment.Status.String(), canonicalInstant(r.Punishment.Until))
	}
	fmt.Fprintf(&b, "revision %+q\n", d.Revision)
	return b.String()
}

func canonicalInstant(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return Instant(t).Format(time.RFC3339Nano)
}
