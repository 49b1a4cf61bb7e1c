package httpapi

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
)

// errAnswer stands for an answer that says that the fault is ours.
var errAnswer error = &domain.Error{Kind: domain.KindInternal, Message: "the request was answered with an error"}

// follow follows each request but those of whoever watches over the process. What others say of a trace that the request is part of is not
// believed.
func (s *Server) follow(next echo.HandlerFunc) echo.HandlerFunc {
	if s.options.Tracer == nil {
		return next
	}
	return func(c echo.Context) error {
		if exempt(c) {
			return next(c)
		}
		r := c.Request()
		ctx, span := s.options.Tracer.Request(r.Context(), methodWord(r.Method)+" "+cmp.Or(c.Path(), noRoute), requestID(c))
		c.SetRequest(r.WithContext(ctx))
		defer func() { // also when the connection is cut off
			status := c.Response().Status
			span.Note("http.response.status_code", status)
			if status >= http.StatusInternalServerError {
				span.End(errAnswer)
			} else {
				span.End(nil)
			}
		}()
		return next(c)
	}
}
