package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

const rewindsPath = "/automation/rewinds"

// rewindFlag is what the flag is called, in these commands, that says where the service runs: --server names a game server.
const rewindFlag = "service"

// rewindOptions are the flags of `grps rewind`.
type rewindOptions struct {
	key, experience, server string
	since, until, as        string
	apply, detach, all      bool
}

func newRewind() *cobra.Command {
	var o rewindOptions
	cmd := &cobra.Command{
		Use:   "rewind --key NAME | --experience E | --server S, --since T [--until T] [--apply]",
		Short: "Take the reports of a leaked key or a bad game server out of account",
		Long: `Asks a running service to find the reports that a key, an experience or a game server sent in some time, to see what each player would be
without them, and prints who would change. With --apply that is carried out: the reports stay in history and do not count any more, the
counters become what the other reports say, decisions that were made on them are taken back, at Roblox too, and the rules are asked about
what is left. Whoever only these reports told of keeps no counters and is put on hold.

What later decisions, or a person's orders, stand on is left and named. The same command again finds nothing. Take the key away first: what
it reports after the rewind began counts. Times are RFC 3339, or how long ago: 90m, 2h, 3d. Ctrl-C leaves the rewind running and this
command. The exit code is 0 when the rewind came to its end, and 1 when it stopped before.`,
		Example: `  grps rewind --key lobby-server --since 2h                         who would change?
  grps rewind --key lobby-server --since 2h --apply                 do it
  grps rewind --server 5f0c --since 2026-03-01T20:00:00Z --until 2026-03-01T21:00:00Z
  grps rewind show ID                                               look again; cancel ID, resume ID and list do what they say`,
		Args: takes(cobra.NoArgs),
	}
	flags := addCallFlagsAs(cmd, rewindFlag)
	cmd.Flags().StringVar(&o.key, "key", "", "reports that this key delivered, by its name")
	cmd.Flags().StringVar(&o.experience, "experience", "", "reports of this experience, or of the universe of that number")
	cmd.Flags().StringVar(&o.server, "server", "", "reports of this game server")
	cmd.Flags().StringVar(&o.since, "since", "", "reports that arrived then or later")
	cmd.Flags().StringVar(&o.until, "until", "", "reports that arrived before then; by default, until now")
	cmd.Flags().BoolVar(&o.apply, "apply", false, "carry it out")
	cmd.Flags().StringVar(&o.as, "as", "", "the Roblox user who does this; their own rank decides what they may take back")
	cmd.Flags().BoolVar(&o.detach, "detach", false, "do not wait for the end")
	cmd.Flags().BoolVar(&o.all, "all", false, "show those who stay the same too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body, err := o.body(time.Now())
		if err != nil {
			return usageError{err}
		}
		return calling(flags, func(ctx context.Context, c *client, _ []string) error {
			return c.followRewind(ctx, cmd.ErrOrStderr(), o, func(ctx context.Context) (rewindAnswer, error) {
				return c.rewind(ctx, http.MethodPost, rewindsPath, body)
			})
		})(cmd, args)
	}
	cmd.AddCommand(newRewindShow(), newList("List rewinds, the newest first", rewindsPath, rewindFlag, printRewinds), newRewindCancel(), newRewindResume())
	return cmd
}

// body checks the flags and returns the request for a rewind. Times are taken from now.
func (o rewindOptions) body(now time.Time) (map[string]any, error) {
	body := map[string]any{"apply": o.apply}
	var faults []error
	if o.key == "" && o.experience == "" && o.server == "" {
		faults = append(faults, errors.New("say whose reports are not to count: --key, --experience or --server"))
	}
	if o.since == "" {
		faults = append(faults, errors.New("say from when on they do not count: --since, such as 2h or 2026-01-31T12:00:00Z"))
	}
	for _, given := range []struct {
		flag, name, value string
		check             func(string) (string, error)
	}{
		{"--key", "key", o.key, anyText},
		{"--experience", "experience", o.experience, anyText},
		{"--server", "server", o.server, anyText},
		{"--since", "since", o.since, func(text string) (string, error) { return instantOrAgo(text, now) }},
		{"--until", "until", o.until, func(text string) (string, error) { return instantOrAgo(text, now) }},
		{"--as", "actorUserId", o.as, plainUser},
	} {
		if given.value == "" {
			continue
		}
		value, err := given.check(given.value)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", given.flag, err))
		}
		body[given.name] = value
	}
	return body, errors.Join(faults...)
}

func anyText(text string) (string, error) { return text, nil }

func newRewindShow() *cobra.Command {
	var o rewindOptions
	cmd := &cobra.Command{Use: "show ID", Short: "Show a rewind and who changes by it", Args: takes(cobra.ExactArgs(1))}
	flags := addCallFlagsAs(cmd, rewindFlag)
	cmd.Flags().BoolVar(&o.all, "all", false, "show those who stay the same too")
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, args []string) error {
		rewind, err := c.rewind(ctx, http.MethodGet, rewindPath(args[0], ""), nil)
		if err != nil {
			return err
		}
		return c.showRewind(ctx, rewind, o)
	})
	return cmd
}

func newRewindCancel() *cobra.Command {
	cmd := &cobra.Command{Use: "cancel ID", Short: "End a rewind; whom it changed stays so", Args: takes(cobra.ExactArgs(1))}
	flags := addCallFlagsAs(cmd, rewindFlag)
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, args []string) error {
		rewind, err := c.rewind(ctx, http.MethodPost, rewindPath(args[0], "/cancel"), nil)
		if err != nil {
			return err
		}
		return c.print(rewind.raw, func(w io.Writer) error { return printRewind(w, rewind, nil) })
	})
	return cmd
}

func newRewindResume() *cobra.Command {
	var o rewindOptions
	cmd := &cobra.Command{
		Use: "resume ID", Short: "Let a rewind go on that was stopped, cancelled, or failed", Args: takes(cobra.ExactArgs(1)),
	}
	flags := addCallFlagsAs(cmd, rewindFlag)
	cmd.Flags().BoolVar(&o.detach, "detach", false, "do not wait for the end")
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, args []string) error {
		return c.followRewind(ctx, cmd.ErrOrStderr(), o, func(ctx context.Context) (rewindAnswer, error) {
			return c.rewind(ctx, http.MethodPost, rewindPath(args[0], "/resume"), nil)
		})
	})
	return cmd
}

func rewindPath(id, what string) string { return rewindsPath + "/" + url.PathEscape(id) + what }
