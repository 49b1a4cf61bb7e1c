package opencloud

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// What Roblox takes of a restriction's texts, in characters. Its longest duration, 315,576,000,000 s, is beyond what time.Duration
// tells.
const (
	maxDisplayReason = 400
	maxPrivateReason = 1000
)

// pairLife is how long an idempotency pair is sent. Roblox refuses a pair that is older than a lifetime it does not publish; without
// one the wish is only carried out again, and it is a wish about state.
const pairLife = time.Hour

type restrictionDTO struct {
	Path    string              `json:"path,omitempty"`
	User    string              `json:"user,omitempty"`
	Joining *joinRestrictionDTO `json:"gameJoinRestriction"`
}

// joinRestrictionDTO can only be written whole.
type joinRestrictionDTO struct {
	Active        *bool  `json:"active"`
	Duration      string `json:"duration,omitempty"` // absent: for good
	PrivateReason string `json:"privateReason,omitempty"`
	DisplayReason string `json:"displayReason,omitempty"`
}

// Restrict makes the restriction so in its universe, and returns nil only when the answer shows it. One whose end is past is lifted.
// Reasons are cut to what Roblox takes. Roblox counts two tries a minute for each user and universe, whatever became of them: a third
// one is not sent, and refused with kind exhausted. Kind blocked when the universe is not one of the Client's.
func (c *Client) Restrict(ctx context.Context, r ports.Restriction) error {
	if err := c.restrict(ctx, r); err != nil {
		return fmt.Errorf("restrict user %s in universe %s: %w", r.User, r.Universe, err)
	}
	return nil
}

func (c *Client) restrict(ctx context.Context, r ports.Restriction) error {
	at, ok := c.perUniverse[r.Universe]
	if !ok {
		return universeUnknown()
	}
	if err := c.turnOf(ctx, at, r.User); err != nil {
		return err
	}
	defer at.restrict.done(1, true)
	now := c.clock.Now()
	wish := restrictionFrom(r, now)
	resource := restrictionName(r.User, r.Universe)
	var answer restrictionDTO
	err := c.do(ctx, call{
		at: at.restrict, taken: true, method: http.MethodPatch, path: "/cloud/v2/" + resource, query: restrictionQuery(r, now),
		body: restrictionDTO{Joining: &wish},
		personal: func(limit int, d time.Duration, now time.Time) bool {
			if limit <= c.limits.RestrictionsPerUser {
				at.paces.closeFor(r.User, d, now)
			}
			return limit <= c.limits.RestrictionsPerUser
		},
	}, &answer)
	if err != nil {
		return err
	}
	return confirmed(answer, resource, r.User, *wish.Active)
}

// Restricted returns whether the player may not join the universe now. Kind blocked when the universe is not one of the Client's.
func (c *Client) Restricted(ctx context.Context, user domain.UserID, universe domain.UniverseID) (bool, error) {
	restricted, err := c.restricted(ctx, user, universe)
	if err != nil {
		return false, fmt.Errorf("read the restriction of user %s in universe %s: %w", user, universe, err)
	}
	return restricted, nil
}

func (c *Client) restricted(ctx context.Context, user domain.UserID, universe domain.UniverseID) (bool, error) {
	at, ok := c.perUniverse[universe]
	if !ok {
		return false, universeUnknown()
	}
	resource := restrictionName(user, universe)
	var answer restrictionDTO
	err := c.do(ctx, call{at: at.looks, lane: ports.LaneObserve, method: http.MethodGet, path: "/cloud/v2/" + resource}, &answer)
	switch {
	case domain.KindOf(err) == domain.KindNotFound:
		return false, nil
	case err != nil:
		return false, err
	case !answer.about(resource, user) || answer.Joining == nil || answer.Joining.Active == nil:
		return false, unreadable("the restriction is that of another user or universe, or does not say whether it is active")
	}
	return *answer.Joining.Active, nil
}

