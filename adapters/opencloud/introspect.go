package opencloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
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
}

type keyDTO struct {
	Name      string      `json:"name"`
	Owner     json.Number `json:"authorizedUserId"`
	Enabled   bool        `json:"enabled"`
	Expired   bool        `json:"expired"`
	ExpiresAt string      `json:"expirationTimeUtc"`
	Scopes    []struct {
		Name       string   `json:"name"`
		Operations []string `json:"operations"`
	} `json:"scopes"`
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
		key.Scopes = append(key.Scopes, KeyScope{Name: s.Name, Operations: s.Operations})
	}
	return key, nil
}
