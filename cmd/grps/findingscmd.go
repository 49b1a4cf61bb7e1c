package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

// findingsOptions are the flags of `grps findings`.
type findingsOptions struct {
	user, kind, since, cursor string
	limit                     int
}

// query checks the flags and returns them as GET /findings takes them. Times are taken from now.
func (o findingsOptions) query(now time.Time) (url.Values, error) {
	query := url.Values{"limit": {strconv.Itoa(o.limit)}}
	var faults []error
	for _, given := range []struct {
		flag, name, value string
		check             func(string) (string, error)
	}{
		{"--user", "userId", o.user, plainUser},
		{"--kind", "kind", o.kind, findingKind},
		{"--since", "since", o.since, func(text string) (string, error) { return instantOrAgo(text, now) }},
		{"--cursor", "cursor", o.cursor, anyText},
	} {
		if given.value == "" {
			continue
		}
		value, err := given.check(given.value)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", given.flag, err))
		}
		query.Set(given.name, value)
	}
	return query, errors.Join(faults...)
}

func findingKind(text string) (string, error) {
	_, err := domain.ParseFindingKind(text)
	return text, err
}

func newFindings() *cobra.Command {
	var o findingsOptions
	cmd := &cobra.Command{
		Use:   "findings",
		Short: "Print what was odd about reports, the newest first",
		Long: `Prints what a running service found odd about reports: points that grew by more than a cap, points that fell, and experiences that report
other points of one player at once. The flags choose, all of them together. Times are RFC 3339, or how long ago: 90m, 2h, 3d.`,
		Example: "  grps findings --since 1d\n  grps findings --user 156 --kind points_growth\n  grps findings --json | jq -r '.findings[].userId' | sort | uniq -c",
		Args:    takes(cobra.NoArgs),
	}
	flags := addCallFlags(cmd)
	cmd.Flags().StringVar(&o.user, "user", "", "about this Roblox user only")
	cmd.Flags().StringVar(&o.kind, "kind", "", "of one kind only: points_growth, points_fell or experiences_disagree")
	cmd.Flags().StringVar(&o.since, "since", "", "found then or later")
	cmd.Flags().IntVar(&o.limit, "limit", 25, "how many at most, 1 … 100")
	cmd.Flags().StringVar(&o.cursor, "cursor", "", "where to go on: what the page before ended with")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		query, err := o.query(time.Now())
		if err != nil {
			return usageError{err}
		}
		return calling(flags, func(ctx context.Context, c *client, _ []string) error {
			var raw json.RawMessage
			if err := c.call(ctx, http.MethodGet, "/findings?"+query.Encode(), nil, &raw); err != nil {
				return err
			}
			return c.print(raw, func(w io.Writer) error { return printFindings(w, raw) })
		})(cmd, args)
	}
	return cmd
}

// findingRow is what is printed of a finding.
type findingRow struct {
	UserID     int64   `json:"userId"`
	Kind       string  `json:"kind"`
	Detail     string  `json:"detail"`
	At         *string `json:"at"`
	Principal  *string `json:"principal"`
	SnapshotID *int64  `json:"snapshotId"`
}

func printFindings(w io.Writer, raw json.RawMessage) error {
	var page struct {
		Findings []findingRow `json:"findings"`
		Next     *string      `json:"nextCursor"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return fmt.Errorf("read the findings: %w", err)
	}
	if len(page.Findings) == 0 {
		_, err := fmt.Fprintln(w, "nothing was found")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "AT\tPLAYER\tKIND\tKEY\tREPORT\tWHAT WAS FOUND")
	for _, row := range page.Findings {
		report := "-"
		if row.SnapshotID != nil {
			report = strconv.FormatInt(*row.SnapshotID, 10)
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\n", textOf(row.At), row.UserID, row.Kind, textOf(row.Principal), report, row.Detail)
	}
	if err := table.Flush(); err != nil || page.Next == nil {
		return err
	}
	_, err := fmt.Fprintln(w, "more: --cursor "+*page.Next)
	return err
}
