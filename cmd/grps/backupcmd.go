package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/adapters/bunstore"
)

// backupStamp is the time in the name of a backup, such that names sort by it.
const backupStamp = "20060102T150405Z"

func newBackup() *cobra.Command {
	var force, asJSON bool
	cmd := &cobra.Command{
		Use:   "backup [FILE]",
		Short: "Copy the embedded database while it is in use",
		Long: `Writes the SQLite database as it is at one instant to FILE, by default grps-TIME.db beside the database, while a service goes on
writing. All that was acknowledged before is in it. It is written beside its place, checked for damage, written out to the disk and
then renamed, so that there is never half a backup under its name.

A Postgres database is backed up with its own programs.`,
		Example: "  grps backup\n  grps backup /backups/grps.db --force",
		Args:    takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			db, err := embeddedDatabase("back it up with pg_dump --format=custom --file=grps.dump \"$DATABASE_URL\", or by point-in-time recovery of the server")
			if err != nil {
				return err
			}
			if _, err := os.Stat(db.path); err != nil {
				return db.absent()
			}
			to := filepath.Join(filepath.Dir(db.path), "grps-"+time.Now().UTC().Format(backupStamp)+".db")
			if len(args) > 0 {
				to = args[0]
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return backUp(ctx, db, to, force, asJSON, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	addFlags(cmd.Flags(), "DATABASE_URL")
	cmd.Flags().BoolVar(&force, "force", false, "replace FILE if it is there")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// embeddedDatabase returns the configured database, or an error that says what to use instead where it is a Postgres.
func embeddedDatabase(instead string) (database, error) {
	s, err := newSource(nil)
	if err != nil {
		return database{}, err
	}
	db, err := databaseOf(Secret{s.text("DATABASE_URL")})
	if err != nil {
		return database{}, err
	}
	if !db.embedded() {
		return database{}, usageError{errors.New("DATABASE_URL is a Postgres: " + instead)}
	}
	return db, nil
}

// copiedFile is what `grps backup --json` and `grps restore --json` print.
type copiedFile struct {
	File      string `json:"file"`
	Bytes     int64  `json:"bytes"`
	Schema    int64  `json:"schemaVersion"`
	Players   int64  `json:"players"`
	Snapshots int64  `json:"snapshots"`
	Decisions int64  `json:"decisions"`
	Replaced  string `json:"replaced,omitempty"`
	Erased    int    `json:"erasuresSince,omitempty"` // of players whom a backup brought back
}

func copiedFrom(c bunstore.Contents, file string) copiedFile {
	return copiedFile{File: file, Bytes: c.Bytes, Schema: c.Version, Players: c.Players, Snapshots: c.Snapshots, Decisions: c.Decisions}
}

// text says what a file holds.
func (c copiedFile) text() string {
	return fmt.Sprintf("%s, %s, %s, schema %d, %s; checked for damage: none",
		counted(int(c.Players), "player"), counted(int(c.Snapshots), "report"), counted(int(c.Decisions), "decision"), c.Schema, byteText(uint64(max(c.Bytes, 0))))
}

func backUp(ctx context.Context, db database, to string, force, asJSON bool, stdout, stderr io.Writer) error {
	began := time.Now()
	pages := &pageProgress{w: stderr, doing: "copying"}
	defer pages.end()
	contents, err := bunstore.Backup(ctx, bunstore.BackupOptions{Path: db.path, To: to, Overwrite: force, Progress: pages.show})
	pages.end()
	if err != nil {
		return &plainError{fmt.Sprintf("back up %s: %s", db, shortError(err)), err}
	}
	done := copiedFrom(contents, to)
	if asJSON {
		return writeJSON(stdout, done)
	}
	_, err = fmt.Fprintf(stdout, "%s is backed up as %s in %.1f s\n  %s\n", db, to, time.Since(began).Seconds(), done.text())
	return err
}

// pageProgress shows how many pages are copied, once it is known how many there are.
type pageProgress struct {
	w     io.Writer
	doing string
	bar   *progress
	shown int
}

func (p *pageProgress) show(done, total int) {
	if p.bar == nil {
		bar := newProgress(p.w, p.doing, int64(total))
		p.bar = &bar
	}
	p.bar.add(done - p.shown)
	p.shown = done
}

func (p *pageProgress) end() {
	if p.bar != nil {
		p.bar.end()
	}
}
