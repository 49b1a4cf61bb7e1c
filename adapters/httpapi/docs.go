package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// The document is open: nothing in it is secret, and whoever writes a client reads it first.
const pathDocument = "/openapi.json"

// documentRoutes is the OpenAPI document.
func documentRoutes() []route {
	return []route{get(pathDocument, Open, fixed(echo.MIMEApplicationJSON, writtenDocument))}
}

// fixed answers with a text that never changes while the process runs. Caches may keep it and must ask whether it is still the same.
func fixed(mediaType string, read func() ([]byte, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		text, err := read()
		if err != nil {
			return err
		}
		digest := sha256.Sum256(text)
		tag := `"` + hex.EncodeToString(digest[:12]) + `"`
		c.Response().Header().Set("ETag", tag)
		c.Response().Header().Set(echo.HeaderCacheControl, "no-cache")
		if knows(c.Request().Header, tag) {
			return c.NoContent(http.StatusNotModified)
		}
		return c.Blob(http.StatusOK, mediaType, text)
	}
}

// knows reports whether a client says that it has the text of that tag. A tag that something on the way made weak is the same tag.
func knows(header http.Header, tag string) bool {
	for _, line := range header.Values("If-None-Match") {
		for given := range strings.SplitSeq(line, ",") {
			given = strings.TrimPrefix(strings.TrimSpace(given), "W/")
			if given == tag || given == "*" {
				return true
			}
		}
	}
	return false
}
