package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

func newApprovals() *cobra.Command {
	var user, cursor string
	var limit int
	cmd := &cobra.Command{
		Use:   "approvals",
		Short: "Print the decisions that wait for a person's approval, the newest first",
		Long: `Prints the decisions of a running service that are carried out only if a person approves them: what would be done to whom, who or what asked
for it, since when it waits, and when it ends by itself unless somebody answers. 'grps approve' and 'grps reject' answer.`,
		Example: "  grps approvals\n  grps approvals --user 156\n  grps approvals --json | jq -r '.decisions[].requestId' | xargs grps reject --reason \"not this week\"",
		Args:    takes(cobra.NoArgs),
	}
	flags := addCallFlags(cmd)
	cmd.Flags().StringVar(&user, "user", "", "about this Roblox user only")
	cmd.Flags().IntVar(&limit, "limit", 25, "how many at most, 1 … 100")
	cmd.Flags().StringVar(&cursor, "cursor", "", "where to go on: what the page before ended with")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		query := url.Values{"status": {string(domain.StatusAwaitingApproval)}, "limit": {strconv.Itoa(limit)}}
		if user != "" {
			if _, err := plainUser(user); err != nil {
				return usageError{fmt.Errorf("--user: %w", err)}
			}
			query.Set("userId", user)
		}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		return calling(flags, func(ctx context.Context, c *client, _ []string) error {
			var raw json.RawMessage
			if err := c.call(ctx, http.MethodGet, "/decisions?"+query.Encode(), nil, &raw); err != nil {
				return err
			}
			return c.print(raw, func(w io.Writer) error { return printApprovals(w, raw) })
		})(cmd, args)
	}
	return cmd
}

// question is what is printed of a decision that waits for approval.
type question struct {
	undoable

	ExpiresAt *string `json:"expiresAt"`
	Principal string  `json:"principal"`
	Review    string  `json:"reviewId"`
}

// asker says who or what asked.
func (q question) asker() string {
	text := q.Principal
	if text == "" {
		text = q.Origin
	}
	if q.Actor != 0 {
		text += fmt.Sprintf(", for user %d", q.Actor)
	}
	if q.Review != "" {
		text += ", review " + q.Review
	}
	return text
}

func printApprovals(w io.Writer, raw json.RawMessage) error {
	var page struct {
		Decisions []question `json:"decisions"`
		Next      string     `json:"nextCursor"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return fmt.Errorf("read the decisions: %w", err)
	}
	if len(page.Decisions) == 0 {
		_, err := fmt.Fprintln(w, "nothing waits for approval")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DECISION\tPLAYER\tACTION\tRANKS\tASKED BY\tSINCE\tEXPIRES\tWHY")
	for _, q := range page.Decisions {
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n",
			q.ID, q.UserID, q.Action, q.move(), q.asker(), toTheSecond(q.CreatedAt), toTheSecond(textOf(q.ExpiresAt)), q.Reason)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return printMore(w, page.Next)
}
