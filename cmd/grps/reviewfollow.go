package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/grps/grps/domain"
)

// reviewAnswer is what is read of a review in an answer.
type reviewAnswer struct {
	ID         string       `json:"id"`
	State      string       `json:"state"`
	Phase      string       `json:"phase"`
	Apply      bool         `json:"apply"`
	Counts     reviewCounts `json:"counts"`
	Decided    reviewCounts `json:"decided"`
	Scanned    int64        `json:"scanned"`
	Total      int64        `json:"total"`
	Percent    float64      `json:"percent"`
	ETASeconds *int64       `json:"etaSeconds"`
	Detail     string       `json:"detail"`
	Principal  string       `json:"principal"`
	CreatedAt  string       `json:"createdAt"`

	raw json.RawMessage // all of it, as it came
}

type reviewCounts struct {
	Promote          int64 `json:"promote"`
	Demote           int64 `json:"demote"`
	Suspend          int64 `json:"suspend"`
	Ban              int64 `json:"ban"`
	Restore          int64 `json:"restore"`
	None             int64 `json:"none"`
	AwaitingApproval int64 `json:"awaitingApproval"`
	Held             int64 `json:"held"`
}

// moves returns how many are not left where they are.
func (c reviewCounts) moves() int64 { return c.Promote + c.Demote + c.Suspend + c.Ban + c.Restore }

type reviewPage struct {
	Reviews    []reviewAnswer `json:"reviews"`
	NextCursor string         `json:"nextCursor"`
}

func (r reviewAnswer) underWay() bool { return r.State == "queued" || r.State == "running" }

// doing says which of its walks a review is on.
func (r reviewAnswer) doing() string {
	if r.Phase == "apply" {
		return "decide"
	}
	return "look"
}

// review makes a call that is answered with a review.
func (c *client) review(ctx context.Context, method, path string, in any) (reviewAnswer, error) {
	var raw json.RawMessage
	if err := c.call(ctx, method, path, in, &raw); err != nil {
		return reviewAnswer{}, err
	}
	review := reviewAnswer{raw: raw}
	if err := json.Unmarshal(raw, &review); err != nil || review.ID == "" {
		return reviewAnswer{}, fmt.Errorf("what answers at %s knows no reviews; its version is another", c.base)
	}
	return review, nil
}

// The pace of looking at a review, and how long the service may be away meanwhile.
const (
	reviewLook = 300 * time.Millisecond
	reviewAway = time.Minute
)

// follow begins a review, shows on stderr how far it is until it is not under way any more, and prints it. The error says why it stopped
// before its end, or that nobody looks any more.
func (c *client) follow(
	ctx context.Context, stderr io.Writer, detach bool, begin func(context.Context) (reviewAnswer, error),
) error {
	review, err := begin(ctx)
	if err != nil {
		return err
	}
	if !detach {
		if review, err = c.watch(ctx, stderr, review); err != nil {
			return err
		}
	}
	if detach && review.underWay() {
		return c.print(review.raw, func(w io.Writer) error {
			if err := printReviewLine(w, review); err != nil {
				return err
			}
			_, err := fmt.Fprintf(w, "'grps review show %s' shows how far it is\n", review.ID)
			return err
		})
	}
	if err := c.print(review.raw, func(w io.Writer) error { return printReview(w, review) }); err != nil {
		return err
	}
	if !review.underWay() && review.State != "done" {
		return fmt.Errorf("the review is %s; 'grps review resume %s' lets it go on", review.State, review.ID)
	}
	return nil
}

// watch looks at a review until it is not under way any more.
func (c *client) watch(ctx context.Context, stderr io.Writer, review reviewAnswer) (reviewAnswer, error) {
	var bar progress
	defer func() { bar.end() }()
	phase, shown := "", int64(0)
	seen := time.Now()
	for review.underWay() {
		if review.Total > 0 && review.Phase != phase {
			bar.end()
			bar, phase, shown = newProgress(stderr, review.doing(), review.Total), review.Phase, 0
		}
		bar.add(int(review.Scanned - shown))
		shown = review.Scanned
		timer := time.NewTimer(reviewLook)
		select {
		case <-ctx.Done():
			timer.Stop()
			return review, fmt.Errorf("not looking any more; the review goes on: 'grps review show %s' shows it, 'grps review cancel %s' ends it",
				review.ID, review.ID)
		case <-timer.C:
		}
		next, err := c.review(ctx, http.MethodGet, reviewPath(review.ID, ""), nil)
		switch {
		case err == nil:
			review, seen = next, time.Now()
		case ctx.Err() != nil: // the next turn says so
		case !away(err):
			return review, err
		case time.Since(seen) > reviewAway:
			return review, fmt.Errorf("%w; the review goes on once the service does: 'grps review show %s' shows it", err, review.ID)
		}
	}
	return review, nil
}

// away reports whether an error means that the service does not answer for now, as while it is restarted. A review outlasts that.
func away(err error) bool {
	e, ok := errors.AsType[*domain.Error](err)
	return !ok || e.Kind == domain.KindUnavailable || e.Kind == domain.KindExhausted
}
