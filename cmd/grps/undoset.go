package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/grps/grps/domain"
)

// undoable is what is read of a decision.
type undoable struct {
	ID        string `json:"requestId"`
	UserID    int64  `json:"userId"`
	Action    string `json:"action"`
	From      string `json:"fromRank"`
	To        string `json:"targetRank"`
	Reason    string `json:"reason"`
	Status    string `json:"status"`
	Detail    string `json:"detail,omitempty"`
	Origin    string `json:"origin"`
	Actor     int64  `json:"actorUserId,omitempty"`
	Hold      *bool  `json:"hold,omitempty"` // what it makes of the player's hold; nil for nothing
	CreatedAt string `json:"createdAt"`
}

// move names where it led.
func (d undoable) move() string { return d.From + " → " + d.To }

// stands reports whether it is carried out, or being so.
func (d undoable) stands() bool {
	return d.Status == string(domain.StatusApplied) || d.Status == string(domain.StatusPending)
}

// undoReport is what a run on a set came to.
type undoReport struct {
	DryRun bool         `json:"dryRun"`
	Count  int          `json:"count"`  // decisions chosen
	Undone int          `json:"undone"` // by this run
	Left   int          `json:"left"`   // not undone
	Unmet  int          `json:"unmet"`  // not come to, as the run stopped before
	Held   int          `json:"held"`   // players whom it put on hold
	Items  []undoResult `json:"decisions"`
}

// undoResult is what became of one decision of the set.
type undoResult struct {
	undoable

	Outcome string `json:"outcome"`        // chosen, undone, already or left
	By      string `json:"by,omitempty"`   // the decision that took it back
	Held    bool   `json:"held,omitempty"` // that put the player on hold
	Why     string `json:"why,omitempty"`  // why it is left
}

// The outcomes.
const (
	undoChosen  = "chosen"  // it was not come to
	undoUndone  = "undone"  // by this run
	undoAlready = "already" // by somebody else meanwhile
	undoLeft    = "left"    // it cannot be undone
)

// set undoes every decision that is chosen.
func (u *undoing) set(ctx context.Context) error {
	c := u.client
	chosen, err := u.choose(ctx)
	if err != nil {
		return err
	}
	report := undoReport{DryRun: u.dryRun, Count: len(chosen)}
	for _, d := range chosen {
		report.Items = append(report.Items, undoResult{undoable: d, Outcome: undoChosen})
	}
	if !c.asJSON {
		if err := u.show(chosen); err != nil {
			return err
		}
	}
	if u.dryRun || len(chosen) == 0 {
		return c.print(report, func(io.Writer) error { return nil })
	}
	if err := u.confirm(len(chosen)); err != nil {
		return err
	}
	stopped := u.run(ctx, &report)
	if err := c.print(report, report.text); err != nil {
		return err
	}
	if stopped != nil {
		return fmt.Errorf("stopped after %d of %d: %w; the same command again goes on", report.Undone, report.Count, stopped)
	}
	if report.Left > 0 {
		return fmt.Errorf("%d of %d decisions were not undone", report.Left, report.Count)
	}
	return nil
}

