package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The pace of rewinds.
const (
	rewindStretch = 10_000 // ids of reports that are looked through at once
	rewindUnit    = 50     // players whom one unit is about at most
	rewindBulk    = 5_000  // reports that one unit takes out of account, but for those of its first player

	rewindSettle   = time.Second      // until a unit has begun to write what arrived before: as long as a report may be expected to wait
	rewindPatience = 30 * time.Second // how long units are waited for that write it: longer than any lasts
)

// rewind is the walk that takes reports out of account. It walks three times: over the reports of the time that is meant, to find whom
// those that are chosen are about; over these players, to see what each would be without them; and once more to carry that out. The second
// walk does, player by player, exactly what the third does, in units that are never committed.
type rewind struct{ service *Service }

// step implements walk.
func (r rewind) step(ctx context.Context, s ports.Sweep) (ports.Sweep, error) {
	s = counting(s)
	if s.Phase == ports.PhaseCollect {
		return r.collect(ctx, s)
	}
	return r.players(ctx, s)
}

// scope returns what the rewind takes out of account: what arrives after it began is not meant.
func (rewind) scope(s ports.Sweep) ports.SnapshotScope {
	scope := s.Scope
	if scope.Until.IsZero() || scope.Until.After(s.CreatedAt) {
		scope.Until = s.CreatedAt
	}
	return scope
}

// collect looks through reports until it finds some that are chosen, for as long as a step may take.
func (r rewind) collect(ctx context.Context, s ports.Sweep) (ports.Sweep, error) {
	at, err := r.place(ctx, &s)
	if err != nil {
		return s, err
	}
	began, looked := r.service.parts.Clock.Now(), int64(0)
	took := time.Duration(0)
	var found []ports.Rewound
	for at.next <= at.last && len(found) == 0 && took < reviewStep {
		end := min(at.next+rewindStretch-1, at.last)
		if found, err = r.service.parts.Store.ScopedSnapshots(ctx, r.scope(s), at.next, end); err != nil {
			return s, wrap("look for reports", err)
		}
		looked += end - at.next + 1
		at.next = end + 1
		took = r.service.parts.Clock.Now().Sub(began)
	}
	next := s
	next.Cursor, next.Scanned = at.String(), s.Scanned+looked
	if next = paced(next, int(looked), took); at.next > at.last {
		next.Phase, next.Cursor, next.Scanned, next.Pace = ports.PhaseEvaluate, "", 0, 0
	}
	for _, p := range found {
		next.Found[ports.TallySnapshots] += p.Snapshots
	}
	return r.service.advance(ctx, func(ctx context.Context, w ports.Writer) (ports.Sweep, error) {
		known, err := stillKnown(ctx, w, found)
		if err != nil {
			return next, err
		}
		return next, wrap("keep whom the rewind found", w.AddRewound(ctx, s.ID, known))
	})
}

// stillKnown locks players and returns those who are known: of somebody who was erased meanwhile nothing is to be kept.
func stillKnown(ctx context.Context, w ports.Writer, players []ports.Rewound) ([]ports.Rewound, error) {
	users := make([]domain.UserID, len(players))
	for i, p := range players {
		users[i] = p.User
	}
	standings, err := w.LockStandings(ctx, users)
	if err != nil {
		return nil, wrap("lock the players", err)
	}
	known := make(map[domain.UserID]bool, len(standings))
	for _, s := range standings {
		known[s.UserID] = true
	}
	return slices.DeleteFunc(slices.Clone(players), func(p ports.Rewound) bool { return !known[p.User] }), nil
}

// stretch is where in the history a rewind is: the next id, and the last of those that are meant.
type stretch struct{ next, last int64 }

// String returns it as the cursor of a sweep.
func (a stretch) String() string { return fmt.Sprintf("%d-%d", a.next, a.last) }

