package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// printRewind prints who changes by a rewind, and how many.
func printRewind(w io.Writer, r rewindAnswer, players []rewoundPlayer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(players) > 0 {
		fmt.Fprintln(table, "PLAYER\tREPORTS\tPOINTS\tRANK\t"+map[bool]string{true: "WHAT IS DONE", false: "WHAT --apply DOES"}[r.Apply])
	}
	for _, p := range players {
		fmt.Fprintf(table, "%d\t%d\t%s\t%s\t%s\n", p.UserID, p.Snapshots,
			becomes(fmt.Sprint(p.Before.RankPoints), fmt.Sprint(p.After.RankPoints)), becomes(p.Before.Rank, p.After.Rank), p.done())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	c := r.Counts
	if r.Phase == "apply" {
		c = r.Decided
	}
	line := fmt.Sprintf("rewind %s is %s: %s; %d of %s", r.ID, r.State,
		counted(int(r.Counts.Snapshots), "report"), c.Changed+c.Unseen, counted(int(c.Players), "player"))
	line += map[bool]string{true: " changed", false: " would change"}[r.Phase == "apply"]
	if c.Undone+c.Left+c.decided() > 0 {
		line += fmt.Sprintf("; %s taken back, %d left, %d made by the rules", counted(int(c.Undone), "decision"), c.Left, c.decided())
	}
	if r.underWay() {
		line += fmt.Sprintf("; %s, %d of %d", rewindDoing(r.Phase), r.Scanned, r.Total)
	}
	if r.Detail != "" {
		line += "\n" + r.Detail
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// becomes names a change; what stays stands there once.
func becomes(before, after string) string {
	if before == after {
		return before
	}
	return before + " → " + after
}

// done says what becomes of a player besides points and rank.
func (p rewoundPlayer) done() string {
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if p.Outcome == "unseen" {
		say("no other report is known")
	}
	for _, d := range p.Decisions {
		switch {
		case d.Left != "" && d.ID == "":
			say("no hold: %s", d.Left)
		case d.Left != "":
			say("%s to %s stays: %s", d.Action, d.To, d.Left)
		case d.Action == "NONE":
			say("on hold")
		default:
			say("%s (%s)", d.Action, d.Reason)
		}
	}
	for _, counter := range []struct {
		name          string
		before, after int64
	}{
		{"KOs", p.Before.Kos, p.After.Kos},
		{"WOs", p.Before.Wos, p.After.Wos},
		{"warnings", p.Before.Warnings, p.After.Warnings},
		{"recommendations", p.Before.Recommendations, p.After.Recommendations},
	} {
		if counter.before != counter.after {
			say("%s %d → %d", counter.name, counter.before, counter.after)
		}
	}
	if p.Outcome == "same" {
		say("stays the same")
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}

// printRewinds prints one line for each rewind.
func printRewinds(w io.Writer, answer json.RawMessage) error {
	var page struct {
		Rewinds    []rewindAnswer `json:"rewinds"`
		NextCursor string         `json:"nextCursor"`
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return fmt.Errorf("read the rewinds: %w", err)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "REWIND\tSTATE\tAPPLY\tFOR\tBEGAN\tOF\tSINCE\tREPORTS\tCHANGED")
	for _, r := range page.Rewinds {
		c := r.Counts
		if r.Apply {
			c = r.Decided
		}
		fmt.Fprintf(table, "%s\t%s\t%t\t%s\t%s\t%s\t%s\t%d\t%d\n",
			r.ID, r.State, r.Apply, r.Principal, r.CreatedAt, r.Scope.whose(), r.Scope.Since, r.Counts.Snapshots, c.Changed+c.Unseen)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return printMore(w, page.NextCursor)
}

// whose names whose reports a rewind is about.
func (s rewindScope) whose() string {
	var parts []string
	for _, part := range [...]struct{ name, value string }{{"key", s.Key}, {"experience", s.Experience}, {"server", s.Server}} {
		if part.value != "" {
			parts = append(parts, part.name+" "+part.value)
		}
	}
	return strings.Join(parts, ", ")
}
