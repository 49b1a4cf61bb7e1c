package httpapi

import (
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// body returns the text of the request's body, inflated. Both forms are held to the limit, so a small body that inflates without end
// costs no more than one of plain text.
func (s *Server) body(c echo.Context) ([]byte, error) {
	r := c.Request()
	if r.ContentLength == 0 {
		return nil, malformed("the body is empty; send one JSON object")
	}
	if err := jsonContent(r.Header); err != nil {
		return nil, err
	}
	limit := s.options.Limits.of(c)
	from, err := inflated(c)
	if err != nil {
		return nil, bodyError(err, limit)
	}
	text, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err != nil {
		return nil, bodyError(err, limit)
	}
	if int64(len(text)) > limit {
		return nil, tooLarge(limit)
	}
	return text, nil
}

// of returns the limit of the body that the route takes.
func (l Limits) of(c echo.Context) int64 {
	if c.Path() == pathBatch {
		return l.Batch
	}
	return l.Body
}

// jsonContent refuses every media type but application/json, and every charset but UTF-8.
func jsonContent(header http.Header) error {
	content := header.Get(echo.HeaderContentType)
	if content == echo.MIMEApplicationJSON {
		return nil // as most write it: there is nothing to parse
	}
	mediaType, parameters, err := mime.ParseMediaType(content)
	charset, given := parameters["charset"]
	if err != nil || mediaType != echo.MIMEApplicationJSON || given && !strings.EqualFold(charset, "utf-8") {
		return refuse(http.StatusUnsupportedMediaType, "content_type_unsupported",
			"send the body as JSON in UTF-8, with the header content-type: application/json")
	}
	return nil
}

// inflated returns the body as it was before its content encoding.
func inflated(c echo.Context) (io.Reader, error) {
	r := c.Request()
	switch encoding := strings.Join(r.Header.Values(echo.HeaderContentEncoding), ","); strings.ToLower(encoding) {
	case "", "identity":
		return r.Body, nil
	case "gzip", "x-gzip":
		plain, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		return countInflated(c, plain)
	}
	c.Response().Header().Set(echo.HeaderAcceptEncoding, "gzip")
	return nil, refuse(http.StatusUnsupportedMediaType, "content_encoding_unsupported", "send the body plain or with content-encoding: gzip")
}

// bodyError returns the refusal for an error of reading a body.
func bodyError(err error, limit int64) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if errors.Is(err, errOverloaded) {
		return errOverloaded
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(limit)
	}
	return malformed("the body is not complete, or not in the encoding that its headers name")
}

func tooLarge(limit int64) error {
	return refuse(http.StatusRequestEntityTooLarge, "body_too_large", "the body must be at most %d bytes, also after inflation", limit)
}

func malformed(format string, arguments ...any) error {
	return refuse(http.StatusBadRequest, codeMalformed, format, arguments...)
}
