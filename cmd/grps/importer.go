package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
)

// The sizes of an import.
const (
	importUnit   = 1000 // players of one unit
	importUnits  = 2    // units at once, where the database lets several write
	maxBadLines  = 1000 // that are listed
	maxLineBytes = 64 << 10
)

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
