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

// introspect tells what the key in the body may do. The sandbox's key holds every scope GRPS needs, for its group and
// universes, and never expires. As at Roblox the call itself carries no key in its header.
func (s *Server) introspect(q *request) (any, error) {
	body, err := parseObject(q.body)
	if err != nil {
		return nil, err
	}
	key, err := fieldOf[string](body, "apiKey")
	if err != nil {
		return nil, err
	}
	if !s.accepts(key) {
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
	return keyDTO{
		Name:             "sandbox",
		AuthorizedUserID: s.keyOwner,
		Scopes: []scopeDTO{
			{Name: "group", Operations: []string{"read", "write"}, GroupIDs: group},
			{Name: "universe.user-restriction", Operations: []string{"read", "write"}, UniverseIDs: universes},
			{Name: "universe-messaging-service", Operations: []string{"publish"}, UniverseIDs: universes},
			{
				Name:               "universe-datastores.objects",
				Operations:         []string{"create", "read", "update", "delete", "list"},
				UniverseDatastores: stores,
			},
		},
		Enabled: true,
	}, nil
}

// accepts compares a key with the configured one; without one any key will do that is not empty.
func (s *Server) accepts(key string) bool {
	if s.key == "" {
		return key != ""
	}
	return subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) == 1
}
