package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/grps/grps/domain"
)

// sweepAnswer is what the answers about reviews, walks over the group and rewinds have in common: each goes on in the service by itself.
type sweepAnswer struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	Phase      string `json:"phase"`
	Apply      bool   `json:"apply"`
	Scanned    int64  `json:"scanned"`
	Total      int64  `json:"total"`
	ETASeconds *int64 `json:"etaSeconds"`
	Detail     string `json:"detail"`
	Principal  string `json:"principal"`
	CreatedAt  string `json:"createdAt"`

	raw json.RawMessage // all of it, as it came
}

func (s *sweepAnswer) underWay() bool { return s.State == "queued" || s.State == "running" }

// common returns s, which is part of the answers about every kind of sweep.
func (s *sweepAnswer) common() *sweepAnswer { return s }

// answerAbout is a pointer to what the answers about one kind of sweep are read into.
type answerAbout[A any] interface {
	*A
	common() *sweepAnswer
}

// callForSweep makes a call that is answered with a sweep. kinds is what several of its kind are called.
func callForSweep[A any, P answerAbout[A]](ctx context.Context, c *client, method, path string, in any, kinds string) (A, error) {
	var raw json.RawMessage
	if err := c.call(ctx, method, path, in, &raw); err != nil {
		return *new(A), err
	}
	var answer A
	sweep := P(&answer).common()
	if err := json.Unmarshal(raw, &answer); err != nil || sweep.ID == "" {
		return *new(A), fmt.Errorf("what answers at %s knows no %s; its version is another", c.base, kinds)
	}
	sweep.raw = raw
	return answer, nil
}

// The pace of looking at a sweep, and how long the service may be away meanwhile.
const (
	sweepLook = 300 * time.Millisecond
	sweepAway = time.Minute
)

// sweepWords are the words for one kind of sweep.
type sweepWords struct {
	noun    string // in sentences
	command string // of grps
	doing   func(phase string) string
}

// watchSweep shows on stderr how far a sweep is, until it is not under way any more, and returns it as it was seen last. look returns it as
// it is by then. The error says that nobody looks any more.
func watchSweep[A any, P answerAbout[A]](
	ctx context.Context, stderr io.Writer, w sweepWords, answer A, look func(context.Context) (A, error),
) (A, error) {
	sweep := P(&answer).common()
	var bar progress
	defer func() { bar.end() }()
	doing, shown, seen := "", int64(0), time.Now()
	for sweep.underWay() {
		if now := w.doing(sweep.Phase); sweep.Total > 0 && now != doing {
			bar.end()
			bar, doing, shown = newProgress(stderr, now, sweep.Total), now, 0
		}
		bar.add(int(sweep.Scanned - shown))
		shown = sweep.Scanned
		if !waitUntil(ctx, time.Now().Add(sweepLook)) {
			return answer, fmt.Errorf("not looking any more; the %s goes on: 'grps %s show %s' shows it, 'grps %s cancel %s' ends it",
				w.noun, w.command, sweep.ID, w.command, sweep.ID)
		}
		next, err := look(ctx)
		switch {
		case err == nil:
			answer, seen = next, time.Now()
		case ctx.Err() != nil: // the next turn says so
		case !away(err):
			return answer, err
		case time.Since(seen) > sweepAway:
			return answer, fmt.Errorf("%w; the %s goes on once the service does: 'grps %s show %s' shows it", err, w.noun, w.command, sweep.ID)
		}
	}
	return answer, nil
}

// away reports whether an error means that the service does not answer for now, as while it is restarted. A sweep outlasts that.
func away(err error) bool {
	e, ok := errors.AsType[*domain.Error](err)
	return !ok || e.Kind == domain.KindUnavailable || e.Kind == domain.KindExhausted
}
