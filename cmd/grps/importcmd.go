package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func newImport() *cobra.Command {
	var asJSON, restart bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take players in from a file",
		Long: `Reads players from a file of JSON lines (.jsonl, .ndjson) or CSV (.csv) into the configured database. The names are those of
the API: ` + strings.Join(playerColumns(), ", ") + `. Only userId and username are needed.

Whoever is not known yet starts with the rank of the file, or with what the points earn. Of whoever is known the counters and
names are taken over and the rank stands, as with a report; what is older than what is known changes nothing. Lines that cannot be
taken in are listed and skipped. An import that was interrupted goes on where it stopped, and doing it twice does no harm.`,
		Example: `  grps import players.csv
  DATABASE_URL=postgres://grps@db/grps grps import players.jsonl`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return importFile(ctx, args[0], restart, asJSON, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().BoolVar(&restart, "restart", false, "begin at the first line, also where an earlier import stopped in the middle")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// importResult is what came of an import.
type importResult struct {
	Lines       int64   `json:"lines"` // read by this run
	Skipped     int64   `json:"skippedLines"`
	Created     int64   `json:"created"`
	Updated     int64   `json:"updated"`
	Stale       int64   `json:"stale"`
	Bad         int64   `json:"bad"`
	Seconds     float64 `json:"seconds"`
	Interrupted bool    `json:"interrupted,omitempty"`
}

func (r importResult) show(w io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(w, r)
	}
	isNew := "players are"
	if r.Created == 1 {
		isNew = "player is"
	}
	_, err := fmt.Fprintf(w, "%d %s new, %d brought up to date, %d known better already; %s in %.1f s\n",
		r.Created, isNew, r.Updated, r.Stale, counted(int(r.Lines), "line"), r.Seconds)
	if err == nil && r.Skipped > 0 {
		_, err = fmt.Fprintf(w, "%s had been taken in before\n", counted(int(r.Skipped), "line"))
	}
	return err
}

// importFile takes the players of a file in.
func importFile(ctx context.Context, path string, restart, asJSON bool, stdout, stderr io.Writer) error {
	file, err := os.Open(path)
	if err != nil {
		return usageError{fmt.Errorf("open the players: %w", err)}
	}
	defer func() { _ = file.Close() }()
	about, err := file.Stat()
	if err != nil {
		return fmt.Errorf("look at the players: %w", err)
	}
	cases, db, done, err := openCases(ctx)
	if err != nil {
		return err
	}
	defer done()
	bar := newProgress(stderr, "import", about.Size())
	defer bar.end()
	rows, err := rowsOf(path, &countingReader{from: file, count: bar.add}, func(key string, line int) {
		fmt.Fprintf(stderr, "line %d: the key %q is not known and is left out, here and wherever it comes again; the keys are %s\n",
			line, key, strings.Join(playerColumns(), ", "))
	})
	if err != nil {
		return usageError{fmt.Errorf("read %s: %w", path, err)}
	}
	i := importer{cases: cases, rows: rows, units: importUnits, stderr: stderr, mark: bookmarkOf(path, about)}
	if db.embedded() {
		i.units = 1
	}
	if !restart {
		i.skip = i.mark.read()
	}
	began := time.Now()
	err = i.run(ctx)
	bar.end()
	i.result.Seconds, i.result.Interrupted = time.Since(began).Seconds(), ctx.Err() != nil
	if err != nil && !i.result.Interrupted {
		return fmt.Errorf("%w; what stands before line %d is taken in, and the same command goes on there", err, i.kept+1)
	}
	if err := i.result.show(stdout, asJSON); err != nil {
		return err
	}
	switch {
	case i.result.Interrupted:
		return errors.New("interrupted; the same command goes on where this one stopped")
	case i.result.Bad > 0:
		return fmt.Errorf("%s not taken in", linesWere(i.result.Bad))
	}
	return nil
}

// linesWere counts lines at the beginning of a sentence.
func linesWere(n int64) string {
	if n == 1 {
		return "1 line was"
	}
	return fmt.Sprintf("%d lines were", n)
}
