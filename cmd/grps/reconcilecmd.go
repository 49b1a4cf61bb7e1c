package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

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