// choose returns the decisions of the set, newest first.
func (u *undoing) choose(ctx context.Context) ([]undoable, error) {
	query := url.Values{"limit": {"100"}}
	for name, values := range u.filter {
		query[name] = values
	}
	var chosen []undoable
	for {
		var page struct {
			Decisions  []undoable `json:"decisions"`
			NextCursor string     `json:"nextCursor"`
		}
		if err := u.client.call(ctx, http.MethodGet, "/decisions?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		for _, d := range page.Decisions {
			byRules := d.Origin == domain.OriginRules.String()
			// What somebody changed by hand at Roblox was adopted, and is not for a set to take back; nor is an undo.
			person := d.Origin == domain.OriginManual.String()
			if d.stands() && (byRules || person) && d.Action != domain.ActionNone.String() && (byRules || !u.rules) {
				chosen = append(chosen, d)
			}
		}
		if page.NextCursor == "" {
			return chosen, nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

// show prints the set and how many it is.
func (u *undoing) show(chosen []undoable) error {
	if len(chosen) == 0 {
		_, err := fmt.Fprintln(u.client.out, "nothing that is applied or under way is chosen")
		return err
	}
	table := tabwriter.NewWriter(u.client.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DECISION\tMADE\tPLAYER\tACTION\tRANKS\tACTOR\tREASON")
	players := make(map[int64]bool)
	for _, d := range chosen {
		actor := "-"
		if d.Actor != 0 {
			actor = fmt.Sprint(d.Actor)
		}
		players[d.UserID] = true
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", d.ID, toTheSecond(d.CreatedAt), d.UserID, d.Action, d.move(), actor, d.Reason)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(u.client.out, "%s about %s\n", counted(len(chosen), "decision"), counted(len(players), "player"))
	return err
}

// confirm asks whoever sits at the terminal, unless that was answered beforehand.
func (u *undoing) confirm(n int) error {
	q := consent{"Undo " + counted(n, "decision") + "?", "look at them with --dry-run, then say --yes", "nothing was undone"}
	return q.ask(u.in, u.errs, u.yes, u.client.asJSON)
}

// run undoes what was chosen, in its order. The error says why it ended before that was done.
func (u *undoing) run(ctx context.Context, report *undoReport) error {
	bar := newProgress(u.errs, "undoing", int64(report.Count))
	defer bar.end()
	holds := make(map[int64]bool)
	for i := range report.Items {
		item := &report.Items[i]
		report.Unmet = report.Count - i
		if err := u.undo(ctx, item); err != nil {
			return err
		}
		report.Unmet--
		switch item.Outcome {
		case undoUndone:
			report.Undone++
			if item.Held {
				holds[item.UserID] = true
				report.Held = len(holds)
			}
		case undoLeft:
			report.Left++
		}
		bar.add(1)
	}
	return nil
}

// undo undoes one decision of the set. The error is one that the others would meet too.
func (u *undoing) undo(ctx context.Context, item *undoResult) error {
	var answer orderedAnswer
	err := patiently(ctx, func() error {
		return u.client.call(ctx, http.MethodPost, "/decisions/"+url.PathEscape(item.ID)+"/undo", u.ask, &answer)
	})
	e, refused := errors.AsType[*domain.Error](err)
	switch {
	case err == nil && answer.Decision.stands():
		item.Outcome, item.By = undoUndone, answer.Decision.ID
		item.Held = answer.Decision.Hold != nil && *answer.Decision.Hold
	case err == nil:
		item.Outcome, item.By = undoLeft, answer.Decision.ID
		item.Why = "the undo is " + answer.Decision.Status + ": " + answer.Decision.Detail
	case refused && e.Code == "not_undoable" && u.undone(ctx, item.ID):
		item.Outcome = undoAlready
	case refused && aboutOne(e):
		item.Outcome, item.Why = undoLeft, e.Message
	default:
		return err
	}
	return nil
}

// aboutOne reports whether a refusal is about one decision, so that others may fare better.
func aboutOne(e *domain.Error) bool {
	switch e.Code {
	case "undo_conflict", "not_undoable", "actor_not_allowed", domain.ErrNotFound.Code:
		return true
	}
	return false
}

// undone reports whether the decision is undone by now.
func (u *undoing) undone(ctx context.Context, id string) bool {
	var now undoable
	err := u.client.call(ctx, http.MethodGet, "/decisions/"+url.PathEscape(id), nil, &now)
	return err == nil && now.Status == string(domain.StatusUndone)
}

// patiently calls do again, a few times, while the service says that it cannot now.
func patiently(ctx context.Context, do func() error) error {
	for _, pause := range [...]time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		err := do()
		e, ok := errors.AsType[*domain.Error](err)
		if !ok || e.Kind != domain.KindUnavailable && e.Kind != domain.KindExhausted {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return do()
}

// text prints what was left, and how much was done.
func (r undoReport) text(w io.Writer) error {
	already := 0
	for _, item := range r.Items {
		switch item.Outcome {
		case undoLeft:
			if _, err := fmt.Fprintf(w, "left  %s  %d %s %s: %s\n", item.ID, item.UserID, item.Action, item.move(), item.Why); err != nil {
				return err
			}
		case undoAlready:
			already++
		}
	}
	line := fmt.Sprintf("%d undone, %d left", r.Undone, r.Left)
	if already > 0 {
		line += fmt.Sprintf(", %d undone by somebody else meanwhile", already)
	}
	if r.Unmet > 0 {
		line += fmt.Sprintf(", %d not come to", r.Unmet)
	}
	if r.Held > 0 {
		line += "; " + putOnHold(r.Held)
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// putOnHold says who was put on hold, and why.
func putOnHold(n int) string {
	if n == 1 {
		return "1 player is on hold now, as the rules would move them on or back at the next report"
	}
	return fmt.Sprintf("%d players are on hold now, as the rules would move them on or back at the next report", n)
}

// toTheSecond returns an instant without its fraction; a text that is none as it is.
func toTheSecond(text string) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return at.UTC().Format(time.RFC3339)
}

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
