package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
)

// newList returns a command that lists what is found at a path, the newest first, a page at a time. service is the name of the flag that
// says where the service runs.
func newList(short, path, service string, text func(w io.Writer, answer json.RawMessage) error) *cobra.Command {
	var limit int
	var cursor string
	cmd := &cobra.Command{Use: "list", Short: short, Args: takes(cobra.NoArgs)}
	flags := addCallFlagsAs(cmd, service)
	cmd.Flags().IntVar(&limit, "limit", 20, "how many, 1 … 100")
	cmd.Flags().StringVar(&cursor, "cursor", "", "where to go on: what the page before ended with")
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, _ []string) error {
		query := url.Values{"limit": {strconv.Itoa(limit)}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		var raw json.RawMessage
		if err := c.call(ctx, http.MethodGet, path+"?"+query.Encode(), nil, &raw); err != nil {
			return err
		}
		return c.print(raw, func(w io.Writer) error { return text(w, raw) })
	})
	return cmd
}

// printMore says how to go on behind a page of a list; nothing where it was the last.
func printMore(w io.Writer, cursor string) error {
	if cursor == "" {
		return nil
	}
	_, err := fmt.Fprintln(w, "more: --cursor "+cursor)
	return err
}
