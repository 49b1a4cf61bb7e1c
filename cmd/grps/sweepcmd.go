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
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

// sweepAnswer is what the answers about reviews, walks over the group and rewinds have in common: each goes on in the service by itself.
type sweepAnswer struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	Phase      string `json:"phase"`
	Apply      bool   `json:"apply"`
	Scanned    int64  `json:"scanned"`
	Total      int64  `json:"total"`
	ETASeconds *int64 `json:"etaSeconds"`
	Detail     string `json:"detail"`
	Principal  string `json:"principal"`
	CreatedAt  string `json:"createdAt"`

	raw json.RawMessage // all of it, as it came
}

func (s sweepAnswer) underWay() bool { return s.State == "queued" || s.State == "running" }

// The pace of looking at a sweep, and how long the service may be away meanwhile.
const (
	sweepLook = 300 * time.Millisecond
	sweepAway = time.Minute
)

// sweepWords are the words for one kind of sweep.
type sweepWords struct {
	noun    string // in sentences
	command string // of grps
	doing   func(phase string) string
}

// watch shows on stderr how far a sweep is, until it is not under way any more. look returns it as it is by then. The error says that
// nobody looks any more.
func (w sweepWords) watch(
	ctx context.Context, stderr io.Writer, sweep sweepAnswer, look func(context.Context) (sweepAnswer, error),
) error {
	var bar progress
	defer func() { bar.end() }()
	doing, shown, seen := "", int64(0), time.Now()
	for sweep.underWay() {
		if now := w.doing(sweep.Phase); sweep.Total > 0 && now != doing {
			bar.end()
			bar, doing, shown = newProgress(stderr, now, sweep.Total), now, 0
		}
		bar.add(int(sweep.Scanned - shown))
		shown = sweep.Scanned
		if !waitUntil(ctx, time.Now().Add(sweepLook)) {
			return fmt.Errorf("not looking any more; the %s goes on: 'grps %s show %s' shows it, 'grps %s cancel %s' ends it",
				w.noun, w.command, sweep.ID, w.command, sweep.ID)
		}
		next, err := look(ctx)
		switch {
		case err == nil:
			sweep, seen = next, time.Now()
		case ctx.Err() != nil: // the next turn says so
		case !away(err):
			return err
		case time.Since(seen) > sweepAway:
			return fmt.Errorf("%w; the %s goes on once the service does: 'grps %s show %s' shows it", err, w.noun, w.command, sweep.ID)
		}
	}
	return nil
}

// away reports whether an error means that the service does not answer for now, as while it is restarted. A sweep outlasts that.
func away(err error) bool {
	e, ok := errors.AsType[*domain.Error](err)
	return !ok || e.Kind == domain.KindUnavailable || e.Kind == domain.KindExhausted
}

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
