package opencloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// keyChecksPerMinute is our own bound: Roblox documents none for this call.
const keyChecksPerMinute = 30

// Key is what Roblox says of the API key in use.
type Key struct {
	Name      string
	Owner     domain.UserID // the account it acts as; zero when not told
	Enabled   bool
	Expired   bool
	ExpiresAt time.Time // zero for none, or when not told
	Scopes    []KeyScope
}

// KeyScope is something the key may do.
type KeyScope struct {
	Name       string   // such as "group" or "universe.user-restriction"
	Operations []string // such as "read" and "write"
	Targets    []string // the groups or universes that it is for, by number, "*" for all; nil when not told
}

// May reports whether the key has the operation of the scope on the target, a group or universe. Where Roblox does not tell the targets
// of a scope it is taken for one on all of them.
func (k Key) May(scope, operation string, target int64) bool {
	for _, s := range k.Scopes {
		if s.Name != scope || !slices.Contains(s.Operations, operation) {
			continue
		}
		if s.Targets == nil || slices.Contains(s.Targets, "*") || slices.Contains(s.Targets, strconv.FormatInt(target, 10)) {
			return true
		}
	}
	return false
}

type keyDTO struct {
	Name      string      `json:"name"`
	Owner     json.Number `json:"authorizedUserId"`
	Enabled   bool        `json:"enabled"`
	Expired   bool        `json:"expired"`
	ExpiresAt string      `json:"expirationTimeUtc"`
	Scopes    []scopeDTO  `json:"scopes"`
}

// scopeDTO names its targets in one of three lists, as its scope has it.
type scopeDTO struct {
	Name       string   `json:"name"`
	Operations []string `json:"operations"`
	Groups     []idText `json:"groupIds"`
	Universes  []idText `json:"universeIds"`
	Stores     []struct {
		Universe idText `json:"universeId"`
	} `json:"universeDatastores"`
}

// idText is an id as Roblox writes it here, as a text or as a number: the call is in no document that could say which.
type idText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *idText) UnmarshalJSON(text []byte) error {
	*t = idText(strings.Trim(string(text), `"`))
	return nil
}

func (s scopeDTO) targets() []string {
	var targets []string
	for _, id := range slices.Concat(s.Groups, s.Universes) {
		targets = append(targets, string(id))
	}
	for _, store := range s.Stores {
		targets = append(targets, string(store.Universe))
	}
	return targets
}

// Introspect returns what the key may do, and until when. It also proves that the key may be used from this address, and keeps an
// otherwise idle key alive: Roblox expires one that was not used for 60 days. This call alone carries the key in its body.
func (c *Client) Introspect(ctx context.Context) (Key, error) {
	var dto keyDTO
	err := c.do(ctx, call{
		at: c.introspect, lane: ports.LaneObserve, method: http.MethodPost, path: "/api-keys/v1/introspect",
		body: map[string]string{"apiKey": c.key()}, keyless: true,
	}, &dto)
	if err != nil {
		return Key{}, fmt.Errorf("examine the Open Cloud key: %w", err)
	}
	key := Key{Name: dto.Name, Enabled: dto.Enabled, Expired: dto.Expired}
	if n, err := dto.Owner.Int64(); err == nil && n != 0 {
		if key.Owner, err = domain.NewUserID(n); err != nil {
			return Key{}, fmt.Errorf("examine the Open Cloud key: %w", unreadable("the key's owner is no user"))
		}
	}
	if at, err := time.Parse(time.RFC3339Nano, dto.ExpiresAt); err == nil {
		key.ExpiresAt = domain.Instant(at)
	}
	for _, s := range dto.Scopes {
		key.Scopes = append(key.Scopes, KeyScope{Name: s.Name, Operations: s.Operations, Targets: s.targets()})
	}
	return key, nil
}
