package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// reviewAnswer is what is read of a review in an answer.
type reviewAnswer struct {
	sweepAnswer

	Counts  reviewCounts `json:"counts"`
	Decided reviewCounts `json:"decided"`
	Percent float64      `json:"percent"`
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

// reviewDoing says which of its walks a review is on in a phase.
func reviewDoing(phase string) string {
	if phase == "apply" {
		return "decide"
	}
	return "look"
}

// review makes a call that is answered with a review.
func (c *client) review(ctx context.Context, method, path string, in any) (reviewAnswer, error) {
	return callForSweep[reviewAnswer](ctx, c, method, path, in, "reviews")
}

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
		return fmt.Errorf("the review is %s; 'grps review resume %s' lets it go on, and past its brake with --override --reason WHY", review.State, review.ID)
	}
	return nil
}

// watch looks at a review until it is not under way any more.
func (c *client) watch(ctx context.Context, stderr io.Writer, review reviewAnswer) (reviewAnswer, error) {
	words := sweepWords{"review", "review", reviewDoing}
	return watchSweep(ctx, stderr, words, review, func(ctx context.Context) (reviewAnswer, error) {
		return c.review(ctx, http.MethodGet, reviewPath(review.ID, ""), nil)
	})
}
