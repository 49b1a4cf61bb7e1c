package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// refusal is an answer other than 200, as one of the two error shapes that Open Cloud v2 calls meet.
type refusal struct {
	status     int
	code       string // the canonical code of the v2 shape; empty means the gateway's shape
	message    string
	allow      string        // the methods of a 405
	retryAfter time.Duration // of a 429; 0 sends no header
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.status, r.code, r.message) }

func invalidArgument(format string, args ...any) error {
	return &refusal{status: http.StatusBadRequest, code: "INVALID_ARGUMENT", message: fmt.Sprintf(format, args...)}
}

func permissionDenied(message string) error {
	return &refusal{status: http.StatusForbidden, code: "PERMISSION_DENIED", message: message}
}

func notFound(format string, args ...any) error {
	return &refusal{status: http.StatusNotFound, code: "NOT_FOUND", message: fmt.Sprintf(format, args...)}
}

func aborted(message string) error {
	return &refusal{status: http.StatusConflict, code: "ABORTED", message: message}
}

func exhausted(message string, retryAfter time.Duration) error {
	return &refusal{
		status: http.StatusTooManyRequests, code: "RESOURCE_EXHAUSTED", message: message, retryAfter: retryAfter,
	}
}

// full refuses a write because a cap of the sandbox itself is reached.
func full(what string) error {
	return exhausted("the sandbox holds as many "+what+" as it can", 0)
}

func notImplemented() error {
	return &refusal{
		status: http.StatusNotImplemented, code: "NOT_IMPLEMENTED", message: "the sandbox does not offer this call",
	}
}

func unauthorized() error {
	return &refusal{status: http.StatusUnauthorized, message: "Invalid API Key"}
}

func noRoute() error { return &refusal{status: http.StatusNotFound, message: "NotFound"} }

func methodNotAllowed(allow string) error {
	return &refusal{status: http.StatusMethodNotAllowed, message: "MethodNotAllowed", allow: allow}
}

func tooLarge() error {
	return &refusal{status: http.StatusRequestEntityTooLarge, message: "Request body too large"}
}

func lengthRequired() error {
	return &refusal{status: http.StatusLengthRequired, message: "Length Required"}
}

// reply is what goes back to the client: a status, headers and the exact body.
type reply struct {
	status int // 0 means that no answer is sent at all
	header http.Header
	body   []byte
	hang   time.Duration // until it is sent; with status 0: how long the connection stays open
}

func newReply(status int) reply { return reply{status: status, header: http.Header{}} }

func jsonReply(status int, v any) reply {
	rep := newReply(status)
	body, err := json.Marshal(v)
	if err != nil {
		return errorReply(fmt.Errorf("encode the answer: %w", err))
	}
	rep.header.Set("Content-Type", "application/json")
	rep.body = body
	return rep
}

type gatewayError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

type statusError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Details []any  `json:"details"`
}

func errorReply(err error) reply {
	ref, known := errors.AsType[*refusal](err)
	if !known {
		ref = &refusal{status: http.StatusInternalServerError, code: "INTERNAL", message: "internal error"}
	}
	var rep reply
	if ref.code == "" {
		rep = jsonReply(ref.status, map[string][]gatewayError{"errors": {{Message: ref.message}}})
	} else {
		rep = jsonReply(ref.status, statusError{Code: ref.code, Message: ref.message, Details: []any{}})
	}
	if ref.allow != "" {
		rep.header.Set("Allow", ref.allow)
	}
	if ref.retryAfter > 0 {
		rep.header.Set("Retry-After", wholeSeconds(ref.retryAfter))
	}
	return rep
}

// wholeSeconds renders d in seconds, rounded up, so that whoever waits that long has waited long enough.
func wholeSeconds(d time.Duration) string {
	return fmt.Sprint(int64((d + time.Second - 1) / time.Second))
}
