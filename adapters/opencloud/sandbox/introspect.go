package sandbox

import (
	"crypto/subtle"
	"strconv"
)

type keyDTO struct {
	Name             string     `json:"name"`
	AuthorizedUserID int64      `json:"authorizedUserId"`
	Scopes           []scopeDTO `json:"scopes"`
	Enabled          bool       `json:"enabled"`
	Expired          bool       `json:"expired"`
	ExpiresAt        string     `json:"expirationTimeUtc,omitempty"`
}

type scopeDTO struct {
	Name               string         `json:"name"`
	Operations         []string       `json:"operations"`
	GroupIDs           []string       `json:"groupIds,omitempty"`
	UniverseIDs        []string       `json:"universeIds,omitempty"`
	UniverseDatastores []datastoreDTO `json:"universeDatastores,omitempty"`
}

type datastoreDTO struct {
	UniverseID    string `json:"universeId"`
	DatastoreName string `json:"datastoreName"`
}

// introspect tells what the key in the body may do: every scope that GRPS needs, for the group and the universes of the sandbox, and for
// ever, unless SetKey said otherwise. As at Roblox the call itself carries no key in its header.
func (s *Server) introspect(q *request) (any, error) {
	body, err := parseObject(q.body)
	if err != nil {
		return nil, err
	}
	text, err := fieldOf[string](body, "apiKey")
	if err != nil {
		return nil, err
	}
	if !s.accepts(text) {
		return nil, unauthorized()
	}
	group := []string{strconv.FormatInt(s.group, 10)}
	var universes []string
	var stores []datastoreDTO
	for _, id := range s.universes {
		universe := strconv.FormatInt(id, 10)
		universes = append(universes, universe)
		stores = append(stores, datastoreDTO{UniverseID: universe, DatastoreName: "*"})
	}
	state := s.keyState
	key := keyDTO{
		Name:             "sandbox",
		AuthorizedUserID: s.keyOwner,
		Scopes: []scopeDTO{
			{Name: "group", Operations: state.keeps("group", "read", "write"), GroupIDs: group},
			{Name: restrictionScope, Operations: state.keeps(restrictionScope, "read", "write"), UniverseIDs: universes},
			{Name: messagingScope, Operations: state.keeps(messagingScope, "publish"), UniverseIDs: universes},
			{
				Name:               entryScope,
				Operations:         state.keeps(entryScope, "create", "read", "update", "delete", "list"),
				UniverseDatastores: stores,
			},
		},
		Enabled: !state.Disabled, Expired: state.expired(q.now),
	}
	if !state.ExpiresAt.IsZero() {
		key.ExpiresAt = stamp(state.ExpiresAt)
	}
	return key, nil
}

// The scopes of a key besides that of the group.
const (
	restrictionScope = "universe.user-restriction"
	messagingScope   = "universe-messaging-service"
	entryScope       = "universe-datastores.objects"
)

// accepts compares a key with the configured one; without one any key will do that is not empty.
func (s *Server) accepts(key string) bool {
	if s.key == "" {
		return key != ""
	}
	return subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) == 1
}
