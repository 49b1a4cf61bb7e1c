package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	keyRequestID = "request_id" // of the request's context
	keyBegan     = "began"      // likewise: when the request arrived, as time.Time
	maxRequestID = 128          // characters
	maxStack     = 16 << 10     // bytes of a panic's stack that are logged
)

// identify gives the request the id that it brings, or a new one when that is absent or cannot be logged as it is.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := strings.TrimSpace(c.Request().Header.Get(echo.HeaderXRequestID)) // as it is when it is sent back
		if !printableASCII(id, maxRequestID) {
			id = s.options.IDs.NewID()
		}
		c.Set(keyRequestID, id)
		if s.options.Erased != nil {
			c.Set(keyErased, s.options.Erased)
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

func requestID(c echo.Context) string { return contextText(c, keyRequestID) }

// contextText returns a text that a middleware put into the request's context; "" when none did.
func contextText(c echo.Context, key string) string {
	text, _ := c.Get(key).(string)
	return text
}

// panicError is a panic of a handler.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// recoverPanics turns a panic into an error, except the one that net/http means for closing the connection.
func recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if cause, ok := value.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
				panic(value)
			}
			stack := debug.Stack()
			err = &panicError{value, stack[:min(len(stack), maxStack)]}
		}()
		return next(c)
	}
}

// secureHeaders keeps answers out of caches and browsers from guessing their type.
func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXContentTypeOptions, "nosniff")
		c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
		return next(c)
	}
}

// limitBody refuses a body that says it is longer than its limit, and cuts off one that turns out to be.
func limitBody(limits Limits) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r, limit := c.Request(), limits.of(c)
			if r.ContentLength > limit {
				c.Response().Header().Set(echo.HeaderConnection, "close")
				return tooLarge(limit)
			}
			r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, limit)
			return next(c)
		}
	}
}

// limitTime puts a deadline on the context of the request.
func limitTime(limit time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			c.SetRequest(r.WithContext(ctx))
			// What looks at the request afterwards must see whether the client left, not that this deadline was taken off.
			defer c.SetRequest(r)
			return next(c)
		}
	}
}
