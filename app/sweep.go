package app

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// errSweepLost says that somebody else has the sweep: a person ended it, or its lease was over and another process went on.
var errSweepLost = &domain.Error{
	Kind: domain.KindConflict, Code: "sweep_lost", Message: "the sweep was cancelled, or another process works on it",
}

// advance runs fn in one unit, in which it may decide about players whom it locks first, and saves the sweep that fn returns in the same
// unit: what was decided and how far the sweep came are kept together, or neither. It returns the sweep as it was saved, and errSweepLost
// when it was not the caller's any more; then nothing of the unit is kept. fn must not change the tallies of the sweep it was given.
func (s *Service) advance(
	ctx context.Context, fn func(ctx context.Context, w ports.Writer) (ports.Sweep, error),
) (ports.Sweep, error) {
	var saved ports.Sweep
	now := s.now()
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		next, err := fn(ctx, w)
		if err != nil {
			return err
		}
		next.UpdatedAt = now
		if !next.State.UnderWay() && next.EndedAt.IsZero() {
			next.EndedAt = now
		}
		kept, err := w.SaveSweep(ctx, next)
		if err != nil {
			return wrap("save the sweep", err)
		}
		if !kept {
			return errSweepLost
		}
		saved = next
		return nil
	})
	return saved, err
}

// noSuch is the error that there is no sweep of that kind under the id that was given. It is domain.ErrNotFound, in the words of whoever asks.
func noSuch(kind ports.SweepKind) error {
	e := *domain.ErrNotFound
	switch kind {
	case ports.SweepReview:
		e.Message = "there is no such review"
	case ports.SweepReconcile:
		e.Message = "there is no such walk over the group"
	case ports.SweepRewind:
		e.Message = "there is no such rewind"
	}
	return &e
}

// queued returns a sweep of that kind as somebody asks for it: what it walks over, and in which phase it begins, is still to be said.
func (s *Service) queued(kind ports.SweepKind, caller ports.Caller) ports.Sweep {
	now := s.now()
	return ports.Sweep{
		ID: s.parts.IDs.NewID(), Kind: kind, Principal: caller.Principal, Actor: caller.Actor, RequestID: caller.RequestID,
		State: ports.SweepQueued, Revision: s.parts.Policies.Current().Revision(), CreatedAt: now, UpdatedAt: now,
	}
}

// addSweep stores a new sweep, which whoever works on it finds. It returns the one in its way and false when there is one.
func (s *Service) addSweep(ctx context.Context, wanted ports.Sweep) (ports.Sweep, bool, error) {
	var sweep ports.Sweep
	added := false
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) (err error) {
		sweep, added, err = w.AddSweep(ctx, wanted)
		return err
	})
	if added && err == nil {
		s.settled.begin(wanted.Kind)
	}
	return sweep, added, err
}

// sweepsOf returns a page of the sweeps of that kind, the newest first, and the cursor of the next.
func (s *Service) sweepsOf(ctx context.Context, kind ports.SweepKind, cursor string, limit int) ([]ports.Sweep, string, error) {
	sweeps, err := s.parts.Store.Sweeps(ctx, kind, cursor, limit+1)
	if err != nil {
		return nil, "", err
	}
	page, next := paged(sweeps, limit, func(sweep ports.Sweep) string { return sweep.ID })
	return page, next, nil
}

// endOfPhase returns when a sweep will have come to the end of its phase, at the pace it has; the zero time where nobody can tell.
func (s *Service) endOfPhase(sweep ports.Sweep) time.Time {
	if !sweep.State.UnderWay() || sweep.Pace == 0 {
		return time.Time{}
	}
	return s.now().Add(lasts(sweep.Total-sweep.Scanned, float64(sweep.Pace)))
}

// sweepOf returns the sweep of that kind and id.
func (s *Service) sweepOf(ctx context.Context, kind ports.SweepKind, id string) (ports.Sweep, error) {
	sweep, err := s.parts.Store.Sweep(ctx, id)
	if errors.Is(err, domain.ErrNotFound) || err == nil && sweep.Kind != kind {
		return ports.Sweep{}, noSuch(kind)
	}
	return sweep, err
}

// save is advance for a sweep that decided nothing.
func (s *Service) save(ctx context.Context, next ports.Sweep) (ports.Sweep, error) {
	return s.advance(ctx, func(context.Context, ports.Writer) (ports.Sweep, error) { return next, nil })
}

// changeSweep lets a person change a sweep of that kind, whoever works on it.
func (s *Service) changeSweep(
	ctx context.Context, kind ports.SweepKind, id string, change func(ports.Sweep) (ports.Sweep, error),
) (ports.Sweep, error) {
	return s.advance(ctx, func(ctx context.Context, w ports.Writer) (ports.Sweep, error) {
		sweep, ok, err := w.LockSweep(ctx, id)
		if err != nil {
			return sweep, wrap("lock the sweep", err)
		}
		if !ok || sweep.Kind != kind {
			return sweep, noSuch(kind)
		}
		return change(sweep)
	})
}

// cancelSweep ends a sweep of that kind in a person's name. over refuses one that came to its end by itself; one that was cancelled stays so.
func (s *Service) cancelSweep(
	ctx context.Context, kind ports.SweepKind, caller ports.Caller, id string, over error,
) (ports.Sweep, error) {
	return s.changeSweep(ctx, kind, id, func(sweep ports.Sweep) (ports.Sweep, error) {
		switch sweep.State {
		case ports.SweepDone:
			return sweep, over
		case ports.SweepCancelled:
			return sweep, nil
		default:
			sweep.State, sweep.Detail = ports.SweepCancelled, "cancelled by "+by(caller)
			return sweep, nil
		}
	})
}

// by names a caller for people.
func by(c ports.Caller) string {
	if c.Actor.IsZero() {
		return c.Principal
	}
	return c.Principal + " for the user " + c.Actor.String()
}

// counting returns the sweep with tallies of its own, which may be counted up.
func counting(s ports.Sweep) ports.Sweep {
	for _, tally := range []*ports.Tally{&s.Found, &s.Reasons, &s.Decided} {
		*tally = maps.Clone(*tally)
		if *tally == nil {
			*tally = make(ports.Tally)
		}
	}
	return s
}

// stopped returns the sweep as one that stopped by itself, with the reason and what to do.
func stopped(s ports.Sweep, detail string) ports.Sweep {
	s.State, s.Detail = ports.SweepStopped, detail
	return s
}

// finished returns the sweep as one that came to its end.
func finished(s ports.Sweep, detail string) ports.Sweep {
	s.State, s.Detail = ports.SweepDone, detail
	return s
}
