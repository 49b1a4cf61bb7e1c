package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// printWalk prints what a walk found: who differs and what becomes of that, then how many there are of each kind.
func printWalk(w io.Writer, walk walkAnswer, found []walkDifference) error {
	if err := printDifferences(w, walk.Apply, found); err != nil {
		return err
	}
	if err := walk.Counts.show(w); err != nil {
		return err
	}
	line := fmt.Sprintf("walk %s is %s: %d of %d members, %d differ", walk.ID, walk.State, walk.Scanned, walk.Total, walk.Counts.differing())
	if walk.underWay() && walk.ETASeconds != nil {
		line += fmt.Sprintf("; about %s to go", time.Duration(*walk.ETASeconds)*time.Second)
	}
	if walk.Detail != "" {
		line += "\n" + walk.Detail
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// printDifferences prints who differs and what becomes, or would become, of that, with a blank line behind; nothing where nobody does.
func printDifferences(w io.Writer, apply bool, found []walkDifference) error {
	if len(found) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PLAYER\tRECORDED\tHOLDS\t"+map[bool]string{true: "WHAT IS DONE", false: "WHAT --apply DOES"}[apply])
	for _, d := range found {
		holds := strings.Join(d.Holds, ", ")
		if holds == "" {
			holds = "none"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", d.UserID, d.Recorded, holds, d.becomes())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// show prints a line for each kind of which there is anybody, and always how many are as recorded.
func (c walkCounts) show(w io.Writer) error {
	counts := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range []struct {
		what string
		n    int64
	}{
		{"as recorded", c.Same},
		{"to mend", c.Mend},
		{"to punish again", c.Punish},
		{"to adopt", c.Adopt},
		{"to take back", c.Restore},
		{"for a person", c.Leave},
		{"under way", c.Pending},
		{"without a rank that has a role", c.Unmanaged},
		{"never reported by a game", c.Unknown},
		{"not understood", c.Skipped},
		{"known, but not in the group", c.Absent},
	} {
		if row.n > 0 || row.what == "as recorded" {
			fmt.Fprintf(counts, "%s\t%d\t\n", row.what, row.n)
		}
	}
	return counts.Flush()
}

// becomes says what becomes of a difference when that is applied.
func (d walkDifference) becomes() string {
	observed := ""
	if len(d.Holds) > 0 {
		observed = d.Holds[len(d.Holds)-1]
	}
	switch d.Outcome {
	case "mend":
		return "gets " + d.Recorded + " alone"
	case "adopt":
		return observed + " becomes the record"
	case "restore":
		return "gets " + d.Recorded + " back"
	case "punish":
		return "gets " + d.Recorded + " again"
	case "leave":
		return "left to a person"
	}
	return d.Outcome
}

// printWalks prints one line for each walk.
func printWalks(w io.Writer, answer json.RawMessage) error {
	var page struct {
		Reconciliations []walkAnswer `json:"reconciliations"`
		NextCursor      string       `json:"nextCursor"`
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return fmt.Errorf("read the walks: %w", err)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WALK\tSTATE\tAPPLY\tFOR\tBEGAN\tMEMBERS\tDIFFER")
	for _, walk := range page.Reconciliations {
		fmt.Fprintf(table, "%s\t%s\t%t\t%s\t%s\t%d\t%d\n",
			walk.ID, walk.State, walk.Apply, walk.Principal, walk.CreatedAt, walk.Scanned, walk.Counts.differing())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return printMore(w, page.NextCursor)
}
