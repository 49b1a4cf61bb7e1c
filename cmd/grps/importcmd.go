package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
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

// The sizes of an import.
const (
	importUnit   = 1000 // players of one unit
	importUnits  = 2    // units at once, where the database lets several write
	maxBadLines  = 1000 // that are listed
	maxLineBytes = 64 << 10
)

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

// openCases opens the configured database and returns the use cases on it, without Roblox, and a function that ends both.
func openCases(ctx context.Context) (*app.Service, database, func(), error) {
	c, err := loadConfig(nil)
	if err != nil {
		return nil, database{}, nil, err
	}
	policy, err := filepolicy.LoadDir(c.configDir)
	if err != nil {
		return nil, database{}, nil, err
	}
	db, err := databaseOf(c.databaseURL)
	if err != nil {
		return nil, database{}, nil, err
	}
	store, err := db.open(ctx)
	if err != nil {
		return nil, database{}, nil, err
	}
	if db.embedded() {
		err = store.Migrate(ctx)
	} else if behind, fault := store.Behind(ctx); fault != nil || behind {
		err = errors.Join(fault, errors.New("the schema of the database is behind this version; run 'grps migrate up'"))
	}
	if err != nil {
		return nil, database{}, nil, errors.Join(err, store.Close())
	}
	seals, _, err := openSeals(ctx, c, db, store)
	if err != nil {
		return nil, database{}, nil, errors.Join(err, store.Close())
	}
	cases, _ := app.New(app.Parts{
		Store: store, Policies: constantPolicy{policy}, Clock: systemClock{}, IDs: uuids{}, Recorder: silence{}, Seals: seals,
	}, app.DispatcherOptions{})
	return cases, db, func() { _ = store.Close() }, nil
}

// constantPolicy is the rules as they were when a command began.
type constantPolicy struct{ policy domain.Policy }

// Current implements ports.Policies.
func (p constantPolicy) Current() domain.Policy { return p.policy }

// silence drops what happens: a command says itself what it did.
type silence struct{}

func (silence) Record(context.Context, ports.Event) {}

// rowsOf returns a reader of the players in a file of that name. unknown is told of keys of JSON that are none.
func rowsOf(path string, in io.Reader, unknown func(key string, line int)) (rowReader, error) {
	switch lower := strings.ToLower(path); {
	case strings.HasSuffix(lower, ".csv"):
		return newCSVRows(bufio.NewReaderSize(in, 1<<20))
	case strings.HasSuffix(lower, ".jsonl"), strings.HasSuffix(lower, ".ndjson"):
		return jsonRows{&lineReader{from: bufio.NewReaderSize(in, 1<<20)}, make(map[string]bool), unknown}, nil
	}
	return nil, errors.New("the name must end in .csv, .jsonl or .ndjson")
}

// importer takes rows in, a round of units at a time, and remembers after each how far it came.
type importer struct {
	cases  *app.Service
	rows   rowReader
	units  int
	stderr io.Writer
	mark   bookmark
	skip   int64 // rows that an earlier run took in
	read   int64 // rows read, of both
	line   int   // the last line read
	kept   int   // the last line that is known to be taken in, with all before it
	result importResult
}

// imported is a row that can be taken in.
type imported struct {
	line   int
	player app.ImportedPlayer
}

func (i *importer) run(ctx context.Context) error {
	for ctx.Err() == nil {
		rounds, end, err := i.round()
		if err != nil {
			return err
		}
		if err := i.store(ctx, rounds); err != nil {
			return err
		}
		i.kept = i.line
		if end {
			return i.mark.remove()
		}
		if i.read <= i.skip {
			continue // the bookmark is further on
		}
		if err := i.mark.write(i.read); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// round reads as many rows as go into units at once. Rows of one player go into the same unit, in their order.
func (i *importer) round() (units [][]imported, end bool, err error) {
	units = make([][]imported, i.units)
	for range i.units * importUnit {
		row, line, err := i.rows.next()
		if errors.Is(err, io.EOF) {
			return units, true, nil
		}
		bad, isBad := errors.AsType[lineError](err)
		if err != nil && !isBad {
			return nil, false, fmt.Errorf("read the players: %w", err)
		}
		i.read++
		i.line = line
		if i.read <= i.skip {
			i.result.Skipped++
			i.kept = line
			continue
		}
		i.result.Lines++
		if isBad {
			i.complain(line, bad)
			continue
		}
		player, err := row.player()
		if err != nil {
			i.complain(line, err)
			continue
		}
		unit := int(row.UserID % int64(i.units))
		units[unit] = append(units[unit], imported{line, player})
	}
	return units, false, nil
}

// store takes a round in.
func (i *importer) store(ctx context.Context, units [][]imported) error {
	results, errs := make([]app.ImportResult, len(units)), make([]error, len(units))
	var working sync.WaitGroup
	for n, unit := range units {
		if len(unit) == 0 {
			continue
		}
		working.Go(func() { results[n], errs[n] = i.takeIn(ctx, unit) })
	}
	working.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for n, result := range results {
		i.result.Created += int64(result.Created)
		i.result.Updated += int64(result.Updated)
		i.result.Stale += int64(result.Stale)
		for j, fault := range result.Faults {
			if fault != nil {
				i.complain(units[n][j].line, fault)
			}
		}
	}
	return nil
}

// takeIn takes rows in, in one unit. Where the database cannot hold something that a row says, the rows are halved until that row alone is
// left out, with the fault.
func (i *importer) takeIn(ctx context.Context, rows []imported) (app.ImportResult, error) {
	players := make([]app.ImportedPlayer, len(rows))
	for n, row := range rows {
		players[n] = row.player
	}
	result, err := i.cases.Import(ctx, players)
	switch {
	case domain.KindOf(err) != domain.KindInvalid:
		return result, err
	case len(rows) == 1:
		return app.ImportResult{Faults: []error{err}}, nil
	}
	if result, err = i.takeIn(ctx, rows[:len(rows)/2]); err != nil {
		return result, err
	}
	rest, err := i.takeIn(ctx, rows[len(rows)/2:])
	return app.ImportResult{
		Created: result.Created + rest.Created, Updated: result.Updated + rest.Updated, Stale: result.Stale + rest.Stale,
		Faults: append(result.Faults, rest.Faults...),
	}, err
}

// complain lists a line that is not taken in.
func (i *importer) complain(line int, why error) {
	i.result.Bad++
	switch {
	case i.result.Bad <= maxBadLines:
		fmt.Fprintf(i.stderr, "line %d: %s\n", line, oneLine(why))
	case i.result.Bad == maxBadLines+1:
		fmt.Fprintln(i.stderr, "more lines that cannot be taken in are only counted")
	}
}

// linesWere counts lines at the beginning of a sentence.
func linesWere(n int64) string {
	if n == 1 {
		return "1 line was"
	}
	return fmt.Sprintf("%d lines were", n)
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
