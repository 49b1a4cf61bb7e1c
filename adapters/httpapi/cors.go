package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"
)

// What a page of an allowed origin may do. Credentials are not among it: the key travels in a header of its own.
const (
	corsMethods = "GET, HEAD, POST, DELETE"
	corsHeaders = "Content-Type, Idempotency-Key, X-Grps-Actor, X-Grps-Api-Key, X-Grps-Apply, X-Grps-Evaluate, X-Grps-Key-Name, " +
		"X-Grps-Nonce, X-Grps-Signature, X-Grps-Timestamp, X-Request-Id, X-Roblox-Experience"
	corsExposed = "Idempotent-Replayed, Retry-After, X-Ratelimit-Limit, X-Ratelimit-Remaining, X-Ratelimit-Reset, X-Request-Id"
	corsMaxAge  = "600"
)

// UsableOrigin reports whether a browser could send the origin: only a scheme and a host, in lower case, compare equal.
func UsableOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && origin == u.Scheme+"://"+u.Host && plainHost(u.Host)
}

// usableOrigins returns an error for each origin that no browser could send.
func usableOrigins(origins []string) error {
	var faults []error
	for _, origin := range origins {
		if !UsableOrigin(origin) {
			faults = append(faults, fmt.Errorf(
				"httpapi: the allowed origin %q must be like https://example.org, in lower case, without a path or a wildcard", origin))
		}
	}
	return errors.Join(faults...)
}

func plainHost(host string) bool {
	for _, r := range host {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != ':' && r != '[' && r != ']' {
			return false
		}
	}
	return true
}

// crossOrigin tells browsers which origins may read the answers, and answers their preflights, which carry no key.
func crossOrigin(origins []string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			request, header := c.Request().Header, c.Response().Header()
			given := request.Values(echo.HeaderOrigin)
			allowed := len(given) == 1 && slices.Contains(origins, given[0])
			preflight := c.Request().Method == http.MethodOptions && len(given) > 0 &&
				request.Get(echo.HeaderAccessControlRequestMethod) != ""
			if len(origins) > 0 {
				header.Add(echo.HeaderVary, echo.HeaderOrigin)
			}
			if allowed {
				header.Set(echo.HeaderAccessControlAllowOrigin, given[0])
				header.Set(echo.HeaderAccessControlExposeHeaders, corsExposed)
			}
			if !preflight {
				return next(c)
			}
			header.Add(echo.HeaderVary, echo.HeaderAccessControlRequestMethod)
			header.Add(echo.HeaderVary, echo.HeaderAccessControlRequestHeaders)
			if allowed {
				header.Set(echo.HeaderAccessControlAllowMethods, corsMethods)
				header.Set(echo.HeaderAccessControlAllowHeaders, corsHeaders)
				header.Set(echo.HeaderAccessControlMaxAge, corsMaxAge)
				header.Del(echo.HeaderAccessControlExposeHeaders)
			}
			return c.NoContent(http.StatusNoContent)
		}
	}
}