// place returns where the rewind is, which it looks for at its beginning.
func (r rewind) place(ctx context.Context, s *ports.Sweep) (at stretch, err error) {
	if s.Cursor != "" {
		_, err = fmt.Sscanf(s.Cursor, "%d-%d", &at.next, &at.last)
		return at, wrap("read where the rewind is", err)
	}
	if err := r.settle(ctx, *s); err != nil {
		return at, err
	}
	at.next, at.last, err = r.service.parts.Store.SnapshotSpan(ctx, s.Scope.Since)
	if err != nil {
		return at, wrap("look where those reports begin", err)
	}
	if at.last == 0 { // there is none at all
		at.next = 1
	}
	s.Total = at.last - at.next + 1
	return at, nil
}

// settle waits until what arrived before the rewind began can be read: reports whose units are under way then would be missed, as they have ids
// that lie among those of others already, and who is not found is not looked at again.
func (r rewind) settle(ctx context.Context, s ports.Sweep) error {
	if wait := s.CreatedAt.Add(rewindSettle).Sub(r.service.now()); wait > 0 && !sleep(ctx, min(wait, rewindSettle)) {
		return wrap("wait for reports", ctx.Err())
	}
	waiting, cancel := context.WithTimeout(ctx, rewindPatience)
	defer cancel()
	err := r.service.parts.Store.AwaitUnits(waiting)
	if waiting.Err() != nil && ctx.Err() == nil {
		return nil // what is under way still began to write later, or is no unit
	}
	return wrap("wait for reports", err)
}

// players goes on with the players who were found: a few in one unit.
func (r rewind) players(ctx context.Context, s ports.Sweep) (ports.Sweep, error) {
	found, err := r.page(ctx, &s)
	if err != nil {
		return s, err
	}
	if len(found) == 0 {
		return r.service.save(ctx, r.turn(s))
	}
	if s.Phase == ports.PhaseApply {
		if why, err := r.forbidden(ctx); err != nil || why != "" {
			if err != nil {
				return s, err
			}
			return r.service.save(ctx, stopped(s, "stopped, as "+why+". Resume automation, then the rewind, which goes on where it is"))
		}
	}
	began := r.service.parts.Clock.Now()
	told, err := r.hear(ctx, s, found)
	if err != nil {
		return s, err
	}
	next := s
	next.Cursor, next.Scanned = found[len(found)-1].User.String(), s.Scanned+int64(len(found))
	next.Total, next.Revision = max(s.Total, next.Scanned), r.service.parts.Policies.Current().Revision()
	if s.Phase == ports.PhaseApply {
		return r.apply(ctx, next, told, began)
	}
	return r.look(ctx, next, told, began)
}

// page returns the players that come next: no more than one unit is about.
func (r rewind) page(ctx context.Context, s *ports.Sweep) ([]ports.Rewound, error) {
	after := domain.UserID{}
	var err error
	if s.Cursor != "" {
		if after, err = domain.ParseUserID(s.Cursor); err != nil {
			return nil, wrap("read where the rewind is", err)
		}
	} else if s.Total, err = r.service.parts.Store.CountRewound(ctx, s.ID); err != nil {
		return nil, wrap("count whom the rewind found", err)
	}
	found, err := r.service.parts.Store.Rewound(ctx, s.ID, nil, after, rewindUnit)
	if err != nil {
		return nil, wrap("read whom the rewind found", err)
	}
	reports := int64(0)
	for i, p := range found {
		if reports += p.Snapshots; reports > rewindBulk && i > 0 {
			return found[:i], nil
		}
	}
	return found, nil
}

// turn returns the rewind at the end of a walk over players.
func (r rewind) turn(s ports.Sweep) ports.Sweep {
	s.Total = s.Scanned
	changing := s.Found[string(ports.RewoundChanged)] + s.Found[string(ports.RewoundUnseen)]
	switch {
	case s.Found[ports.TallySnapshots] == 0:
		return finished(s, "no report that counts is among those chosen")
	case s.Phase == ports.PhaseApply:
		return finished(s, endOfRewind(s.Decided))
	case s.Apply:
		s.Phase, s.Cursor, s.Scanned, s.Pace = ports.PhaseApply, "", 0, 0
		return s
	case changing == 0:
		return finished(s, "nobody would change; nothing was applied, as nobody asked for it")
	}
	return finished(s, "nothing was applied, as nobody asked for it")
}

