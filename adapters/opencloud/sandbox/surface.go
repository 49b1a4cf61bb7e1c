package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
)

// MemberState is what the sandbox holds of one user.
type MemberState struct {
	UserID       int64
	Roles        []Role        // by rank, the base role first; empty for someone who is not a member
	Restrictions []Restriction // by universe, one for each universe that ever restricted the user
}

// Roles returns the group's roles by rank, the added ones included.
func (s *Server) Roles() []Role { return slices.Clone(s.roster.roles) }

// Join makes the user a member who holds the base role and the given ones; who is a member already gains them. It
// panics on a role the group does not have, or Guest: that is a mistake of the test. Beyond 250,000 known users nobody
// joins.
func (s *Server) Join(userID int64, roleIDs ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	roles := s.mustPick(roleIDs)
	for _, held := range s.roster.look(userID, false).roles {
		roles = withRole(roles, held)
	}
	s.roster.put(userID, roles, s.now())
}

// Leave ends the user's membership. The user stays known and does not join again by AutoJoin.
func (s *Server) Leave(userID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roster.leave(userID)
}

// SetRoles gives the user exactly these roles and the base role, as staff would by hand; who is no member joins. It
// panics as Join does, and knows no hierarchy: also the Owner role and the key's owner can be set.
func (s *Server) SetRoles(userID int64, roleIDs ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roster.put(userID, s.mustPick(roleIDs), s.now())
}

// Lift lets the user join every universe again, as staff would by hand.
func (s *Server) Lift(userID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, rec := range s.restrictions {
		if key.user == userID {
			rec.before, rec.now = rec.now, restriction{ever: true, updated: s.now()}
		}
	}
}

func (s *Server) mustPick(roleIDs []int64) []Role {
	roles, err := s.roster.pick(roleIDs)
	if err != nil {
		panic(fmt.Sprintf("sandbox: %v", err))
	}
	return roles
}

// Member returns what is held of a user and whether the user is a member.
func (s *Server) Member(userID int64) (MemberState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.roster.look(userID, false)
	return MemberState{
		UserID:       userID,
		Roles:        slices.Clone(m.roles),
		Restrictions: s.restrictionsOf(userID),
	}, m.in
}

// PutEntry writes an entry in the default scope, as a game server would, without users or attributes. It panics on a
// value that is not JSON. Beyond 100,000 entries or 256 MiB nothing is written.
func (s *Server) PutEntry(universe int64, store, id string, value json.RawMessage) {
	if !json.Valid(value) {
		panic("sandbox: the value of an entry must be JSON")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := entryKey{universe: universe, store: store, scope: defaultScope, id: id}
	s.entries.put(key, entry{value: slices.Clone(value)}, s.now(), true)
}

// Entry returns the value of an entry in the default scope; false when there is none or it is deleted.
func (s *Server) Entry(universe int64, store, id string) (json.RawMessage, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries.look(entryKey{universe: universe, store: store, scope: defaultScope, id: id}, false)
	return slices.Clone(e.value), e.readable()
}

// Messages returns the latest 10,000 published messages, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages.all()
}

// Calls returns the latest 10,000 Open Cloud requests, oldest first; those under /_sandbox/ are left out.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls.all()
}

// Inject arms a fault behind those already armed; of more than 1,000 the oldest goes. It panics on a fault that cannot
// be played (an unknown kind or operation, a number out of range): that is a mistake of the test.
func (s *Server) Inject(f Fault) {
	if err := f.check(); err != nil {
		panic("sandbox: " + err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.add(f)
}

// ClearFaults disarms every fault.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = faultQueue{}
}
