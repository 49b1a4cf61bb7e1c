package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
)

// Key opens the API. It holds the digest of a secret, never the secret.
type Key struct {
	Name   string   // the principal that logs and records name
	Digest [32]byte // SHA-256 of the secret
	Admin  bool     // its holder is an administrator
}

// NewKey returns the key that secret opens. It is not an administrator's.
func NewKey(name, secret string) Key { return Key{Name: name, Digest: sha256.Sum256([]byte(secret))} }

// NewAdminKey returns the administrator's key that secret opens.
func NewAdminKey(name, secret string) Key {
	key := NewKey(name, secret)
	key.Admin = true
	return key
}

const (
	headerKey    = "X-Grps-Api-Key"
	anonymous    = "anonymous"
	keyPrincipal = "principal" // of the request's context
	keyAdmin     = "admin"     // likewise: true for an administrator
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

// authenticate lets only callers with a key pass, and everybody when there are no keys. /health/live is open always.
func authenticate(keys []Key) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if len(keys) == 0 {
				c.Set(keyPrincipal, anonymous)
				c.Set(keyAdmin, true)
				return next(c)
			}
			if c.Path() == pathLive {
				return next(c)
			}
			key, ok := keyOf(keys, c.Request().Header)
			if !ok {
				c.Response().Header().Set(echo.HeaderWWWAuthenticate, `ApiKey header="x-grps-api-key"`)
				return refuse(http.StatusUnauthorized, "key_required", "send a valid key in the header x-grps-api-key")
			}
			c.Set(keyPrincipal, key.Name)
			c.Set(keyAdmin, key.Admin)
			return next(c)
		}
	}
}

// administrators lets only administrators pass: those with an admin key and, where the API is open, everybody who reaches it.
func administrators(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := wantAdministrator(c); err != nil {
			return err
		}
		return next(c)
	}
}

// wantAdministrator returns the refusal of a caller who is no administrator.
func wantAdministrator(c echo.Context) error {
	if admin, _ := c.Get(keyAdmin).(bool); !admin {
		return refuse(http.StatusForbidden, "admin_required", "this takes a key of ADMIN_API_KEYS")
	}
	return nil
}

// keyOf returns the key that the headers carry, and false when they carry none. Every key is compared, whatever was found before, so the time taken
// tells nothing about them.
func keyOf(keys []Key, header http.Header) (Key, bool) {
	values := header.Values(headerKey)
	secret := ""
	if len(values) == 1 {
		secret = values[0]
	}
	digest := sha256.Sum256([]byte(secret))
	found := -1
	for i := range keys {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(digest[:], keys[i].Digest[:]), i, found)
	}
	if found < 0 {
		return Key{}, false
	}
	return keys[found], true
}
