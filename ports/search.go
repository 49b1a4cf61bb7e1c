package ports

import (
	"context"

	"github.com/grps/grps/domain"
)

// PlayerStatus is what may stand against a player.
type PlayerStatus uint8

// The statuses. PlayerAny is the zero value.
const (
	PlayerAny       PlayerStatus = iota
	PlayerClear                  // no punishment and no hold
	PlayerSuspended              // a suspension is in force
	PlayerBanned                 // a ban is in force
	PlayerOnHold                 // automation is paused for the player
)

// PlayerFilter chooses players. Its zero value chooses all; what is set must all hold.
type PlayerFilter struct {
	Name   string // what the username begins with, whatever the case of its ASCII letters; other letters as the storage knows them
	Rank   string // the rank by the record
	Status PlayerStatus
}

// PlayerSearcher looks for players, outside a unit.
type PlayerSearcher interface {
	// SearchPlayers returns up to limit players that the filter chooses, of those behind after; nobody starts at the first. With a Name they
	// come by username in lower case, byte by byte, then user; else by user. Behind a player who is unknown there is nobody.
	SearchPlayers(ctx context.Context, filter PlayerFilter, after domain.UserID, limit int) ([]domain.Standing, error)
}
