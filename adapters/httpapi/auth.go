package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Key opens the API.
type Key = domain.Key

// inboundScopes is what a game or a dashboard with a key of INBOUND_API_KEYS may do.
const inboundScopes = domain.ScopeIngest | domain.ScopeRead | domain.ScopeDecide

// NewKey returns the key that secret opens. It is not an administrator's, and acts for whomever it names.
func NewKey(name, secret string) Key {
	return Key{Name: name, Digest: sha256.Sum256([]byte(secret)), Scopes: inboundScopes, AnyActor: true}
}

// NewAdminKey returns the administrator's key that secret opens.
func NewAdminKey(name, secret string) Key {
	key := NewKey(name, secret)
	key.Scopes = domain.ScopeAdmin
	return key
}

const (
	headerKey    = "X-Grps-Api-Key"
	anonymous    = "anonymous"
	keyPrincipal = "principal" // of the request's context: the name of the key that calls
	keyCaller    = "key"       // likewise: the key itself, as *Key
)

// usableKeys returns an error for each key that has no name, was not made by NewKey, or has an empty secret.
func usableKeys(keys []Key) error {
	var faults []error
	empty := NewKey("", "")
	for i, key := range keys {
		blank := subtle.ConstantTimeCompare(key.Digest[:], empty.Digest[:]) | subtle.ConstantTimeCompare(key.Digest[:], make([]byte, 32))
		if key.Name == "" || blank == 1 {
			faults = append(faults, fmt.Errorf("httpapi: key %d needs a name and a secret", i+1))
		}
	}
	return errors.Join(faults...)
}

// keyring is the keys that open the API: some for as long as the process runs, and those of a source, which change.
type keyring struct {
	fixed  []Key
	source ports.Keys   // nil for none
	nonces ports.Nonces // nil where none of them signs
	limits Limits
	gate   *gate // before nonces
}

// open reports whether there are no keys at all, so that everybody passes. A source that has none lets nobody pass.
func (k keyring) open() bool { return len(k.fixed) == 0 && k.source == nil }

// changing returns the keys of the source.
func (k keyring) changing() []Key {
	if k.source == nil {
		return nil
	}
	return k.source.Keys()
}

// knows reports whether a key has that name, or whoever calls without one.
func (k keyring) knows(name string) bool {
	return k.named(name) != nil || k.open() && name == anonymous
}

// find returns the key that a secret opens; nil for none. Every key is compared, whatever was found before, so the time taken tells nothing
// about them.
func (k keyring) find(secret string) *Key {
	digest := sha256.Sum256([]byte(secret))
	var found *Key
	for _, keys := range [...][]Key{k.fixed, k.changing()} {
		at := -1
		for i := range keys {
			at = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(digest[:], keys[i].Digest[:]), i, at)
		}
		if at >= 0 {
			found = &keys[at]
		}
	}
	return found
}

// authenticate lets only callers with a key pass, and everybody when there are no keys. What open names is open always.
func authenticate(keys keyring, open map[string]bool) echo.MiddlewareFunc {
	everybody := &Key{Name: anonymous, Scopes: domain.ScopeAdmin, AnyActor: true}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if keys.open() {
				setCaller(c, everybody)
				return next(c)
			}
			if open[c.Path()] {
				return next(c)
			}
			key, err := keys.caller(c)
			if err != nil {
				return err
			}
			setCaller(c, key)
			return next(c)
		}
	}
}

// caller returns the key that a request carries, or the refusal, which is the same whatever is wrong.
func (k keyring) caller(c echo.Context) (*Key, error) {
	if isSigned(c.Request().Header) {
		return k.signer(c)
	}
	values := c.Request().Header.Values(headerKey)
	secret := ""
	if len(values) == 1 {
		secret = values[0]
	}
	key := k.find(secret)
	switch {
	case len(values) == 0:
		return nil, challenge(c, deniedNoKey, "")
	case key == nil:
		return nil, challenge(c, deniedUnknownKey, "")
	case !key.Live(began(c)):
		return nil, challenge(c, deniedNotLive, key.Name)
	case key.Signed:
		return nil, challengeSignature(c, deniedUnsigned, key.Name, "requests of this key must be signed, and must not hold its secret")
	}
	return key, nil
}

func setCaller(c echo.Context, key *Key) {
	c.Set(keyPrincipal, key.Name)
	c.Set(keyCaller, key)
}

// callerKey returns the key that the request was let pass with; nil on a route that needs none.
func callerKey(c echo.Context) *Key {
	key, _ := c.Get(keyCaller).(*Key)
	return key
}

// began returns when the request arrived.
func began(c echo.Context) time.Time {
	at, _ := c.Get(keyBegan).(time.Time)
	return at
}

// needs lets only callers pass whose key has the scope.
func needs(scope domain.Scope) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := wantScope(c, scope); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// wantScope returns the refusal of a caller whose key lacks a scope.
func wantScope(c echo.Context, scope domain.Scope) error {
	key := callerKey(c)
	if key != nil && key.Scopes.Allows(scope) {
		return nil
	}
	if scope&(domain.ScopeApprove|domain.ScopeAdmin) != 0 {
		return forbid(deniedScope, "admin_required", "this takes a key with the scope %s, or one of ADMIN_API_KEYS", scope)
	}
	return forbid(deniedScope, "scope_required", "this takes a key with the scope %s", scope)
}