// ReachRestrictions returns nil when the restrictions of the universe can be read with the key, which an unknown universe, or one that the
// key is not for, refuses. Kind blocked when the universe is not one of the Client's.
func (c *Client) ReachRestrictions(ctx context.Context, universe domain.UniverseID) error {
	at, ok := c.perUniverse[universe]
	if !ok {
		return universeUnknown()
	}
	err := c.do(ctx, call{
		at: at.looks, lane: ports.LaneObserve, method: http.MethodGet,
		path: "/cloud/v2/universes/" + universe.String() + "/user-restrictions", query: url.Values{"maxPageSize": {"1"}},
	}, &struct{}{})
	if err != nil {
		return fmt.Errorf("read the restrictions of universe %s: %w", universe, err)
	}
	return nil
}

func restrictionName(user domain.UserID, universe domain.UniverseID) string {
	return "universes/" + universe.String() + "/user-restrictions/" + user.String()
}

func universeUnknown() error {
	return &domain.Error{
		Kind: domain.KindBlocked, Code: "universe_not_configured",
		Message: "the universe is not among the configured ones; add it to restrict players there",
	}
}

// about reports whether the answer is that of the user and universe that were named.
func (r restrictionDTO) about(resource string, user domain.UserID) bool {
	return orDefault(r.Path, resource) == resource && orDefault(r.User, userName(user)) == userName(user) && (r.Path != "" || r.User != "")
}

// turnOf takes a turn of the universe, which the caller ends, and one of the user. The user's is looked at first, so that a user who has
// none costs others nothing.
func (c *Client) turnOf(ctx context.Context, at *universeEndpoints, user domain.UserID) error {
	if wait := at.paces.wait(user, c.clock.Now()); wait > 0 {
		return spent("restrict this player", wait)
	}
	if err := at.restrict.take(ctx, ports.LaneBan, 1, c.patience); err != nil {
		return err
	}
	if wait := at.paces.take(user, c.clock.Now()); wait > 0 {
		at.restrict.done(1, false)
		return spent("restrict this player", wait)
	}
	return nil
}

func restrictionFrom(r ports.Restriction, now time.Time) joinRestrictionDTO {
	left := r.Until.Sub(now)
	active := r.Active && (r.Until.IsZero() || left > 0)
	wish := joinRestrictionDTO{Active: &active}
	if !active {
		return wish
	}
	if !r.Until.IsZero() {
		seconds := left / time.Second
		if left%time.Second > 0 {
			seconds++
		}
		wish.Duration = strconv.FormatInt(int64(seconds), 10) + "s"
	}
	wish.DisplayReason = cut(strings.ToValidUTF8(r.DisplayReason, "?"), maxDisplayReason)
	wish.PrivateReason = cut(strings.ToValidUTF8(r.PrivateReason, "?"), maxPrivateReason)
	return wish
}

// restrictionQuery names what is written, and the pair by which Roblox knows a repetition. Both parts of the pair are flat parameters
// with a dot in their name.
func restrictionQuery(r ports.Restriction, now time.Time) url.Values {
	query := url.Values{"updateMask": {"gameJoinRestriction"}}
	if r.Key != "" && !r.FirstTried.IsZero() && now.Sub(r.FirstTried) < pairLife {
		query.Set("idempotencyKey.key", r.Key)
		query.Set("idempotencyKey.firstSent", r.FirstTried.UTC().Format(time.RFC3339Nano))
	}
	return query
}

// confirmed returns an error unless the answer shows the wish fulfilled for the user and universe that were named.
func confirmed(answer restrictionDTO, resource string, user domain.UserID, active bool) error {
	switch {
	case !answer.about(resource, user):
		return unreadable("the restriction is that of another user or universe")
	case answer.Joining == nil || answer.Joining.Active == nil || *answer.Joining.Active != active:
		return unreadable("the answer does not show the restriction as it was asked for")
	}
	return nil
}
