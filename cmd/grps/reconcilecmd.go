package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

const reconciliationsPath = "/automation/reconciliations"

func newReconcile() *cobra.Command {
	var apply, detach bool
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "Compare what every member of the group holds with the record, and bring both together",
		Long: `Asks a running service to walk over all members of the group at Roblox, shows how far it is, and prints who holds something else than the
record says. With --apply each of those is looked at once more and brought in line: roles that are missing or left over are mended,
punishments are given again, and what people changed by hand is adopted or taken back, as the policy says. Ctrl-C leaves the walk
running and this command. The exit code is 0 when the walk came to its end, and 1 when it stopped before.`,
		Example: `  grps reconcile            who differs?
  grps reconcile --apply    bring them in line
  grps reconcile show ID    look again; cancel ID and list do what they say`,
		Args: takes(cobra.NoArgs),
	}
	flags := addCallFlags(cmd)
	cmd.Flags().BoolVar(&apply, "apply", false, "bring whoever differs in line")
	cmd.Flags().BoolVar(&detach, "detach", false, "do not wait for the end")
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, _ []string) error {
		walk, err := c.reconciliation(ctx, http.MethodPost, reconciliationsPath, map[string]any{"apply": apply})
		if err != nil {
			return err
		}
		if detach && walk.underWay() && !c.asJSON {
			_, err := fmt.Fprintf(c.out, "walk %s is %s; 'grps reconcile show %s' shows how far it is\n", walk.ID, walk.State, walk.ID)
			return err
		}
		if !detach {
			if walk, err = c.watchWalk(ctx, cmd.ErrOrStderr(), walk); err != nil {
				return err
			}
		}
		return c.showWalk(ctx, walk)
	})
	cmd.AddCommand(newReconcileShow(), newList("List walks, the newest first", reconciliationsPath, "server", printWalks), newReconcileCancel())
	return cmd
}

func newReconcileShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Show a walk and what it found", Args: takes(cobra.ExactArgs(1))}
	flags := addCallFlags(cmd)
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, args []string) error {
		walk, err := c.reconciliation(ctx, http.MethodGet, reconciliationPath(args[0], ""), nil)
		if err != nil {
			return err
		}
		return c.showWalk(ctx, walk)
	})
	return cmd
}

func newReconcileCancel() *cobra.Command {
	cmd := &cobra.Command{Use: "cancel ID", Short: "End a walk; whoever it asked to be looked at is", Args: takes(cobra.ExactArgs(1))}
	flags := addCallFlags(cmd)
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, args []string) error {
		walk, err := c.reconciliation(ctx, http.MethodPost, reconciliationPath(args[0], "/cancel"), nil)
		if err != nil {
			return err
		}
		return c.print(walk.raw, func(w io.Writer) error { return printWalk(w, walk, nil) })
	})
	return cmd
}

func reconciliationPath(id, what string) string {
	return reconciliationsPath + "/" + url.PathEscape(id) + what
}

// walkAnswer is what is read of a walk over the group in an answer.
type walkAnswer struct {
	sweepAnswer

	Counts walkCounts `json:"counts"`
	Asked  int64      `json:"asked"`
}

type walkCounts struct {
	Same      int64 `json:"same"`
	Mend      int64 `json:"mend"`
	Adopt     int64 `json:"adopt"`
	Restore   int64 `json:"restore"`
	Punish    int64 `json:"punish"`
	Leave     int64 `json:"leave"`
	Unmanaged int64 `json:"unmanaged"`
	Pending   int64 `json:"pending"`
	Unknown   int64 `json:"unknown"`
	Skipped   int64 `json:"skipped"`
	Absent    int64 `json:"absent"`
}

// differing returns how many members differ from the record.
func (c walkCounts) differing() int64 { return c.Mend + c.Adopt + c.Restore + c.Punish + c.Leave }

// walkDifference is where the record of a player and what the member held differed.
type walkDifference struct {
	UserID   int64    `json:"userId"`
	Recorded string   `json:"recorded"`
	Holds    []string `json:"holds"`
	Outcome  string   `json:"outcome"`
}

// reconciliation makes a call that is answered with a walk.
func (c *client) reconciliation(ctx context.Context, method, path string, in any) (walkAnswer, error) {
	return callForSweep[walkAnswer](ctx, c, method, path, in, "walks over the group")
}

// watchWalk looks at a walk until it is not under way any more.
func (c *client) watchWalk(ctx context.Context, stderr io.Writer, walk walkAnswer) (walkAnswer, error) {
	words := sweepWords{"walk", "reconcile", func(string) string { return "compare" }}
	return watchSweep(ctx, stderr, words, walk, func(ctx context.Context) (walkAnswer, error) {
		return c.reconciliation(ctx, http.MethodGet, reconciliationPath(walk.ID, ""), nil)
	})
}

// showWalk prints a walk with what it found. The error says that it stopped before its end.
func (c *client) showWalk(ctx context.Context, walk walkAnswer) error {
	found, err := c.differences(ctx, walk.ID)
	if err != nil {
		return err
	}
	if c.asJSON {
		err = writeJSON(c.out, map[string]any{"reconciliation": walk.raw, "differences": found})
	} else {
		err = printWalk(c.out, walk, found)
	}
	if err == nil && !walk.underWay() && walk.State != "done" {
		err = fmt.Errorf("the walk is %s; 'grps reconcile' begins another", walk.State)
	}
	return err
}

// differences reads everything that a walk found.
func (c *client) differences(ctx context.Context, id string) ([]walkDifference, error) {
	found := []walkDifference{}
	for cursor := ""; ; {
		query := url.Values{"limit": {"100"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		var page struct {
			Differences []walkDifference `json:"differences"`
			NextCursor  string           `json:"nextCursor"`
		}
		if err := c.call(ctx, http.MethodGet, reconciliationPath(id, "/differences?"+query.Encode()), nil, &page); err != nil {
			return nil, err
		}
		found = append(found, page.Differences...)
		if cursor = page.NextCursor; cursor == "" {
			return found, nil
		}
	}
}

// printWalk prints what a walk found: who differs and what becomes of that, then how many there are of each kind.
func printWalk(w io.Writer, walk walkAnswer, found []walkDifference) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(found) > 0 {
		fmt.Fprintln(table, "PLAYER\tRECORDED\tHOLDS\t"+map[bool]string{true: "WHAT IS DONE", false: "WHAT --apply DOES"}[walk.Apply])
	}
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
	if len(found) > 0 {
		fmt.Fprintln(w)
	}
	counts := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	c := walk.Counts
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
	if err := counts.Flush(); err != nil {
		return err
	}
	line := fmt.Sprintf("walk %s is %s: %d of %d members, %d differ", walk.ID, walk.State, walk.Scanned, walk.Total, c.differing())
	if walk.underWay() && walk.ETASeconds != nil {
		line += fmt.Sprintf("; about %s to go", time.Duration(*walk.ETASeconds)*time.Second)
	}
	if walk.Detail != "" {
		line += "\n" + walk.Detail
	}
	_, err := fmt.Fprintln(w, line)
	return err
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
