package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

// undoOptions are the flags of undo.
type undoOptions struct {
	actor, as            string
	policy, action       string
	since, until, reason string
	hold                 bool
	dryRun, yes          bool
}

func newUndo() *cobra.Command {
	var o undoOptions
	var flags *callFlags
	cmd := &cobra.Command{
		Use:   "undo ID | --actor N | --policy REV | --since T | --until T | --action A",
		Short: "Take decisions back: one, or all that are chosen",
		Long: `Calls a service that runs and takes decisions back: rank and tenure are given back, punishments lifted, at Roblox too. Each undo is
a decision of its own, and can be undone.

One decision is named by its id. A set is chosen by flags, which must all hold: what is applied or under way, newest first, so that chains
come apart. Undos, holds and roles that somebody changed by hand at Roblox are never among it, and with --policy neither is what a person
ordered. The set is shown and counted first, then you are asked, unless --yes. What cannot be undone, because later decisions or changes
by hand stand on it, is skipped and named. What is undone already is left out, so the same command again goes on where it was cut off.

Times are RFC 3339, or how long ago: 90m, 2h, 3d. Players whom the rules would move back at once are put on hold; --hold=false lets them.
The exit code is 0 when all was undone, and 1 when something was not.`,
		Example: `  grps undo 01a205df-3d69-75c8-a941-5a1b062f530f --reason "wrong player"
  grps undo --policy ef9e0dd25d8a… --dry-run
  grps undo --actor 77 --since 2h --yes --reason "the account was stolen"`,
		Args: takes(cobra.MaximumNArgs(1)),
	}
	flags = addCallFlags(cmd)
	cmd.Flags().StringVar(&o.actor, "actor", "", "decisions that this Roblox user was named for")
	cmd.Flags().StringVar(&o.policy, "policy", "", "decisions that the rules made under this policyRevision")
	cmd.Flags().StringVar(&o.since, "since", "", "decisions made then or later")
	cmd.Flags().StringVar(&o.until, "until", "", "decisions made before then")
	cmd.Flags().StringVar(&o.action, "action", "", "decisions to PROMOTE, DEMOTE, SUSPEND, BAN or RESTORE")
	cmd.Flags().StringVar(&o.reason, "reason", "", "why, for the record")
	cmd.Flags().StringVar(&o.as, "as", "", "the Roblox user who undoes; their own rank decides what they may")
	cmd.Flags().BoolVar(&o.hold, "hold", false, "put the players on hold, or with --hold=false not; by default where it is needed")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "show what would be undone, and undo nothing")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		u, err := newUndoing(cmd, o, args, time.Now())
		if err != nil {
			return usageError{err}
		}
		return calling(flags, func(ctx context.Context, c *client, _ []string) error {
			u.client = c
			if u.id != "" {
				return u.one(ctx)
			}
			return u.set(ctx)
		})(cmd, args)
	}
	return cmd
}

// undoing is one run of undo.
type undoing struct {
	client *client
	in     io.Reader
	errs   io.Writer
	id     string     // the only decision to be undone; "" for a set
	filter url.Values // what chooses the set
	rules  bool       // only what the rules decided is among it
	ask    undoBody
	dryRun bool
	yes    bool
}

// undoBody is the body of a request to undo.
type undoBody struct {
	Reason      string `json:"reason,omitempty"`
	ActorUserID string `json:"actorUserId,omitempty"`
	Hold        *bool  `json:"hold,omitempty"`
	DryRun      bool   `json:"dryRun,omitempty"`
}

