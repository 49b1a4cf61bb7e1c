package httpapi

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/grps/grps/domain"
)

// The fields of a request's log line. Bodies, keys, headers and names are never among them.
const (
	logRequestID = "request_id"
	logMethod    = "method"
	logRoute     = "route" // the pattern, not the path
	logStatus    = "status"
	logDuration  = "duration_ms"
	logPrincipal = "principal"
	logReason    = "reason"  // why a caller was denied something
	logKey       = "key"     // the name of a key that was not let pass
	logUserID    = "user_id" // where the path names a player and the request was done
	logErrorKind = "error_kind"
	logError     = "error" // the whole error where the fault is ours, else only the problem's code: the rest is the caller's text
	logStack     = "stack"
	logUntold    = "untold" // how many refusals of a flood have no line of their own since the last that has
)

// logAccess answers a request that failed, so that the status is known, and writes its line. Where an answer was under way already, its
// connection is closed behind it, so that the client sees that it ends too early.
func (s *Server) logAccess(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := s.options.Clock.Now()
		c.Set(keyBegan, began)
		err := next(c)
		cutOff := err != nil && c.Response().Committed
		if err != nil {
			c.Error(err)
			s.recordDenial(c.Request().Context(), contextText(c, keyPrincipal), err)
		}
		took := s.options.Clock.Now().Sub(began)
		s.meters.answered(c, took)
		s.logLine(c, err, took)
		if cutOff {
			panic(http.ErrAbortHandler)
		}
		return nil
	}
}

func (s *Server) logLine(c echo.Context, err error, took time.Duration) {
	fields := []zap.Field{
		zap.String(logRequestID, requestID(c)),
		zap.String(logMethod, methodWord(c.Request().Method)),
		zap.String(logRoute, c.Path()),
		zap.Int(logStatus, c.Response().Status),
		zap.Float64(logDuration, float64(took)/float64(time.Millisecond)),
		zap.String(logPrincipal, contextText(c, keyPrincipal)),
	}
	// Nobody is named whom the service does not know, or who is to be forgotten.
	if user, bad := domain.ParseUserID(c.Param(paramUser)); bad == nil && err == nil && c.Get(keyUnnamed) == nil {
		fields = append(fields, zap.Int64(logUserID, user.Int64()))
	}
	level := zapcore.InfoLevel
	if exempt(c) {
		level = zapcore.DebugLevel // whoever watches asks again and again
	}
	if err != nil {
		level = zapcore.InfoLevel
		p := problemOf(c.Request().Context(), err)
		if p.floods() {
			write, untold := s.hush.tell(s.options.Clock.Now())
			if !write {
				return
			}
			if untold > 0 {
				fields = append(fields, zap.Int(logUntold, untold))
			}
		}
		text := p.Code
		if p.Status >= http.StatusInternalServerError && p.Code != codeOverloaded {
			level, text = zapcore.ErrorLevel, err.Error()
		}
		fields = append(fields, zap.String(logErrorKind, p.kind), zap.String(logError, text))
		if denied, ok := errors.AsType[*denial](err); ok {
			fields = append(fields, zap.String(logReason, denied.reason))
			if denied.key != "" {
				fields = append(fields, zap.String(logKey, denied.key))
			}
		}
		if panicked, ok := errors.AsType[*panicError](err); ok {
			fields = append(fields, zap.ByteString(logStack, panicked.stack))
		}
	}
	s.options.Logger.Log(level, "request", fields...)
}

// methodWord returns the method, and "other" for one that HTTP does not know: that is a text of the caller.
func methodWord(method string) string {
	known := []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
		http.MethodTrace, http.MethodConnect,
	}
	if slices.Contains(known, method) {
		return method
	}
	return "other"
}
