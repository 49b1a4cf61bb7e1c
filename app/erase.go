package app

import (
	"context"
	"errors"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// errNoSeals says that nobody can be kept from coming back.
var errNoSeals = &domain.Error{
	Kind: domain.KindBlocked, Code: "erasure_not_configured", Message: "nobody can be erased: the service has no key to make marks with",
}

// Erase implements ports.Eraser. It stores what is to be done, which the eraser does.
func (s *Service) Erase(ctx context.Context, r ports.EraseRequest) (ports.Erasure, bool, error) {
	seals := s.parts.Seals
	if len(seals.keys) == 0 {
		return ports.Erasure{}, false, errNoSeals
	}
	asked := ports.Erasure{
		ID: s.parts.IDs.NewID(), User: r.User, Mark: seals.mark(0, r.User), KeyID: seals.id(0), Notification: r.Notification,
		Principal: r.Principal, State: ports.ErasureQueued, AskedAt: s.now(),
	}
	var kept ports.Erasure
	var added bool
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		earlier, err := w.ErasuresOf(ctx, seals.marks(r.User))
		if err != nil {
			return wrap("look for earlier erasures", err)
		}
		wanted := asked
		for _, e := range earlier {
			if e.State == ports.ErasureQueued && r.Notification == "" {
				kept, added = e, false
				return nil
			}
			wanted.Banned = wanted.Banned || e.Banned
		}
		erasure, first, err := w.AddErasure(ctx, wanted)
		if err != nil {
			return wrap("keep the erasure", err)
		}
		kept, added = erasure, first
		return nil
	})
	if err != nil {
		return ports.Erasure{}, false, wrap("erase a player", err)
	}
	if added {
		s.tombs.add(asked.Mark)
		s.parts.Recorder.Record(ctx, ports.ErasureEvent{Erasure: kept})
		s.settled.erase()
	}
	return kept, added, nil
}

// LiftErasure implements ports.Eraser.
func (s *Service) LiftErasure(ctx context.Context, caller ports.Caller, user domain.UserID) (ports.Erasure, error) {
	var lifted ports.Erasure
	now := s.now()
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		erasures, err := w.ErasuresOf(ctx, s.parts.Seals.marks(user))
		if err != nil {
			return wrap("look for the erasures", err)
		}
		if len(erasures) == 0 {
			return &domain.Error{Kind: domain.KindNotFound, Code: domain.ErrNotFound.Code, Message: "nobody with that user id was erased"}
		}
		banned := false
		for _, e := range erasures {
			if e.State != ports.ErasureDone {
				return &domain.Error{
					Kind: domain.KindBlocked, Code: "erasure_running",
					Message: "erasure " + e.ID + " is " + string(e.State) + "; it can be lifted once it is done",
				}
			}
			banned = banned || e.Banned
		}
		var last ports.Erasure
		for _, e := range erasures {
			e.State, e.EndedAt, e.Banned = ports.ErasureLifted, now, banned
			if _, err := w.SaveErasure(ctx, e); err != nil {
				return wrap("lift an erasure", err)
			}
			last = e
		}
		lifted = last
		return nil
	})
	if err != nil {
		return ports.Erasure{}, wrap("let a player come back", err)
	}
	s.tombs.remove(s.parts.Seals.marks(user))
	s.settled.erase()
	lifted.Principal = caller.Principal
	s.parts.Recorder.Record(ctx, ports.ErasureEvent{Erasure: lifted})
	return lifted, nil
}

// Erasure implements ports.Eraser.
func (s *Service) Erasure(ctx context.Context, id string) (ports.Erasure, error) {
	e, err := s.parts.Store.Erasure(ctx, id)
	return e, wrap("read the erasure", err)
}

// Erasures implements ports.Eraser.
func (s *Service) Erasures(ctx context.Context, cursor string, limit int) (ports.ErasurePage, error) {
	erasures, err := s.parts.Store.Erasures(ctx, cursor, limit+1)
	if err != nil {
		return ports.ErasurePage{}, wrap("list the erasures", err)
	}
	erasures, next := paged(erasures, limit, func(e ports.Erasure) string { return e.ID })
	return ports.ErasurePage{Erasures: erasures, Next: next}, nil
}

// Holdings implements ports.Eraser.
func (s *Service) Holdings(ctx context.Context, user domain.UserID, use func(table string, row []byte) error) error {
	found := false
	err := s.parts.Store.Holdings(ctx, user, func(table string, row []byte) error {
		found = true
		return use(table, row)
	})
	if err == nil && !found {
		err = &domain.Error{Kind: domain.KindNotFound, Code: domain.ErrNotFound.Code, Message: "nothing is held about that user"}
	}
	return wrap("read what is held about a player", err)
}

// errErased refuses what would make somebody known again who was erased.
var errErased = &domain.Error{
	Kind: domain.KindInvalid, Code: "player_erased",
	Message: "this player was erased on request: nothing about them is taken in any more; do not send it again",
}

// erased returns which of those users, who are not known, were erased. One call of the store suffices for all, and none when there is nobody
// to ask for.
func (s *Service) erased(ctx context.Context, w ports.Writer, users []domain.UserID) (map[domain.UserID]bool, error) {
	if len(users) == 0 || len(s.parts.Seals.keys) == 0 {
		return nil, nil
	}
	of := make(map[string]domain.UserID, len(users))
	marks := make([]string, 0, len(users))
	for _, user := range users {
		for _, mark := range s.parts.Seals.marks(user) {
			of[mark] = user
			marks = append(marks, mark)
		}
	}
	erasures, err := w.ErasuresOf(ctx, marks)
	if err != nil {
		return nil, wrap("look for players who were erased", err)
	}
	found := make(map[domain.UserID]bool, len(erasures))
	for _, e := range erasures {
		found[of[e.Mark]] = true
	}
	return found, nil
}

// isErased reports whether an error says that somebody was erased.
func isErased(err error) bool { return errors.Is(err, errErased) }
