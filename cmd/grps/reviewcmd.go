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
)

const reviewsPath = "/automation/reviews"

// reviewOptions are the flags of `grps review`.
type reviewOptions struct {
	ranks     []string
	minPoints int64
	seenSince string
	apply     bool
	override  bool
	reason    string
	detach    bool
}

func newReview() *cobra.Command {
	var o reviewOptions
	cmd := &cobra.Command{
		Use:   "review",
		Short: "Look at all players by the rules, and apply what they ask for",
		Long: `Asks a running service to review all players, or those that the flags choose, and shows how far it is. Without --apply it only says what
the rules ask for. With --apply it looks at everybody first, and applies nothing if it would demote, suspend or ban more of them than
REVIEW_MAX_PUNISH_PERCENT allows, unless told to with --override and a --reason. Ctrl-C leaves the review running and this command.
The exit code is 0 when the review came to its end, and 1 when it stopped before.`,
		Example: `  grps review                                        what would the rules do?
  grps review --apply                                do it
  grps review --rank "Line Trooper" --min-points 60  only these
  grps review show ID                                look again; cancel ID, resume ID and list do what they say`,
		Args: takes(cobra.NoArgs),
	}
	flags := addCallFlags(cmd)
	cmd.Flags().StringArrayVar(&o.ranks, "rank", nil, "only players of this rank; may be repeated")
	cmd.Flags().Int64Var(&o.minPoints, "min-points", 0, "only players with at least as many points")
	cmd.Flags().StringVar(&o.seenSince, "seen-since", "", "only players whom a game reported then or later: an RFC 3339 instant, or a date")
	cmd.Flags().BoolVar(&o.apply, "apply", false, "apply what the rules ask for")
	addReviewFlags(cmd, &o)
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, _ []string) error {
		if err := o.check(); err != nil {
			return err
		}
		if o.override && !o.apply {
			return usageError{errors.New("--override passes over the brake of --apply, and without --apply nothing is decided; give both, or neither")}
		}
		return c.follow(ctx, cmd.ErrOrStderr(), o.detach, func(ctx context.Context) (reviewAnswer, error) {
			return c.review(ctx, http.MethodPost, reviewsPath, o.body(cmd.Flags().Changed("min-points")))
		})
	})
	cmd.AddCommand(newReviewShow(), newList("List reviews, the newest first", reviewsPath, "server", printReviews), newReviewCancel(), newReviewResume())
	return cmd
}

// addReviewFlags adds the flags that starting and resuming have in common.
func addReviewFlags(cmd *cobra.Command, o *reviewOptions) {
	cmd.Flags().BoolVar(&o.override, "override", false, "pass over the brake; takes a --reason")
	cmd.Flags().StringVar(&o.reason, "reason", "", "why the brake is passed over")
	cmd.Flags().BoolVar(&o.detach, "detach", false, "do not wait for the end")
}

func newReviewResume() *cobra.Command {
	var o reviewOptions
	cmd := &cobra.Command{
		Use:     "resume ID",
		Short:   "Let a review go on that was stopped, cancelled, or failed",
		Example: `  grps review resume 01a2058e-2f6b-7f63-9ac8-1c1d43ac6b4d --override --reason "the season ended"`,
		Args:    takes(cobra.ExactArgs(1)),
	}
	flags := addCallFlags(cmd)
	addReviewFlags(cmd, &o)
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, args []string) error {
		if err := o.check(); err != nil {
			return err
		}
		return c.follow(ctx, cmd.ErrOrStderr(), o.detach, func(ctx context.Context) (reviewAnswer, error) {
			return c.review(ctx, http.MethodPost, reviewPath(args[0], "/resume"), o.overriding(map[string]any{}))
		})
	})
	return cmd
}

func newReviewShow() *cobra.Command {
	return newReviewLook("show ID", "Show how far a review is", func(id string) (string, string) {
		return http.MethodGet, reviewPath(id, "")
	})
}

