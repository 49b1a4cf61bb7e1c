package app

import (
	"context"
	"errors"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// StartRewind implements ports.Rewinder.
func (s *Service) StartRewind(ctx context.Context, r ports.RewindRequest) (ports.RewindProgress, error) {
	if r.Apply && r.MaxRank != "" { // it may give back any rank
		return ports.RewindProgress{}, beyondKey(r.Caller)
	}
	r.Scope.Since, r.Scope.Until = domain.Instant(r.Scope.Since), domain.Instant(r.Scope.Until)
	if err := checkScope(r.Scope, s.now()); err != nil {
		return ports.RewindProgress{}, err
	}
	if r.KeyUnknown && r.Scope.Principal != "" {
		if err := s.checkKey(ctx, r.Scope.Principal); err != nil {
			return ports.RewindProgress{}, err
		}
	}
	rewind := s.queued(ports.SweepRewind, r.Caller)
	rewind.Scope, rewind.Apply, rewind.Phase = r.Scope, r.Apply, ports.PhaseCollect
	sweep, added, err := s.addSweep(ctx, rewind)
	switch {
	case err != nil:
		return ports.RewindProgress{}, wrap("start a rewind", err)
	case !added && (sweep.Scope != r.Scope || sweep.Apply != r.Apply):
		return ports.RewindProgress{}, rewindRunning(sweep.ID)
	}
	s.settled.begin(ports.SweepRewind) // another process may have been asked for it first
	return s.rewinding(sweep), nil
}

// checkScope refuses a scope that would choose everything, or nothing.
func checkScope(scope ports.SnapshotScope, now time.Time) error {
	var faults []domain.FieldError
	if scope.Principal == "" && scope.Experience == "" && scope.Server == "" {
		faults = append(faults, domain.FieldError{Field: "key", Message: "is required, or experience or server: whose reports are not to count?"})
	}
	switch {
	case scope.Since.IsZero():
		faults = append(faults, domain.FieldError{Field: "since", Message: "is required: from when on do the reports not count?"})
	case !scope.Since.Before(now):
		faults = append(faults, domain.FieldError{Field: "since", Message: "lies in the future; only what arrived already can be taken out of account"})
	case !scope.Until.IsZero() && !scope.Until.After(scope.Since):
		faults = append(faults, domain.FieldError{Field: "until", Message: "must be later than since"})
	}
	if len(faults) == 0 {
		return nil
	}
	return scopeInvalid(faults...)
}

func scopeInvalid(faults ...domain.FieldError) error {
	return &domain.Error{
		Kind: domain.KindInvalid, Code: "scope_invalid", Message: "the rewind cannot be started", Fields: faults,
	}
}

// keySearch is how long it is looked for reports of a key that is not in force.
const keySearch = 2 * time.Second

// checkKey refuses the name of a key that no report has. It looks from the newest on, as whoever takes a key away rewinds it soon; where there is
// more history than can be looked through while the caller waits, the rewind finds out.
func (s *Service) checkKey(ctx context.Context, name string) error {
	first, last, err := s.parts.Store.SnapshotSpan(ctx, time.Time{})
	if err != nil {
		return wrap("look how long the history is", err)
	}
	for began := s.parts.Clock.Now(); last >= first && last > 0; last -= rewindStretch {
		found, err := s.parts.Store.DeliveredBy(ctx, name, max(first, last-rewindStretch+1), last)
		if err != nil || found || s.parts.Clock.Now().Sub(began) > keySearch {
			return wrap("look for reports of the key", err)
		}
	}
	return scopeInvalid(domain.FieldError{
		Field: "key", Message: "is the name of no key that is in force, and no report has it; is it written as GET /findings, the ledger or the log shows it?",
	})
}

// Rewind implements ports.Rewinder.
func (s *Service) Rewind(ctx context.Context, id string) (ports.RewindProgress, error) {
	sweep, err := s.sweepOf(ctx, ports.SweepRewind, id)
	if err != nil {
		return ports.RewindProgress{}, wrap("read the rewind", err)
	}
	return s.rewinding(sweep), nil
}

// Rewinds implements ports.Rewinder.
func (s *Service) Rewinds(ctx context.Context, cursor string, limit int) (ports.RewindPage, error) {
	sweeps, next, err := s.sweepsOf(ctx, ports.SweepRewind, cursor, limit)
	if err != nil {
		return ports.RewindPage{}, wrap("list the rewinds", err)
	}
	page := ports.RewindPage{Next: next}
	for _, sweep := range sweeps {
		page.Rewinds = append(page.Rewinds, s.rewinding(sweep))
	}
	return page, nil
}

// RewoundPlayers implements ports.Rewinder.
func (s *Service) RewoundPlayers(
	ctx context.Context, id string, everybody bool, cursor string, limit int,
) (ports.RewoundPage, error) {
	after, err := userOf(cursor)
	if err != nil {
		return ports.RewoundPage{}, err
	}
	if _, err := s.Rewind(ctx, id); err != nil {
		return ports.RewoundPage{}, err
	}
	outcomes := []ports.RewoundOutcome{ports.RewoundChanged, ports.RewoundUnseen}
	if everybody {
		outcomes = nil
	}
	rewound, err := s.parts.Store.Rewound(ctx, id, outcomes, after, limit+1)
	if err != nil {
		return ports.RewoundPage{}, wrap("read what the rewind comes to", err)
	}
	players, next := paged(rewound, limit, func(r ports.Rewound) string { return r.User.String() })
	return ports.RewoundPage{Players: players, Next: next}, nil
}

// CancelRewind implements ports.Rewinder.
func (s *Service) CancelRewind(ctx context.Context, caller ports.Caller, id string) (ports.RewindProgress, error) {
	sweep, err := s.cancelSweep(ctx, ports.SweepRewind, caller, id,
		rewindBlocked("rewind_over", "the rewind came to its end; there is nothing to cancel"))
	if err != nil {
		return ports.RewindProgress{}, wrap("cancel the rewind", err)
	}
	return s.rewinding(sweep), nil
}

// ResumeRewind implements ports.Rewinder.
func (s *Service) ResumeRewind(ctx context.Context, caller ports.Caller, id string) (ports.RewindProgress, error) {
	if caller.MaxRank != "" {
		return ports.RewindProgress{}, beyondKey(caller)
	}
	sweep, err := s.changeSweep(ctx, ports.SweepRewind, id, func(sweep ports.Sweep) (ports.Sweep, error) {
		if !sweep.State.Resumable() {
			return sweep, rewindBlocked("rewind_not_stopped",
				"the rewind is "+string(sweep.State)+"; only one that is stopped, cancelled or failed can be resumed")
		}
		sweep.Principal, sweep.Actor, sweep.RequestID = caller.Principal, caller.Actor, caller.RequestID
		sweep.State, sweep.Detail, sweep.EndedAt = ports.SweepQueued, "resumed by "+by(caller), time.Time{}
		return sweep, nil
	})
	if errors.Is(err, domain.ErrConflict) { // of each kind one is under way at most
		if other, ok, underWayErr := s.parts.Store.SweepUnderWay(ctx, ports.SweepRewind); underWayErr == nil && ok {
			return ports.RewindProgress{}, rewindRunning(other.ID)
		}
	}
	if err != nil {
		return ports.RewindProgress{}, wrap("resume the rewind", err)
	}
	s.settled.begin(ports.SweepRewind)
	return s.rewinding(sweep), nil
}

// rewinding returns how far a rewind has come, and when its phase will have come to its end.
func (s *Service) rewinding(sweep ports.Sweep) ports.RewindProgress {
	return ports.RewindProgress{Sweep: sweep, ETA: s.endOfPhase(sweep)}
}

func rewindRunning(id string) error {
	return &domain.Error{
		Kind: domain.KindConflict, Code: "rewind_running",
		Message: "the rewind " + id + " is under way, and one goes at a time; wait for its end, or cancel it",
	}
}

func rewindBlocked(code, message string) error {
	return &domain.Error{Kind: domain.KindBlocked, Code: code, Message: message}
}
