package opencloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/grps/grps/domain"
)

// maxCause is the longest text about a failed call that is kept, in runes.
const maxCause = 300

// codeKeyRefused is the code of an error that no call escapes until the key is replaced.
const codeKeyRefused = "open_cloud_key_refused"

// cause is what is known of a failed call, for logs: bounded, on one line, without the key. It matches the error of a context that
// ended, and nothing else that could say more than its text.
type cause struct {
	text  string
	ended error // context.Canceled, context.DeadlineExceeded or nil
}

func (e *cause) Error() string { return e.text }
func (e *cause) Unwrap() error { return e.ended }

func (c *Client) cause(r call, text string, err error) error {
	text = strings.ReplaceAll(text, c.key(), "[key]")
	out := &cause{text: r.method + " " + r.path + ": " + oneLine(text)}
	for _, ended := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, ended) {
			out.ended = ended
		}
	}
	return out
}

// refusal translates an answer outside 200 … 299. The kind follows the status alone; Roblox's own text is kept for logs only.
func (c *Client) refusal(r call, response *http.Response, body []byte) *domain.Error {
	status := response.StatusCode
	e := statusError(status)
	said := decodeErrorBody(body)
	if said.code != "" && status >= 400 && status != http.StatusUnauthorized {
		e.Code = said.code
	}
	if e.RetryAfter == 0 && (e.Kind == domain.KindUnavailable || e.Kind == domain.KindExhausted) {
		e.RetryAfter = retryAfter(response.Header, c.clock.Now())
	}
	if status == http.StatusTooManyRequests && e.RetryAfter == 0 {
		e.RetryAfter = resetTime(response.Header)
	}
	e.Cause = c.cause(r, fmt.Sprintf("status %d %s %s", status, said.code, said.text), nil)
	return e
}

// statusError returns what a status means for the caller. Roblox documents 400, 401, 403, 404, 409, 429, 499, 500, 501 and 503; the
// others come from gateways and proxies.
func statusError(status int) *domain.Error {
	is := func(kind domain.Kind, code, message string) *domain.Error {
		return &domain.Error{Kind: kind, Code: code, Message: message}
	}
	switch status {
	case http.StatusUnauthorized:
		e := is(domain.KindUnavailable, codeKeyRefused,
			"Roblox refuses the API key: it is wrong, expired, disabled or not allowed from this address; replace it")
		e.RetryAfter = keyPause
		return e
	case http.StatusForbidden:
		return is(domain.KindDenied, "permission_denied",
			"Roblox does not let the API key do this; check its scopes, and that its owner ranks above the member and the role")
	case http.StatusNotFound:
		return is(domain.KindNotFound, "not_found",
			"Roblox does not know what was named; check that the member, the role or the game exists")
	case http.StatusConflict, http.StatusPreconditionFailed:
		return is(domain.KindConflict, "aborted", "something else changed this at Roblox at the same time; repeat it")
	case http.StatusTooManyRequests:
		return is(domain.KindExhausted, "resource_exhausted", "Roblox allows no more calls of this kind for now; try again later")
	case 499: // CANCELLED
		return is(domain.KindUnavailable, "cancelled", "Roblox gave the call up; repeat it")
	case http.StatusNotImplemented:
		return is(domain.KindBlocked, "not_implemented", "Roblox does not offer this call")
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return is(domain.KindUnavailable, "unavailable", "Roblox does not answer properly now; repeat it")
	}
	switch {
	case status >= 500:
		return is(domain.KindUnavailable, "unavailable", "Roblox does not answer properly now; repeat it")
	case status >= 400:
		return is(domain.KindInvalid, "invalid_argument", "Roblox refuses the request as wrong; the same request will be refused again")
	case status >= 300:
		return is(domain.KindUnavailable, "open_cloud_redirect",
			"the address of Open Cloud leads to another one, which is not followed; check the configured address")
	}
	return is(domain.KindUnavailable, "open_cloud_answer", "Roblox answered with something that cannot be understood")
}

// unreachable translates an error of the connection. Whether the call was carried out is unknown.
func (c *Client) unreachable(r call, err error) error {
	text := err
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		text = wrapped.Err // without the address, which the cause names in short
	}
	return &domain.Error{
		Kind: domain.KindUnavailable, Code: "open_cloud_unreachable",
		Message: "Roblox does not answer; repeat it later, and check the network if that goes on",
		Cause:   c.cause(r, text.Error(), err),
	}
}

const codeTooLarge = "open_cloud_answer_too_large"

func tooLarge(r call) error {
	return &domain.Error{
		Kind: domain.KindUnavailable, Code: codeTooLarge,
		Message: "Roblox's answer is longer than anything that was asked for; nothing is concluded from it",
		Cause:   fmt.Errorf("%s %s: more than %d bytes", r.method, r.path, maxAnswer),
	}
}

// unreadable is the error for an answer of status 200 that cannot be what was asked for.
func unreadable(what string) error {
	return &domain.Error{
		Kind: domain.KindUnavailable, Code: "open_cloud_answer", Cause: errors.New(what),
		Message: "Roblox's answer cannot be understood; nothing is concluded from it",
	}
}

// hasCode reports whether err is a domain error of the code.
func hasCode(err error, code string) bool {
	e, ok := errors.AsType[*domain.Error](err)
	return ok && e.Code == code
}