func newReviewCancel() *cobra.Command {
	return newReviewLook("cancel ID", "End a review; what it decided stays", func(id string) (string, string) {
		return http.MethodPost, reviewPath(id, "/cancel")
	})
}

// newReviewLook returns a command that makes one call about a review and shows the review.
func newReviewLook(use, short string, call func(id string) (method, path string)) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: takes(cobra.ExactArgs(1))}
	flags := addCallFlags(cmd)
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, args []string) error {
		method, path := call(args[0])
		review, err := c.review(ctx, method, path, nil)
		if err != nil {
			return err
		}
		return c.print(review.raw, func(w io.Writer) error { return printReview(w, review) })
	})
	return cmd
}

// check refuses flags that contradict each other.
func (o reviewOptions) check() error {
	if o.override != (o.reason != "") {
		return usageError{errors.New("--override and --reason go together: the reason is kept with the review")}
	}
	return nil
}

// body returns the request for a review; fewest says whether a least number of points was given.
func (o reviewOptions) body(fewest bool) map[string]any {
	filter := map[string]any{}
	if len(o.ranks) > 0 {
		filter["ranks"] = o.ranks
	}
	if fewest {
		filter["minPoints"] = o.minPoints
	}
	if o.seenSince != "" {
		since := o.seenSince
		if day, err := time.Parse(time.DateOnly, since); err == nil {
			since = day.Format(time.RFC3339)
		}
		filter["seenSince"] = since
	}
	return o.overriding(map[string]any{"filter": filter, "apply": o.apply})
}

func (o reviewOptions) overriding(body map[string]any) map[string]any {
	if o.override {
		body["override"], body["reason"] = true, o.reason
	}
	return body
}

func reviewPath(id, what string) string { return reviewsPath + "/" + url.PathEscape(id) + what }

// printReview prints what a review found and decided.
func printReview(w io.Writer, r reviewAnswer) error {
	found, decided := r.Counts, r.Decided
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\tthe rules ask for\tdecided\t\n")
	for _, row := range []struct {
		what           string
		asked, decided int64
	}{
		{"promote", found.Promote, decided.Promote},
		{"demote", found.Demote, decided.Demote},
		{"suspend", found.Suspend, decided.Suspend},
		{"ban", found.Ban, decided.Ban},
		{"restore", found.Restore, decided.Restore},
		{"nothing", found.None, decided.None},
		{"for a person", found.AwaitingApproval, decided.AwaitingApproval},
		{"held", found.Held, decided.Held},
	} {
		fmt.Fprintf(table, "%s\t%d\t%d\t\n", row.what, row.asked, row.decided)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return printReviewLine(w, r)
}

// printReviewLine prints how far a review is.
func printReviewLine(w io.Writer, r reviewAnswer) error {
	line := "review " + r.ID + " is " + r.State
	switch {
	case r.underWay() && r.Total == 0: // nobody looked how many there are
	case r.underWay():
		line += fmt.Sprintf(": %s, %d of %d players (%s %%)", reviewDoing(r.Phase), r.Scanned, r.Total, strconv.FormatFloat(r.Percent, 'f', -1, 64))
		if r.ETASeconds != nil {
			line += fmt.Sprintf(", about %s to go", time.Duration(*r.ETASeconds)*time.Second)
		}
	case r.Detail != "":
		line += "\n" + r.Detail
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// printReviews prints one line for each review.
func printReviews(w io.Writer, answer json.RawMessage) error {
	var page reviewPage
	if err := json.Unmarshal(answer, &page); err != nil {
		return fmt.Errorf("read the reviews: %w", err)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "REVIEW\tSTATE\tAPPLY\tFOR\tBEGAN\tPLAYERS\tDECIDED")
	for _, r := range page.Reviews {
		fmt.Fprintf(table, "%s\t%s\t%t\t%s\t%s\t%d\t%d\n", r.ID, r.State, r.Apply, r.Principal, r.CreatedAt, r.Total, r.Decided.moves())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return printMore(w, page.NextCursor)
}
