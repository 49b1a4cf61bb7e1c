package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// KeyState is what is the matter with the sandbox's key. The zero value is a good one, which holds every scope that GRPS needs.
type KeyState struct {
	Without   []string  // what it may not do, such as "group:write" or "universe-datastores.objects:list"
	ExpiresAt time.Time // from when on it is refused; zero for never
	Disabled  bool
}

// needs returns what a key must be able to do for an operation, as KeyState.Without writes it; "" for nothing.
func (o Operation) needs() string {
	switch o {
	case OpAssignRole, OpUnassignRole:
		return "group:write"
	case OpListUserRestrictions, OpGetUserRestriction:
		return "universe.user-restriction:read"
	case OpUpdateRestriction:
		return "universe.user-restriction:write"
	case OpListEntries:
		return "universe-datastores.objects:list"
	case OpGetEntry:
		return "universe-datastores.objects:read"
	case OpCreateEntry:
		return "universe-datastores.objects:create"
	case OpUpdateEntry:
		return "universe-datastores.objects:update"
	case OpDeleteEntry:
		return "universe-datastores.objects:delete"
	case OpPublishMessage:
		return "universe-messaging-service:publish"
	case OpGetGroup, OpListRoles, OpGetRole, OpListMemberships, OpIntrospect, opUnoffered:
	}
	return ""
}

// SetKey changes what the key may do from now on. It panics on something that no operation needs: that is a mistake of the test.
func (s *Server) SetKey(state KeyState) {
	if err := state.check(); err != nil {
		panic("sandbox: " + err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keyState = state
}

func (k KeyState) check() error {
	known := []string{"group:read"}
	for _, op := range operations() {
		known = append(known, op.needs())
	}
	for _, thing := range k.Without {
		if thing == "" || !slices.Contains(known, thing) {
			return fmt.Errorf("no operation needs %q; there are %v", thing, known)
		}
	}
	return nil
}

// expired reports whether the key is over at an instant.
func (k KeyState) expired(now time.Time) bool {
	return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt)
}

// keeps leaves out the operations of a scope that the key does not have.
func (k KeyState) keeps(scope string, operations ...string) []string {
	return slices.DeleteFunc(operations, func(operation string) bool { return slices.Contains(k.Without, scope+":"+operation) })
}

// allows refuses an operation that the key may not do now. Examining the key always works: that is how one learns why.
func (s *Server) allows(q *request) error {
	switch {
	case q.op == OpIntrospect || q.op == "":
		return nil
	case s.keyState.Disabled || s.keyState.expired(q.now):
		return unauthorized()
	case slices.Contains(s.keyState.Without, q.op.needs()):
		return permissionDenied("the key does not have the scope " + q.op.needs())
	}
	return nil
}

// changeKey takes {"without":["group:write"],"expiresAt":"2026-12-01T00:00:00Z","disabled":true}, each of which may be left out.
func (s *Server) changeKey(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Without   []string  `json:"without"`
		ExpiresAt time.Time `json:"expiresAt"`
		Disabled  bool      `json:"disabled"`
	}
	err := decode(w, r, &body)
	state := KeyState{Without: body.Without, ExpiresAt: body.ExpiresAt, Disabled: body.Disabled}
	if err == nil {
		err = state.check()
	}
	if err != nil {
		s.refuse(w, err)
		return
	}
	s.SetKey(state)
	w.WriteHeader(http.StatusNoContent)
}
