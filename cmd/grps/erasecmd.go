package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	erasuresPath = "/erasures"
	erasureLook  = 500 * time.Millisecond // between two looks at an erasure that is followed
)

// erasureAnswer is an erasure, as the API says it.
type erasureAnswer struct {
	ID             string  `json:"id"`
	State          string  `json:"state"`
	AskedAt        *string `json:"askedAt"`
	EndedAt        *string `json:"endedAt"`
	By             *string `json:"by"`
	NotificationID *string `json:"notificationId"`
	Banned         bool    `json:"banned"`
}

func newErase() *cobra.Command {
	var lift, leave, yes bool
	cmd := &cobra.Command{
		Use:   "erase [USERID]",
		Short: "Forget everything that is held about a player",
		Long: `Has a running service forget a player: the player's row, reports and answers, what waits or was given up, the entry in the games' data store.
Decisions stay in the ledger, about nobody. A mark that only the key makes of the user id keeps late reports from bringing the player back.
It cannot be taken back, so who is to be forgotten is shown and you are asked first, unless --yes.
Without a user it lists the erasures there were, which name nobody.`,
		Example: `  grps erase 12345678          forget this player, and wait until that is done
  grps erase 12345678 --yes    the same without being asked, such as from a script
  grps erase 12345678 --lift   let the player come back as somebody who was never seen
  grps erase                   which erasures there were, and who asked for them`,
		Args: takes(cobra.MaximumNArgs(1)),
	}
	flags := addCallFlags(cmd)
	cmd.Flags().BoolVar(&lift, "lift", false, "let the player come back; a ban at Roblox stays in force")
	cmd.Flags().BoolVar(&leave, "no-wait", false, "do not wait until it is done")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.RunE = calling(flags, func(ctx context.Context, c *client, args []string) error {
		if len(args) == 0 {
			if lift || leave || yes {
				return usageError{errors.New("name the user id of the player")}
			}
			return c.erasures(ctx)
		}
		user, err := userArgument(args[0])
		if err != nil {
			return err
		}
		if lift {
			return c.liftErasure(ctx, user)
		}
		if err := c.confirmErasure(ctx, cmd.InOrStdin(), cmd.ErrOrStderr(), user, yes); err != nil {
			return err
		}
		return c.erase(ctx, user, !leave)
	})
	return cmd
}

// userArgument returns the user whom an argument names.
func userArgument(text string) (domain.UserID, error) {
	user, err := domain.ParseUserID(text)
	if err != nil {
		return domain.UserID{}, usageError{fmt.Errorf("%q is no Roblox user id: write it in plain digits", text)}
	}
	return user, nil
}

// confirmErasure shows who is to be forgotten, and asks, unless that was answered beforehand.
func (c *client) confirmErasure(ctx context.Context, in io.Reader, errs io.Writer, user domain.UserID, yes bool) error {
	q := consent{
		question: fmt.Sprintf("Forget %s for good?", user),
		blind:    "say --yes, if everything about " + user.String() + " is to be forgotten; it cannot be taken back",
		no:       "nobody was forgotten",
	}
	if file, ok := in.(io.Writer); ok && terminal(file) && !yes && !c.asJSON {
		known, err := c.whoIs(ctx, user)
		if err != nil {
			return err
		}
		fmt.Fprintf(errs, "%s\nReports, answers and all else about this user go, in the games' data store too; decisions stay, about nobody; so do roles and bans at Roblox.\n", known)
	}
	return q.ask(in, errs, yes, c.asJSON)
}

// whoIs says in a sentence what is known of a user.
func (c *client) whoIs(ctx context.Context, user domain.UserID) (string, error) {
	var p struct {
		namedPlayer

		Rank      string  `json:"rank"`
		Points    int64   `json:"rankPoints"`
		CreatedAt *string `json:"createdAt"`
	}
	err := c.call(ctx, http.MethodGet, "/players/"+user.String(), nil, &p)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return fmt.Sprintf("Nobody of the user id %s is known now.", user), nil
	case err != nil:
		return "", err
	}
	return fmt.Sprintf("%s is %s with %s, known since %s.", p, p.Rank, counted(int(p.Points), "point"), toTheSecond(textOf(p.CreatedAt))), nil
}

// erase asks for an erasure and, if told to, waits until it is done.
func (c *client) erase(ctx context.Context, user domain.UserID, wait bool) error {
	var raw json.RawMessage
	if err := c.call(ctx, http.MethodDelete, "/players/"+user.String(), nil, &raw); err != nil {
		return err
	}
	for {
		var e erasureAnswer
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("read the erasure: %w", err)
		}
		if !wait || e.State != string(ports.ErasureQueued) && e.State != string(ports.ErasureRemoving) {
			return c.print(raw, e.text)
		}
		select {
		case <-time.After(erasureLook):
		case <-ctx.Done():
			return fmt.Errorf("interrupted: erasure %s goes on by itself and is %s", e.ID, e.State)
		}
		if err := c.call(ctx, http.MethodGet, erasuresPath+"/"+url.PathEscape(e.ID), nil, &raw); err != nil {
			return err
		}
	}
}

func (c *client) liftErasure(ctx context.Context, user domain.UserID) error {
	var raw json.RawMessage
	if err := c.call(ctx, http.MethodDelete, "/players/"+user.String()+"/tombstone", nil, &raw); err != nil {
		return err
	}
	return c.print(raw, func(w io.Writer) error {
		var e erasureAnswer
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("read the erasure: %w", err)
		}
		return e.text(w)
	})
}

// text prints an erasure for a person.
func (e erasureAnswer) text(w io.Writer) error {
	line := "erasure " + e.ID + ": " + e.State
	switch ports.ErasureState(e.State) {
	case ports.ErasureQueued:
		line += "; it goes on by itself"
	case ports.ErasureRemoving:
		line += " the entry in the games' data store; nothing else is left"
	case ports.ErasureDone:
		line += "; nothing is left"
	case ports.ErasureLifted:
		line += "; the next report makes the player known"
		if e.Banned {
			line += ", and the ban at Roblox stays in force"
		}
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// erasures prints all erasures, newest first.
func (c *client) erasures(ctx context.Context) error {
	all := []erasureAnswer{}
	for cursor := ""; ; {
		var page struct {
			Erasures   []erasureAnswer `json:"erasures"`
			NextCursor *string         `json:"nextCursor"`
		}
		query := url.Values{"limit": {"100"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		if err := c.call(ctx, http.MethodGet, erasuresPath+"?"+query.Encode(), nil, &page); err != nil {
			return err
		}
		all = append(all, page.Erasures...)
		if page.NextCursor == nil {
			break
		}
		cursor = *page.NextCursor
	}
	return c.print(all, func(w io.Writer) error {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ERASURE\tSTATE\tASKED\tBY\tNOTIFICATION")
		for _, e := range all {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", e.ID, e.State, toTheSecond(textOf(e.AskedAt)), textOf(e.By), textOf(e.NotificationID))
		}
		return table.Flush()
	})
}