// newUndoing checks arguments and flags. Times are taken from now.
func newUndoing(cmd *cobra.Command, o undoOptions, args []string, now time.Time) (*undoing, error) {
	u := &undoing{in: cmd.InOrStdin(), errs: cmd.ErrOrStderr(), filter: url.Values{}, rules: o.policy != "", dryRun: o.dryRun, yes: o.yes}
	u.ask = undoBody{Reason: o.reason, ActorUserID: o.as}
	if cmd.Flags().Changed("hold") {
		u.ask.Hold = &o.hold
	}
	var faults []error
	for _, given := range []struct {
		flag, value, parameter string
		check                  func(string) (string, error)
	}{
		{"--actor", o.actor, "actor", plainUser},
		{"--as", o.as, "", plainUser},
		{"--policy", o.policy, "policy", wholeRevision},
		{"--since", o.since, "since", func(text string) (string, error) { return instantOrAgo(text, now) }},
		{"--until", o.until, "until", func(text string) (string, error) { return instantOrAgo(text, now) }},
		{"--action", o.action, "action", func(text string) (string, error) {
			action, err := domain.ParseAction(strings.ToUpper(text))
			return action.String(), err
		}},
	} {
		if given.value == "" {
			continue
		}
		value, err := given.check(given.value)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", given.flag, err))
		}
		if given.parameter != "" {
			u.filter.Set(given.parameter, value)
		}
	}
	if err := checkReason(o.reason); err != nil {
		faults = append(faults, err)
	}
	if len(args) == 1 {
		u.id = strings.ToLower(args[0])
	}
	switch {
	case u.id != "" && len(u.filter) > 0:
		faults = append(faults, errors.New("name one decision by its id, or choose a set by flags, not both"))
	case u.id == "" && len(u.filter) == 0:
		faults = append(faults, fmt.Errorf("name a decision by its id, or choose a set by flags; see '%s --help'", cmd.CommandPath()))
	}
	return u, errors.Join(faults...)
}

// one undoes the decision that was named.
func (u *undoing) one(ctx context.Context) error {
	body := u.ask
	body.DryRun = u.dryRun
	var answer orderedAnswer
	if err := u.client.call(ctx, http.MethodPost, "/decisions/"+url.PathEscape(u.id)+"/undo", body, &answer); err != nil {
		return err
	}
	c, d := u.client, answer.Decision
	err := c.print(d, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s  %s %s of %s: %s (decision %s)\n",
			d.Status, d.Action, d.move(), answer.Player, d.Reason, d.ID)
		if err == nil && d.Hold != nil && *d.Hold && !u.dryRun {
			_, err = fmt.Fprintln(w, putOnHold(1))
		}
		return err
	})
	if err == nil && !d.stands() && !u.dryRun {
		err = fmt.Errorf("it was not undone: %s", d.Detail)
	}
	return err
}

// orderedAnswer is what is read of the answer to what a person asked for.
type orderedAnswer struct {
	Decision undoable    `json:"decision"`
	Player   namedPlayer `json:"player"`
}

type namedPlayer struct {
	UserID   int64  `json:"userId"`
	Username string `json:"username"`
}

// String names the player for people.
func (p namedPlayer) String() string { return fmt.Sprintf("%s (%d)", p.Username, p.UserID) }

// plainUser checks a Roblox user id.
func plainUser(text string) (string, error) {
	_, err := domain.ParseUserID(text)
	return text, err
}

// instantOrAgo understands a time as RFC 3339, or as how long before now, and returns it as RFC 3339.
func instantOrAgo(text string, now time.Time) (string, error) {
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at.UTC().Format(time.RFC3339Nano), nil
	}
	ago, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok && err != nil {
		n, dayErr := strconv.ParseUint(days, 10, 16)
		ago, err = time.Duration(n)*24*time.Hour, dayErr
	}
	if err != nil || ago < 0 {
		return "", errors.New("must be RFC 3339, such as 2026-01-31T12:00:00Z, or how long ago, such as 90m, 2h or 3d")
	}
	return now.Add(-ago).UTC().Format(time.RFC3339Nano), nil
}

// wholeRevision refuses a revision that is cut short, as logs show it: nothing would be found under it.
func wholeRevision(text string) (string, error) {
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(text) {
		return "", errors.New("must be a whole revision of 64 digits, as policyRevision in a decision shows it")
	}
	return text, nil
}
