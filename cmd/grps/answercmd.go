package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

func newApprove() *cobra.Command {
	return newAnswer("approve", "Approve decisions that wait for it: they are carried out", `Calls a service that runs and approves decisions that wait for that, as 'grps approvals' lists them. Each is looked at again first: what the
rules do not ask for any more is not carried out, and ends.`)
}

func newReject() *cobra.Command {
	return newAnswer("reject", "Reject decisions that wait for approval: nothing is carried out", `Calls a service that runs and rejects decisions that wait for approval, as 'grps approvals' lists them. The rules do not ask for the same move
again for as long as decisions wait, APPROVAL_TTL.`)
}

// newAnswer returns a command that answers decisions with that word.
func newAnswer(word, short, long string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   word + " ID...",
		Short: short,
		Long: long + `

Several ids are answered one after the other, and what could not be answered is listed. The exit code is 0 when all were answered, and 1 when
one was not.`,
		Example: "  grps " + word + " 01a205df-3d69-75c8-a941-5a1b062f530f --reason \"as the council said\"",
		Args:    takes(cobra.MinimumNArgs(1)),
	}
	flags := addCallFlags(cmd)
	said := addRemarkFlags(cmd, "the Roblox user who answers, for the record")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := said.check(); err != nil {
			return err
		}
		var ids []string
		for _, arg := range args {
			if id := strings.ToLower(arg); !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		return calling(flags, func(ctx context.Context, c *client, _ []string) error {
			return (&answers{client: c, word: word, said: *said}).run(ctx, ids)
		})(cmd, args)
	}
	return cmd
}

// answers is one run of approve or reject.
type answers struct {
	client *client
	word   string
	said   remark
	report answerReport
}

// answerReport is what a run came to.
type answerReport struct {
	Answered int            `json:"answered"`
	Left     int            `json:"left"`  // not answered
	Unmet    int            `json:"unmet"` // not come to, as the run stopped before
	Items    []answerResult `json:"decisions"`
}

// answerResult is what became of one decision.
type answerResult struct {
	ID       string          `json:"requestId"`
	Outcome  string          `json:"outcome"`            // answered, left or unmet
	Why      string          `json:"why,omitempty"`      // why it is left
	Decision json.RawMessage `json:"decision,omitempty"` // as it is now
	Player   json.RawMessage `json:"player,omitempty"`
}

// run answers the decisions in their order, and goes on past those that cannot be answered.
func (a *answers) run(ctx context.Context, ids []string) error {
	c := a.client
	var stopped, last error
	for _, id := range ids {
		a.report.Items = append(a.report.Items, answerResult{ID: id, Outcome: "unmet"})
	}
	a.report.Unmet = len(ids)
	for i := range a.report.Items {
		item := &a.report.Items[i]
		line, err := a.one(ctx, item)
		if e, refused := errors.AsType[*domain.Error](err); err != nil && (!refused || !aboutQuestion(e)) {
			stopped = err
			break
		}
		a.report.Unmet--
		if err == nil {
			item.Outcome = "answered"
			a.report.Answered++
		} else {
			item.Outcome, item.Why, last = "left", err.Error(), err
			a.report.Left++
			line = fmt.Sprintf("left  %s: %s", item.ID, item.Why)
		}
		if !c.asJSON && (err == nil || len(ids) > 1) { // of a single one the error says why
			if _, err := fmt.Fprintln(c.out, line); err != nil {
				return err
			}
		}
	}
	if err := c.print(a.report, func(io.Writer) error { return nil }); err != nil {
		return err
	}
	switch {
	case stopped != nil && len(ids) > 1:
		return fmt.Errorf("stopped after %d of %d: %w", len(ids)-a.report.Unmet, len(ids), stopped)
	case stopped != nil:
		return stopped
	case len(ids) == 1:
		return last
	case a.report.Left > 0:
		return fmt.Errorf("%d of %d decisions were not answered", a.report.Left, len(ids))
	}
	return nil
}

// one answers one decision, and returns what to print of it. Where Roblox refuses what was approved the error says so.
func (a *answers) one(ctx context.Context, item *answerResult) (string, error) {
	var answer struct {
		Decision json.RawMessage `json:"decision"`
		Player   json.RawMessage `json:"player"`
	}
	err := patiently(ctx, func() error {
		return a.client.call(ctx, http.MethodPost, "/decisions/"+url.PathEscape(item.ID)+"/"+a.word, a.said, &answer)
	})
	if err != nil {
		return "", err
	}
	var d undoable
	var p namedPlayer
	if err := errors.Join(json.Unmarshal(answer.Decision, &d), json.Unmarshal(answer.Player, &p)); err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	item.Decision, item.Player = answer.Decision, answer.Player
	if !d.stands() && d.Status != string(domain.StatusRejected) {
		return "", &domain.Error{Kind: domain.KindBlocked, Code: codeNotCarriedOut, Message: fmt.Sprintf("it was approved and is %s: %s", d.Status, d.Detail)}
	}
	return fmt.Sprintf("%s  %s %s of %s (decision %s)", d.Status, d.Action, d.move(), p, d.ID), nil
}

// codeNotCarriedOut is of what was approved and came to nothing.
const codeNotCarriedOut = "not_carried_out"

// aboutQuestion reports whether a refusal is about one decision, so that others may fare better.
func aboutQuestion(e *domain.Error) bool {
	switch e.Code {
	case "decision_outdated", "not_awaiting", "rank_above_key", codeNotCarriedOut, domain.ErrNotFound.Code:
		return true
	}
	return false
}