// endOfRewind says what a rewind leaves to people.
func endOfRewind(t ports.Tally) string {
	detail := ""
	for _, part := range []struct {
		n    int64
		text string
	}{
		{t[string(ports.RewoundUnseen)], "players on hold, of whom no other report is known"},
		{t[ports.TallyLeft], "decisions that could not be taken back"},
		{t[tallyHeld], "decisions held until automation goes on"},
		{t[tallyAwaiting], "decisions that await approval"},
	} {
		if part.n == 0 {
			continue
		}
		if detail != "" {
			detail += "; "
		}
		detail += fmt.Sprintf("%s: %d", part.text, part.n)
	}
	return detail
}

// forbidden returns why nothing may be carried out, a person's word neither; "" when it may.
func (r rewind) forbidden(ctx context.Context) (string, error) {
	if r.service.parts.Stopped {
		return stoppedBySetting, nil
	}
	automation, err := r.service.parts.Store.Automation(ctx)
	if err != nil || automation.State != domain.AutomationStopped {
		return "", wrap("read the switch of automation", err)
	}
	return heldBecause(automation), nil
}

// errOnlyLooked ends a unit that was to show what would become of players.
var errOnlyLooked = errors.New("nothing of this is to be kept")

// look sees what would become of players, and keeps that.
func (r rewind) look(ctx context.Context, next ports.Sweep, told []*hearing, began time.Time) (ports.Sweep, error) {
	var seen []ports.Rewound
	now := r.service.now()
	err := r.service.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		done, err := r.carry(ctx, w, next, told, now)
		if err != nil {
			return err
		}
		seen = done.players
		return errOnlyLooked
	})
	if !errors.Is(err, errOnlyLooked) {
		return next, err
	}
	for i := range seen {
		seen[i].Applied = false
		for j := range seen[i].Decisions {
			seen[i].Decisions[j].ID = ""
		}
	}
	tallyRewound(next.Found, seen)
	next = paced(next, len(told), r.service.parts.Clock.Now().Sub(began))
	return r.service.advance(ctx, func(ctx context.Context, w ports.Writer) (ports.Sweep, error) {
		known, err := stillKnown(ctx, w, seen)
		if err != nil {
			return next, err
		}
		return next, wrap("keep what the rewind comes to", w.KeepRewound(ctx, next.ID, known))
	})
}

// apply carries it out for players, and keeps what came of it in the same unit.
func (r rewind) apply(ctx context.Context, next ports.Sweep, told []*hearing, began time.Time) (ports.Sweep, error) {
	var changed []ports.DecisionRecord
	now := r.service.now()
	saved, err := r.service.advance(ctx, func(ctx context.Context, w ports.Writer) (ports.Sweep, error) {
		done, err := r.carry(ctx, w, next, told, now)
		if err != nil {
			return next, err
		}
		changed = done.changed
		after := counting(next)
		tallyRewound(after.Decided, done.players)
		after = paced(after, len(told), r.service.parts.Clock.Now().Sub(began))
		return after, wrap("keep what the rewind comes to", w.KeepRewound(ctx, next.ID, done.players))
	})
	if err != nil {
		return next, err
	}
	r.service.tell(ctx, changed)
	r.service.settled.wake()
	return saved, nil
}

// tallyRewound counts players, and the decisions about them.
func tallyRewound(t ports.Tally, players []ports.Rewound) {
	for _, p := range players {
		t[ports.TallyPlayers]++
		t[string(p.Outcome)]++
		for _, d := range p.Decisions {
			switch {
			case d.Left != "":
				t[ports.TallyLeft]++
			case d.Undoes != "":
				t[ports.TallyUndone]++
			case d.Action != domain.ActionNone:
				t[tallyOf(d.Action)]++
			}
			switch d.Status {
			case domain.StatusAwaitingApproval:
				t[tallyAwaiting]++
			case domain.StatusHeld:
				t[tallyHeld]++
			default:
			}
		}
	}
}
