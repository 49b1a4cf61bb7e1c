package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// Errors of the remote ports say by their kind what to do: invalid, denied, not found and blocked will be refused again; everything
// else may succeed later, no sooner than domain.RetryAfterOf the error. An error never tells whether a write happened: read to find out.
// domain.ErrAutomationStopped is the exception to both: nothing was sent, and it may be once automation is resumed.

// Membership is what Roblox shows of a player in the group.
type Membership struct {
	Member bool
	Roles  []domain.RoleID // every role held, managed or not; empty for no member
}

// GroupRoles reads and changes the roles of members. Of calls that wait for their turn at Roblox, those of lower lanes go first.
type GroupRoles interface {
	// Membership returns what the player holds now. Whoever is not in the group is no error: Member is false.
	Membership(ctx context.Context, user domain.UserID, lane Lane) (Membership, error)

	// AssignRole gives the member a role and returns what the member holds then. A role already held is no error. It may be called again.
	AssignRole(ctx context.Context, user domain.UserID, role domain.RoleID, lane Lane) (Membership, error)

	// UnassignRole takes a role away and returns what the member holds then. A role not held is no error. It may be called again.
	UnassignRole(ctx context.Context, user domain.UserID, role domain.RoleID, lane Lane) (Membership, error)
}

// Member is somebody who is in the group.
type Member struct {
	User  domain.UserID
	Roles []domain.RoleID // every role held, managed or not
}

// MemberPage is one page of the group's members.
type MemberPage struct {
	Members []Member
	Skipped int    // members about whom nothing could be understood
	Next    string // where the next page begins; "" at the end
}

// Roster lists the group's members, with what of the budget nothing else needs.
type Roster interface {
	// Members returns up to limit members from cursor on, in an order of Roblox's own; "" starts at the first. A page may be empty before
	// the end, and who joins or leaves meanwhile may be missing or come twice. An error of kind invalid for a cursor means that Roblox does
	// not take it any more: begin anew.
	Members(ctx context.Context, cursor string, limit int) (MemberPage, error)

	// CountMembers returns about how many members the group has.
	CountMembers(ctx context.Context) (int64, error)
}

// Restriction is a wish about who may join a universe.
type Restriction struct {
	User          domain.UserID
	Universe      domain.UniverseID
	Active        bool      // true forbids joining
	Until         time.Time // its end; zero for none
	DisplayReason string    // shown to the player, at most 400 characters
	PrivateReason string    // shown to staff, at most 1,000 characters
	Key           string    // the same for every attempt of one wish
	FirstTried    time.Time // the same for every attempt of one wish
}

// Restrictions forbids and allows joining universes.
type Restrictions interface {
	// Restrict makes the restriction so, and returns nil only when Roblox confirmed it. It may be called again with the same Key and
	// FirstTried; Roblox allows two changes per minute, player and universe.
	Restrict(ctx context.Context, restriction Restriction) error

	// Restricted returns whether the player may not join the universe now. It is false for somebody who was never restricted.
	Restricted(ctx context.Context, user domain.UserID, universe domain.UniverseID) (bool, error)
}

// Mirror shows standings to games through their data store.
type Mirror interface {
	// PutStanding merges the standing into the player's entry, leaving what it does not own as it is. It may be called again.
	PutStanding(ctx context.Context, standing PlacedStanding) error

	// RemoveStanding removes the player's entry, whoever wrote it. One that is not there is no error. It may be called again.
	RemoveStanding(ctx context.Context, user domain.UserID) error
}

// Announcer tells live game servers of a decision.
type Announcer interface {
	// Announce publishes the decision to every configured universe, as a hint: a server may miss it or see it twice.
	Announce(ctx context.Context, decision DecisionRecord) error
}

// EntryPage is one page of the data store's entries.
type EntryPage struct {
	Reports []domain.Report // of the entries that could be read
	Skipped int             // entries that hold no player, for whatever reason
	Next    string          // where the next page begins; "" at the end
}

// DataStore reads what games keep of players.
type DataStore interface {
	// Entries returns up to limit entries from cursor on; "" starts at the first. An entry that cannot be understood is counted, never an
	// error.
	Entries(ctx context.Context, cursor string, limit int) (EntryPage, error)
}
