package app

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The pace of erasing.
const (
	erasePoll   = time.Second
	tombsPoll   = 10 * time.Second
	erasePage   = 100
	eraseAgain  = 30 * time.Second // after an erasure, when it is looked whether somebody came back: longer than any unit takes
	eraseSweep  = time.Hour        // likewise, without an erasure
	eraseWalk   = 2000             // players of one page of that
	entryPause  = 45 * time.Second // until a data store entry is removed that somebody is about to write: longer than a lease
	banPatience = 24 * time.Hour   // how long an erasure waits for a ban that is being carried out
)

// Eraser forgets people in the background. What is to be done is in the store, so it goes on after a restart, and any number of erasers may
// run on one store: what two do at once is as if one did it.
type Eraser struct {
	service *Service
	waits   map[string]pause // of erasures that could not be done, by their ids
	twice   []erased         // who is to be looked for once more
	read    time.Time        // when the marks were read last, which other processes may add to
	walk    time.Time        // when to look next whether somebody who was erased is known again
}

// Eraser returns what forgets people. It does nothing until it is run.
func (s *Service) Eraser() *Eraser { return &Eraser{service: s, waits: make(map[string]pause)} }

// Run forgets whoever is to be forgotten until ctx ends. It begins with those who are known although they were erased, as after a backup was
// restored. Faults of the store are recorded and outlasted.
func (e *Eraser) Run(ctx context.Context) {
	ticker := time.NewTicker(erasePoll)
	defer ticker.Stop()
	for ctx.Err() == nil {
		e.round(ctx)
		select {
		case <-ctx.Done():
		case <-ticker.C:
		case <-e.service.settled.erasures:
		}
	}
}

// Begin does what Run begins with, and returns what stood in its way. It must not be called beside Run.
func (e *Eraser) Begin(ctx context.Context) error {
	if err := e.sweep(ctx); err != nil {
		return err
	}
	e.walk = e.service.now().Add(eraseSweep)
	return errors.Join(e.eraseQueued(ctx), e.eraseTwice(ctx))
}

// sweep looks through everything for those who were erased and are known again, or of whom something was written since.
func (e *Eraser) sweep(ctx context.Context) error {
	return errors.Join(e.service.exchange(ctx), e.service.eraseReturned(ctx), e.findStrays(ctx))
}

// round does everything once that is to be done now.
func (e *Eraser) round(ctx context.Context) {
	now := e.service.now()
	if now.Sub(e.read) >= tombsPoll {
		err := e.service.tombs.refresh(ctx)
		e.fault(ctx, "look for players who were erased", err)
		if err == nil {
			e.read = now
		}
	}
	if !now.Before(e.walk) {
		err := e.sweep(ctx)
		e.fault(ctx, "look for erased players who are known again", err)
		e.walk = now.Add(eraseSweep)
		if err != nil {
			e.walk = now.Add(tombsPoll)
		}
	}
	e.fault(ctx, "erase players", e.eraseQueued(ctx))
	e.fault(ctx, "erase players once more", e.eraseTwice(ctx))
	if e.service.tombs.stirred() {
		err := e.service.exchange(ctx)
		e.fault(ctx, "keep erasures beside the store", err)
		if err != nil {
			e.service.tombs.stir()
		}
	}
}

// fault tells of an error, unless it is that the eraser was stopped.
func (e *Eraser) fault(ctx context.Context, doing string, err error) {
	if err != nil && ctx.Err() == nil {
		e.service.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: doing, Err: err})
	}
}

// eraseQueued goes once through what is queued. What cannot be done holds up nothing else.
func (e *Eraser) eraseQueued(ctx context.Context) error {
	var faults []error
	still := make(map[string]bool)
	for after := ""; ctx.Err() == nil; {
		queued, err := e.service.parts.Store.QueuedErasures(ctx, after, erasePage)
		if err != nil {
			return errors.Join(append(faults, wrap("look for erasures", err))...)
		}
		for _, erasure := range queued {
			after = erasure.ID
			still[erasure.ID] = true
			if ctx.Err() == nil && !e.service.now().Before(e.waits[erasure.ID].until) {
				faults = append(faults, e.erase(ctx, erasure))
			}
		}
		if len(queued) < erasePage {
			maps.DeleteFunc(e.waits, func(id string, _ pause) bool { return !still[id] }) // another process did those
			break
		}
	}
	return errors.Join(faults...)
}

// erase does one erasure, and remembers when to try again where that came to nothing.
func (e *Eraser) erase(ctx context.Context, erasure ports.Erasure) error {
	done, err := e.service.eraseUser(ctx, erasure)
	if err == nil && done {
		delete(e.waits, erasure.ID)
		e.walk = e.service.now().Add(eraseAgain)
		e.twice = append(e.twice, erased{erasure.User, e.walk})
		return nil
	}
	length := erasePoll
	if err != nil {
		length = min(max(2*e.waits[erasure.ID].length, erasePoll), time.Minute)
	}
	e.waits[erasure.ID] = pause{e.service.now().Add(length), length}
	return wrap("erase a player", err)
}

