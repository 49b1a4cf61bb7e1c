package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

func newWebhooks() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhooks",
		Short: "Look after webhooks: list them, test them, send again what could not be delivered",
		Args:  cobra.ArbitraryArgs,
		RunE:  chooses,
	}
	cmd.AddCommand(newWebhooksList(), newWebhooksDead(), newWebhooksReplay(), newWebhooksTest())
	return cmd
}

// webhookRow is a webhook as the API shows it.
type webhookRow struct {
	Name          string   `json:"name"`
	Configured    bool     `json:"configured"`
	Format        *string  `json:"format"`
	Host          *string  `json:"host"`
	Actions       []string `json:"actions"`
	Waiting       int      `json:"waiting"`
	Dead          int      `json:"dead"`
	OldestSeconds int64    `json:"oldestSeconds"`
}

func newWebhooksList() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Print the webhooks, and how much each has still to be told",
		Example: "  grps webhooks list\n  grps webhooks list --json",
		Args:    takes(cobra.NoArgs),
	}
	flags := addCallFlags(cmd)
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, _ []string) error {
		var list struct {
			Webhooks []webhookRow `json:"webhooks"`
		}
		if err := c.call(ctx, http.MethodGet, "/webhooks", nil, &list); err != nil {
			return err
		}
		return c.print(list, func(w io.Writer) error { return printWebhooks(w, list.Webhooks) })
	})
	return cmd
}

func printWebhooks(w io.Writer, rows []webhookRow) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "the service has no webhooks; set WEBHOOKS_FILE to a list of them and start it again")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tFORMAT\tHOST\tACTIONS\tWAITING\tOLDEST\tDEAD")
	for _, row := range rows {
		format, host, actions, oldest := "not configured", "-", "all", "-"
		if row.Configured {
			format, host = textOf(row.Format), textOf(row.Host)
		}
		if len(row.Actions) > 0 {
			actions = strings.Join(row.Actions, ",")
		}
		if row.Waiting > 0 {
			oldest = (time.Duration(row.OldestSeconds) * time.Second).String()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%d\n", row.Name, format, host, actions, row.Waiting, oldest, row.Dead)
	}
	return table.Flush()
}

// deadRow is an effect that was given up as the API shows it.
type deadRow struct {
	ID         int64   `json:"id"`
	Kind       string  `json:"kind"`
	Target     *string `json:"target"`
	UserID     *int64  `json:"userId"`
	DecisionID *string `json:"decisionId"`
	Attempts   int     `json:"attempts"`
	Reason     string  `json:"reason"`
	DeadAt     *string `json:"deadAt"`
}

func newWebhooksDead() *cobra.Command {
	var target string
	var limit int
	cmd := &cobra.Command{
		Use:     "dead",
		Short:   "Print what webhooks did not take and was given up, the newest first",
		Example: "  grps webhooks dead\n  grps webhooks dead --target staff --limit 10",
		Args:    takes(cobra.NoArgs),
	}
	flags := addCallFlags(cmd)
	cmd.Flags().StringVar(&target, "target", "", "of one webhook only, by its name")
	cmd.Flags().IntVar(&limit, "limit", 25, "how many at most, 1 … 100")
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, _ []string) error {
		query := url.Values{"state": {"dead"}, "kind": {domain.EffectWebhook.String()}, "limit": {fmt.Sprint(limit)}}
		if target != "" {
			query.Set("target", target)
		}
		var page struct {
			Effects []deadRow `json:"effects"`
			Next    *string   `json:"nextCursor"`
		}
		if err := c.call(ctx, http.MethodGet, "/effects?"+query.Encode(), nil, &page); err != nil {
			return err
		}
		return c.print(page, func(w io.Writer) error { return printDead(w, page.Effects, page.Next != nil) })
	})
	return cmd
}

func printDead(w io.Writer, rows []deadRow, more bool) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "nothing was given up")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tWEBHOOK\tDECISION\tTRIES\tGIVEN UP\tREASON")
	for _, row := range rows {
		fmt.Fprintf(table, "%d\t%s\t%s\t%d\t%s\t%s\n", row.ID, textOf(row.Target), textOf(row.DecisionID), row.Attempts, textOf(row.DeadAt), row.Reason)
	}
	if err := table.Flush(); err != nil || !more {
		return err
	}
	_, err := fmt.Fprintln(w, "there are more; ask for them with --limit, or through GET /effects with its cursor")
	return err
}

func newWebhooksReplay() *cobra.Command {
	var target string
	var ids []int64
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Send again what webhooks did not take and was given up",
		Long: `Makes what was given up due again, all of it or what the flags choose: it is tried for another day, under the same id as before, so that
a receiver knows what it has heard already.`,
		Example: "  grps webhooks replay\n  grps webhooks replay --target staff\n  grps webhooks replay --id 12 --id 14",
		Args:    takes(cobra.NoArgs),
	}
	flags := addCallFlags(cmd)
	cmd.Flags().StringVar(&target, "target", "", "for one webhook only, by its name")
	cmd.Flags().Int64SliceVar(&ids, "id", nil, "only this one of 'grps webhooks dead'; may be repeated")
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, _ []string) error {
		var done struct {
			Replayed int     `json:"replayed"`
			Kept     int     `json:"kept"`
			Detail   *string `json:"detail"`
		}
		in := map[string]any{"kind": domain.EffectWebhook.String(), "target": target, "ids": ids}
		if err := c.call(ctx, http.MethodPost, "/effects/replay", in, &done); err != nil {
			return err
		}
		return c.print(done, func(w io.Writer) error {
			text := fmt.Sprintf("%d of what was given up is on its way again", done.Replayed)
			if done.Replayed == 0 {
				text = "nothing of what was asked for is given up, so there is nothing to send again"
			}
			_, err := fmt.Fprintln(w, text)
			return err
		})
	})
	return cmd
}

func newWebhooksTest() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "test NAME",
		Short:   "Tell a webhook that this is a test, and print what it says",
		Example: "  grps webhooks test staff",
		Args:    takes(cobra.ExactArgs(1)),
	}
	flags := addCallFlags(cmd)
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, args []string) error {
		var trial struct {
			Taken  bool    `json:"taken"`
			Reason *string `json:"reason"`
			TookMS int64   `json:"tookMs"`
		}
		if err := c.call(ctx, http.MethodPost, "/webhooks/"+url.PathEscape(args[0])+"/test", nil, &trial); err != nil {
			return err
		}
		if err := c.print(trial, func(w io.Writer) error {
			if !trial.Taken {
				return nil // the error says it
			}
			_, err := fmt.Fprintf(w, "%s took the test, within %d ms\n", args[0], trial.TookMS)
			return err
		}); err != nil {
			return err
		}
		if !trial.Taken {
			return errors.New(args[0] + " did not take the test: " + textOf(trial.Reason))
		}
		return nil
	})
	return cmd
}

// textOf returns a text that may be absent, as tables show it.
func textOf(text *string) string {
	if text == nil {
		return "-"
	}
	return *text
}
