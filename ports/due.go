package ports

import "github.com/grps/grps/domain"

// Due is something whose time has come: a player, or a decision about one. It names what is to be looked at and tells nothing else, so that
// nothing about one can keep others from being listed.
type Due struct {
	User     domain.UserID
	Decision string // the id of the decision; "" where it is the player that is due
	Place    string // where it stands among what is due, in the storage's own words
}
