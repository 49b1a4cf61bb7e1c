package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// remark is what goes with an order, an answer or a hold: why, and on whose behalf.
type remark struct {
	Reason string `json:"reason,omitempty"`
	Actor  string `json:"actorUserId,omitempty"`
}

// addRemarkFlags gives the command the flags of a remark; as says what the one for the actor is for.
func addRemarkFlags(cmd *cobra.Command, as string) *remark {
	r := &remark{}
	cmd.Flags().StringVar(&r.Reason, "reason", "", "why, for the record")
	cmd.Flags().StringVar(&r.Actor, "as", "", as)
	return r
}

// check refuses a remark that the service would not take.
func (r remark) check() error {
	var faults []error
	if r.Actor != "" {
		if _, err := plainUser(r.Actor); err != nil {
			faults = append(faults, fmt.Errorf("--as: %w", err))
		}
	}
	if err := checkReason(r.Reason); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return usageError{errors.Join(faults...)}
	}
	return nil
}

// checkReason refuses a reason that is too long.
func checkReason(reason string) error {
	if len([]rune(reason)) > ports.MaxReason {
		return fmt.Errorf("--reason: must be at most %d characters long", ports.MaxReason)
	}
	return nil
}

func newHold() *cobra.Command {
	var lift bool
	cmd := &cobra.Command{
		Use:   "hold USERID",
		Short: "Keep the rules from promoting and demoting a player, until that is lifted",
		Long: `Has a running service put a player on hold: the rules neither promote nor demote the player any more. Punishments, and the end of them, go on,
and what staff orders is done. It stands in the ledger, with the key and the reason.`,
		Example: `  grps hold 12345678 --reason "on leave"   leave the player where they are
  grps hold 12345678 --lift                let the rules move the player again`,
		Args: takes(cobra.ExactArgs(1)),
	}
	flags := addCallFlags(cmd)
	cmd.Flags().BoolVar(&lift, "lift", false, "let the rules move the player again")
	said := addRemarkFlags(cmd, "the Roblox user who does this; their own rank decides what they may")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		user, err := userArgument(args[0])
		if err != nil {
			return err
		}
		if err := said.check(); err != nil {
			return err
		}
		return calling(flags, func(ctx context.Context, c *client, _ []string) error { return c.hold(ctx, user, *said, lift) })(cmd, args)
	}
	return cmd
}

// hold puts a player on hold, or lifts that.
func (c *client) hold(ctx context.Context, user domain.UserID, said remark, lift bool) error {
	method, text := http.MethodPost, "%s is on hold: the rules neither promote nor demote them (decision %s)\n"
	if lift {
		method, text = http.MethodDelete, "%s is not on hold any more: the rules may move them again (decision %s)\n"
	}
	var raw json.RawMessage
	if err := c.call(ctx, method, "/players/"+user.String()+"/hold", said, &raw); err != nil {
		return err
	}
	return c.print(raw, func(w io.Writer) error {
		var done orderedAnswer
		if err := json.Unmarshal(raw, &done); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		_, err := fmt.Fprintf(w, text, done.Player, done.Decision.ID)
		return err
	})
}
