package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// ErasureState is how far an erasure has come. The texts are stable.
type ErasureState string

// The states.
const (
	ErasureQueued   ErasureState = "queued"   // what is held about the person is still there, all or in part
	ErasureRemoving ErasureState = "removing" // nothing is left here but the wish that the games' data store forgets the entry
	ErasureDone     ErasureState = "done"     // nothing is left
	ErasureLifted   ErasureState = "lifted"   // an administrator let the person come back: the mark counts no more
)

// Erasure is that somebody is to be forgotten, or was. Once that is done it is a tombstone: nothing in it says who that was but the mark,
// which only the key makes of a user.
type Erasure struct {
	ID           string        // UUID version 7
	User         domain.UserID // who is to be forgotten; nobody once that is done
	Mark         string        // what the key makes of the user
	KeyID        string        // which key that was
	Notification string        // Roblox's own id of what it asked for; "" where a person asked
	Principal    string        // the name of the key that asked
	State        ErasureState
	Banned       bool      // a ban was in force, and stays so at Roblox
	AskedAt      time.Time // when it was asked for
	EndedAt      time.Time // when it was done, or lifted; zero before that
}

// ErasureWriter forgets people, and keeps that they are to be forgotten, inside a unit. Lock the player first.
type ErasureWriter interface {
	// AddErasure writes a new erasure and returns it and true. When one with the same Notification is stored, unless that is "", it writes
	// nothing and returns that one and false. An id that exists already is domain.ErrConflict, and the unit is poisoned.
	AddErasure(ctx context.Context, erasure Erasure) (Erasure, bool, error)

	// SaveErasure writes User, State and EndedAt of the erasure of that id, and Banned where that is true, and returns true; false when there
	// is none. It may be called again.
	SaveErasure(ctx context.Context, erasure Erasure) (bool, error)

	// ErasuresOf returns the erasures with one of the marks that are not lifted, in ascending order of id. It is empty when there is none.
	ErasuresOf(ctx context.Context, marks []string) ([]Erasure, error)

	// EraseUser removes what is stored about the user: the player, the history with the answers to its keys, everything that waits in the
	// outbox or was given up, what was odd about reports, and what sweeps found. Decisions about the user stay, as decisions about nobody: without what they were made
	// of, their checks, details and texts. Decisions that are open must be ended before. It returns whether an effect about the user was
	// leased then. It may be called again, and for somebody unknown.
	EraseUser(ctx context.Context, user domain.UserID) (leased bool, err error)
}

// Erasures shows who is to be forgotten and was, and what is stored about somebody, outside a unit.
type Erasures interface {
	// Erasure returns the erasure; domain.ErrNotFound when there is none of that id.
	Erasure(ctx context.Context, id string) (Erasure, error)

	// Erasures returns up to limit erasures, newest first by id, of those whose id is below before; "" starts at the newest. What is added
	// meanwhile never shifts the pages behind it. It is empty at the end.
	Erasures(ctx context.Context, before string, limit int) ([]Erasure, error)

	// QueuedErasures returns up to limit erasures that are queued, in ascending order of id, of those whose id is above after; "" starts at
	// the oldest. It is empty at the end.
	QueuedErasures(ctx context.Context, after string, limit int) ([]Erasure, error)

	// ErasureKeys returns which keys the marks of erasures that are not lifted were made with, each once, in ascending order. It is empty
	// when there are no erasures.
	ErasureKeys(ctx context.Context) ([]string, error)

	// KeepErasureKey returns the key that is kept for marks; when none is, it keeps the one that is offered. It may be called again, and by
	// several processes at once: all get the same. Where "" is offered nothing is kept, and it returns "" when nothing was.
	KeepErasureKey(ctx context.Context, offered string) (string, error)

	// NamesOf returns the names under which a player is stored, or was reported, each once, in ascending order: at most a hundred. It is
	// empty for somebody unknown.
	NamesOf(ctx context.Context, user domain.UserID) ([]string, error)

	// EraseMentions takes one step through what is stored about others, and takes the user out of it: as the one who acted, and, with the
	// names, out of what people wrote (see domain.Redact). What games report is left alone. after is where the step begins, "" at the
	// beginning, and the step returns where the next one does, "" at the end. It may be called again.
	EraseMentions(ctx context.Context, user domain.UserID, names []string, after string) (string, error)

	// Strays returns up to limit users who are no players although something that EraseUser removes is stored about them beside the history:
	// what waits in the outbox or was given up, what was odd about reports, and what sweeps found. In ascending order of user, each once, of
	// those above after; nobody starts at the lowest. It looks through all of that, so ask seldom. It is empty at the end.
	Strays(ctx context.Context, after domain.UserID, limit int) ([]domain.UserID, error)

	// Holdings calls use with each row that is stored about the user, and each of a decision, or another change, for which the user was named
	// as actor: with the table's name, and the row as a JSON object in the storage's own words. It ends when use returns an error, and returns
	// that. Of nobody known there is none.
	Holdings(ctx context.Context, user domain.UserID, use func(table string, row []byte) error) error
}

// Tombstones is kept beside the store, so that a store that is set back brings nobody back who was erased since. Several processes may
// keep the same.
type Tombstones interface {
	// Erasures returns what is kept: of each erasure what was kept last, in the order in which they were kept first, without User. It is empty
	// when nothing is.
	Erasures(ctx context.Context) ([]Erasure, error)

	// Keep keeps erasures, durably once it returns nil, without User. It may be called again with the same.
	Keep(ctx context.Context, erasures []Erasure) error
}

// EraseRequest asks to forget somebody.
type EraseRequest struct {
	Caller
	User         domain.UserID
	Notification string // Roblox's own id of what it asked for; "" where a person asks
}

// ErasurePage is one page of erasures, newest first.
type ErasurePage struct {
	Erasures []Erasure
	Next     string // where the next page begins; "" at the end
}

// Eraser forgets people.
type Eraser interface {
	// Erase has everything forgotten that is held about a user, and returns once that is sure to happen: it goes on in the background,
	// wherever a process runs, until it is done. From then on nobody who is not known becomes known under that user's id. Of a notification
	// that was taken before, and of a user whose erasure is queued already when a person asks, it returns what is there and false.
	Erase(ctx context.Context, request EraseRequest) (Erasure, bool, error)

	// LiftErasure lets a user come back who was erased. Errors: domain.ErrNotFound for one who was not; code "erasure_running" of kind
	// blocked while something is still to be removed.
	LiftErasure(ctx context.Context, caller Caller, user domain.UserID) (Erasure, error)

	// Erasure returns an erasure; domain.ErrNotFound when there is none of that id.
	Erasure(ctx context.Context, id string) (Erasure, error)

	// Erasures returns one page of erasures; cursor "" begins at the newest.
	Erasures(ctx context.Context, cursor string, limit int) (ErasurePage, error)

	// Holdings hands everything out that is held about a user; see the storage port. domain.ErrNotFound when that is nothing.
	Holdings(ctx context.Context, user domain.UserID, use func(table string, row []byte) error) error
}