// eraseUser forgets whom the erasure names: first what others wrote about them, while it is known under which names, then, in one unit, what is
// about them. It returns false when it is too early: a ban that is being carried out is carried out first.
func (s *Service) eraseUser(ctx context.Context, erasure ports.Erasure) (bool, error) {
	user := erasure.User
	names, err := s.parts.Store.NamesOf(ctx, user)
	if err != nil {
		return false, wrap("look for names", err)
	}
	for after := ""; ; {
		next, err := s.parts.Store.EraseMentions(ctx, user, names, after)
		if err != nil {
			return false, wrap("take a player out of what is about others", err)
		}
		if next == "" {
			break
		}
		after = next
	}
	done, now := false, s.now()
	last := erasure
	err = s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		done, last = false, erasure
		ready, banned, err := endAll(ctx, w, user, now, now.Sub(erasure.AskedAt) < banPatience)
		if err != nil || !ready {
			return err
		}
		leased, err := w.EraseUser(ctx, user)
		if err != nil {
			return wrap("remove what is stored", err)
		}
		last.User, last.State, last.EndedAt, last.Banned = domain.UserID{}, ports.ErasureDone, now, erasure.Banned || banned
		if s.parts.Remote.Mirror != nil {
			last.State, last.EndedAt = ports.ErasureRemoving, time.Time{}
			if err := w.Enqueue(ctx, []ports.OutboxEntry{entryToErase(user, erasure.ID, leased)}); err != nil {
				return wrap("wish for the removal of the entry", err)
			}
		}
		if _, err := w.SaveErasure(ctx, last); err != nil {
			return wrap("save the erasure", err)
		}
		done = true
		return nil
	})
	if err != nil || !done {
		return false, err
	}
	s.sights.forget(user)
	s.parts.Recorder.Record(ctx, ports.ErasureEvent{Erasure: last})
	s.settled.wake()
	return true, nil
}

// endAll locks the player and ends the decision about them that is open. It returns false when a ban is being carried out that is to be waited
// for, and whether a ban is in force.
func endAll(ctx context.Context, w ports.Writer, user domain.UserID, now time.Time, patient bool) (ready, banned bool, err error) {
	players, err := w.LockStandings(ctx, []domain.UserID{user})
	if err != nil {
		return false, false, wrap("lock the player", err)
	}
	for _, player := range players {
		banned = player.Punishment.Status == domain.PunishmentSevere
	}
	waiting, err := w.Waiting(ctx, user)
	if err != nil {
		return false, false, wrap("read the waiting effects", err)
	}
	for _, out := range waiting {
		if out.Effect.Kind == domain.EffectRestriction && out.Effect.Active && patient {
			return false, banned, nil
		}
	}
	open, err := w.OpenDecisions(ctx, []domain.UserID{user})
	if err != nil {
		return false, false, wrap("read the open decision", err)
	}
	for _, record := range open {
		if _, err := w.MoveDecision(ctx, record.ID, ports.Transition{Status: domain.StatusSuperseded, At: now}); err != nil {
			return false, false, wrap("end the open decision", err)
		}
	}
	return true, banned, nil
}

// entryToErase returns the wish that the data store forgets a player. While an effect about the player is being carried out it waits: that may
// write the entry.
func entryToErase(user domain.UserID, erasure string, leased bool) ports.OutboxEntry {
	entry := ports.OutboxEntry{
		Effect: domain.Effect{Kind: domain.EffectErase, User: user}, Target: erasure, Lane: lane(domain.ActionNone, domain.EffectErase),
	}
	if leased {
		entry.Delay = entryPause
	}
	return entry
}

// eraseEntry removes a player's entry from the games' data store. It is tried until that is done.
func (d *Dispatcher) eraseEntry(ctx context.Context, c ports.Claim) verdict {
	err := error(errNotConfigured)
	if d.parts.Remote.Mirror != nil {
		if err = d.parts.Remote.Mirror.RemoveStanding(ctx, c.Entry.Effect.User); err == nil {
			return delivered()
		}
	}
	v := d.failed(c, withoutCause(err), 0)
	if v.settlement.Result == ports.SettleDead {
		v.settlement.Result, v.settlement.After = ports.SettleRetry, longestEntryPause
	}
	return v
}

// withoutCause returns what may be told of an error about somebody who is not to be named any more.
func withoutCause(err error) error {
	told := &domain.Error{Code: "entry_not_removed", Message: "the entry could not be removed"}
	if e, ok := errors.AsType[*domain.Error](err); ok {
		told.Kind, told.Code, told.Message, told.RetryAfter = e.Kind, e.Code, e.Message, e.RetryAfter
	} else if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		told.Kind, told.Code = domain.KindUnavailable, "timeout"
	}
	return told
}

// longestEntryPause is how long the removal of an entry rests that Roblox refuses.
const longestEntryPause = time.Hour

// entryErased ends the erasure behind an entry that was removed.
func entryErased(ctx context.Context, w ports.Writer, c ports.Claim, now time.Time) error {
	_, err := w.SaveErasure(ctx, ports.Erasure{ID: c.Entry.Target, State: ports.ErasureDone, EndedAt: now})
	return wrap("end the erasure", err)
}
