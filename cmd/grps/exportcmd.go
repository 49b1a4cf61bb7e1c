package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// exportPage is how many players are read at once.
const exportPage = 1000

func newExport() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "export [FILE | USERID]",
		Short: "Write all players to a file, or everything about one",
		Long: `Writes every player of the configured database, by user id, as JSON lines or CSV, to a file or to standard output. What it
writes, 'grps import' reads. It may run beside the service; each player is as stored when it is read.

With a user id it prints everything that is held about that user instead: the rows of every table, as one JSON document.`,
		Example: "  grps export players.csv\n  grps export --format jsonl | gzip > players.jsonl.gz\n  grps export 12345678 > 12345678.json",
		Args:    takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := ""
			if len(args) > 0 && args[0] != "-" {
				path = args[0]
			}
			if format == "" {
				format = "jsonl"
				if strings.HasSuffix(strings.ToLower(path), ".csv") {
					format = "csv"
				}
			}
			if format != "jsonl" && format != "csv" {
				return usageError{errors.New("--format must be jsonl or csv")}
			}
			store, err := openExisting(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { _ = store.Close() }()
			if user, err := domain.ParseUserID(path); err == nil {
				return exportPlayer(cmd.Context(), store, user, cmd.OutOrStdout())
			}
			return exportTo(cmd.Context(), store, path, format, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "jsonl or csv; by default what the name of the file says, else jsonl")
	return cmd
}

// exportTo writes all players to a file, or to stdout for "".
func exportTo(ctx context.Context, store ports.Store, path, format string, stdout, stderr io.Writer) error {
	if path == "" {
		_, err := export(ctx, store, format, stdout, progress{})
		return err
	}
	total, err := store.CountStandings(ctx, ports.StandingFilter{})
	if err != nil {
		return fmt.Errorf("count the players: %w", err)
	}
	file, done, err := replacing(path)
	if err != nil {
		return usageError{fmt.Errorf("open the file: %w", err)}
	}
	bar := newProgress(stderr, "export", total)
	n, err := export(ctx, store, format, file, bar)
	bar.end()
	if err := done(err); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = fmt.Fprintf(stdout, "%s written to %s\n", counted(int(n), "player"), path)
	return err
}

// replacing returns where to write what takes the place of a file, and what ends that: until then, and after an error, the file stays what
// it was. What is no file, as a pipe, is written to at once.
func replacing(path string) (file *os.File, done func(error) error, err error) {
	if was, err := os.Stat(path); err == nil && !was.Mode().IsRegular() {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		return file, func(fault error) error { return errors.Join(fault, file.Close()) }, err
	}
	file, err = os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*.part")
	if fault, ok := errors.AsType[*os.PathError](err); ok {
		fault.Path = path // as whoever asked for it knows it
	}
	return file, func(fault error) error {
		if fault = errors.Join(fault, file.Close()); fault == nil {
			fault = os.Rename(file.Name(), path)
		}
		if fault != nil {
			os.Remove(file.Name()) //nolint:errcheck // the fault says more
		}
		return fault
	}, err
}

// export writes all players, and returns how many.
func export(ctx context.Context, store ports.PlayerSearcher, format string, w io.Writer, bar progress) (int64, error) {
	out := bufio.NewWriterSize(w, 1<<20)
	write, flush := playerWriter(out, format)
	var n int64
	var after domain.UserID
	for {
		page, err := store.SearchPlayers(ctx, ports.PlayerFilter{}, after, exportPage)
		if err != nil {
			return n, fmt.Errorf("read the players: %w", err)
		}
		for _, standing := range page {
			if err := write(rowOf(standing)); err != nil {
				return n, err
			}
		}
		n += int64(len(page))
		bar.add(len(page))
		if len(page) < exportPage {
			return n, errors.Join(flush(), out.Flush())
		}
		after = page[len(page)-1].UserID
	}
}

// playerWriter returns what writes a row, and what writes the rest at the end.
func playerWriter(w io.Writer, format string) (write func(playerRow) error, flush func() error) {
	if format == "jsonl" {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return func(r playerRow) error { return encoder.Encode(r) }, func() error { return nil }
	}
	table := csv.NewWriter(w)
	first := true
	return func(r playerRow) error {
			if first {
				first = false
				if err := table.Write(playerColumns()); err != nil {
					return err
				}
			}
			return table.Write(r.texts())
		}, func() error {
			table.Flush()
			return table.Error()
		}
}
