package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
)

func newRestore() *cobra.Command {
	var force, asJSON, after bool
	cmd := &cobra.Command{
		Use:   "restore FILE | --restored",
		Short: "Put a backup in the place of the embedded database",
		Long: `Checks FILE, which 'grps backup' wrote, puts a copy of it in the place of the database, and migrates that. The database that was there
stays beside it, as .before-restore-TIME. It is refused while a service has the database open.

Automation is paused afterwards, and reviews that were under way are stopped: points of that day are not those of today. A service may be
started at once: it takes reports in and adopts what Roblox shows, and demotes nobody. When the games have reported, look at what
'grps automation' holds, and let it go on with 'grps automation resume'. What was stopped stays stopped.

--restored does only this last part, for a Postgres that was restored by its own programs, before a service is started on it.`,
		Example: "  grps restore grps-20261125T031245Z.db\n  grps restore /backups/grps.db --json\n  grps restore --restored     after pg_restore",
		Args:    takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if after == (len(args) == 1) {
				return usageError{fmt.Errorf("name a FILE to restore, or give --restored for a database that was restored already; see '%s --help'", cmd.CommandPath())}
			}
			if after {
				return afterRestore(cmd)
			}
			db, err := embeddedDatabase("restore it with pg_restore --clean --if-exists --single-transaction --dbname=\"$DATABASE_URL\" grps.dump, " +
				"or by point-in-time recovery of the server, while no service runs, and then run 'grps restore --restored'")
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return restore(ctx, db, args[0], force, asJSON, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	addFlags(cmd.Flags(), "DATABASE_URL")
	cmd.Flags().BoolVar(&force, "force", false, "replace a database that cannot be read, of which nobody can tell whether it is in use")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&after, "restored", false, "prepare a database that was restored by other means")
	return cmd
}

// afterRestore prepares a database that other programs restored.
func afterRestore(cmd *cobra.Command) error {
	store, err := openExisting(cmd.Context())
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	err = app.SetBack(cmd.Context(), store, systemClock{}, uuids{}, domain.Automation{}, "the database was restored; resume when the games have reported again")
	if err != nil {
		return &plainError{"prepare what was restored: " + shortError(err), err}
	}
	automation, err := store.Automation(cmd.Context())
	if err != nil {
		return &plainError{"read the switch of automation: " + shortError(err), err}
	}
	_, err = io.WriteString(cmd.OutOrStdout(), goingOn(automation))
	return err
}

// goingOn says how automation goes on after a restoration.
func goingOn(automation domain.Automation) string {
	return fmt.Sprintf("Automation is %s: start the service, wait until the games have reported, look at 'grps automation', then run 'grps automation resume'.\n",
		automation.State)
}

func restore(ctx context.Context, db database, from string, force, asJSON bool, stdout, stderr io.Writer) error {
	pages := &pageProgress{w: stderr, doing: "restoring"}
	defer pages.end()
	reason := fmt.Sprintf("the database was restored from %s; resume when the games have reported again", filepath.Base(from))
	var erased int
	var automation domain.Automation
	restored, err := bunstore.Restore(ctx, bunstore.RestoreOptions{
		From: from, Path: db.path, Blind: force, Progress: pages.show,
		Prepare: func(ctx context.Context, restored, replaced *bunstore.Store) error {
			var before domain.Automation
			if replaced != nil {
				var err error
				if before, err = replaced.Automation(ctx); err != nil {
					before = domain.Automation{} // a schema from before there was a switch, or after this one
				}
				if erased, err = carryErasures(ctx, replaced, restored); err != nil {
					return err
				}
			}
			if err := app.SetBack(ctx, restored, systemClock{}, uuids{}, before, reason); err != nil {
				return err
			}
			var err error
			automation, err = restored.Automation(ctx)
			return err
		},
	})
	pages.end()
	if err != nil {
		return &plainError{fmt.Sprintf("restore %s from %s: %s", db, from, shortError(err)), err}
	}
	done := copiedFrom(restored.Contents, db.path)
	done.Replaced, done.Erased = restored.Replaced, erased
	if asJSON {
		return writeJSON(stdout, done)
	}
	text := fmt.Sprintf("%s is restored from %s\n  %s\n", db, from, done.text())
	if done.Replaced != "" {
		text += fmt.Sprintf("  what was there is kept as %s\n", done.Replaced)
	}
	if erased > 0 {
		text += fmt.Sprintf("  it knows of %s since then: whom the backup brings back is erased again when the service starts\n", counted(erased, "erasure"))
	}
	text += goingOn(automation)
	_, err = io.WriteString(stdout, text)
	return err
}

// carryErasures tells the restored database of the erasures that the one in whose place it comes knows of, and returns how many it did not.
// One of a schema from before there were erasures, or after this one, knows of none that could be read.
func carryErasures(ctx context.Context, replaced, restored *bunstore.Store) (int, error) {
	n, err := app.CarryErasures(ctx, replaced, restored)
	if err == nil {
		return n, nil
	}
	if behind, fault := replaced.Behind(ctx); fault != nil || behind {
		return 0, nil
	}
	return 0, err
}
