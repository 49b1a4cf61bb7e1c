package httpapi

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// The document and the page that shows it are open: nothing in them is secret, and whoever writes a client reads them first.
const (
	pathDocument    = "/openapi.json"
	pathReader      = "/docs"
	pathReaderStyle = pathReader + "/reader.css"
	pathReaderCode  = pathReader + "/reader.js"
)

// readerPolicy lets the page load itself and the document, and nothing run that is written into it.
const readerPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'none'"

//go:embed reader
var readerFiles embed.FS

// documentRoutes is the OpenAPI document and its reader; nothing where they are hidden.
func (s *Server) documentRoutes() []route {
	if s.options.HideDocs {
		return nil
	}
	return []route{
		get(pathDocument, Open, fixed(echo.MIMEApplicationJSON, false, writtenDocument)),
		get(pathReader, Open, fixed(echo.MIMETextHTMLCharsetUTF8, true, readerFile("reader.html"))),
		get(pathReaderStyle, Open, fixed("text/css; charset=UTF-8", true, readerFile("reader.css"))),
		get(pathReaderCode, Open, fixed("text/javascript; charset=UTF-8", true, readerFile("reader.js"))),
	}
}

// readerFile returns what reads a file of the page.
func readerFile(name string) func() ([]byte, error) {
	return func() ([]byte, error) {
		text, err := readerFiles.ReadFile("reader/" + name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		return text, nil
	}
}

// fixed answers with a text that never changes while the process runs. Caches may keep it and must ask whether it is still the same. A
// page is kept from loading anything from elsewhere.
func fixed(mediaType string, page bool, read func() ([]byte, error)) echo.HandlerFunc {
	tagOf := sync.OnceValue(func() string {
		text, _ := read() // the error is the handler's
		digest := sha256.Sum256(text)
		return `"` + hex.EncodeToString(digest[:12]) + `"`
	})
	return func(c echo.Context) error {
		text, err := read()
		if err != nil {
			return err
		}
		tag, header := tagOf(), c.Response().Header()
		header.Set("ETag", tag)
		header.Set(echo.HeaderCacheControl, "no-cache")
		if page {
			header.Set(echo.HeaderContentSecurityPolicy, readerPolicy)
			header.Set(echo.HeaderReferrerPolicy, "no-referrer")
		}
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
