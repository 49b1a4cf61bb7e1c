package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/ports"
)

// denial is a refusal for who the caller is, or is not. Its reason is for the log and the figures, and goes beyond what the caller is told.
type denial struct {
	error
	reason string // one of the words below
	key    string // the name of the key that is meant, where that is known and it is not let pass; "" otherwise
}

func (d *denial) Unwrap() error { return d.error }

// Why callers are denied.
const (
	deniedNoKey      = "no_key"
	deniedUnknownKey = "unknown_key"
	deniedNotLive    = "not_live" // expired, or not valid yet
	deniedUnsigned   = "unsigned"
	deniedSignature  = "signature"
	deniedTimestamp  = "timestamp"
	deniedReplay     = "replay"
	deniedScope      = "scope"
	deniedActor      = "actor"
	deniedExperience = "experience"
)

// deny returns a refusal for which the caller is to blame by name.
func deny(reason, key string, err error) error { return &denial{err, reason, key} }

// forbid returns the refusal of a caller whose key does not reach that far.
func forbid(reason, code, format string, arguments ...any) error {
	return deny(reason, "", refuse(http.StatusForbidden, code, format, arguments...))
}

// challenge returns the refusal of a caller without a valid key. It is the same whatever is wrong.
func challenge(c echo.Context, reason, key string) error {
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, `ApiKey header="x-grps-api-key"`)
	return deny(reason, key, refuse(http.StatusUnauthorized, "key_required", "send a valid key in the header x-grps-api-key"))
}

// recordDenial counts err where it denies a caller something.
func (s *Server) recordDenial(ctx context.Context, principal string, err error) {
	d, ok := errors.AsType[*denial](err)
	if !ok || s.options.Recorder == nil {
		return
	}
	if principal == "" {
		principal = d.key
	}
	s.options.Recorder.Record(ctx, ports.DenialEvent{Key: principal, Reason: d.reason})
}
