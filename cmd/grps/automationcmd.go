package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

const automationPath = "/automation"

// automationAnswer is how automation stands, as the API says it.
type automationAnswer struct {
	State  string  `json:"state"`
	Reason *string `json:"reason"`
	Since  *string `json:"since"`
	By     *string `json:"by"`
	Actor  *int64  `json:"actorUserId"`
	Limits struct {
		MovesPerHour     int64 `json:"maxMovesPerHour"`
		DemotionsPercent int64 `json:"maxDemotionsPercent"`
		RungsPerDay      int64 `json:"maxRungsPerPlayerPerDay"`
	} `json:"limits"`
	Moves     int64 `json:"movesLastHour"`
	Demotions int64 `json:"demotionsLastHour"`
	Held      int64 `json:"held"`
	Players   int64 `json:"knownPlayers"`
}

func newAutomation() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "automation",
		Short: "Show whether decisions are carried out, and stop or resume that",
		Long: `Shows how automation stands in a running service. It is paused when a limit of the policy is reached: what the rules decide is held until
an administrator resumes it. It is stopped when somebody stops it: nothing is carried out, whoever decides, and nothing is sent to Roblox.`,
		Example: `  grps automation                                          is it running, and how close to its limits?
  grps automation stop --reason "odd reports"              nothing leaves to Roblox from here on
  grps automation resume --reason "the reports are right"  what was held is looked at again`,
		Args: takes(cobra.NoArgs),
	}
	flags := addCallFlags(cmd)
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, _ []string) error {
		_, err := c.automation(ctx, http.MethodGet, automationPath, nil)
		return err
	})
	cmd.AddCommand(
		newAutomationTurn("stop", "Carry nothing out and send nothing to Roblox, until automation is resumed"),
		newAutomationTurn("resume", "End a pause or a stop: count from nothing, and look at what is held again"),
	)
	return cmd
}

// newAutomationTurn returns a command that turns the switch of automation.
func newAutomationTurn(use, short string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: use, Short: short, Args: takes(cobra.NoArgs)}
	flags := addCallFlags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for whoever looks later")
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, _ []string) error {
		body := map[string]any{}
		if reason != "" {
			body["reason"] = reason
		}
		now, err := c.automation(ctx, http.MethodPost, automationPath+"/"+use, body)
		if err == nil && reason != "" && (now.Reason == nil || *now.Reason != reason) {
			fmt.Fprintf(cmd.ErrOrStderr(), "automation was %s already, and stays so for the reason of then; yours is not kept\n", now.State)
		}
		return err
	})
	return cmd
}

// automation makes a call, prints how automation stands then, and returns that.
func (c *client) automation(ctx context.Context, method, path string, body any) (automationAnswer, error) {
	var raw json.RawMessage
	var a automationAnswer
	if err := c.call(ctx, method, path, body, &raw); err != nil {
		return a, err
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, fmt.Errorf("read how automation stands: %w", err)
	}
	return a, c.print(raw, func(w io.Writer) error { return printAutomation(w, a) })
}

func printAutomation(w io.Writer, a automationAnswer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(table, "%s\t%s\n", name, value)
		}
	}
	text := func(value *string) string {
		if value == nil {
			return ""
		}
		return *value
	}
	by := text(a.By)
	if a.Actor != nil {
		by += fmt.Sprintf(", for user %d", *a.Actor)
	}
	row("state", a.State)
	row("since", text(a.Since))
	row("by", by)
	row("reason", text(a.Reason))
	lowered := domain.Limits{DemotionsPercent: a.Limits.DemotionsPercent}.Demotions(a.Players)
	row("moves", fmt.Sprintf("%d in the last hour, %s", a.Moves, atMost(a.Limits.MovesPerHour)))
	row("demotions", fmt.Sprintf("%d in the last hour, %s for %s", a.Demotions, atMost(lowered), counted(int(a.Players), "player")))
	row("rungs", atMost(a.Limits.RungsPerDay)+" for a player in a day")
	row("held", strconv.FormatInt(a.Held, 10))
	return table.Flush()
}

// atMost says how much there may be.
func atMost(limit int64) string {
	if limit == 0 {
		return "no limit"
	}
	return strconv.FormatInt(limit, 10) + " at most"
}
