package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// erased is somebody who was forgotten, and when to look once more whether something is stored about them: a walk that had read of them before
// may have written what it found after. A process that ends before then leaves that to the next, which finds them by what is stored.
type erased struct {
	user domain.UserID
	at   time.Time
}

// eraseReturned has those erased again who are known although they were erased: a unit that began before may have ended after, and a backup
// that was restored is older.
func (s *Service) eraseReturned(ctx context.Context) error {
	if err := s.tombs.refresh(ctx); err != nil {
		return err
	}
	if s.tombs.empty() {
		return nil
	}
	var faults []error
	for after := (domain.UserID{}); ctx.Err() == nil; {
		players, err := s.parts.Store.Standings(ctx, ports.StandingFilter{}, after, eraseWalk)
		if err != nil {
			return errors.Join(append(faults, wrap("read the players", err))...)
		}
		for _, player := range players {
			after = player.UserID
			if !s.Erased(player.UserID) {
				continue
			}
			request := ports.EraseRequest{Caller: ports.Caller{Principal: SchedulePrincipal}, User: player.UserID}
			if _, _, err := s.Erase(ctx, request); err != nil {
				faults = append(faults, err) // and holds up no other
			}
		}
		if len(players) < eraseWalk {
			break
		}
	}
	return errors.Join(append(faults, ctx.Err())...)
}

// findStrays finds those who were erased and of whom something is stored, be it by what a process wrote that is gone. They are erased once more
// at once.
func (e *Eraser) findStrays(ctx context.Context) error {
	if e.service.tombs.empty() {
		return nil
	}
	for after := (domain.UserID{}); ctx.Err() == nil; {
		strays, err := e.service.parts.Store.Strays(ctx, after, eraseWalk)
		if err != nil {
			return wrap("look for what is stored about nobody known", err)
		}
		for _, user := range strays {
			after = user
			awaited := slices.ContainsFunc(e.twice, func(who erased) bool { return who.user == user })
			if !awaited && e.service.Erased(user) {
				e.twice = append(e.twice, erased{user, e.service.now()})
			}
		}
		if len(strays) < eraseWalk {
			return nil
		}
	}
	return ctx.Err()
}

// eraseTwice looks once more for those whose time has come. Who cannot be erased then holds up no other.
func (e *Eraser) eraseTwice(ctx context.Context) error {
	now := e.service.now()
	var faults []error
	var later []erased
	for _, who := range e.twice {
		if ctx.Err() != nil || now.Before(who.at) {
			later = append(later, who)
			continue
		}
		done, err := e.service.eraseOnceMore(ctx, who.user)
		faults = append(faults, err)
		if !done {
			later = append(later, erased{who.user, now.Add(eraseAgain)})
		}
	}
	e.twice = later
	return errors.Join(faults...)
}

// eraseOnceMore removes what is stored about somebody who was erased. It returns false when it is too early.
func (s *Service) eraseOnceMore(ctx context.Context, user domain.UserID) (done bool, err error) {
	err = s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		done = false
		if _, err := w.LockStandings(ctx, []domain.UserID{user}); err != nil {
			return wrap("lock the player", err)
		}
		gone, err := s.erased(ctx, w, []domain.UserID{user})
		if err != nil || !gone[user] { // else that was lifted meanwhile
			done = err == nil
			return err
		}
		waiting, err := w.Waiting(ctx, user)
		if err != nil {
			return wrap("read the waiting effects", err)
		}
		for _, out := range waiting {
			if out.Effect.Kind == domain.EffectErase {
				return nil // it would go with the rest, and the player's entry stay
			}
		}
		_, err = w.EraseUser(ctx, user)
		done = err == nil
		return wrap("remove what is stored", err)
	})
	return done && err == nil, err
}
