package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// StartReview implements ports.Reviewer.
func (s *Service) StartReview(ctx context.Context, r ports.ReviewRequest) (ports.ReviewProgress, error) {
	if r.Apply && r.MaxRank != "" {
		return ports.ReviewProgress{}, beyondKey(r.Caller)
	}
	if err := s.knownRanks(r.Filter.Ranks); err != nil {
		return ports.ReviewProgress{}, err
	}
	sweep, added, err := s.addReview(ctx, r, "")
	if err != nil {
		return ports.ReviewProgress{}, wrap("start a review", err)
	}
	if !added {
		return ports.ReviewProgress{}, reviewRunning(sweep.ID)
	}
	return s.progress(ctx, sweep)
}

// addReview adds a review, which whoever works on it finds. It returns the one in its way and false when there is one.
func (s *Service) addReview(ctx context.Context, r ports.ReviewRequest, schedule string) (ports.Sweep, bool, error) {
	review := s.queued(ports.SweepReview, r.Caller)
	review.Filter, review.Apply, review.Override = r.Filter, r.Apply, r.Override
	review.Schedule, review.Phase = schedule, ports.PhaseEvaluate
	return s.addSweep(ctx, review)
}

// knownRanks refuses ranks that the policy does not know, and says which there are.
func (s *Service) knownRanks(ranks []string) error {
	ladder := s.parts.Policies.Current().Ladder()
	var faults []domain.FieldError
	for _, name := range ranks {
		if _, ok := ladder.Rank(name); !ok {
			faults = append(faults, domain.FieldError{Field: "filter.ranks", Message: fmt.Sprintf(
				"holds %q, which is no rank of the policy; the ranks most like it are: %s", name, strings.Join(ladder.Like(name, 5), ", "))})
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return &domain.Error{
		Kind: domain.KindInvalid, Code: "ranks_unknown", Message: "the review cannot be started", Fields: faults,
	}
}

// Review implements ports.Reviewer.
func (s *Service) Review(ctx context.Context, id string) (ports.ReviewProgress, error) {
	sweep, err := s.sweepOf(ctx, ports.SweepReview, id)
	if err != nil {
		return ports.ReviewProgress{}, wrap("read the review", err)
	}
	return s.progress(ctx, sweep)
}

// Reviews implements ports.Reviewer.
func (s *Service) Reviews(ctx context.Context, cursor string, limit int) (ports.ReviewPage, error) {
	sweeps, next, err := s.sweepsOf(ctx, ports.SweepReview, cursor, limit)
	if err != nil {
		return ports.ReviewPage{}, wrap("list the reviews", err)
	}
	page := ports.ReviewPage{Next: next}
	for _, sweep := range sweeps {
		progress, err := s.progress(ctx, sweep)
		if err != nil {
			return ports.ReviewPage{}, err
		}
		page.Reviews = append(page.Reviews, progress)
	}
	return page, nil
}

// CancelReview implements ports.Reviewer.
func (s *Service) CancelReview(ctx context.Context, caller ports.Caller, id string) (ports.ReviewProgress, error) {
	sweep, err := s.cancelSweep(ctx, ports.SweepReview, caller, id,
		reviewBlocked("review_over", "the review came to its end; there is nothing to cancel"))
	if err != nil {
		return ports.ReviewProgress{}, wrap("cancel the review", err)
	}
	return s.progress(ctx, sweep)
}

// ResumeReview implements ports.Reviewer.
func (s *Service) ResumeReview(ctx context.Context, r ports.ResumeRequest) (ports.ReviewProgress, error) {
	if r.MaxRank != "" { // it may be about to promote anybody
		return ports.ReviewProgress{}, beyondKey(r.Caller)
	}
	revision := s.parts.Policies.Current().Revision()
	progress, err := s.changeReview(ctx, r.ID, func(sweep ports.Sweep) (ports.Sweep, error) {
		if !sweep.State.Resumable() {
			return sweep, reviewBlocked("review_not_stopped", "the review is "+string(sweep.State)+"; only one that is stopped, cancelled or failed can be resumed")
		}
		return resumed(sweep, r, revision), nil
	})
	if errors.Is(err, domain.ErrConflict) { // of each kind one is under way at most
		if other, ok, underWayErr := s.parts.Store.SweepUnderWay(ctx, ports.SweepReview); underWayErr == nil && ok {
			return ports.ReviewProgress{}, reviewRunning(other.ID)
		}
	}
	if err == nil {
		s.settled.begin(ports.SweepReview)
	}
	return progress, err
}

// resumed returns the review as it goes on. One that its brake stopped goes on to apply what it found when it is overridden; otherwise, and
// under another policy, it looks at everybody anew.
func resumed(s ports.Sweep, r ports.ResumeRequest, revision string) ports.Sweep {
	braked := s.State == ports.SweepStopped && s.Phase == ports.PhaseEvaluate
	switch {
	case s.Revision != revision || braked && r.Override == "":
		s = anew(s, revision, "")
	case braked:
		s = toApply(s)
	}
	s.Principal, s.Actor, s.RequestID = r.Principal, r.Actor, r.RequestID
	s.State, s.Detail, s.EndedAt = ports.SweepQueued, "resumed by "+by(r.Caller), time.Time{}
	if r.Override != "" {
		s.Override = r.Override
	}
	return s
}

// changeReview lets a person change a review, whoever works on it.
func (s *Service) changeReview(
	ctx context.Context, id string, change func(ports.Sweep) (ports.Sweep, error),
) (ports.ReviewProgress, error) {
	sweep, err := s.changeSweep(ctx, ports.SweepReview, id, change)
	if err != nil {
		return ports.ReviewProgress{}, wrap("change the review", err)
	}
	return s.progress(ctx, sweep)
}

func reviewRunning(id string) error {
	return &domain.Error{
		Kind: domain.KindConflict, Code: "review_running",
		Message: "the review " + id + " is under way, and one goes at a time; wait for its end, or cancel it",
	}
}

func reviewBlocked(code, message string) error {
	return &domain.Error{Kind: domain.KindBlocked, Code: code, Message: message}
}
