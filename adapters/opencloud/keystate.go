package opencloud

import (
	"context"
	"errors"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// ExamineKey asks Roblox whether the key can be used; see ports.KeyExaminer.
func (c *Client) ExamineKey(ctx context.Context) (ports.KeyState, error) {
	key, err := c.Introspect(ctx)
	refused, _ := errors.AsType[*domain.Error](err)
	switch {
	case refused != nil && refused.Code == codeKeyRefused:
		return ports.KeyState{Reason: "Roblox refuses the key: it is wrong, or may not be used from this address"}, nil
	case err != nil:
		return ports.KeyState{}, err
	case key.Expired:
		return ports.KeyState{Reason: "the key is expired", ExpiresAt: key.ExpiresAt}, nil
	case !key.Enabled:
		return ports.KeyState{Reason: "the key is disabled", ExpiresAt: key.ExpiresAt}, nil
	}
	return ports.KeyState{Usable: true, ExpiresAt: key.ExpiresAt}, nil
}
