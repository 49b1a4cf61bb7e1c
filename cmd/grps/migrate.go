package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/adapters/bunstore"
)

func newMigrate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the schema of the database up to date",
		Args:  cobra.ArbitraryArgs,
		RunE:  chooses,
	}
	var yes bool
	up := &cobra.Command{
		Use:   "up",
		Short: "Apply every migration that is missing; any number of processes may do so at once",
		RunE:  migrating((*bunstore.Store).Migrate),
	}
	down := &cobra.Command{
		Use:   "down",
		Short: "Take the newest migration back, with the data that only it has room for",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return usageError{fmt.Errorf("this deletes what the newest migration made, with its data; repeat with --yes to do it")}
			}
			return migrating((*bunstore.Store).MigrateDown)(cmd, args)
		},
	}
	down.Flags().BoolVar(&yes, "yes", false, "do it")
	status := &cobra.Command{
		Use:   "status",
		Short: "Print which migrations are applied",
		RunE:  migrating(func(*bunstore.Store, context.Context) error { return nil }),
	}
	for _, sub := range []*cobra.Command{up, down, status} {
		sub.Args = takes(cobra.NoArgs)
		sub.Example = "  DATABASE_URL=postgres://grps@db/grps grps migrate " + sub.Use
		cmd.AddCommand(sub)
	}
	return cmd
}

// migrating runs step on the configured database and prints the status after it.
func migrating(step func(*bunstore.Store, context.Context) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(nil)
		if err != nil {
			return err
		}
		db, err := databaseOf(c.databaseURL)
		if err != nil {
			return err
		}
		if _, err := os.Stat(db.path); db.embedded() && errors.Is(err, fs.ErrNotExist) && cmd.Name() == "status" {
			return fmt.Errorf("%s does not exist yet; 'grps migrate up' and 'grps serve' make it", db)
		}
		store, err := db.open(cmd.Context())
		if err != nil {
			return err
		}
		defer func() { _ = store.Close() }()
		if err := step(store, cmd.Context()); err != nil {
			return fmt.Errorf("migrate %s: %w", db, err)
		}
		migrations, err := store.MigrationStatus(cmd.Context())
		if err != nil {
			return fmt.Errorf("read the migrations of %s: %w", db, err)
		}
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n", db); err != nil {
			return err
		}
		return printMigrations(cmd.OutOrStdout(), migrations)
	}
}

func printMigrations(w io.Writer, migrations []bunstore.Migration) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VERSION\tNAME\tAPPLIED")
	for _, m := range migrations {
		applied := "no"
		if !m.AppliedAt.IsZero() {
			applied = m.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%d\t%s\t%s\n", m.Version, m.Name, applied)
	}
	return table.Flush()
}
